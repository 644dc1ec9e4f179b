"""What a name holds where it is read."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from fixopenai.analysis.reaching import reaching_definition
from fixopenai.analysis.values import NOTHING, External, Values

if TYPE_CHECKING:
    import ast

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
