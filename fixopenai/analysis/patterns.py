"""What the patterns of a `match` bind."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import ClassRef, Instance, Sdk, SdkClass, Values

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Class, Scope


class Patterns:
    """Lets the values of what is matched flow into the names that patterns capture."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def bind(self, pattern: ast.pattern, values: Values, scope: Scope) -> None:
        """Let values that may match flow into a pattern."""
        if isinstance(pattern, ast.MatchAs):
            if isinstance(pattern.pattern, ast.MatchClass):
                values = self._of_class(pattern.pattern, values, scope)
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
            self._attributes(pattern, self._of_class(pattern, values, scope), scope)

    def _of_class(self, pattern: ast.MatchClass, values: Values, scope: Scope) -> Values:
        """The values that may be of the class of a pattern."""
        wanted = self.evaluator.values(pattern.cls, scope)
        classes = {
            cls for value in wanted if isinstance(value, ClassRef) for cls in (value.cls, *value.cls.descendants())
        }
        clients = {value.is_async for value in wanted if isinstance(value, SdkClass)}
        for cls in classes:
            self.evaluator.flow.read(cls.family)
        return frozenset(
            value
            for value in values
            if not (isinstance(value, Instance) and classes and not _may_be_of(value, classes))
            and not (isinstance(value, Sdk) and clients and value.is_async not in clients)
        )

    def _attributes(self, pattern: ast.MatchClass, values: Values, scope: Scope) -> None:
        """Attributes by name; those by position are the fields of the class, in their order."""
        named = list(zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True))
        for value in self.evaluator.values(pattern.cls, scope):
            fields = [name for _, name in value.cls.fields()] if isinstance(value, ClassRef) else []
            named += zip(fields, pattern.patterns, strict=False)
        for name, part in named:
            held = (self.evaluator.attributes.get(value, name) for value in values)
            self.bind(part, frozenset().union(*held), scope)


def _may_be_of(value: Instance, classes: set[Class]) -> bool:
    """Whether an object is of one of the classes, or, where it may be of a subclass of its own, could be."""
    return value.cls in classes or (not value.exact and not classes.isdisjoint(value.cls.descendants()))
