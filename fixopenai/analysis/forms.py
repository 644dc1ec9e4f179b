"""How the result of a call is taken: as it is, awaited, or handed to something that awaits it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis import externals
from fixopenai.analysis.reaching import reaching_definition, reads_of
from fixopenai.analysis.tree import called_name
from fixopenai.analysis.values import External

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Scope
    from fixopenai.analysis.uses import Form, Parents

_AWAITERS = frozenset({"gather", "wait_for", "shield", "create_task", "ensure_future", "as_completed"})
_WAIT = External("asyncio.wait")
_ADDERS = frozenset({"append", "add"})
# What a coroutine has itself.
OF_COROUTINES = frozenset({"close", "send", "throw", "cr_await", "cr_frame", "cr_running", "__await__"})
_COLLECTIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.List, ast.Set, ast.Tuple)


def form_of(node: ast.expr, scope: Scope, evaluator: Evaluator) -> Form:
    """How the result of a call is taken."""
    if isinstance(scope.module.parents()[node], ast.Await):
        return "awaited"
    return "gathered" if _awaiters(node, scope, evaluator) else "plain"


def task_maker(node: ast.expr, scope: Scope, evaluator: Evaluator) -> ast.Call | None:
    """The `create_task` that the result of a call is handed to, there or later: it takes nothing but a coroutine."""
    for awaiter in _awaiters(node, scope, evaluator):
        if isinstance(awaiter, ast.Call):
            callees = evaluator.values(awaiter.func, scope)
            known = [value.dotted for value in callees if isinstance(value, External)]
            if externals.TASK_MAKERS.intersection(known) or (not known and called_name(awaiter) == "create_task"):
                return awaiter
    return None


def waiting_call(node: ast.expr, scope: Scope, evaluator: Evaluator) -> ast.Call | None:
    """The `asyncio.wait` that the result of a call is handed to, there or later: it takes nothing but tasks."""
    parents = scope.module.parents()
    outer = parents.get(node)
    while isinstance(outer, (*_COLLECTIONS, ast.Starred)):
        outer = parents.get(outer)
    for call in (outer, *_uses_of_name(node, parents, scope)):
        if isinstance(call, ast.Call) and evaluator.values(call.func, scope) == {_WAIT}:
            return call
    return None


def _awaiters(node: ast.expr, scope: Scope, evaluator: Evaluator) -> list[ast.Await | ast.Call]:
    """What awaits the result of a call that is not awaited on the spot, or hands it to the event loop."""
    parents = scope.module.parents()
    parent = parents[node]
    later = [part for part in _uses_of_name(node, parents, scope) if _is_awaiter(part)]
    if later:
        return later
    while isinstance(parent, ast.NamedExpr) or (isinstance(parent, ast.IfExp) and parent.test is not node):
        node, parent = parent, parents[parent]
    if isinstance(parent, ast.Await):
        return [parent]
    if isinstance(parent, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) and parent.elt is node:
        node, parent = parent, parents[parent]
        scope = scope.parent or scope
    elif isinstance(parent, (ast.List, ast.Tuple)):
        node, parent = parent, parents[parent]
    if isinstance(parent, ast.Starred):
        node, parent = parent, parents[parent]
    is_argument = isinstance(parent, ast.Call) and node in parent.args
    if isinstance(parent, ast.keyword):
        parent, is_argument = parents[parent], True
    if isinstance(parent, ast.Call) and is_argument:
        callees = evaluator.values(parent.func, scope)
        if any(isinstance(value, External) and value.dotted in externals.AWAITING_CALLS for value in callees):
            return [parent]
    return []


def _uses_of_name(node: ast.expr, parents: Parents, scope: Scope) -> Iterator[ast.Await | ast.Call]:
    """What awaits, or gets as an argument, the name under which a result is kept, alone or in a collection.

    Nothing where the result itself is taken for an answer: then what is awaited is something else of that name.
    """
    parent = parents[node]
    is_collected = isinstance(parent, _COLLECTIONS)
    if is_collected:
        parent = parents[parent]
    name: str | None = None
    binding: ast.AST | None = None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        name, binding = parent.targets[0].id, parent
    elif isinstance(parent, ast.AnnAssign) and isinstance(parent.target, ast.Name):
        name, binding = parent.target.id, parent
    elif isinstance(parent, ast.NamedExpr):
        name = parent.target.id
    elif isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr in _ADDERS:
        collection = parent.func.value
        if isinstance(collection, ast.Name) and (owner := scope.owner(collection.id)) is not None:
            name, binding, is_collected = collection.id, reaching_definition(collection, owner), True
    if name is None:
        return
    reads = reads_of(name, binding, scope)
    if not is_collected and any(_is_taken_for_answer(read, parents) for read in reads):
        return
    for read in reads:
        given: ast.AST = read
        outer = parents[given]
        if isinstance(outer, ast.Starred):
            given, outer = outer, parents[outer]
        if isinstance(outer, ast.Await) or (isinstance(outer, ast.Call) and given in outer.args):
            yield outer


def _is_taken_for_answer(read: ast.Name, parents: Parents) -> bool:
    parent = parents[read]
    if isinstance(parent, ast.Attribute):
        return parent.attr not in OF_COROUTINES
    return (isinstance(parent, ast.Subscript) and parent.value is read) or (
        isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is read
    )


def _is_awaiter(node: ast.Await | ast.Call) -> bool:
    return isinstance(node, ast.Await) or called_name(node) in _AWAITERS
