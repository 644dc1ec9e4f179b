"""What the patterns of a `match` bind."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import ClassRef, Values

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Scope


class Patterns:
    """Lets the values of what is matched flow into the names that patterns capture."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def bind(self, pattern: ast.pattern, values: Values, scope: Scope) -> None:
        """Let values that may match flow into a pattern."""
        if isinstance(pattern, ast.MatchAs):
            if pattern.name is not None:
                self.evaluator.assignments.bind(pattern.name, values, scope)
            if pattern.pattern is not None:
                self.bind(pattern.pattern, values, scope)
        elif isinstance(pattern, ast.MatchOr):
            for part in pattern.patterns:
                self.bind(part, values, scope)
        elif isinstance(pattern, ast.MatchStar):
            if pattern.name is not None:
                self.evaluator.assignments.bind(pattern.name, values, scope)
        elif isinstance(pattern, ast.MatchSequence):
            elements = self.evaluator.elements(values)
            for part in pattern.patterns:
                self.bind(part, values if isinstance(part, ast.MatchStar) else elements, scope)
        elif isinstance(pattern, ast.MatchMapping):
            for part in pattern.patterns:
                self.bind(part, self.evaluator.elements(values), scope)
        elif isinstance(pattern, ast.MatchClass):
            self._attributes(pattern, values, scope)

    def _attributes(self, pattern: ast.MatchClass, values: Values, scope: Scope) -> None:
        """Attributes by name; those by position are the fields of the class, in their order."""
        named = list(zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True))
        for value in self.evaluator.values(pattern.cls, scope):
            fields = [name for _, name in value.cls.fields()] if isinstance(value, ClassRef) else []
            named += zip(fields, pattern.patterns, strict=False)
        for name, part in named:
            held = (self.evaluator.attributes.get(value, name) for value in values)
            self.bind(part, frozenset().union(*held), scope)
