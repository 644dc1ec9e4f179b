"""Plain functions that reach a blocking SDK call, and the calls of them on the event loop."""

from __future__ import annotations

import ast
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixopenai.analysis.certainty import is_certain
from fixopenai.analysis.consumers import generator_reader
from fixopenai.analysis.uses import CallUse, ConsumerUse, HelperUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Scope
    from fixopenai.analysis.values import Origin

MANAGER = "contextlib.contextmanager"
# Wrappers that make another thing of a function than one which blocks whoever calls it.
_CHANGES_CALL = ("async", "thread", "task", "property", "fixture", "actor", "job")


@dataclass(frozen=True, slots=True)
class _Way:
    """From a function to the SDK call: the call in it, and the function which that calls, None at the end."""

    node: ast.expr
    following: Function | None
    use: CallUse | ConsumerUse


def helper_uses(program: Program) -> Iterator[HelperUse]:
    """Each call on the event loop of a plain function that blocks, with the shortest way to the SDK call."""
    ways = _ways(program)
    for function in ways:
        for scope, call in program.callers.get(function, []):
            caller = scope.enclosing_function()
            if caller is None or not caller.is_async or not _is_sync(program, call):
                continue
            if _first(program, call, ways) is function and _runs(program, function, scope, call):
                use = ways[function].use
                reader = reader_of(program, function, scope, call, use.origins)
                yield HelperUse(call, scope, tuple(_steps(function, ways)), use, reader)


def reader_of(
    program: Program, function: Function, scope: Scope, call: ast.Call, origins: frozenset[Origin]
) -> ConsumerUse | None:
    """What reads the generator that a call gives, or enters the context manager; None for any other function."""
    if not function.is_generator:
        return None
    is_manager = MANAGER in function.decorators
    return generator_reader(call, scope, program.evaluator, origins, is_manager=is_manager)


def _ways(program: Program) -> dict[Function, _Way]:
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
        for scope, call in program.callers.get(function, []):
            caller = scope.enclosing_function()
            if caller is None or caller in ways or not _is_plain(caller):
                continue
            if _is_sync(program, call) and _runs(program, function, scope, call):
                ways[caller] = _Way(call, function, ways[function].use)
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
    words = " ".join(ast.unparse(decorator) for decorator in node.decorator_list).lower()
    return not any(word in words for word in _CHANGES_CALL)


def _runs(program: Program, function: Function, scope: Scope, call: ast.Call) -> bool:
    """Whether the body runs where the call stands: that of a generator only where it is read."""
    if not function.is_generator or isinstance(program.parents_of(scope.module)[call], ast.YieldFrom):
        return True
    return reader_of(program, function, scope, call, frozenset()) is not None


def _is_sync(program: Program, call: ast.Call) -> bool:
    """Whether nothing that the call may reach is async: such a call may be awaited, and is mixed at best."""
    return not any(function.is_async for function in program.flow.calls[call][1])


def _first(program: Program, call: ast.Call, ways: dict[Function, _Way]) -> Function:
    """The one of several functions that a finding is told of."""
    found = [function for function in program.flow.calls[call][1] if function in ways]
    return min(found, key=lambda function: (function.module.path, function.node.lineno))


def _steps(function: Function, ways: dict[Function, _Way]) -> Iterator[tuple[Function, ast.expr]]:
    """Each function on the way and the call in it, the SDK's own last."""
    current: Function | None = function
    while current is not None:
        way = ways[current]
        yield current, way.node
        current = way.following
