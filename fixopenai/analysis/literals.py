"""What is written out in the program about a value: the items of a dict."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.analysis.tree import walk

if TYPE_CHECKING:
    from fixopenai.analysis.scopes import Scope

# A key, its value and the scope in which that stands.
Item: TypeAlias = "tuple[str, ast.expr, Scope]"
# Functions and methods that leave a dict as it is which they are given.
_HARMLESS = frozenset(
    {"print", "len", "dict", "list", "set", "tuple", "sorted", "str", "repr", "bool"}
    | {"debug", "info", "warning", "dumps"}
)
# What keeps a dict, or hands it on: whatever has it then may add to it.
_KEEPS = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Return, ast.Yield, ast.List, ast.Tuple)


def dict_keys(node: ast.expr, scope: Scope) -> set[str] | None:
    """The keys that a dict may have, None where they are unknown."""
    items = dict_items(node, scope)
    return None if items is None else {key for key, _, _ in items}


def dict_items(node: ast.expr, scope: Scope) -> list[Item] | None:
    """The items that a dict may have: a display, `dict(a=1)`, both branches of a choice, or a name bound to one once.

    To the dict of a name more may be added, where that is written out as well. None where they are unknown.
    """
    if isinstance(node, ast.Name):
        owner = scope.owner(node.id)
        bindings = owner.bindings.get(node.id, []) if owner is not None else []
        bindings = [binding for binding in bindings if not isinstance(binding, ast.AugAssign)]
        values = [b.value for b in bindings if isinstance(b, (ast.Assign, ast.AnnAssign)) and b.value is not None]
        if owner is None or len(bindings) != 1 or len(values) != 1:
            return None
        return _all([dict_items(values[0], owner), _added_items(owner, node.id)])
    if isinstance(node, ast.IfExp):
        return _all([dict_items(node.body, scope), dict_items(node.orelse, scope)])
    if isinstance(node, ast.Dict):
        return _all([_item(key, value, scope) for key, value in zip(node.keys, node.values, strict=True)])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        return _keyword_items(node, scope)
    return None


def _all(parts: list[list[Item] | None]) -> list[Item] | None:
    known = [part for part in parts if part is not None]
    return [item for part in known for item in part] if len(known) == len(parts) else None


def _item(key: ast.expr | None, value: ast.expr, scope: Scope) -> list[Item] | None:
    if key is None:
        return dict_items(value, scope)
    return [(key.value, value, scope)] if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _keyword_items(call: ast.Call, scope: Scope) -> list[Item] | None:
    return _all(
        [
            dict_items(keyword.value, scope) if keyword.arg is None else [(keyword.arg, keyword.value, scope)]
            for keyword in call.keywords
        ]
    )


def _added_items(scope: Scope, name: str) -> list[Item] | None:
    """The items that are added to the dict under a name after it was made; None where they are unknown."""
    parents = scope.module.parents()
    parts: list[list[Item] | None] = []
    for node in walk(scope.node):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            parts.append(dict_items(node.value, scope))
        elif isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            parts.append(_items_from(parents[node], parents, scope.module.scope_of(node)))
    return _all(parts)


def _items_from(parent: ast.AST, parents: dict[ast.AST, ast.AST], scope: Scope) -> list[Item] | None:
    """The items that one read of a dict's name adds to it."""
    above = parents.get(parent)
    if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store):
        return _item(parent.slice, above.value, scope) if isinstance(above, ast.Assign) else None
    if isinstance(parent, ast.Attribute) and parent.attr == "update" and isinstance(above, ast.Call):
        return _all([*(dict_items(argument, scope) for argument in above.args), _keyword_items(above, scope)])
    if isinstance(parent, ast.Attribute) and parent.attr == "setdefault" and isinstance(above, ast.Call):
        return _item(above.args[0], above.args[1], scope) if len(above.args) == 2 else None
    if isinstance(parent, ast.Attribute):
        return None if parent.attr in {"update", "setdefault", "__setitem__"} else []
    if isinstance(parent, ast.Call):
        name = parent.func.attr if isinstance(parent.func, ast.Attribute) else getattr(parent.func, "id", "")
        return [] if name in _HARMLESS else None
    return None if isinstance(parent, _KEEPS) or (isinstance(parent, ast.keyword) and parent.arg is not None) else []
