"""Plain functions that reach a blocking SDK call, and the calls of them on the event loop."""

from __future__ import annotations

import ast
import re
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fixopenai.analysis.callbacks import caller_of_lambda
from fixopenai.analysis.called_parameters import (
    Entry,
    Handed,
    calls_parameter,
    handed_over,
)
from fixopenai.analysis.certainty import is_certain
from fixopenai.analysis.consumers import generator_reader
from fixopenai.analysis.entries import entries_of, pooled_methods
from fixopenai.analysis.pools import pool_waits
from fixopenai.analysis.uses import CallUse, ConsumerUse, HelperUse
from fixopenai.analysis.values import BoundMethod, Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.entries import Entries
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Class, Function, Scope
    from fixopenai.analysis.values import Origin

MANAGER = "contextlib.contextmanager"
# Wrappers that make another thing of a function than one which blocks whoever calls it.
_CHANGES_CALL = re.compile(r"async|thread|task|fixture|(?<![a-z])(actor|job)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Way:
    """From a function to the SDK call: what runs the next function, which is None at the end."""

    entry: Entry
    following: Function | None
    use: CallUse | ConsumerUse


@dataclass(frozen=True, slots=True)
class Step:
    """What would block if its scope were on the event loop: a `use` of the SDK, or what runs `called`, which has it."""

    scope: Scope
    node: ast.expr
    called: Function | None
    use: CallUse | ConsumerUse


class HelperWays:
    """The plain functions of a program that reach a blocking SDK call, and what runs them."""

    def __init__(self, program: Program) -> None:
        self._program = program
        waits = pool_waits(program.evaluator)
        self._handed = handed_over(program, waits)
        self._handed.methods += pooled_methods(program, waits)
        self._entries = entries_of(program, self._handed, waits)
        self._ways = _ways(program, self._entries, self._handed)
        self._steps: dict[Function, list[Step]] | None = None

    def uses(self) -> Iterator[HelperUse]:
        """Each place on the event loop that runs such a function, with the shortest way to the SDK call."""
        program = self._program
        seen: set[ast.expr] = set()
        for function, entry in self._all_entries():
            scope, node = entry.scope, entry.node
            if not _is_on_loop(entry) or node in seen or self._is_told_of_itself(function):
                continue
            if not _is_run(program, function, entry):
                continue
            if _first(program, node, self._ways, function) is function and self._fits_receiver(entry):
                seen.add(node)
                use = self._ways[function].use
                reader = _reader(program, function, entry, use.origins)
                yield HelperUse(node, scope, (*entry.through, *_steps(function, self._ways)), use, reader, entry.wait)
        for entry, call in self._handed.methods:
            if _is_on_loop(entry) and entry.node not in seen and _blocks(program, call):
                seen.add(entry.node)
                reader = entry.wait.reader if entry.wait is not None else None
                yield HelperUse(entry.node, entry.scope, entry.through, call, reader, entry.wait)

    def steps(self, function: Function) -> list[Step]:
        """What a function does itself that would block the event loop, in the order of the source."""
        if self._steps is None:
            self._steps = {}
            uses: tuple[CallUse | ConsumerUse, ...] = (*self._program.uses.calls, *self._program.uses.consumers)
            own = [Step(use.scope, use.node, None, use) for use in uses if _blocks(self._program, use)]
            runs = [
                Step(entry.scope, entry.node, called, self._ways[called].use)
                for called, entry in self._all_entries()
                if _is_run(self._program, called, entry)
            ]
            for step in (*own, *runs):
                around = step.scope.enclosing_function()
                if around is not None:
                    self._steps.setdefault(around, []).append(step)
            for steps in self._steps.values():
                steps.sort(key=lambda step: step.scope.module.order(step.node))
        return self._steps.get(function, [])

    def _fits_receiver(self, entry: Entry) -> bool:
        """Whether a method blocks for the object that it is called on: what others override is not run for it."""
        node = entry.node
        if entry.through or not isinstance(node, ast.Call):
            return True
        callees = self._program.evaluator.values(node.func, entry.scope)
        exact = [
            (callee.receiver.cls, callee.function)
            for callee in callees
            if isinstance(callee, BoundMethod) and isinstance(callee.receiver, Instance) and callee.receiver.exact
        ]
        if not exact or len(exact) != len(callees):
            return True
        return any(self._blocks_for(cls, function) for cls, function in exact)

    def _blocks_for(self, cls: Class, function: Function) -> bool:
        """Whether a method runs a blocking call for an object of exactly this class."""
        queue, seen = [function], {function}
        for current in queue:
            for step in self.steps(current):
                if step.called is None or not _is_on_self(step.node, current):
                    return True
                if step.called.cls in cls.ancestors() and step.called not in seen:
                    seen.add(step.called)
                    queue.append(step.called)
        return False

    def _is_told_of_itself(self, function: Function) -> bool:
        """Whether the SDK call in a lambda that is run where it stands is a finding of its own."""
        return (
            self._ways[function].following is None and caller_of_lambda(self._program.evaluator, function) is not None
        )

    def _all_entries(self) -> Iterator[tuple[Function, Entry]]:
        """Each such function with everything that may run it."""
        return ((function, entry) for function in self._ways for entry in self._entries.get(function, ()))


def _is_on_self(node: ast.expr, function: Function) -> bool:
    """Whether a call is one of a method of the same object: `self.method()`, `super().method()`."""
    receiver = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    if isinstance(receiver, ast.Call):
        return isinstance(receiver.func, ast.Name) and receiver.func.id == "super"
    return isinstance(receiver, ast.Name) and [receiver.id] == [one.arg for one in function.parameters[:1]]


def _is_on_loop(entry: Entry) -> bool:
    caller = entry.scope.enclosing_function()
    return caller is not None and caller.is_async


def _reader(program: Program, function: Function, entry: Entry, origins: frozenset[Origin]) -> ConsumerUse | None:
    """What reads what a function gives, where something does step by step."""
    if entry.wait is not None:
        return replace(entry.wait.reader, origins=origins) if entry.wait.reader is not None else None
    return None if entry.through else reader_of(program, function, entry.scope, entry.node, origins)


def reader_of(
    program: Program, function: Function, scope: Scope, call: ast.expr, origins: frozenset[Origin]
) -> ConsumerUse | None:
    """What reads the generator that a call gives, or enters the context manager; None for any other function."""
    if not function.is_generator or not isinstance(call, ast.Call):
        return None
    is_manager = MANAGER in function.decorators
    return generator_reader(call, scope, program.evaluator, origins, is_manager=is_manager)


def _ways(program: Program, entries: Entries, handed: Handed) -> dict[Function, _Way]:
    ways: dict[Function, _Way] = {}
    queue: deque[Function] = deque()
    uses: tuple[CallUse | ConsumerUse, ...] = (*program.uses.calls, *program.uses.consumers)
    own = [(Entry(use.scope, use.node), use) for use in uses if not calls_parameter(use.node, use.scope)]
    for entry, use in (*own, *handed.methods):
        function = entry.scope.enclosing_function()
        if function is not None and function not in ways and _is_plain(function) and _blocks(program, use):
            ways[function] = _Way(entry, None, use)
            queue.append(function)
    while queue:
        function = queue.popleft()
        for entry in entries.get(function, ()):
            caller = entry.scope.enclosing_function()
            if caller is None or caller in ways or not _is_plain(caller):
                continue
            if _is_run(program, function, entry):
                ways[caller] = _Way(entry, function, ways[function].use)
                queue.append(caller)
    return ways


def _blocks(program: Program, use: CallUse | ConsumerUse) -> bool:
    if use.colours != {False}:
        return False
    if isinstance(use, ConsumerUse):
        return use.kinds != {"client"} and not use.written_async and is_certain(program, use.inner, use.scope)
    return use.kind in ("call", "page") and use.method != "close" and use.form == "plain"


def _is_plain(function: Function) -> bool:
    """Whether calling the function, or reading what it gives, runs its body right there."""
    node = function.node
    if isinstance(node, ast.Lambda):
        return True
    if not isinstance(node, ast.FunctionDef):
        return False
    named = (decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in node.decorator_list)
    return not any(_CHANGES_CALL.search(ast.unparse(name)) for name in named)


def _is_run(program: Program, function: Function, entry: Entry) -> bool:
    """Whether the body surely runs there, and nothing async in its place."""
    return _is_sync(program, entry.node) and _runs(program, function, entry)


def _runs(program: Program, function: Function, entry: Entry) -> bool:
    """Whether the body runs where the function is called: that of a generator only where it is read."""
    scope, call = entry.scope, entry.node
    if entry.through:
        last, call = entry.through[-1]
        scope = last.module.scope_of(call)
    if not function.is_generator or isinstance(program.parents_of(scope.module)[call], ast.YieldFrom):
        return True
    return reader_of(program, function, scope, call, frozenset()) is not None


def _is_sync(program: Program, node: ast.expr) -> bool:
    """Whether nothing that a call may reach is async: such a call may be awaited, and is mixed at best."""
    return not any(function.is_async for function in _called(program, node))


def _called(program: Program, node: ast.expr) -> set[Function]:
    return program.flow.calls[node][1] if isinstance(node, ast.Call) and node in program.flow.calls else set()


def _first(program: Program, node: ast.expr, ways: dict[Function, _Way], function: Function) -> Function:
    """The one of several functions that a finding is told of."""
    found = [called for called in _called(program, node) if called in ways] or [function]
    return min(found, key=lambda one: one.order)


def _steps(function: Function, ways: dict[Function, _Way]) -> Iterator[tuple[Function, ast.expr]]:
    """Each function on the way and the call in it, the SDK's own last."""
    current: Function | None = function
    while current is not None:
        way = ways[current]
        yield current, way.entry.node
        yield from way.entry.through
        current = way.following
