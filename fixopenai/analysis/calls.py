"""What a call gives, and where its arguments go."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Protocol

from fixopenai.analysis import externals, fastapi
from fixopenai.analysis.stream_mode import stream_mode
from fixopenai.analysis.values import (
    NOTHING,
    UNKNOWN,
    BoundMethod,
    ClassRef,
    ContextManager,
    Dependency,
    External,
    ExternalInstance,
    FunctionRef,
    Instance,
    Iterable,
    Mock,
    Partial,
    Pending,
    Sdk,
    SdkAwaitable,
    SdkClass,
    SdkMethod,
    SuperOf,
    Symbol,
    Unknown,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixopenai.analysis.attributes import Attributes
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Class, Function, Scope, Slot

_CONTAINER_READS = frozenset({"get", "pop", "setdefault", "popleft", "popitem"})
_CONTAINER_COPIES = frozenset({"values", "copy", "items"})
_CONTAINER_WRITES = frozenset({"append", "add", "insert", "appendleft", "put_nowait"})
_SAME_ELEMENTS = frozenset(
    {"builtins.list", "builtins.tuple", "builtins.set", "builtins.iter", "builtins.sorted", "builtins.reversed",
     "builtins.frozenset", "builtins.aiter"}
)  # fmt: skip


class Evaluates(Protocol):
    """The parts of the evaluator that calls need."""

    def values(self, node: ast.expr, scope: Scope) -> Values: ...
    def awaited(self, values: Values) -> Values: ...
    def entered(self, values: Values) -> Values: ...
    def elements(self, values: Values) -> Values: ...
    def declared_values(self, node: ast.expr, scope: Scope) -> Values: ...


class Calls:
    """Calls of the program's functions, of the SDK, and of what is known outside."""

    def __init__(self, flow: Flow, attributes: Attributes, evaluator: Evaluates) -> None:
        self.flow = flow
        self.attributes = attributes
        self.evaluator = evaluator
        self._modes: dict[ast.Call, bool | None] = {}

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
            if not callees and node.func.attr in externals.THREAD_METHODS:
                found |= self._in_thread(node, scope, externals.THREAD_METHODS[node.func.attr])
        return frozenset(found)

    def _note_handed(self, node: ast.Call, scope: Scope) -> None:
        """Functions of the program that a built-in function may call: the first argument, or `key=`."""
        for argument in (*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "key")):
            if isinstance(argument, (ast.Name, ast.Attribute)):
                for value in self.evaluator.values(argument, scope):
                    if isinstance(value, (FunctionRef, BoundMethod)):
                        self.flow.handed.setdefault(argument, (scope, set()))[1].add(value.function)

    def result(self, callee: Value) -> Values:
        """What calling a function of the program gives, its arguments left aside."""
        if isinstance(callee, (FunctionRef, BoundMethod)):
            function = callee.function
            if "contextlib.contextmanager" in function.decorators or (
                "contextlib.asynccontextmanager" in function.decorators
            ):
                return frozenset({ContextManager(function.yields)})
            if function.is_generator:
                return frozenset({Iterable(function.yields, is_generator=True)})
            if function.is_async:
                return frozenset({Pending(function.returns)})
            return frozenset(self.flow.read(function.returns))
        return NOTHING

    def injected(self, dependency: Dependency, annotated: Values) -> Values:
        """What FastAPI passes for `Depends(...)`: the result of the function, awaited or yielded."""
        callees = annotated
        if dependency.function is not None:
            callees = self.evaluator.values(dependency.function, dependency.scope)
        found: set[Value] = set()
        for callee in callees:
            if isinstance(callee, (FunctionRef, BoundMethod)):
                self.flow.roles[callee.function].add("dependency")
                result = self.result(callee)
                found |= (
                    self.evaluator.elements(result) if callee.function.is_generator else self.evaluator.awaited(result)
                )
            elif isinstance(callee, ClassRef):
                for method in self.attributes.get(callee, "__init__"):
                    if isinstance(method, FunctionRef):
                        self.flow.roles[method.function].add("dependency")
                found.add(Instance(callee.cls, exact=True))
            elif isinstance(callee, SdkClass) and dependency.function is not None:
                found |= self._made(callee, dependency.function, dependency.scope)
            elif isinstance(callee, Instance):
                for method in self.attributes.get(callee, "__call__"):
                    if isinstance(method, BoundMethod):
                        self.flow.roles[method.function].add("dependency")
                        found |= self.evaluator.awaited(self.result(method))
        return frozenset(found)

    def _called(self, callee: Value, node: ast.Call, scope: Scope) -> Values:
        if isinstance(callee, FunctionRef):
            return self._function(callee, node, scope, skip=0)
        if isinstance(callee, BoundMethod):
            return self._function(callee, node, scope, skip=1)
        if isinstance(callee, ClassRef):
            return self._construct(callee, node, scope)
        if isinstance(callee, SdkMethod):
            return self._sdk_method(callee, node, scope)
        if isinstance(callee, SdkClass):
            origin = self.flow.origin("constructor", callee.type_key, callee.is_async, node, scope)
            return frozenset({Sdk(callee.type_key, callee.is_async, origin)})
        if isinstance(callee, External):
            return self._external(callee.dotted, node, scope)
        if isinstance(callee, Instance):
            found: set[Value] = set()
            for method in self.attributes.get(callee, "__call__"):
                found |= self._called(method, node, scope) if isinstance(method, BoundMethod) else NOTHING
            return frozenset(found)
        if isinstance(callee, Partial):
            found = set()
            for inner in self.evaluator.values(callee.node.args[0], callee.scope) if callee.node.args else NOTHING:
                found |= self._called(inner, node, scope)
            return frozenset(found)
        if isinstance(callee, Symbol):
            return self._symbol(callee, node, scope)
        return NOTHING

    def _function(self, callee: FunctionRef | BoundMethod, node: ast.Call, scope: Scope, skip: int) -> Values:
        function = callee.function
        self.flow.calls.setdefault(node, (scope, set()))[1].add(function)
        self.bind(function, node.args, node.keywords, scope, skip)
        return self.result(callee)

    def bind(
        self, function: Function, args: Sequence[ast.expr], keywords: Sequence[ast.keyword], scope: Scope, skip: int
    ) -> None:
        """Let arguments flow into parameters; `skip` leading parameters are bound already (`self`)."""
        parameters = function.parameters[skip:]
        slots = function.scope.slots
        for position, argument in enumerate(args):
            if isinstance(argument, ast.Starred):
                # What stands behind a star could be anything; an SDK object in it counts as out of sight.
                break
            values = self.evaluator.values(argument, scope)
            if not values:
                continue
            if position < len(parameters):
                self.flow.add(slots[parameters[position].arg], values)
            elif function.node.args.vararg is not None:
                self._add_element(slots, function.node.args.vararg, values)
        named = {parameter.arg for parameter in [*parameters, *function.node.args.kwonlyargs]}
        for keyword in keywords:
            if keyword.arg is None:
                continue
            values = self.evaluator.values(keyword.value, scope)
            if keyword.arg in named:
                self.flow.add(slots[keyword.arg], values)
            elif function.node.args.kwarg is not None and values:
                self._add_element(slots, function.node.args.kwarg, values)

    def _add_element(self, slots: dict[str, Slot], parameter: ast.arg, values: Values) -> None:
        elements = self.flow.node_slot(parameter, "elements")
        self.flow.add(elements, values)
        self.flow.add(slots[parameter.arg], {Iterable(elements)})

    def _construct(self, callee: ClassRef, node: ast.Call, scope: Scope) -> Values:
        cls = callee.cls
        initializers = [value for value in self.attributes.get(callee, "__init__") if isinstance(value, FunctionRef)]
        for initializer in initializers:
            self.flow.calls.setdefault(node, (scope, set()))[1].add(initializer.function)
            self.bind(initializer.function, node.args, node.keywords, scope, skip=1)
        if not initializers:
            self._fill_fields(cls, node, scope)
        found: set[Value] = {Instance(cls, exact=True)}
        self.flow.read(cls.family)
        for ancestor in cls.ancestors():
            for dotted in ancestor.external_bases:
                resolved = self.flow.surface.resolve(externals.canonical(dotted))
                if resolved is not None and resolved[0].kind == "client":
                    origin = self.flow.origin("constructor", resolved[0].key, resolved[1], node, scope)
                    found.add(Sdk(resolved[0].key, resolved[1], origin))
        return frozenset(found)

    def _fill_fields(self, cls: Class, node: ast.Call, scope: Scope) -> None:
        """A class with no `__init__` takes its annotated fields: dataclasses, pydantic models, named tuples."""
        fields: list[tuple[Class, str]] = []
        for owner in reversed(cls.ancestors()):
            fields += [
                (owner, statement.target.id)
                for statement in owner.node.body
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
            ]
        for (owner, name), argument in zip(fields, node.args, strict=False):
            self.flow.add(owner.attribute(name), self.evaluator.values(argument, scope))
        owners = {name: owner for owner, name in fields}
        for keyword in node.keywords:
            if keyword.arg in owners:
                self.flow.add(owners[keyword.arg].attribute(keyword.arg), self.evaluator.values(keyword.value, scope))

    def streams(self, node: ast.Call, scope: Scope, stream_key: str) -> bool | None:
        """Whether a call that can give a stream does so; None when it cannot be told."""
        if node not in self._modes:
            members = self.flow.surface.types[stream_key].members
            self._modes[node] = stream_mode(node, scope, members)
        return self._modes[node]

    def _sdk_method(self, method: SdkMethod, node: ast.Call, scope: Scope) -> Values:
        member = self.flow.surface.member(method.type_key, method.name)
        if member is None:
            return NOTHING
        results = {member.returns}
        if member.stream is not None:
            mode = self.streams(node, scope, member.stream)
            results = {member.stream} if mode is True else {member.returns, member.stream} if mode is None else results
        if member.kind == "call" and method.is_async:
            return frozenset(SdkAwaitable(key, method.is_async, method.origin) for key in results)
        return frozenset(Sdk(key, method.is_async, method.origin) for key in results if key is not None)

    def _symbol(self, symbol: Symbol, node: ast.Call, scope: Scope) -> Values:
        """Load the module of a function only when something that matters is handed to it."""
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        matters = (Sdk, SdkMethod, Instance, BoundMethod)
        if not any(
            isinstance(value, matters) for argument in arguments for value in self.evaluator.values(argument, scope)
        ):
            return frozenset({Unknown(symbol.key)})
        module = self.flow.load(symbol.key)
        if module is None:
            return frozenset({Unknown(symbol.key)})
        found: set[Value] = set()
        for callee in self.attributes.module(symbol.key, symbol.name):
            if not isinstance(callee, Symbol):
                found |= self._called(callee, node, scope)
        return frozenset(found)

    def _external(self, dotted: str, node: ast.Call, scope: Scope) -> Values:
        first = node.args[0] if node.args else None
        for expression, role in fastapi.call_roles(dotted, node):
            for value in self.evaluator.values(expression, scope):
                if isinstance(value, (FunctionRef, BoundMethod)):
                    self.flow.roles[value.function].add(role)
        if dotted in externals.MOCKS:
            return frozenset({Mock(node, scope.module)})
        if dotted in externals.IDENTITY:
            return self._identity(node, scope)
        if dotted in externals.THREAD_CALLS:
            role = "background" if dotted in externals.BACKGROUND_CALLS else "thread"
            return self._in_thread(node, scope, externals.THREAD_CALLS[dotted], role)
        if dotted in externals.THREAD_MANAGERS and first is not None:
            slot = self.flow.node_slot(node, "entered")
            self.flow.add(slot, self.evaluator.entered(self.evaluator.values(first, scope)))
            return frozenset({ContextManager(slot)})
        if dotted in externals.DEPENDS:
            named = next((keyword.value for keyword in node.keywords if keyword.arg == "dependency"), None)
            dependency = Dependency(first if first is not None else named, scope)
            self.injected(dependency, NOTHING)
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
        if externals.has_known_instances(dotted):
            return frozenset({ExternalInstance(dotted)})
        return UNKNOWN

    def _made_by_default(self, node: ast.Call, scope: Scope) -> Values:
        """`field(default_factory=f)` holds what `f()` gives."""
        found: set[Value] = set()
        for keyword in node.keywords:
            if keyword.arg == "default_factory":
                for callee in self.evaluator.values(keyword.value, scope):
                    found |= self._made(callee, keyword.value, scope)
            elif keyword.arg == "default":
                found |= self.evaluator.values(keyword.value, scope)
        return frozenset(found)

    def _made(self, callee: Value, node: ast.expr, scope: Scope) -> Values:
        """What calling `callee` without arguments gives, where the call itself is made by somebody else."""
        if isinstance(callee, SdkClass):
            origin = self.flow.origin("constructor", callee.type_key, callee.is_async, node, scope)
            return frozenset({Sdk(callee.type_key, callee.is_async, origin)})
        if isinstance(callee, ClassRef):
            return frozenset({Instance(callee.cls, exact=True)})
        return self.result(callee)

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
        if dotted in _SAME_ELEMENTS:
            return frozenset(value for value in values if isinstance(value, Iterable))
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

    def _in_thread(self, node: ast.Call, scope: Scope, position: int, role: str = "thread") -> Values:
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
                self.bind(callee.function, node.args[position + 1 :], node.keywords, scope, skip)
                self.flow.add(slot, self.result(callee))
            elif isinstance(callee, SdkMethod):
                self.flow.add(slot, self._sdk_method(callee, node, scope))
        return frozenset({Pending(slot)})

    def _bound_in_thread(self, partial: Partial, role: str) -> Values:
        """What a thread gives that runs a partial; the arguments flowed where the partial was made."""
        found: set[Value] = set()
        for callee in self.evaluator.values(partial.node.args[0], partial.scope) if partial.node.args else NOTHING:
            if isinstance(callee, (FunctionRef, BoundMethod)):
                self.flow.roles[callee.function].add(role)
                found |= self.result(callee)
            elif isinstance(callee, SdkMethod):
                found |= self._sdk_method(callee, partial.node, partial.scope)
        return frozenset(found)

    def _bind_partial(self, node: ast.Call, scope: Scope) -> None:
        for callee in self.evaluator.values(node.args[0], scope) if node.args else NOTHING:
            if isinstance(callee, (FunctionRef, BoundMethod)):
                skip = 1 if isinstance(callee, BoundMethod) else 0
                self.bind(callee.function, node.args[1:], node.keywords, scope, skip)
