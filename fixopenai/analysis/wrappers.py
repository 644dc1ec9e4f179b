"""Thread wrappers that are used wrongly, and sleeps, in async functions that use the SDK."""

from __future__ import annotations

import ast
import asyncio
from types import CoroutineType
from typing import TYPE_CHECKING

from fixopenai.analysis import externals
from fixopenai.analysis.tree import called_name, own_nodes, walk
from fixopenai.analysis.uses import SleepUse, ThreadUse, colours
from fixopenai.analysis.values import External, SdkMethod

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Function, Scope
    from fixopenai.analysis.uses import CallUse

# What starts a thread and need not be awaited, or not here.
_FIRE_AND_FORGET = ("add_task", "submit", "map")
_SLEEP = External("time.sleep")


def wrong_thread_calls(evaluator: Evaluator, calls: list[CallUse]) -> Iterator[ThreadUse]:
    """`to_thread(f(...))`, `to_thread(f, ...)` that nobody awaits, and `to_thread` of an async method."""
    by_node = {use.node: use for use in calls}
    for use in list(calls):
        if use.form != "plain" or not use.on_event_loop or len(use.colours) != 1:
            continue
        parent = use.scope.module.parents()[use.node]
        if isinstance(parent, ast.Call) and use.kind in ("call", "page"):
            position = thread_position(evaluator, parent, use.scope)
            if True in use.colours and called_name(parent) in _FIRE_AND_FORGET:
                continue
            if position is not None and len(parent.args) > position and parent.args[position] is use.node:
                yield ThreadUse(parent, "result", position, use, use.scope, use.origins, use.colours)
    for node, scope in list(evaluator.flow.sdk_nodes.items()):
        function = scope.enclosing_function()
        if function is None or not function.is_async:
            continue
        above = scope.module.parents().get(node)
        if not isinstance(above, ast.Call) or above in by_node:
            continue
        methods = [value for value in evaluator.values(node, scope) if isinstance(value, SdkMethod)]
        position = thread_position(evaluator, above, scope) if methods else None
        if position is None or len(above.args) <= position or above.args[position] is not node:
            continue
        origins = frozenset(method.origin for method in methods)
        kinds = {getattr(evaluator.flow.surface.member(m.type_key, m.name), "kind", None) for m in methods}
        made = colours(methods)
        if made == {True} and kinds <= {"call", "page"}:
            yield ThreadUse(above, "async", position, None, scope, origins, made)
        elif made == {False} and _is_forgotten(above, scope):
            yield ThreadUse(above, "unawaited", position, None, scope, origins, made)


def sleeps(evaluator: Evaluator, calls: list[CallUse]) -> Iterator[SleepUse]:
    """Each `time.sleep` in an async function that makes SDK calls."""
    for function in _functions(calls):
        for node in own_nodes(function.node):
            if isinstance(node, ast.Call):
                scope = function.module.scope_of(node)
                if evaluator.values(node.func, scope) == {_SLEEP}:
                    yield SleepUse(node, scope)


def thread_position(evaluator: Evaluator, call: ast.Call, scope: Scope) -> int | None:
    """Where a thread wrapper takes its function among its arguments; None for any other call."""
    callees = evaluator.values(call.func, scope)
    for value in callees:
        if isinstance(value, External) and value.dotted in externals.THREAD_CALLS:
            return externals.THREAD_CALLS[value.dotted]
    # Other names than these are those of many things on an object that is not known.
    if not callees and isinstance(call.func, ast.Attribute) and call.func.attr.startswith("run_in_"):
        return externals.THREAD_METHODS.get(call.func.attr)
    return None


def _functions(calls: Iterable[CallUse]) -> list[Function]:
    return list({use.function: None for use in calls if use.on_event_loop and use.function is not None})


def _is_forgotten(call: ast.Call, scope: Scope) -> bool:
    """Whether nothing awaits what the wrapper gives: it stands alone, or is taken for the answer."""
    name = called_name(call)
    parent = scope.module.parents()[call]
    # A future that an executor gives runs by itself, awaited or not.
    if name in _FIRE_AND_FORGET or (name == "run_in_executor" and isinstance(parent, ast.Expr)):
        return False
    given = asyncio.Future if name == "run_in_executor" else CoroutineType
    if isinstance(parent, (ast.Assign, ast.AnnAssign)):
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        named = len(targets) == 1 and isinstance(targets[0], ast.Name)
        return named and _is_taken_for_answer(targets[0].id, scope, given)  # type: ignore[attr-defined]
    return isinstance(parent, ast.Expr) or _takes_for_answer(parent, call, given)


def _is_taken_for_answer(name: str, scope: Scope, given: type) -> bool:
    """Whether every use of a local name takes what it holds for the answer."""
    function, owner = scope.enclosing_function(), scope.owner(name)
    if function is None or owner is None or owner.function is not function or len(owner.bindings[name]) != 1:
        return False
    parents = scope.module.parents()
    reads = [
        part
        for part in walk(function.node)
        if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
    ]
    return bool(reads) and all(_takes_for_answer(parents[part], part, given) for part in reads)


def _takes_for_answer(parent: ast.AST, node: ast.expr, given: type) -> bool:
    """Whether an item of it is used, or an attribute that `given`, what the wrapper really gives, does not have."""
    if isinstance(parent, ast.Attribute):
        return not hasattr(given, parent.attr)
    return isinstance(parent, ast.Subscript) and parent.value is node
