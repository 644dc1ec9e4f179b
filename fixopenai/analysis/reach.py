"""What a function does itself or through the functions that it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Module


class Reach:
    """Looks for a node in a function and below; what was found clean once is not looked at again.

    `own` finds it in one function's own code.
    """

    def __init__(self, program: Program, own: Callable[[Program, Function], ast.expr | ast.stmt | None]) -> None:
        self.program = program
        self.own = own
        self._clean: set[Function] = set()

    def find(self, function: Function) -> tuple[Module, ast.expr | ast.stmt] | None:
        """The first such node that the function reaches, and its module."""
        queue, seen = [function], {function}
        while queue:
            current = queue.pop()
            if current in self._clean:
                continue
            node = self.own(self.program, current)
            if node is not None:
                return current.module, node
            for _, callees in self.program.callees.get(current, []):
                queue += [callee for callee in callees if callee not in seen]
                seen |= callees
        self._clean |= seen
        return None
