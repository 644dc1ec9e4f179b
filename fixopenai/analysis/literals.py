"""What is written out in the program about a value: the keys of a dict."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk

if TYPE_CHECKING:
    from fixopenai.analysis.scopes import Scope

_CHANGING = frozenset({"update", "setdefault", "pop", "clear"})


def dict_keys(node: ast.expr, scope: Scope) -> set[str] | None:
    """The keys of a dict display, of `dict(a=1)`, of both branches of a choice, or of a name that is bound to one once.

    None where they are unknown.
    """
    if isinstance(node, ast.Name):
        owner = scope.owner(node.id)
        bindings = owner.bindings.get(node.id, []) if owner is not None else []
        values = [b.value for b in bindings if isinstance(b, (ast.Assign, ast.AnnAssign)) and b.value is not None]
        if owner is None or len(bindings) != 1 or len(values) != 1 or _changes(owner.node, node.id):
            return None
        return dict_keys(values[0], owner)
    if isinstance(node, ast.IfExp):
        one, other = dict_keys(node.body, scope), dict_keys(node.orelse, scope)
        return None if one is None or other is None else one | other
    keys: set[str | None]
    if isinstance(node, ast.Dict):
        keys = {_text(key) for key in node.keys}
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        keys = {keyword.arg for keyword in node.keywords}
    else:
        return None
    known = {key for key in keys if key is not None}
    return known if len(known) == len(keys) else None


def _text(key: ast.expr | None) -> str | None:
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _changes(tree: ast.AST, name: str) -> bool:
    """Whether keys may be added to the dict under a name after it was made."""
    for node in walk(tree):
        changed: ast.expr | None = None
        if (isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del))) or (
            isinstance(node, ast.Attribute) and node.attr in _CHANGING
        ):
            changed = node.value
        elif isinstance(node, ast.AugAssign):
            changed = node.target
        if isinstance(changed, ast.Name) and changed.id == name:
            return True
    return False
