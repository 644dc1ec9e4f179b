"""The values of an expression."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.annotations import Annotations
from fixopenai.analysis.assignments import Assignments
from fixopenai.analysis.attributes import Attributes
from fixopenai.analysis.call_results import CallResults
from fixopenai.analysis.calls import Calls
from fixopenai.analysis.containers import Containers
from fixopenai.analysis.names import Names
from fixopenai.analysis.tree import children
from fixopenai.analysis.values import (
    NOTHING,
    SDK_VALUES,
    AppState,
    ClassRef,
    ContextManager,
    External,
    ExternalInstance,
    FunctionRef,
    Instance,
    Iterable,
    Pending,
    Sdk,
    SdkAwaitable,
    SdkClass,
    TypeExpression,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Scope

_TYPES = (SdkClass, ClassRef, External, TypeExpression)


class Evaluator:
    """Expression to values; calls it meets hand their arguments on to the parameters."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.attributes = Attributes(flow)
        self.results = CallResults(flow, self.attributes, self)
        self.annotations = Annotations(flow, self)
        self.assignments = Assignments(flow, self.attributes, self)
        calls = Calls(flow, self.attributes, self.results, self)
        names = Names(flow, self.attributes)
        containers = Containers(flow, self.attributes, self.results, self.assignments, self)
        # Within one statement an expression is evaluated once, however often its value is asked for.
        self._known: dict[ast.expr, Values] = {}
        self._handlers: dict[type[ast.expr], Callable[..., Values]] = {
            ast.Name: names.values,
            ast.Attribute: self._attribute,
            ast.Call: calls.call,
            ast.Await: self._await,
            ast.IfExp: self._conditional,
            ast.BoolOp: self._bool_op,
            ast.BinOp: self._bin_op,
            ast.NamedExpr: self._named,
            ast.Subscript: containers.subscript,
            ast.List: containers.display,
            ast.Tuple: containers.display,
            ast.Set: containers.display,
            ast.Dict: containers.dict,
            ast.ListComp: containers.comprehension,
            ast.SetComp: containers.comprehension,
            ast.GeneratorExp: containers.comprehension,
            ast.DictComp: containers.comprehension,
            ast.Lambda: self._lambda,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield_from,
            ast.Constant: _nothing,
            ast.Starred: self._starred,
        }

    def values(self, node: ast.expr, scope: Scope) -> Values:
        """The values that `node` can have in `scope`; empty where nothing about them matters."""
        known = self._known.get(node)
        if known is not None:
            return known
        handler = self._handlers.get(type(node), self._parts)
        found = self._known[node] = handler(node, scope)
        if found and any(isinstance(value, SDK_VALUES) for value in found):
            self.flow.sdk_nodes[node] = scope
        return found

    def forget(self) -> None:
        """Start a new statement: slots may have grown since an expression was last looked at."""
        self._known.clear()

    def declared_values(self, node: ast.expr, scope: Scope) -> Values:
        """What a type expression promises."""
        return self.annotations.declared(node, scope).values

    def elements(self, values: Values) -> Values:
        """What iterating over the values gives."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Iterable):
                found |= self.flow.read(value.slot)
            elif isinstance(value, Instance):
                found |= self.results.iterated(value)
        return frozenset(found)

    def awaited(self, values: Values) -> Values:
        """What awaiting the values gives; a sync result that is awaited by mistake stays what it is."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Pending):
                found |= self.flow.read(value.slot)
            elif isinstance(value, SdkAwaitable):
                if value.type_key is not None:
                    found.add(Sdk(value.type_key, value.is_async, value.origin))
            else:
                found.add(value)
        return frozenset(found)

    def entered(self, values: Values) -> Values:
        """What `with` binds for the values."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, ContextManager):
                found |= self.flow.read(value.slot)
            elif isinstance(value, Sdk):
                sdk_type = self.flow.surface.types[value.type_key]
                if sdk_type.enter is not None:
                    found.add(Sdk(sdk_type.enter, value.is_async, value.origin))
            elif isinstance(value, ExternalInstance):
                found.add(value)
            elif isinstance(value, Instance):
                for name in ("__enter__", "__aenter__"):
                    for method in self.attributes.get(value, name):
                        found |= self.awaited(self.results.of(method))
        return frozenset(found)

    def _parts(self, node: ast.expr, scope: Scope) -> Values:
        """An expression with no values that matter, but calls in its parts perhaps."""
        for child in children(node):
            if isinstance(child, ast.expr):
                self.values(child, scope)
        return NOTHING

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Values:
        base = self.values(node.value, scope)
        found: set[Value] = set()
        self.attributes.properties.clear()
        for value in base:
            if isinstance(value, Sdk) and any(
                isinstance(owner, Instance) and self.attributes.hides(owner, value, node.attr) for owner in base
            ):
                continue
            found |= self.attributes.get(value, node.attr)
        if self.attributes.properties:
            self.flow.reads.setdefault(node, (scope, set()))[1].update(self.attributes.properties)
        if node.attr == "state" and not found and not any(isinstance(value, Instance) for value in base):
            return frozenset({AppState()})
        return frozenset(found)

    def _await(self, node: ast.Await, scope: Scope) -> Values:
        return self.awaited(self.values(node.value, scope))

    def _conditional(self, node: ast.IfExp, scope: Scope) -> Values:
        self.values(node.test, scope)
        return self.values(node.body, scope) | self.values(node.orelse, scope)

    def _bool_op(self, node: ast.BoolOp, scope: Scope) -> Values:
        return frozenset().union(*(self.values(value, scope) for value in node.values))

    def _bin_op(self, node: ast.BinOp, scope: Scope) -> Values:
        # Chains of `+` can be thousands deep; the left spine is walked without recursion.
        operands: list[ast.expr] = []
        current: ast.expr = node
        while isinstance(current, ast.BinOp):
            operands.append(current.right)
            current = current.left
        operands.append(current)
        found = [self.values(operand, scope) for operand in operands]
        joined = isinstance(node.op, ast.BitOr) and any(
            isinstance(value, _TYPES) for values in found for value in values
        )
        return frozenset({TypeExpression(node, scope)}) if joined else NOTHING

    def _named(self, node: ast.NamedExpr, scope: Scope) -> Values:
        found = self.values(node.value, scope)
        self.assignments.assign(node.target, found, scope)
        return found

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Values:
        function = scope.module.scopes[node].function
        assert function is not None
        for parameter, default in function.defaults():
            self.flow.add(function.scope.slots[parameter.arg], self.values(default, scope))
        return frozenset({FunctionRef(function)})

    def _yield(self, node: ast.Yield, scope: Scope) -> Values:
        function = scope.enclosing_function()
        if node.value is not None and function is not None:
            self.flow.add(function.yields, self.values(node.value, scope))
            if isinstance(node.value, ast.Dict) and "contextlib.asynccontextmanager" in function.decorators:
                self._lifespan_state(node.value, scope)
        return NOTHING

    def _lifespan_state(self, node: ast.Dict, scope: Scope) -> None:
        """What a lifespan yields becomes `request.state`, and the fields of the type it promises."""
        function = scope.enclosing_function()
        promised = [v.cls for v in self.flow.read(function.yields) if isinstance(v, Instance)] if function else []
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                values = self.values(value, scope)
                for slot in (self.flow.state_slot(key.value), *(cls.attribute(key.value) for cls in promised)):
                    self.flow.add(slot, values)

    def _yield_from(self, node: ast.YieldFrom, scope: Scope) -> Values:
        function = scope.enclosing_function()
        if function is not None:
            self.flow.add(function.yields, self.elements(self.values(node.value, scope)))
        return NOTHING

    def _starred(self, node: ast.Starred, scope: Scope) -> Values:
        return self.values(node.value, scope)


def _nothing(node: ast.expr, scope: Scope) -> Values:  # noqa: ARG001
    return NOTHING
