"""Displays and comprehensions: containers, and what is in them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import (
    NOTHING,
    ClassRef,
    External,
    Instance,
    Iterable,
    TypeExpression,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fixopenai.analysis.assignments import Assignments
    from fixopenai.analysis.attributes import Attributes
    from fixopenai.analysis.call_results import CallResults
    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Class, Scope


class Containers:
    """The values of expressions that make a container, and of those that read an element of one."""

    def __init__(
        self,
        flow: Flow,
        attributes: Attributes,
        results: CallResults,
        assignments: Assignments,
        evaluator: Evaluates,
    ) -> None:
        self.flow = flow
        self.attributes = attributes
        self.results = results
        self.assignments = assignments
        self.evaluator = evaluator

    def display(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Values:
        """A list, tuple or set that is written out; of a tuple, each element is known by itself."""
        elements = [self.evaluator.values(element, scope) for element in node.elts]
        container = self._container(node, elements)
        if not container or not isinstance(node, ast.Tuple) or any(isinstance(e, ast.Starred) for e in node.elts):
            return container
        parts = tuple(self.flow.node_slot(element, "part") for element in node.elts)
        for part, values in zip(parts, elements, strict=True):
            self.flow.add(part, values)
        return frozenset({Iterable(self.flow.node_slot(node, "elements"), parts=parts)})

    def dict(self, node: ast.Dict, scope: Scope) -> Values:
        """A dictionary that is written out: its values."""
        for key in node.keys:
            if key is not None:
                self.evaluator.values(key, scope)
        return self._container(node, [self.evaluator.values(value, scope) for value in node.values])

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> Values:
        """A comprehension or generator expression: what it gives, one by one."""
        inner = scope.module.scopes[node]
        for position, generator in enumerate(node.generators):
            source = self.evaluator.values(generator.iter, scope if position == 0 else inner)
            self.assignments.assign(generator.target, self.evaluator.elements(source), inner)
            for test in generator.ifs:
                self.evaluator.values(test, inner)
        if isinstance(node, ast.DictComp):
            self.evaluator.values(node.key, inner)
            return self._container(node, [self.evaluator.values(node.value, inner)])
        return self._container(node, [self.evaluator.values(node.elt, inner)])

    def subscript(self, node: ast.Subscript, scope: Scope) -> Values:
        """An element of a container, or a type with its arguments."""
        base = self.evaluator.values(node.value, scope)
        if any(isinstance(value, External) for value in base):
            return frozenset({TypeExpression(node, scope)})
        self.evaluator.values(node.slice, scope)
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        found: set[Value] = set()
        for value in base:
            if isinstance(value, Iterable):
                at = range(len(value.parts))
                found |= self.flow.read(value.parts[index] if isinstance(index, int) and index in at else value.slot)
            elif isinstance(value, Instance):
                fields = self.attributes.tuple_fields(value)
                at = range(len(fields))
                found |= fields[index] if isinstance(index, int) and index in at else frozenset().union(*fields)
                for method in self.attributes.get(value, "__getitem__"):
                    found |= self.results.of(method)
            elif isinstance(value, ClassRef):
                self.flow.read(value.cls.family)
                found |= {value} if _is_generic(value.cls) else set()
        return frozenset(found)

    def _container(self, node: ast.expr, elements: list[Values]) -> Values:
        slot = self.flow.node_slot(node, "elements")
        # An empty one is followed too: what is appended later must reach who holds it now.
        if elements and not any(elements) and not slot.values:
            return NOTHING
        for values in elements:
            self.flow.add(slot, values)
        return frozenset({Iterable(slot)})


def _is_generic(cls: Class) -> bool:
    """Whether `cls[...]` is the class with its arguments."""
    return any(
        getattr(one.node, "type_params", []) or any(isinstance(base, ast.Subscript) for base in one.node.bases)
        for one in cls.ancestors()
    )
