"""Where the values of an assignment go."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import (
    AppState,
    ClassRef,
    ExternalInstance,
    Instance,
    Iterable,
    ModuleRef,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable as Iterable_

    from fixopenai.analysis.attributes import Attributes
    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Scope


class Assignments:
    """Lets values flow into names, attributes, elements and what is unpacked."""

    def __init__(self, flow: Flow, attributes: Attributes, evaluator: Evaluates) -> None:
        self.flow = flow
        self.attributes = attributes
        self.evaluator = evaluator

    def assign(self, target: ast.expr, values: Values, scope: Scope) -> None:
        """Let values flow into an assignment's target."""
        if isinstance(target, ast.Name):
            self.bind(target.id, values, _slot_scope(scope, target))
        elif isinstance(target, ast.Attribute):
            self._attribute(target, values, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for position, element in enumerate(target.elts):
                self.assign(element, self._unpacked(values, target, position), scope)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, values, scope)
        elif isinstance(target, ast.Subscript):
            self.evaluator.values(target.slice, scope)
            for value in self.evaluator.values(target.value, scope):
                if isinstance(value, Iterable):
                    self.flow.add(value.slot, values)

    def bind(self, name: str, values: Iterable_[Value], scope: Scope) -> None:
        """Let values flow into a name, and into what the statement at work makes of it."""
        self.flow.add(scope.bind(name), values)
        if self.flow.statement is not None and len(scope.bindings.get(name, ())) > 1:
            self.flow.add(self.flow.node_slot(self.flow.statement, name), values)

    def _attribute(self, target: ast.Attribute, values: Values, scope: Scope) -> None:
        base = self.evaluator.values(target.value, scope)
        for value in base:
            if isinstance(value, Instance):
                self.flow.add(value.cls.attribute(target.attr), values)
            elif isinstance(value, ClassRef):
                self.flow.add(value.cls.scope.bind(target.attr), values)
            elif isinstance(value, ModuleRef):
                module = self.flow.module(value.key)
                if module is not None:
                    self.flow.add(module.scope.bind(target.attr), values)
            elif isinstance(value, AppState):
                self.flow.add(self.flow.state_slot(target.attr), values)
            elif isinstance(value, ExternalInstance):
                self.flow.add(self.flow.external_slot(value.dotted, target.attr), values)

    def _unpacked(self, values: Values, target: ast.Tuple | ast.List, position: int) -> Values:
        """What one of several targets is given: of a tuple that is written out, the element at its place."""
        if any(isinstance(element, ast.Starred) for element in target.elts):
            return self.evaluator.elements(values)
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Iterable):
                fits = len(value.parts) == len(target.elts)
                found |= self.flow.read(value.parts[position] if fits else value.slot)
            elif isinstance(value, Instance):
                fields = self.attributes.tuple_fields(value)
                fits = len(fields) == len(target.elts)
                found |= fields[position] if fits else self.evaluator.elements(frozenset({value}))
        return frozenset(found)


def _slot_scope(scope: Scope, target: ast.Name) -> Scope:
    """The scope an assignment in `scope` binds in: a walrus in a comprehension binds around it."""
    while scope.kind == "comprehension" and target.id not in scope.slots and scope.parent is not None:
        scope = scope.parent
    return scope
