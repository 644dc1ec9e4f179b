"""What a function does itself or through the functions that it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Module

_Node: TypeAlias = "ast.expr | ast.stmt"


def called_by(program: Program, function: Function) -> Iterator[tuple[ast.Call, Function]]:
    """The functions that a function runs by calling them, and the calls."""
    for node, called in program.callees.get(function, []):
        # To call an async function runs nothing of it: a plain one needs a loop of its own for that.
        callees = (callee for callee in called if function.is_async or not callee.is_async)
        # A set has no order of its own, and the first that is found is told of.
        for callee in sorted(callees, key=lambda one: one.order):
            yield node, callee


def _called(program: Program, function: Function) -> Iterator[Function]:
    return (callee for _, callee in called_by(program, function))


class Reach:
    """Looks for a node in a function and below; each function is looked at once.

    `look` finds it in one function's own code, `below` gives the functions that this code runs.
    """

    def __init__(
        self,
        program: Program,
        look: Callable[[Program, Function], _Node | None],
        below: Callable[[Program, Function], Iterable[Function]] = _called,
    ) -> None:
        self.program = program
        self.look = look
        self.below = below
        self._own: dict[Function, _Node | None] = {}
        self._below: dict[Function, tuple[Module, _Node] | None] = {}

    def own(self, function: Function) -> _Node | None:
        """The first such node in the function's own code."""
        if function not in self._own:
            self._own[function] = self.look(self.program, function)
        return self._own[function]

    def find(self, function: Function) -> tuple[Module, _Node] | None:
        """The first such node that the function reaches, and its module."""
        if function not in self._below:
            self._search(function)
        return self._below[function]

    def _search(self, function: Function) -> None:
        queue, seen = [function], {function}
        while queue:
            current = queue.pop()
            if current in self._below and self._below[current] is None:
                continue
            node = self.own(current)
            if node is not None:
                self._below[function] = current.module, node
                return
            for callee in self.below(self.program, current):
                if callee not in seen:
                    queue.append(callee)
                    seen.add(callee)
        # Nothing was found, so there is nothing below any of them.
        self._below.update(dict.fromkeys(seen))
