"""Plain functions that reach a blocking SDK call, and the calls of them on the event loop."""

from __future__ import annotations

import ast
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.analysis.callbacks import caller_of_lambda, runner_of
from fixopenai.analysis.certainty import is_certain
from fixopenai.analysis.consumers import generator_reader
from fixopenai.analysis.uses import CallUse, ConsumerUse, HelperUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Scope
    from fixopenai.analysis.values import Origin

MANAGER = "contextlib.contextmanager"
_Entries: TypeAlias = "dict[Function, list[tuple[Scope, ast.expr]]]"
# Wrappers that make another thing of a function than one which blocks whoever calls it.
_CHANGES_CALL = re.compile(r"async|thread|task|fixture|(?<![a-z])(actor|job)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Way:
    """From a function to the SDK call: the call in it, and the function which that calls, None at the end."""

    node: ast.expr
    following: Function | None
    use: CallUse | ConsumerUse


def helper_uses(program: Program) -> Iterator[HelperUse]:
    """Each place on the event loop that runs a plain function which blocks, with the shortest way to the SDK call."""
    entries = _entries(program)
    ways = _ways(program, entries)
    seen: set[ast.expr] = set()
    for function in ways:
        for scope, node in entries.get(function, ()):
            caller = scope.enclosing_function()
            if caller is None or not caller.is_async or node in seen or not _is_sync(program, node):
                continue
            if _first(program, node, ways, function) is function and _runs(program, function, scope, node):
                seen.add(node)
                use = ways[function].use
                reader = reader_of(program, function, scope, node, use.origins)
                yield HelperUse(node, scope, tuple(_steps(function, ways)), use, reader)


def _entries(program: Program) -> _Entries:
    """What runs each function: calls of it, reads of a property, built-in functions that it is handed to.

    What a lambda does that is run at once, whoever runs the lambda does.
    """
    flow, evaluator = program.flow, program.evaluator
    found: _Entries = {}
    for node, (scope, functions) in (*flow.calls.items(), *flow.reads.items()):
        around = scope.enclosing_function()
        runner = caller_of_lambda(evaluator, around) if around is not None else None
        for function in functions:
            found.setdefault(function, []).append((runner[1], runner[0]) if runner is not None else (scope, node))
    for argument, (scope, functions) in flow.handed.items():
        if argument in scope.module.parents():
            runner = runner_of(evaluator, argument, scope)
            for function in functions if runner is not None else ():
                assert runner is not None
                found.setdefault(function, []).append((runner[1], runner[0]))
    for entries in found.values():
        entries.sort(key=lambda entry: entry[0].module.order(entry[1]))
    return found


def reader_of(
    program: Program, function: Function, scope: Scope, call: ast.expr, origins: frozenset[Origin]
) -> ConsumerUse | None:
    """What reads the generator that a call gives, or enters the context manager; None for any other function."""
    if not function.is_generator or not isinstance(call, ast.Call):
        return None
    is_manager = MANAGER in function.decorators
    return generator_reader(call, scope, program.evaluator, origins, is_manager=is_manager)


def _ways(program: Program, entries: _Entries) -> dict[Function, _Way]:
    ways: dict[Function, _Way] = {}
    queue: deque[Function] = deque()
    uses: tuple[CallUse | ConsumerUse, ...] = (*program.uses.calls, *program.uses.consumers)
    for use in uses:
        function = use.function
        if function is not None and function not in ways and _is_plain(function) and _blocks(program, use):
            ways[function] = _Way(use.node, None, use)
            queue.append(function)
    while queue:
        function = queue.popleft()
        for scope, node in entries.get(function, ()):
            caller = scope.enclosing_function()
            if caller is None or caller in ways or not _is_plain(caller):
                continue
            if _is_sync(program, node) and _runs(program, function, scope, node):
                ways[caller] = _Way(node, function, ways[function].use)
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
    if not isinstance(node, ast.FunctionDef):
        return False
    named = (decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in node.decorator_list)
    return not any(_CHANGES_CALL.search(ast.unparse(name)) for name in named)


def _runs(program: Program, function: Function, scope: Scope, call: ast.expr) -> bool:
    """Whether the body runs where the call stands: that of a generator only where it is read."""
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
        yield current, way.node
        current = way.following
