"""What the parts of the evaluator ask of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ast

    from fixopenai.analysis.scopes import Scope
    from fixopenai.analysis.values import Values


class Evaluates(Protocol):
    """Values of expressions, and what reading them in one way or another gives."""

    def values(self, node: ast.expr, scope: Scope) -> Values: ...
    def awaited(self, values: Values) -> Values: ...
    def entered(self, values: Values) -> Values: ...
    def elements(self, values: Values) -> Values: ...
    def declared_values(self, node: ast.expr, scope: Scope) -> Values: ...
