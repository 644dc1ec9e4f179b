"""Calls of what is known outside the program: FastAPI's, asyncio's, the standard library's, built-in functions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis import externals, fastapi
from fixopenai.analysis.partials import bound_callees
from fixopenai.analysis.values import (
    NOTHING,
    UNKNOWN,
    BoundMethod,
    ClassRef,
    ContextManager,
    Dependency,
    ExternalInstance,
    FunctionRef,
    Instance,
    Iterable,
    Mock,
    Partial,
    Pending,
    Sdk,
    SdkMethod,
    SuperOf,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.arguments import Arguments
    from fixopenai.analysis.attributes import Attributes
    from fixopenai.analysis.call_results import CallResults
    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Scope

_SAME_ELEMENTS = frozenset(
    {"builtins.list", "builtins.tuple", "builtins.set", "builtins.iter", "builtins.sorted", "builtins.reversed",
     "builtins.frozenset", "builtins.aiter"}
)  # fmt: skip


class ExternalCalls:
    """What such a call gives, and whom it lets call the functions that it is handed."""

    def __init__(
        self, flow: Flow, attributes: Attributes, arguments: Arguments, results: CallResults, evaluator: Evaluates
    ) -> None:
        self.flow = flow
        self.attributes = attributes
        self.arguments = arguments
        self.results = results
        self.evaluator = evaluator

    def call(self, dotted: str, node: ast.Call, scope: Scope) -> Values:
        """The values of a call of something outside, by its dotted name."""
        first = node.args[0] if node.args else None
        for expression, role in fastapi.call_roles(dotted, node):
            for value in self.evaluator.values(expression, scope):
                if isinstance(value, (FunctionRef, BoundMethod)):
                    self.flow.roles[value.function].add(role)
        if dotted in externals.MOCKS:
            return frozenset({Mock(node, scope.module)})
        if dotted in externals.REPLACERS and first is not None:
            return self.copied(first, node, scope)
        if dotted in externals.IDENTITY:
            return self._identity(node, scope)
        if dotted in externals.POOL_CALLS:
            self.flow.pool_calls[node] = scope
        if dotted in externals.THREAD_CALLS:
            role = "background" if dotted in externals.BACKGROUND_CALLS else "thread"
            return self.in_thread(node, scope, externals.THREAD_CALLS[dotted], role)
        if dotted in externals.THREAD_MANAGERS and first is not None:
            slot = self.flow.node_slot(node, "entered")
            self.flow.add(slot, self.evaluator.entered(self.evaluator.values(first, scope)))
            return frozenset({ContextManager(slot)})
        if dotted == "contextlib.closing" and first is not None:
            slot = self.flow.node_slot(node, "entered")
            self.flow.add(slot, self.evaluator.values(first, scope))
            return frozenset({ContextManager(slot)})
        if dotted in externals.DEPENDS:
            named = next((keyword.value for keyword in node.keywords if keyword.arg == "dependency"), None)
            dependency = Dependency(first if first is not None else named, scope)
            self.results.injected(dependency, NOTHING)
            return frozenset({dependency})
        if dotted in externals.TASKS:
            if first is None:
                return NOTHING
            slot = self.flow.node_slot(node, "task")
            self.flow.add(slot, self.evaluator.awaited(self.evaluator.values(first, scope)))
            return frozenset({Pending(slot)})
        if dotted in externals.LOOP_GETTERS:
            return frozenset({ExternalInstance("asyncio.AbstractEventLoop")})
        if dotted == "asyncio.run":
            return self.evaluator.awaited(self.evaluator.values(first, scope)) if first is not None else NOTHING
        if dotted == "functools.partial":
            self._bind_partial(node, scope)
            return frozenset({Partial(node, scope)})
        if dotted == "typing.cast" and len(node.args) == 2:
            return self.evaluator.values(node.args[1], scope) | self.evaluator.declared_values(node.args[0], scope)
        if dotted in externals.FIELDS:
            return self._made_by_default(node, scope)
        if dotted.endswith(".get_bearer_token_provider"):
            return frozenset({ExternalInstance(dotted)})
        if dotted.startswith("builtins."):
            return self._builtin(dotted, node, scope)
        if dotted in externals.ONE_THREAD_MAKERS and not _is_for_all_threads(node):
            return frozenset({ExternalInstance(externals.ONE_THREAD_MAKERS[dotted])})
        if externals.has_known_instances(dotted):
            return frozenset({ExternalInstance(dotted)})
        return UNKNOWN

    def in_thread(self, node: ast.Call, scope: Scope, position: int, role: str = "thread") -> Values:
        """A function handed to a thread is called with the arguments behind it; awaiting gives its result."""
        if len(node.args) <= position:
            return NOTHING
        slot = self.flow.node_slot(node, "thread")
        for callee in self.evaluator.values(node.args[position], scope):
            if isinstance(callee, Partial):
                self.flow.add(slot, self._bound_in_thread(callee, role))
            elif isinstance(callee, (FunctionRef, BoundMethod)):
                self.flow.roles[callee.function].add(role)
                skip = 1 if isinstance(callee, BoundMethod) else 0
                self.arguments.bind(callee.function, node.args[position + 1 :], node.keywords, scope, skip)
                self.flow.add(slot, self.results.of(callee))
            elif isinstance(callee, SdkMethod):
                self.flow.add(slot, self.results.of_sdk_method(callee, node, scope))
            elif isinstance(callee, ClassRef):
                self.flow.add(slot, self._made_in_thread(callee, node, position, role, scope))
        return frozenset({Pending(slot)})

    def _made_in_thread(self, callee: ClassRef, node: ast.Call, position: int, role: str, scope: Scope) -> Values:
        """The object of a class that is called in a thread."""
        made = self.attributes.get(callee, "__init__")
        initializers = [value.function for value in made if isinstance(value, FunctionRef)]
        for initializer in initializers:
            self.flow.roles[initializer].add(role)
        self.arguments.bind_class(callee.cls, initializers, node.args[position + 1 :], node.keywords, scope)
        return self.results.made(callee.cls, node, scope)

    def _bound_in_thread(self, partial: Partial, role: str) -> Values:
        """What a thread gives that runs a partial; the arguments flowed where the partial was made."""
        found: set[Value] = set()
        for callee in bound_callees(frozenset({partial}), self.evaluator):
            if isinstance(callee, (FunctionRef, BoundMethod)):
                self.flow.roles[callee.function].add(role)
                found |= self.results.of(callee)
            elif isinstance(callee, SdkMethod):
                found |= self.results.of_sdk_method(callee, partial.node, partial.scope)
        return frozenset(found)

    def _made_by_default(self, node: ast.Call, scope: Scope) -> Values:
        """`field(default_factory=f)` holds what `f()` gives."""
        found: set[Value] = set()
        for keyword in node.keywords:
            if keyword.arg == "default_factory":
                for callee in self.evaluator.values(keyword.value, scope):
                    found |= self.results.without_arguments(callee, keyword.value, scope)
            elif keyword.arg == "default":
                found |= self.evaluator.values(keyword.value, scope)
        return frozenset(found)

    def copied(self, original: ast.expr, node: ast.Call, scope: Scope) -> Values:
        """A copy of an object of the program, which may get other values for some fields."""
        found = frozenset(v for v in self.evaluator.values(original, scope) if isinstance(v, Instance))
        update = next((word.value for word in node.keywords if word.arg == "update"), None)
        given = [(word.arg, word.value) for word in node.keywords]
        if isinstance(update, ast.Dict):
            named = [key.value if isinstance(key, ast.Constant) else None for key in update.keys]
            given += [(str(name), value) for name, value in zip(named, update.values, strict=True)]
        for value in found:
            for name, part in given:
                if name is not None:
                    self.flow.add(value.cls.attribute(name), self.evaluator.values(part, scope))
        return found

    def _identity(self, node: ast.Call, scope: Scope) -> Values:
        found: set[Value] = set()
        for argument in [*node.args[:1], *(word.value for word in node.keywords if word.arg in {"client", "func"})]:
            found |= self.evaluator.values(argument, scope)
        return frozenset(found)

    def _builtin(self, dotted: str, node: ast.Call, scope: Scope) -> Values:
        if dotted == "builtins.super":
            owner = next((s.function.cls for s in scope.chain() if s.function is not None and s.function.cls), None)
            return frozenset({SuperOf(owner)}) if owner is not None else NOTHING
        if not node.args:
            return NOTHING
        values = self.evaluator.values(node.args[0], scope)
        if dotted == "builtins.staticmethod":
            return values
        if dotted == "builtins.type" and len(node.args) == 1:
            return frozenset().union(*(self.attributes.get(v, "__class__") for v in values if isinstance(v, Instance)))
        if dotted in _SAME_ELEMENTS:
            read = self._iterators(values) if dotted == "builtins.iter" and len(node.args) == 1 else ()
            return frozenset({*(value for value in values if isinstance(value, Iterable)), *read})
        if dotted in {"builtins.next", "builtins.anext"}:
            return self.evaluator.elements(values)
        if dotted == "builtins.getattr" and len(node.args) > 1:
            name = node.args[1]
            found: set[Value] = set()
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                for value in values:
                    found |= self.attributes.get(value, name.value)
            return frozenset(found)
        return NOTHING

    def _iterators(self, values: Values) -> Iterator[Value]:
        """What `iter()` gives for sync objects of the SDK, which are read by it."""
        for value in values:
            kind = self.flow.surface.types[value.type_key].kind if isinstance(value, Sdk) else None
            if isinstance(value, Sdk) and not value.is_async and kind in ("stream", "handler"):
                yield value
            elif isinstance(value, Sdk) and not value.is_async and kind == "page":
                # Unlike a page, its iterator can be given to `next`.
                yield SdkMethod(value.type_key, "__iter__", value.is_async, value.origin)

    def _bind_partial(self, node: ast.Call, scope: Scope) -> None:
        for callee in self.evaluator.values(node.args[0], scope) if node.args else NOTHING:
            if isinstance(callee, (FunctionRef, BoundMethod)):
                skip = 1 if isinstance(callee, BoundMethod) else 0
                self.arguments.bind(callee.function, node.args[1:], node.keywords, scope, skip)


def _is_for_all_threads(node: ast.Call) -> bool:
    """Whether `sqlite3.connect` is told that other threads use the connection as well."""
    told = (keyword.value for keyword in node.keywords if keyword.arg == "check_same_thread")
    return any(isinstance(value, ast.Constant) and not value.value for value in told)
