"""What a callee gives, whatever its arguments are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.analysis.externals import canonical
from fixopenai.analysis.partials import partials_in
from fixopenai.analysis.stream_mode import stream_mode
from fixopenai.analysis.values import (
    NOTHING,
    BoundMethod,
    ClassRef,
    ContextManager,
    Dependency,
    FunctionRef,
    Instance,
    Iterable,
    Pending,
    Sdk,
    SdkAwaitable,
    SdkClass,
    SdkMethod,
    Value,
    Values,
)

if TYPE_CHECKING:
    import ast

    from fixopenai.analysis.attributes import Attributes
    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Class, Scope


class CallResults:
    """Results of the program's functions, of dependencies, and of the SDK's classes and methods."""

    def __init__(self, flow: Flow, attributes: Attributes, evaluator: Evaluates) -> None:
        self.flow = flow
        self.attributes = attributes
        self.evaluator = evaluator
        self._modes: dict[ast.Call, bool | None] = {}

    def of(self, callee: Value) -> Values:
        """What calling a function of the program gives."""
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

    def iterated(self, instance: Instance) -> Values:
        """What an object of the program gives one by one: by its own methods, or the fields of a named tuple."""
        found: set[Value] = set()
        for name in ("__iter__", "__aiter__"):
            for method in self.attributes.get(instance, name):
                made = self.of(method)
                found |= self.evaluator.elements(frozenset(v for v in made if not isinstance(v, Instance)))
                for iterator in (value for value in made if isinstance(value, Instance)):
                    for following in ("__next__", "__anext__"):
                        for step in self.attributes.get(iterator, following):
                            found |= self.evaluator.awaited(self.of(step))
        return frozenset(found).union(*self.attributes.tuple_fields(instance))

    def made(self, cls: Class, node: ast.Call, scope: Scope) -> Values:
        """The object that a call of a class makes; one of a subclass of a client is such a client as well."""
        found: set[Value] = {Instance(cls, exact=True)}
        self.flow.read(cls.family)
        for ancestor in cls.ancestors():
            for dotted in ancestor.external_bases:
                resolved = self.flow.surface.resolve(canonical(dotted))
                if resolved is not None and resolved[0].kind == "client":
                    origin = self.flow.origin("constructor", resolved[0].key, resolved[1], node, scope)
                    found.add(Sdk(resolved[0].key, resolved[1], origin))
        self.flow.add(self.attributes.client_slot(cls), found - {Instance(cls, exact=True)})
        return frozenset(found)

    def without_arguments(self, callee: Value, node: ast.expr, scope: Scope) -> Values:
        """What calling `callee` without arguments gives, where the call itself is made by somebody else."""
        if isinstance(callee, SdkClass):
            origin = self.flow.origin("constructor", callee.type_key, callee.is_async, node, scope)
            return frozenset({Sdk(callee.type_key, callee.is_async, origin)})
        if isinstance(callee, ClassRef):
            return frozenset({Instance(callee.cls, exact=True)})
        return self.of(callee)

    def injected(self, dependency: Dependency, annotated: Values) -> Values:
        """What FastAPI passes for `Depends(...)`: the result of the function, awaited or yielded."""
        callees = annotated
        if dependency.function is not None:
            callees = self.evaluator.values(dependency.function, dependency.scope)
        found: set[Value] = set()
        for callee in callees:
            if isinstance(callee, (FunctionRef, BoundMethod)):
                self.flow.roles[callee.function].add("dependency")
                result = self.of(callee)
                found |= (
                    self.evaluator.elements(result) if callee.function.is_generator else self.evaluator.awaited(result)
                )
            elif isinstance(callee, ClassRef):
                for method in self.attributes.get(callee, "__init__"):
                    if isinstance(method, FunctionRef):
                        self.flow.roles[method.function].add("dependency")
                found.add(Instance(callee.cls, exact=True))
            elif isinstance(callee, SdkClass) and dependency.function is not None:
                found |= self.without_arguments(callee, dependency.function, dependency.scope)
            elif isinstance(callee, Instance):
                for method in self.attributes.get(callee, "__call__"):
                    if isinstance(method, BoundMethod):
                        self.flow.roles[method.function].add("dependency")
                        found |= self.evaluator.awaited(self.of(method))
        return frozenset(found)

    def of_sdk_method(self, method: SdkMethod, node: ast.Call, scope: Scope) -> Values:
        """What calling a method of the SDK gives, awaitable where its client is async."""
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

    def streams(self, node: ast.Call, scope: Scope, stream_key: str) -> bool | None:
        """Whether a call that can give a stream does so; None when it cannot be told."""
        if node not in self._modes:
            members = self.flow.surface.types[stream_key].members
            decide = [self._decides_stream(callee, node, scope) for callee in self.evaluator.values(node.func, scope)]
            modes = {stream_mode(*where, members) for where in decide or [(node, scope)]}
            self._modes[node] = modes.pop() if len(modes) == 1 else None
        return self._modes[node]

    def _decides_stream(self, callee: Value, node: ast.Call, scope: Scope) -> tuple[ast.Call, Scope]:
        """The call that says whether there is a stream: of several partials around each other, the outermost."""
        partials = partials_in(frozenset({callee}), self.evaluator)
        for call, where in ((node, scope), *((one.node, one.scope) for one in partials)):
            if any(word.arg in ("stream", None) for word in call.keywords):
                return call, where
        return node, scope
