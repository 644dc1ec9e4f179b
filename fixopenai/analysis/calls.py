"""What a call gives, and who is called."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis import externals
from fixopenai.analysis.arguments import Arguments
from fixopenai.analysis.external_calls import ExternalCalls
from fixopenai.analysis.partials import bound_callees
from fixopenai.analysis.values import (
    NOTHING,
    BoundMethod,
    ClassRef,
    External,
    FunctionRef,
    Instance,
    Iterable,
    Partial,
    Sdk,
    SdkClass,
    SdkMethod,
    Symbol,
    Unknown,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fixopenai.analysis.attributes import Attributes
    from fixopenai.analysis.call_results import CallResults
    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Scope

_CONTAINER_READS = frozenset({"get", "pop", "setdefault", "popleft", "popitem"})
_CONTAINER_COPIES = frozenset({"values", "copy", "items"})
# Of named tuples and models.
_OBJECT_COPIES = frozenset({"_replace", "model_copy", "copy"})
_CONTAINER_WRITES = frozenset({"append", "add", "insert", "appendleft", "put_nowait"})


class Calls:
    """Calls of the program's functions, of the SDK, and of what is known outside."""

    def __init__(self, flow: Flow, attributes: Attributes, results: CallResults, evaluator: Evaluates) -> None:
        self.flow = flow
        self.attributes = attributes
        self.results = results
        self.evaluator = evaluator
        self.arguments = Arguments(flow, evaluator)
        self.externals = ExternalCalls(flow, attributes, self.arguments, results, evaluator)

    def call(self, node: ast.Call, scope: Scope) -> Values:
        """The values of a call; its arguments flow into the parameters of whatever is called."""
        callees = self.evaluator.values(node.func, scope)
        for argument in node.args:
            self.evaluator.values(argument, scope)
        for keyword in node.keywords:
            self.evaluator.values(keyword.value, scope)
        found: set[Value] = set()
        for callee in callees:
            found |= self._called(callee, node, scope)
        self._note_handed(node, scope)
        if isinstance(node.func, ast.Attribute):
            found |= self._container_method(node.func, node, scope)
            if node.func.attr in _OBJECT_COPIES and not callees:
                found |= self.externals.copied(node.func.value, node, scope)
            self._load_receiver(node.func, node, scope)
            if not callees and node.func.attr in externals.THREAD_METHODS:
                found |= self.externals.in_thread(node, scope, externals.THREAD_METHODS[node.func.attr])
        return frozenset(found)

    def _note_handed(self, node: ast.Call, scope: Scope) -> None:
        """Functions of the program that a built-in function may call: the first argument, or `key=`."""
        for argument in (*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "key")):
            if isinstance(argument, (ast.Name, ast.Attribute, ast.Lambda)):
                for value in self.evaluator.values(argument, scope):
                    if isinstance(value, (FunctionRef, BoundMethod)):
                        self.flow.handed.setdefault(argument, (scope, set()))[1].add(value.function)

    def _called(self, callee: Value, node: ast.Call, scope: Scope) -> Values:
        if isinstance(callee, FunctionRef):
            return self._function(callee, node, scope, skip=0)
        if isinstance(callee, BoundMethod):
            return self._function(callee, node, scope, skip=1)
        if isinstance(callee, ClassRef):
            return self._construct(callee, node, scope)
        if isinstance(callee, SdkMethod):
            return self.results.of_sdk_method(callee, node, scope)
        if isinstance(callee, SdkClass):
            origin = self.flow.origin("constructor", callee.type_key, callee.is_async, node, scope)
            return frozenset({Sdk(callee.type_key, callee.is_async, origin)})
        if isinstance(callee, External):
            return self.externals.call(callee.dotted, node, scope)
        if isinstance(callee, Instance):
            found: set[Value] = set()
            for method in self.attributes.get(callee, "__call__"):
                found |= self._called(method, node, scope) if isinstance(method, BoundMethod) else NOTHING
            return frozenset(found)
        if isinstance(callee, Partial):
            found = set()
            for inner in bound_callees(frozenset({callee}), self.evaluator):
                if isinstance(inner, SdkMethod):
                    self.flow.bound_calls[node] = scope
                found |= self._called(inner, node, scope)
            return frozenset(found)
        if isinstance(callee, Symbol):
            return self._symbol(callee, node, scope)
        return NOTHING

    def _function(self, callee: FunctionRef | BoundMethod, node: ast.Call, scope: Scope, skip: int) -> Values:
        function = callee.function
        self.flow.calls.setdefault(node, (scope, set()))[1].add(function)
        self.arguments.bind(function, node.args, node.keywords, scope, skip)
        return self.results.of(callee)

    def _construct(self, callee: ClassRef, node: ast.Call, scope: Scope) -> Values:
        cls = callee.cls
        made = self.attributes.get(callee, "__init__")
        initializers = [value.function for value in made if isinstance(value, FunctionRef)]
        if initializers:
            self.flow.calls.setdefault(node, (scope, set()))[1].update(initializers)
        self.arguments.bind_class(cls, initializers, node.args, node.keywords, scope)
        return self.results.made(cls, node, scope)

    def _symbol(self, symbol: Symbol, node: ast.Call, scope: Scope) -> Values:
        """Load the module of a function only when something that matters is handed to it."""
        if not self._hands_on(node, scope) or self.flow.load(symbol.key) is None:
            return frozenset({Unknown(symbol.key)})
        found: set[Value] = set()
        for callee in self.attributes.module(symbol.key, symbol.name):
            if not isinstance(callee, Symbol):
                found |= self._called(callee, node, scope)
        return frozenset(found)

    def _load_receiver(self, function: ast.Attribute, node: ast.Call, scope: Scope) -> None:
        """Load the module of an object likewise, when a method of it is called; the call is looked at again then.

        Whatever else is known to be called: that grows in no certain order, and what is loaded must not depend on it.
        """
        for value in self.evaluator.values(function.value, scope):
            if isinstance(value, (Symbol, Unknown)) and value.key is not None and self._hands_on(node, scope):
                self.flow.load(value.key)

    def _hands_on(self, node: ast.Call, scope: Scope) -> bool:
        """Whether an argument is an SDK object, may hold one, or is a plain function, which may call one."""
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        values = (value for argument in arguments for value in self.evaluator.values(argument, scope))
        return any(
            isinstance(value, (Sdk, SdkMethod, Instance, BoundMethod, Partial))
            or (isinstance(value, FunctionRef) and not value.function.is_async)
            for value in values
        )

    def _container_method(self, function: ast.Attribute, node: ast.Call, scope: Scope) -> Values:
        containers = frozenset(v for v in self.evaluator.values(function.value, scope) if isinstance(v, Iterable))
        if not containers:
            return NOTHING
        if function.attr in _CONTAINER_READS:
            return self.evaluator.elements(containers)
        if function.attr in _CONTAINER_COPIES:
            return containers
        if function.attr in _CONTAINER_WRITES:
            for container in containers:
                for argument in node.args:
                    self.flow.add(container.slot, self.evaluator.values(argument, scope))
        return NOTHING
