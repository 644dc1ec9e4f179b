"""Finds every place where an SDK object is used, once values are known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis import externals
from fixopenai.analysis.calls import stream_argument
from fixopenai.analysis.consumers import consumer_of
from fixopenai.analysis.forms import form_of
from fixopenai.analysis.literals import dict_keys
from fixopenai.analysis.tree import called_name
from fixopenai.analysis.uses import CallUse, ClassCheck, Escape, LoopStart, Uses, colours, is_thread_call
from fixopenai.analysis.values import (
    BoundMethod,
    ClassRef,
    External,
    ExternalInstance,
    FunctionRef,
    Instance,
    Mock,
    Partial,
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
    from fixopenai.analysis.scopes import Module, Scope
    from fixopenai.analysis.uses import Parents
    from fixopenai.analysis.values import Origin

# Objects that are read: iterated, entered, closed.
_READ = frozenset({"stream", "page", "manager", "response"})
_OTHERS = (Instance, FunctionRef, BoundMethod, ClassRef, Unknown, External, ExternalInstance, Symbol)


def collect_uses(evaluator: Evaluator) -> Uses:
    """Classify every expression that holds an SDK object by what is done with it."""
    return _Collector(evaluator).collect()


class _Collector:
    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.surface = evaluator.flow.surface
        self.uses = Uses([], [], [], [], [], [], [])

    def collect(self) -> Uses:
        for node, scope in list(self.evaluator.flow.sdk_nodes.items()):
            parents = scope.module.parents()
            # Types in quotes are parsed by themselves, so their nodes stand in no module.
            if node not in parents:
                continue
            values = self.evaluator.values(node, scope)
            self.expression(node, scope, values, parents)
        self.loop_starts()
        self.uses.threads.extend(wrong_thread_calls(self.evaluator, self.uses.calls))
        self.uses.sleeps.extend(sleeps(self.evaluator, self.uses.calls))
        self.uses.calls.sort(key=lambda use: _order(use.scope.module, use.node))
        self.uses.consumers.sort(key=lambda use: _order(use.scope.module, use.node))
        self.uses.escapes.sort(key=lambda use: _order(use.module, use.node))
        return self.uses

    def loop_starts(self) -> None:
        """Calls of async functions that are the argument of something which runs them to their end."""
        for node, (scope, functions) in self.evaluator.flow.calls.items():
            parent = scope.module.parents().get(node)
            coroutines = frozenset(function for function in functions if function.is_async)
            if not coroutines or not isinstance(parent, ast.Call) or node not in parent.args:
                continue
            name = called_name(parent)
            if name in {"run", "run_until_complete", "async_to_sync"}:
                self.uses.runners.append(LoopStart(parent, scope, coroutines))

    def expression(self, node: ast.expr, scope: Scope, values: Values, parents: Parents) -> None:
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
            methods = [value for value in values if isinstance(value, SdkMethod)]
            if methods:
                self.call(parent, methods, scope)
            return
        reader = consumer_of(node, scope, values, self.evaluator)
        if reader is not None:
            self.uses.consumers.append(reader)
        else:
            self.out_of_sight(node, parent, scope, origins, parents)

    def is_helper_call(self, node: ast.expr, scope: Scope, values: Values) -> bool:
        """Whether a plain function of the program is called that gives the coroutine of an SDK call."""
        if not isinstance(node, ast.Call) or not any(isinstance(value, SdkAwaitable) for value in values):
            return False
        callees = self.evaluator.values(node.func, scope)
        return any(isinstance(callee, (FunctionRef, BoundMethod)) for callee in callees)

    def attribute(self, node: ast.Attribute, scope: Scope, values: Values, origins: frozenset[Origin]) -> None:
        """An attribute that is set, or one of a stream that the table does not know, is out of sight."""
        kinds = [self.surface.types[value.type_key] for value in values if isinstance(value, Sdk)]
        member = next((kind.members.get(node.attr) for kind in kinds if node.attr in kind.members), None)
        if isinstance(node.ctx, ast.Store) and (member is None or member.kind != "attribute"):
            self.uses.escapes.append(Escape(node, scope.module, origins, "is changed from outside", is_double=True))
        elif any(kind.kind == "stream" for kind in kinds):
            # `.choices` of what may be a stream says that it is an answer; `.response` and `.__next__` are a stream's.
            own = member.kind == "attribute" if member is not None else node.attr.startswith("__")
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
        streaming = any(member is not None and member.stream is not None for member in members)
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
                streams=self.streams(node, scope) if streaming else False,
            )
        )
        reader = consumer_of(node, scope, frozenset(methods), self.evaluator) if kind == "iterator" else None
        if reader is not None:
            self.uses.consumers.append(reader)

    def streams(self, node: ast.Call, scope: Scope) -> bool | None:
        """Whether the call gives a stream; dicts that are written out are looked into."""
        said = stream_argument(node)
        if said is None and not any(keyword.arg == "stream" for keyword in node.keywords):
            spread = [dict_keys(keyword.value, scope) for keyword in node.keywords if keyword.arg is None]
            if all(keys is not None and "stream" not in keys for keys in spread):
                return False
        return said

    def out_of_sight(
        self,
        node: ast.expr,
        parent: ast.AST,
        scope: Scope,
        origins: frozenset[Origin],
        parents: Parents,
    ) -> None:
        if isinstance(parent, ast.Await):
            return
        if isinstance(parent, (ast.Call, ast.keyword, ast.Starred)):
            self.argument(node, parent, scope, origins, parents)
            is_read = self.is_stream(node, scope) or not isinstance(parents[parent], ast.Call)
            if isinstance(parent, ast.Starred) and is_read:
                self.escape(node, scope, origins, "is unpacked")
        elif isinstance(parent, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            self.escape(node, scope, origins, "is kept in a container")
        elif isinstance(parent, (ast.YieldFrom, ast.Compare)) and self.is_stream(node, scope):
            self.escape(node, scope, origins, "returns a stream that is read in a way that cannot be followed")
        elif isinstance(parent, ast.Dict) and isinstance(parents[parent], ast.Yield):
            # A lifespan's state: followed as `request.state`.
            return
        elif isinstance(parent, (ast.List, ast.Tuple, ast.Set, ast.Dict)) and not _is_unpacked(parent, parents):
            self.escape(node, scope, origins, "is kept in a container")
        elif isinstance(parent, ast.Assign):
            self.assignment(node, parent.targets, scope, origins)
        elif isinstance(parent, ast.AnnAssign):
            self.assignment(node, [parent.target], scope, origins)

    def assignment(self, node: ast.expr, targets: list[ast.expr], scope: Scope, origins: frozenset[Origin]) -> None:
        for target in targets:
            if isinstance(target, (ast.Tuple, ast.List)) and self.is_stream(node, scope):
                self.escape(node, scope, origins, "returns a stream that is unpacked")
            elif isinstance(target, ast.Subscript):
                self.escape(node, scope, origins, "is kept in a container")
            elif isinstance(target, ast.Attribute):
                base = self.evaluator.values(target.value, scope)
                known = self.evaluator.values(target, scope)
                if not known and (not base or not any(isinstance(value, (Instance, ClassRef)) for value in base)):
                    self.escape(node, scope, origins, "is set on an object that cannot be followed")

    def argument(
        self, node: ast.expr, parent: ast.AST, scope: Scope, origins: frozenset[Origin], parents: Parents
    ) -> None:
        """A client handed to a call: followed into functions of the program, out of sight anywhere else."""
        call = parents[parent] if not isinstance(parent, ast.Call) else parent
        if not isinstance(call, ast.Call):
            return
        callees = self.evaluator.values(call.func, scope)
        if External("builtins.isinstance") in callees and len(call.args) == 2:
            self.class_check(call.args[1], scope, origins)
            return
        if any(isinstance(value, External) and value.dotted == "functools.partial" for value in callees):
            self.escape(node, scope, origins, "is bound with functools.partial")
        elif External("builtins.getattr") in callees:
            if len(call.args) < 2 or not isinstance(call.args[1], ast.Constant):
                self.escape(node, scope, origins, "is looked into by a name that is computed")
        elif not _reaches_parameter(call, parent, node, callees):
            self.escape(node, scope, origins, "is handed on through *args or **kwargs")
        elif is_thread_call(callees) or _is_thread_method(call, callees):
            self.escape(node, scope, origins, "is used in a thread")
        elif any(isinstance(value, External) and value.dotted in externals.THREAD_READERS for value in callees):
            self.escape(node, scope, origins, "is read in a thread")
        elif not callees or not all(self.follows(callee) for callee in callees):
            given = self.evaluator.values(call, scope) if isinstance(call.func, ast.Attribute) else frozenset()
            if any(not isinstance(value, (ExternalInstance, External, Unknown)) for value in given):
                return
            name = ast.unparse(call.func)
            self.escape(
                node, scope, origins, f"is handed to {name if len(name) < 60 else 'a call'}(), which cannot be followed"
            )

    def is_stream(self, node: ast.expr, scope: Scope) -> bool:
        values = self.evaluator.values(node, scope)
        return any(isinstance(value, Sdk) and self.surface.types[value.type_key].kind in _READ for value in values)

    def class_check(self, node: ast.expr, scope: Scope, origins: frozenset[Origin]) -> None:
        for part in node.elts if isinstance(node, ast.Tuple) else [node]:
            for value in self.evaluator.values(part, scope):
                if isinstance(value, SdkClass) and not value.is_async:
                    self.uses.checks.append(ClassCheck(part, scope, origins))

    def follows(self, callee: Value) -> bool:
        """Whether the analysis knows where the arguments of a call of `callee` go."""
        if isinstance(callee, (FunctionRef, BoundMethod, Partial, Instance)):
            return True
        if isinstance(callee, ClassRef):
            return not callee.cls.external_bases - {"abc.ABC", "builtins.object"} or bool(
                {"pydantic.BaseModel", "pydantic.main.BaseModel"} & callee.cls.external_bases
            )
        if isinstance(callee, SdkMethod):
            return True
        if isinstance(callee, Symbol):
            return self.evaluator.flow.module(callee.key) is not None
        if isinstance(callee, External):
            dotted = callee.dotted
            return (
                dotted in externals.HARMLESS
                or dotted in externals.IDENTITY
                or dotted in externals.AWAITING_CALLS
                or externals.takes_async_client(dotted)
                or dotted.split(".")[0] in externals.HARMLESS_ROOTS
            )
        return False

    def doubles(self, node: ast.expr, scope: Scope, values: Values, origins: frozenset[Origin]) -> None:
        for value in values:
            if isinstance(value, Mock):
                why = "is replaced by a mock"
                self.uses.escapes.append(Escape(value.node, value.module, origins, why, is_double=True))
            elif isinstance(value, _OTHERS) and isinstance(node, (ast.Name, ast.Attribute)):
                why = "shares its name with something else"
                self.uses.escapes.append(Escape(node, scope.module, origins, why, is_double=True))

    def escape(self, node: ast.expr, scope: Scope, origins: frozenset[Origin], why: str) -> None:
        # What reads a stream of calls that are awaited already was written for an async one.
        is_double = self.is_stream(node, scope)
        self.uses.escapes.append(Escape(node, scope.module, origins, why, is_double))


def _is_thread_method(call: ast.Call, callees: Values) -> bool:
    return not callees and isinstance(call.func, ast.Attribute) and call.func.attr in externals.THREAD_METHODS


def _is_unpacked(parent: ast.AST, parents: Parents) -> bool:
    """Whether a display is the right side of `a, b = x, y`, which is followed name by name."""
    above = parents[parent]
    return (
        isinstance(parent, (ast.Tuple, ast.List))
        and isinstance(above, ast.Assign)
        and all(
            isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == len(parent.elts)
            for target in above.targets
        )
    )


def _order(module: Module, node: ast.expr | ast.stmt) -> tuple[str, int, int]:
    return module.path, node.lineno, node.col_offset


def _reaches_parameter(call: ast.Call, parent: ast.AST, node: ast.expr, callees: Values) -> bool:
    """Whether an argument gets to a named parameter of every function of the program that is called."""
    for callee in callees:
        if not isinstance(callee, (FunctionRef, BoundMethod)):
            continue
        function = callee.function
        if isinstance(parent, ast.keyword):
            named = {parameter.arg for parameter in (*function.parameters, *function.node.args.kwonlyargs)}
            if parent.arg not in named:
                return False
        elif isinstance(parent, ast.Starred):
            return False
        elif node in call.args:
            at = call.args.index(node)
            bound = 1 if isinstance(callee, BoundMethod) else 0
            spread = any(isinstance(argument, ast.Starred) for argument in call.args[:at])
            if spread or at + bound >= len(function.parameters):
                return False
    return True
