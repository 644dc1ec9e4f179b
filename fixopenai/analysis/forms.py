"""How the result of a call is taken: as it is, awaited, or handed to something that awaits it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis import externals
from fixopenai.analysis.tree import called_name, walk
from fixopenai.analysis.values import External

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Scope
    from fixopenai.analysis.uses import Form, Parents

_AWAITERS = frozenset({"gather", "wait_for", "shield", "create_task", "ensure_future", "as_completed"})


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


def _awaiters(node: ast.expr, scope: Scope, evaluator: Evaluator) -> list[ast.Await | ast.Call]:
    """What awaits the result of a call that is not awaited on the spot, or hands it to the event loop."""
    parents = scope.module.parents()
    parent = parents[node]
    later = _awaited_later(node, parents, scope)
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


def _awaited_later(node: ast.expr, parents: Parents, scope: Scope) -> list[ast.Await | ast.Call]:
    """What awaits or gathers the name under which the result is kept, alone or in a list."""
    parent = parents[node]
    if isinstance(parent, (ast.ListComp, ast.List)):
        parent = parents[parent]
    name: str | None = None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0].id
    elif isinstance(parent, ast.NamedExpr):
        name = parent.target.id
    elif isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr == "append":
        name = parent.func.value.id if isinstance(parent.func.value, ast.Name) else None
    function = scope.enclosing_function()
    if name is None or function is None:
        return []
    return [part for part in walk(function.node) if isinstance(part, (ast.Await, ast.Call)) and _awaits(part, name)]


def _awaits(node: ast.Await | ast.Call, name: str) -> bool:
    """Whether a node awaits what `name` holds, or hands it to something that does."""
    if isinstance(node, ast.Await):
        return isinstance(node.value, ast.Name) and node.value.id == name
    called = called_name(node)
    given = [argument.value if isinstance(argument, ast.Starred) else argument for argument in node.args]
    return called in _AWAITERS and any(isinstance(argument, ast.Name) and argument.id == name for argument in given)
