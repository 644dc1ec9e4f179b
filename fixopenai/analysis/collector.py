"""Finds every place where an SDK object is used, once values are known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.consumers import consumer_of
from fixopenai.analysis.doubles import is_async_double
from fixopenai.analysis.escapes import Sight
from fixopenai.analysis.forms import form_of
from fixopenai.analysis.partials import bound_callees
from fixopenai.analysis.tree import called_name, walk
from fixopenai.analysis.uses import CallUse, ClassCheck, Escape, LoopStart, Uses, colours
from fixopenai.analysis.values import (
    BoundMethod,
    ClassRef,
    External,
    ExternalInstance,
    FunctionRef,
    Instance,
    Mock,
    Pending,
    Sdk,
    SdkAwaitable,
    SdkClass,
    SdkMethod,
    Symbol,
    Unknown,
    Value,
    Values,
)
from fixopenai.analysis.wrappers import sleeps, wrong_thread_calls

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Scope
    from fixopenai.analysis.uses import Parents
    from fixopenai.analysis.values import Origin

_STREAM_DUNDERS = frozenset({"__iter__", "__next__", "__enter__", "__exit__", "__stream__"})
_OF_CLIENTS = frozenset({"client", "resource"})
# What a client keeps for itself and is the same in either colour; its HTTP client and its methods are not.
_PRIVATE_DATA = frozenset(
    {"_api_version", "_azure_deployment", "_azure_endpoint", "_base_url", "_custom_headers", "_custom_query"}
    | {"_idempotency_header", "_platform", "_strict_response_validation", "_version"}
)
_RUNNERS = frozenset({"run", "run_until_complete", "async_to_sync"})
_OTHERS = (Instance, FunctionRef, BoundMethod, ClassRef, Unknown, External, ExternalInstance, Symbol)


def collect_uses(evaluator: Evaluator) -> Uses:
    """Classify every expression that holds an SDK object by what is done with it."""
    return _Collector(evaluator).collect()


class _Collector:
    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.surface = evaluator.flow.surface
        self.uses = Uses([], [], [], [], [], [], [])
        self.sight = Sight(evaluator)

    def collect(self) -> Uses:
        for node, scope in list(self.evaluator.flow.sdk_nodes.items()):
            parents = scope.module.parents()
            # Types in quotes are parsed by themselves, so their nodes stand in no module.
            if node not in parents:
                continue
            values = self.evaluator.values(node, scope)
            self.expression(node, scope, values, parents)
        for call, scope in list(self.evaluator.flow.bound_calls.items()):
            self.call(call, self.methods(self.evaluator.values(call.func, scope)), scope)
        self.loop_starts()
        self.uses.threads.extend(wrong_thread_calls(self.evaluator, self.uses.calls))
        self.uses.sleeps.extend(sleeps(self.evaluator, self.uses.calls))
        self.uses.calls.sort(key=lambda use: use.scope.module.order(use.node))
        self.uses.consumers.sort(key=lambda use: use.scope.module.order(use.node))
        self.uses.escapes.sort(key=lambda use: use.module.order(use.node))
        return self.uses

    def loop_starts(self) -> None:
        """Calls that run async functions to their end: by a coroutine, by the function, or by a name for either."""
        flow = self.evaluator.flow
        by_result = {id(f.returns): f for module in flow.modules.values() for f in module.functions if f.is_async}
        for module in list(flow.modules.values()):
            if not any(word in module.source.text for word in _RUNNERS):
                continue
            for node in walk(module.tree):
                if not isinstance(node, ast.Call) or called_name(node) not in _RUNNERS or not node.args:
                    continue
                scope = module.scope_of(node)
                values = self.evaluator.values(node.args[0], scope)
                run = {by_result.get(id(value.slot)) for value in values if isinstance(value, Pending)}
                run |= {v.function for v in values if isinstance(v, (FunctionRef, BoundMethod)) and v.function.is_async}
                functions = frozenset(function for function in run if function is not None)
                if functions:
                    self.uses.runners.append(LoopStart(node, scope, functions))

    def expression(self, node: ast.expr, scope: Scope, values: Values, parents: Parents) -> None:
        # What stands behind a star is looked at by itself.
        if isinstance(node, ast.Starred) and consumer_of(node.value, scope, values, self.evaluator) is not None:
            return
        origins = frozenset(value.origin for value in values if isinstance(value, (Sdk, SdkMethod, SdkAwaitable)))
        self.doubles(node, scope, values, origins)
        parent = parents[node]
        if self.is_helper_call(node, scope, values):
            assert isinstance(node, ast.Call)
            form = form_of(node, scope, self.evaluator)
            name = ast.unparse(node.func)
            made = colours(value for value in values if isinstance(value, SdkAwaitable))
            self.uses.calls.append(CallUse(node, scope, "call", name, False, origins, made, form, False))
        if isinstance(parent, ast.Attribute):
            self.attribute(parent, scope, values, origins)
            return
        if isinstance(parent, ast.Call) and parent.func is node:
            methods = self.methods(values)
            if methods and parent not in self.evaluator.flow.bound_calls:
                self.call(parent, methods, scope)
            return
        reader = consumer_of(node, scope, values, self.evaluator)
        if reader is not None:
            self.uses.consumers.append(reader)
            return
        checked = self.checked_class(parent, scope)
        if checked is not None:
            self.class_check(checked, scope, origins)
            return
        why = self.sight.lost(node, scope, parents)
        if why is not None:
            self.escape(node, scope, origins, why)

    def methods(self, callees: Values) -> list[SdkMethod]:
        """The SDK's methods among the callees, also those behind partials."""
        behind = bound_callees(callees, self.evaluator)
        methods = [value for value in (*callees, *behind) if isinstance(value, SdkMethod)]
        return sorted(methods, key=lambda method: (method.type_key, method.name, method.is_async))

    def is_helper_call(self, node: ast.expr, scope: Scope, values: Values) -> bool:
        """Whether a plain function of the program is called that gives the coroutine of an SDK call."""
        if not isinstance(node, ast.Call) or not any(isinstance(value, SdkAwaitable) for value in values):
            return False
        callees = self.evaluator.values(node.func, scope)
        return any(isinstance(callee, (FunctionRef, BoundMethod)) for callee in callees)

    def attribute(self, node: ast.Attribute, scope: Scope, values: Values, origins: frozenset[Origin]) -> None:
        """An attribute that is set, or one that the table does not know, is out of sight."""
        kinds = [self.surface.types[value.type_key] for value in values if isinstance(value, Sdk)]
        member = next((kind.members.get(node.attr) for kind in kinds if node.attr in kind.members), None)
        if isinstance(node.ctx, ast.Store) and (member is None or member.kind != "attribute"):
            above = scope.module.parents()[node]
            # Who replaces a method by an `AsyncMock` wants the client async.
            if isinstance(above, ast.Assign) and is_async_double(self.evaluator, scope.module, above.value):
                return
            self.uses.escapes.append(Escape(node, scope.module, origins, "is changed from outside", is_double=True))
        elif member is None and any(kind.kind in _OF_CLIENTS for kind in kinds) and not _is_settled(node, scope):
            # Of a wrapper such as instructor's, of a newer release, or private: nobody knows what has to be awaited.
            self.escape(node, scope, origins, f"is used for .{node.attr}, which is not the SDK's own")
        elif any(kind.kind == "stream" for kind in kinds):
            # `.choices` of what may be a stream says that it is an answer; `.response` and `.__next__` are a stream's.
            own = member.kind == "attribute" if member is not None else node.attr in _STREAM_DUNDERS
            if own:
                self.escape(node, scope, origins, f"returns a stream whose .{node.attr} is used")

    def call(self, node: ast.Call, methods: list[SdkMethod], scope: Scope) -> None:
        members = [self.surface.member(method.type_key, method.name) for method in methods]
        kinds = {member.kind for member in members if member is not None}
        if kinds <= {"local", "attribute"}:
            for keyword in node.keywords:
                if keyword.arg in ("http_client", "api_key"):
                    origins = frozenset(method.origin for method in methods)
                    self.escape(node, scope, origins, f"gets another `{keyword.arg}=`, which has a colour too")
            return
        streams = [member.stream for member in members if member is not None and member.stream is not None]
        kind = next(kind for kind in ("call", "page", "manager", "iterator", "local") if kind in kinds)
        self.uses.calls.append(
            CallUse(
                node=node,
                scope=scope,
                kind=kind,
                method=methods[0].name,
                on_client=any(self.surface.types[method.type_key].kind == "client" for method in methods),
                origins=frozenset(method.origin for method in methods),
                colours=colours(methods),
                form=form_of(node, scope, self.evaluator),
                streams=self.evaluator.results.streams(node, scope, streams[0]) if streams else False,
            )
        )
        reader = consumer_of(node, scope, frozenset(methods), self.evaluator) if kind == "iterator" else None
        if reader is not None:
            self.uses.consumers.append(reader)

    def checked_class(self, parent: ast.AST, scope: Scope) -> ast.expr | None:
        """What an object is compared with by `isinstance`."""
        if not isinstance(parent, ast.Call) or len(parent.args) != 2:
            return None
        return parent.args[1] if External("builtins.isinstance") in self.evaluator.values(parent.func, scope) else None

    def class_check(self, node: ast.expr, scope: Scope, origins: frozenset[Origin]) -> None:
        for part in node.elts if isinstance(node, ast.Tuple) else [node]:
            for value in self.evaluator.values(part, scope):
                if isinstance(value, SdkClass) and not value.is_async:
                    self.uses.checks.append(ClassCheck(part, scope, origins))

    def doubles(self, node: ast.expr, scope: Scope, values: Values, origins: frozenset[Origin]) -> None:
        for value in values:
            if isinstance(value, Mock) and not is_async_double(self.evaluator, value.module, value.node):
                why = "is replaced by a mock"
                self.uses.escapes.append(Escape(value.node, value.module, origins, why, is_double=True))
        others = sorted(_told(value) for value in values if isinstance(value, _OTHERS))
        if others and isinstance(node, (ast.Name, ast.Attribute)):
            why = f"shares its name with {next(filter(None, others), 'something else')}"
            self.uses.escapes.append(Escape(node, scope.module, origins, why, is_double=True))

    def escape(self, node: ast.expr, scope: Scope, origins: frozenset[Origin], why: str) -> None:
        # What reads a stream of calls that are awaited already was written for an async one.
        is_double = self.sight.is_read(node, scope)
        self.uses.escapes.append(Escape(node, scope.module, origins, why, is_double))


def _is_settled(node: ast.Attribute, scope: Scope) -> bool:
    """Whether an attribute that is not known fits a client of any colour, or is used as that of an async one."""
    parents = scope.module.parents()
    above = parents[node]
    is_awaited = isinstance(above, ast.Call) and above.func is node and isinstance(parents[above], ast.Await)
    return is_awaited or node.attr.startswith("__") or node.attr in _PRIVATE_DATA


def _told(value: Value) -> str:
    """What a value is called in a reason, nothing where it has no name."""
    if isinstance(value, Instance):
        return f"an object of {value.cls.qualname}"
    if isinstance(value, ExternalInstance):
        return f"an object of {value.dotted}"
    if isinstance(value, ClassRef):
        return value.cls.qualname
    if isinstance(value, (FunctionRef, BoundMethod)):
        return f"{value.function.qualname}()"
    return value.dotted if isinstance(value, External) else ""
