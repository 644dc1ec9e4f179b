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
    parents = scope.module.parents()
    parent = parents[node]
    if isinstance(parent, ast.Await):
        return "awaited"
    if _is_awaited_later(node, parents, scope):
        return "gathered"
    while isinstance(parent, ast.IfExp) and parent.test is not node:
        node, parent = parent, parents[parent]
    if isinstance(parent, ast.Await):
        return "gathered"
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
            return "gathered"
    return "plain"


def _is_awaited_later(node: ast.expr, parents: Parents, scope: Scope) -> bool:
    """Whether the result is kept under a name, alone or in a list, that is awaited or gathered later."""
    parent = parents[node]
    if isinstance(parent, (ast.ListComp, ast.List)):
        parent = parents[parent]
    name: str | None = None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0].id
    elif isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr == "append":
        name = parent.func.value.id if isinstance(parent.func.value, ast.Name) else None
    function = scope.enclosing_function()
    if name is None or function is None:
        return False
    return any(_awaits(part, name) for part in walk(function.node))


def _awaits(node: ast.AST, name: str) -> bool:
    """Whether a node awaits what `name` holds, or hands it to something that does."""
    if isinstance(node, ast.Await):
        return isinstance(node.value, ast.Name) and node.value.id == name
    if not isinstance(node, ast.Call):
        return False
    called = called_name(node)
    given = [argument.value if isinstance(argument, ast.Starred) else argument for argument in node.args]
    return called in _AWAITERS and any(isinstance(argument, ast.Name) and argument.id == name for argument in given)
