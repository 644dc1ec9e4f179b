"""The values of an expression."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from fixopenai.analysis.annotations import Annotations
from fixopenai.analysis.attributes import Attributes
from fixopenai.analysis.call_results import CallResults
from fixopenai.analysis.calls import Calls
from fixopenai.analysis.reaching import reaching_definition
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
    ModuleRef,
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
    from collections.abc import Iterable as Iterable_

    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Scope, Slot

_BUILTINS = frozenset(dir(builtins))
_TYPES = (SdkClass, ClassRef, External, TypeExpression)


class Evaluator:
    """Expression to values; calls it meets hand their arguments on to the parameters."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.attributes = Attributes(flow)
        self.results = CallResults(flow, self.attributes, self)
        self.calls = Calls(flow, self.attributes, self.results, self)
        self.annotations = Annotations(flow, self)
        # Within one statement an expression is evaluated once, however often its value is asked for.
        self._known: dict[ast.expr, Values] = {}
        self._definitions: dict[ast.Name, ast.AST | None] = {}
        self._handlers: dict[type[ast.expr], Callable[..., Values]] = {
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.Await: self._await,
            ast.IfExp: self._conditional,
            ast.BoolOp: self._bool_op,
            ast.BinOp: self._bin_op,
            ast.NamedExpr: self._named,
            ast.Subscript: self._subscript,
            ast.List: self._display,
            ast.Tuple: self._display,
            ast.Set: self._display,
            ast.Dict: self._dict,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._comprehension,
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

    def assign(self, target: ast.expr, values: Values, scope: Scope) -> None:
        """Let values flow into an assignment's target."""
        if isinstance(target, ast.Name):
            self.bind(target.id, values, _slot_scope(scope, target))
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, values, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for position, element in enumerate(target.elts):
                self.assign(element, self._unpacked(values, target, position), scope)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, values, scope)
        elif isinstance(target, ast.Subscript):
            self.values(target.slice, scope)
            for value in self.values(target.value, scope):
                if isinstance(value, Iterable):
                    self.flow.add(value.slot, values)

    def bind(self, name: str, values: Iterable_[Value], scope: Scope) -> None:
        """Let values flow into a name, and into what the statement at work makes of it."""
        self.flow.add(scope.bind(name), values)
        if self.flow.statement is not None and len(scope.bindings.get(name, ())) > 1:
            self.flow.add(self.flow.node_slot(self.flow.statement, name), values)

    def elements(self, values: Values) -> Values:
        """What iterating over the values gives."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Iterable):
                found |= self.flow.read(value.slot)
        return frozenset(found)

    def _unpacked(self, values: Values, target: ast.Tuple | ast.List, position: int) -> Values:
        """What one of several targets is given: of a tuple that is written out, the element at its place."""
        if any(isinstance(element, ast.Starred) for element in target.elts):
            return self.elements(values)
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Iterable):
                fits = len(value.parts) == len(target.elts)
                found |= self.flow.read(value.parts[position] if fits else value.slot)
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

    def _name(self, node: ast.Name, scope: Scope) -> Values:
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

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Values:
        base = self.values(node.value, scope)
        found: set[Value] = set()
        self.attributes.properties.clear()
        for value in base:
            found |= self.attributes.get(value, node.attr)
        if self.attributes.properties:
            self.flow.reads.setdefault(node, (scope, set()))[1].update(self.attributes.properties)
        if node.attr == "state" and not found and not any(isinstance(value, Instance) for value in base):
            return frozenset({AppState()})
        return frozenset(found)

    def _assign_attribute(self, target: ast.Attribute, values: Values, scope: Scope) -> None:
        base = self.values(target.value, scope)
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

    def _call(self, node: ast.Call, scope: Scope) -> Values:
        return self.calls.call(node, scope)

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
        self.assign(node.target, found, scope)
        return found

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Values:
        base = self.values(node.value, scope)
        if any(isinstance(value, External) for value in base):
            return frozenset({TypeExpression(node, scope)})
        self.values(node.slice, scope)
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        found: set[Value] = set()
        for value in base:
            if isinstance(value, Iterable):
                at = range(len(value.parts))
                found |= self.flow.read(value.parts[index] if isinstance(index, int) and index in at else value.slot)
        return frozenset(found)

    def _display(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Values:
        elements = [self.values(element, scope) for element in node.elts]
        container = self._container(node, elements)
        if not container or not isinstance(node, ast.Tuple) or any(isinstance(e, ast.Starred) for e in node.elts):
            return container
        parts = tuple(self.flow.node_slot(element, "part") for element in node.elts)
        for part, values in zip(parts, elements, strict=True):
            self.flow.add(part, values)
        return frozenset({Iterable(self.flow.node_slot(node, "elements"), parts=parts)})

    def _dict(self, node: ast.Dict, scope: Scope) -> Values:
        for key in node.keys:
            if key is not None:
                self.values(key, scope)
        return self._container(node, [self.values(value, scope) for value in node.values])

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope
    ) -> Values:
        inner = scope.module.scopes[node]
        for position, generator in enumerate(node.generators):
            source = self.values(generator.iter, scope if position == 0 else inner)
            self.assign(generator.target, self.elements(source), inner)
            for test in generator.ifs:
                self.values(test, inner)
        if isinstance(node, ast.DictComp):
            self.values(node.key, inner)
            return self._container(node, [self.values(node.value, inner)])
        return self._container(node, [self.values(node.elt, inner)])

    def _container(self, node: ast.expr, elements: list[Values]) -> Values:
        slot = self.flow.node_slot(node, "elements")
        # An empty one is followed too: what is appended later must reach who holds it now.
        if elements and not any(elements) and not slot.values:
            return NOTHING
        for values in elements:
            self.flow.add(slot, values)
        return frozenset({Iterable(slot)})

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Values:
        function = scope.module.scopes[node].function
        assert function is not None
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.values(default, scope)
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


def _slot_scope(scope: Scope, target: ast.Name) -> Scope:
    """The scope an assignment in `scope` binds in: a walrus in a comprehension binds around it."""
    while scope.kind == "comprehension" and target.id not in scope.slots and scope.parent is not None:
        scope = scope.parent
    return scope
