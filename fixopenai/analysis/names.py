"""What a name holds where it is read."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from fixopenai.analysis.reaching import reaching_definition
from fixopenai.analysis.values import NOTHING, External, Values

if TYPE_CHECKING:
    from fixopenai.analysis.attributes import Attributes
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Scope, Slot

_BUILTINS = frozenset(dir(builtins))


class Names:
    """Names to values: those of the one assignment that reaches the place, where there is only one."""

    def __init__(self, flow: Flow, attributes: Attributes) -> None:
        self.flow = flow
        self.attributes = attributes
        self._definitions: dict[ast.Name, ast.AST | None] = {}

    def values(self, node: ast.Name, scope: Scope) -> Values:
        """The values of a name that is read in `scope`; the builtin where nothing else has the name."""
        owner = scope.owner(node.id)
        if owner is scope and scope.kind == "class" and scope.parent is not None and _is_about_to_bind(node, scope):
            # `ask = staticmethod(ask)` in a class reads what is around it.
            scope = scope.parent
            owner = scope.owner(node.id)
        if owner is not None:
            return frozenset(self.flow.read(self._slot(node, owner, scope)))
        if scope.module.star_imports:
            found = self.attributes.global_name(scope.module, node.id, set())
            if found:
                return found
        if node.id in _BUILTINS:
            return frozenset({External(f"builtins.{node.id}")})
        return NOTHING

    def _slot(self, node: ast.Name, owner: Scope, scope: Scope) -> Slot:
        """The slot a name is read from: that of one assignment where no other can have given the value."""
        merged = owner.slots[node.id]
        if len(owner.bindings.get(node.id, ())) < 2 or owner.kind not in ("module", "function"):
            return merged
        if not merged.values or scope.enclosing_function() is not owner.function:
            return merged
        if node not in self._definitions:
            self._definitions[node] = reaching_definition(node, owner)
        definition = self._definitions[node]
        # What callers pass for a parameter is only known together with what is assigned to it later.
        if definition is None or definition is owner.node:
            return merged
        self.flow.read(merged)
        return self.flow.node_slot(definition, node.id)


def _is_about_to_bind(node: ast.Name, scope: Scope) -> bool:
    """Whether a name is read by the one statement that binds it."""
    bindings = scope.bindings.get(node.id, [])
    if len(bindings) != 1 or not isinstance(bindings[0], ast.Assign):
        return False
    parents = scope.module.parents()
    above: ast.AST = node
    while not isinstance(above, ast.stmt):
        above = parents[above]
    return above is bindings[0]
