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
    | {"debug", "info", "warning", "dumps", "update"}
)
# What only reads a dict that stands there; whatever else has it then may add to it.
_READS = (
    ast.Compare,
    ast.FormattedValue,
    ast.If,
    ast.While,
    ast.Assert,
    ast.UnaryOp,
    ast.BinOp,
    ast.AugAssign,
    ast.Dict,
)


def dict_keys(node: ast.expr, scope: Scope) -> set[str] | None:
    """The keys that a dict may have, None where they are unknown."""
    items = dict_items(node, scope)
    return None if items is None else {key for key, _, _ in items}


def dict_items(node: ast.expr, scope: Scope) -> list[Item] | None:
    """The items that a dict may have: a display, `dict(a=1)`, both branches of a choice, or a name bound to one once.

    To the dict of a name more may be added, where that is written out as well. None where they are unknown.
    """
    return _Items().of(node, scope)


class _Items:
    """Each name's dict is looked at once: one may be added to another, or to itself."""

    def __init__(self) -> None:
        self.seen: set[tuple[Scope, str]] = set()

    def of(self, node: ast.expr, scope: Scope) -> list[Item] | None:
        if isinstance(node, ast.Name):
            return self.of_name(node.id, scope.owner(node.id))
        if isinstance(node, ast.IfExp):
            return _all([self.of(node.body, scope), self.of(node.orelse, scope)])
        if isinstance(node, ast.Dict):
            return _all([self.pair(key, value, scope) for key, value in zip(node.keys, node.values, strict=True)])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
            return self.keywords(node, scope)
        return None

    def of_name(self, name: str, owner: Scope | None) -> list[Item] | None:
        if (owner, name) in self.seen:
            return []
        bindings = owner.bindings.get(name, []) if owner is not None else []
        bindings = [binding for binding in bindings if not isinstance(binding, ast.AugAssign)]
        values = [b.value for b in bindings if isinstance(b, (ast.Assign, ast.AnnAssign)) and b.value is not None]
        if owner is None or len(bindings) != 1 or len(values) != 1:
            return None
        self.seen.add((owner, name))
        return _all([self.of(values[0], owner), self.added(owner, name)])

    def pair(self, key: ast.expr | None, value: ast.expr, scope: Scope) -> list[Item] | None:
        if key is None:
            return self.of(value, scope)
        return [(key.value, value, scope)] if isinstance(key, ast.Constant) and isinstance(key.value, str) else None

    def keywords(self, call: ast.Call, scope: Scope) -> list[Item] | None:
        return _all(
            [
                self.of(keyword.value, scope) if keyword.arg is None else [(keyword.arg, keyword.value, scope)]
                for keyword in call.keywords
            ]
        )

    def added(self, scope: Scope, name: str) -> list[Item] | None:
        """The items that are added to the dict under a name after it was made."""
        parents = scope.module.parents()
        parts: list[list[Item] | None] = []
        for node in walk(scope.node):
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
                parts.append(self.of(node.value, scope))
            elif isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                parts.append(self.added_by(node, parents, scope.module.scope_of(node)))
        return _all(parts)

    def added_by(self, read: ast.Name, parents: dict[ast.AST, ast.AST], scope: Scope) -> list[Item] | None:
        """The items that one read of a dict's name adds to it."""
        parent = parents[read]
        above = parents.get(parent)
        if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store):
            return self.pair(parent.slice, above.value, scope) if isinstance(above, ast.Assign) else None
        if isinstance(parent, ast.Attribute) and parent.attr == "update" and isinstance(above, ast.Call):
            return _all([*(self.of(argument, scope) for argument in above.args), self.keywords(above, scope)])
        if isinstance(parent, ast.Attribute) and parent.attr == "setdefault" and isinstance(above, ast.Call):
            return self.pair(above.args[0], above.args[1], scope) if len(above.args) == 2 else None
        if isinstance(parent, ast.Attribute):
            return None if parent.attr in {"update", "setdefault", "__setitem__"} else []
        if isinstance(parent, ast.Call):
            name = parent.func.attr if isinstance(parent.func, ast.Attribute) else getattr(parent.func, "id", "")
            return [] if name in _HARMLESS else None
        is_unpacked = isinstance(parent, ast.keyword) and parent.arg is None
        is_gone_through = isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is read
        is_element = isinstance(parent, ast.Subscript) and parent.value is read
        is_read = is_unpacked or is_gone_through or is_element or isinstance(parent, (ast.Delete, *_READS))
        # As the value of a display's key it is kept, unpacked by `**` it is not.
        is_kept = isinstance(parent, ast.Dict) and any(
            value is read and key is not None for key, value in zip(parent.keys, parent.values, strict=True)
        )
        return [] if is_read and not is_kept else None


def _all(parts: list[list[Item] | None]) -> list[Item] | None:
    known = [part for part in parts if part is not None]
    return [item for part in known for item in part] if len(known) == len(parts) else None
