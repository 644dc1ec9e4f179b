"""Work that is given to a pool of threads or processes, and what waits there for it: who waits does nothing else."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.analysis import externals
from fixopenai.analysis.consumers import dotted_callee, generator_reader
from fixopenai.analysis.futures import RESULTS, futures_of
from fixopenai.analysis.tree import called_name, own_nodes, walk
from fixopenai.analysis.uses import PoolWait
from fixopenai.analysis.values import External, ExternalInstance, Pending

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Function, Scope

PoolWaits: TypeAlias = "dict[ast.Call, tuple[Scope, PoolWait]]"
# What is done with futures on the event loop by code that does not wait for them there.
_LOOKS_AFTER = frozenset({"done", "add_done_callback"})


def pool_waits(evaluator: Evaluator) -> PoolWaits:
    """The calls that give a function to a pool, which the function around then waits for."""
    found: PoolWaits = {}
    for node, scope in list(evaluator.flow.pool_calls.items()):  # looking at values may add some
        wait = _wait(evaluator, node, scope) if node.args else None
        if wait is not None:
            found[node] = (scope, wait)
    return found


def _wait(evaluator: Evaluator, node: ast.Call, scope: Scope) -> PoolWait | None:
    function = scope.enclosing_function()
    if function is None:
        return None
    if dotted_callee(node, scope, evaluator) in externals.WAITING_POOL_CALLS:
        return PoolWait(node)
    manager = _manager_around(evaluator, node, function)
    reader = None
    if called_name(node) == "map":
        reader = generator_reader(node, scope, evaluator, frozenset(), is_manager=False)
        # What is kept until the pool is left is complete by then.
        if reader is not None and _manager_around(evaluator, reader.inner, function) is manager:
            return PoolWait(reader.node, reader)
    if function.is_async and reader is None and _is_looked_after(evaluator, node, function):
        return None
    if manager is not None:
        return PoolWait(manager)
    waiting = _result_of(evaluator, node, function) if called_name(node) == "submit" else None
    return PoolWait(waiting) if waiting is not None else None


def _manager_around(evaluator: Evaluator, node: ast.expr, function: Function) -> ast.stmt | None:
    """The `with` of a pool around a node, which waits at its end for all that the pool has to do."""
    module = function.module
    parents = module.parents()
    above: ast.AST | None = parents.get(node)
    while above is not None and above is not function.node:
        if isinstance(above, ast.With):
            for item in above.items:
                values = evaluator.values(item.context_expr, module.scope_of(item.context_expr))
                if any(isinstance(value, ExternalInstance) and value.dotted in externals.EXECUTORS for value in values):
                    return above
        above = parents.get(above)
    return None


def _is_looked_after(evaluator: Evaluator, node: ast.Call, function: Function) -> bool:
    """Whether the function does with the futures, or with what `map` gives, what keeps nobody waiting."""
    parents = function.module.parents()
    futures = futures_of(node, function)
    for part in own_nodes(function.node):
        if "wrap_future" in (getattr(part, "attr", ""), getattr(part, "id", "")):
            return True
        if isinstance(part, ast.Call) and called_name(part) in _LOOKS_AFTER:
            return True
        if isinstance(part, ast.Await) and (futures.in_(part.value) or _waits_elsewhere(evaluator, part, function)):
            return True
        above = parents[part]
        if called_name(node) == "map" and isinstance(above, ast.Call) and part in above.args and futures.in_(part):
            return True
    return False


def _waits_elsewhere(evaluator: Evaluator, node: ast.Await, function: Function) -> bool:
    """Whether what is awaited is given something that waits for futures: `to_thread(wait, futures)`."""
    arguments = node.value.args if isinstance(node.value, ast.Call) else []
    for argument in arguments:
        values = evaluator.values(argument, function.module.scope_of(argument))
        if any(isinstance(value, External) and value.dotted in externals.FUTURE_WAITS for value in values):
            return True
        if isinstance(argument, ast.Lambda) and any(
            isinstance(part, ast.Attribute) and part.attr in RESULTS for part in walk(argument.body)
        ):
            return True
    return False


def _result_of(evaluator: Evaluator, node: ast.Call, function: Function) -> ast.expr | None:
    """What asks for the result of a future, or waits for several of them."""
    slot = evaluator.flow.node_slot(node, "thread")
    futures = futures_of(node, function)
    for part in own_nodes(function.node):
        if not isinstance(part, ast.Call):
            continue
        scope = function.module.scope_of(part)
        if dotted_callee(part, scope, evaluator) in externals.FUTURE_WAITS:
            if any(futures.in_(argument) for argument in part.args):
                return part
        elif isinstance(part.func, ast.Attribute) and part.func.attr in RESULTS:
            held = evaluator.values(part.func.value, scope)
            if any(isinstance(value, Pending) and value.slot is slot for value in held):
                return part
    return None
