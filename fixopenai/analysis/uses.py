"""Every place where an SDK object is used, once values are known: calls, iteration, `with`, ways out of sight."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fixopenai.analysis import externals
from fixopenai.analysis.calls import stream_argument
from fixopenai.analysis.values import (
    BoundMethod,
    ClassRef,
    External,
    FunctionRef,
    Instance,
    Mock,
    Partial,
    Sdk,
    SdkAwaitable,
    SdkClass,
    SdkMethod,
    Symbol,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Function, Module, Scope
    from fixopenai.analysis.values import Origin
    from fixopenai.sdk.surface import MemberKind

Form = Literal["plain", "awaited", "gathered"]
Parents = dict[ast.AST, ast.AST]


@dataclass(frozen=True, slots=True, eq=False)
class CallUse:
    """A call of an SDK method.

    `colours` holds True where the client may be async, False where it may be sync; `streams` says whether a stream
    comes back, None when a variable decides. `form` is how the result is taken: as it is, awaited, or handed to
    something that awaits it (`asyncio.gather`).
    """

    node: ast.Call
    scope: Scope
    kind: MemberKind
    method: str
    on_client: bool
    origins: frozenset[Origin]
    colours: frozenset[bool]
    form: Form
    streams: bool | None

    @property
    def function(self) -> Function | None:
        """The function in which the call stands, comprehensions looked through."""
        return self.scope.enclosing_function()

    @property
    def on_event_loop(self) -> bool:
        """Whether the call stands directly in the body of an `async def`."""
        function = self.function
        return function is not None and function.is_async


@dataclass(frozen=True, slots=True, eq=False)
class ConsumerUse:
    """An iteration over, or a `with` on, an SDK object; `statement` is the `for`, `with` or comprehension."""

    node: ast.expr
    statement: ast.AST
    scope: Scope
    origins: frozenset[Origin]
    written_async: bool


@dataclass(frozen=True, slots=True, eq=False)
class Escape:
    """A use that the analysis cannot follow, or that needs the object to stay sync; `why` is a clause for a reason."""

    node: ast.expr | ast.stmt
    module: Module
    origins: frozenset[Origin]
    why: str
    is_double: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ClassCheck:
    """An SDK class in the second argument of `isinstance`, where the first is an SDK object."""

    node: ast.expr
    scope: Scope
    origins: frozenset[Origin]


@dataclass(slots=True)
class Uses:
    """All uses in a program."""

    calls: list[CallUse]
    consumers: list[ConsumerUse]
    escapes: list[Escape]
    checks: list[ClassCheck]


def collect_uses(evaluator: Evaluator, parents: dict[Module, Parents]) -> Uses:
    """Classify every expression that holds an SDK object by what is done with it."""
    return _Collector(evaluator, parents).collect()


class _Collector:
    def __init__(self, evaluator: Evaluator, parents: dict[Module, Parents]) -> None:
        self.evaluator = evaluator
        self.surface = evaluator.flow.surface
        self.parents = parents
        self.uses = Uses([], [], [], [])

    def collect(self) -> Uses:
        for node, scope in list(self.evaluator.flow.sdk_nodes.items()):
            parents = self.parents.get(scope.module)
            if parents is None or node not in parents:
                continue
            values = self.evaluator.values(node, scope)
            self.expression(node, scope, values, parents)
        self.uses.calls.sort(key=lambda use: _order(use.scope.module, use.node))
        self.uses.consumers.sort(key=lambda use: _order(use.scope.module, use.node))
        self.uses.escapes.sort(key=lambda use: _order(use.module, use.node))
        return self.uses

    def expression(self, node: ast.expr, scope: Scope, values: Values, parents: Parents) -> None:
        origins = frozenset(value.origin for value in values if isinstance(value, (Sdk, SdkMethod, SdkAwaitable)))
        self.doubles(node, scope, values, origins)
        parent = parents[node]
        if isinstance(parent, ast.Attribute):
            return
        if isinstance(parent, ast.Call) and parent.func is node:
            methods = [value for value in values if isinstance(value, SdkMethod)]
            if methods:
                self.call(parent, methods, scope, parents)
            return
        self.consumer(node, parent, scope, origins, parents)

    def call(self, node: ast.Call, methods: list[SdkMethod], scope: Scope, parents: Parents) -> None:
        members = [self.surface.member(method.type_key, method.name) for method in methods]
        kinds = {member.kind for member in members if member is not None}
        if kinds <= {"local", "attribute"}:
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
                form=self.form(node, parents, scope),
                streams=stream_argument(node) if streaming else False,
            )
        )

    def form(self, node: ast.expr, parents: Parents, scope: Scope) -> Form:
        parent = parents[node]
        if isinstance(parent, ast.Await):
            return "awaited"
        if isinstance(parent, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) and parent.elt is node:
            node, parent = parent, parents[parent]
            scope = scope.parent or scope
        elif isinstance(parent, (ast.List, ast.Tuple)):
            node, parent = parent, parents[parent]
        if isinstance(parent, ast.Starred):
            node, parent = parent, parents[parent]
        if isinstance(parent, ast.Call) and node in parent.args:
            callees = self.evaluator.values(parent.func, scope)
            if any(isinstance(value, External) and value.dotted in externals.AWAITING_CALLS for value in callees):
                return "gathered"
        return "plain"

    def consumer(
        self,
        node: ast.expr,
        parent: ast.AST,
        scope: Scope,
        origins: frozenset[Origin],
        parents: Parents,
    ) -> None:
        if isinstance(parent, ast.Await):
            return
        if isinstance(parent, (ast.For, ast.AsyncFor)) and parent.iter is node:
            self.uses.consumers.append(ConsumerUse(node, parent, scope, origins, isinstance(parent, ast.AsyncFor)))
        elif isinstance(parent, ast.comprehension) and parent.iter is node:
            self.uses.consumers.append(ConsumerUse(node, parent, scope, origins, bool(parent.is_async)))
        elif isinstance(parent, ast.withitem) and parent.context_expr is node:
            statement = parents[parent]
            self.uses.consumers.append(
                ConsumerUse(node, statement, scope, origins, isinstance(statement, ast.AsyncWith))
            )
        elif isinstance(parent, (ast.Call, ast.keyword, ast.Starred)):
            self.argument(node, parent, scope, origins, parents)
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
            if isinstance(target, ast.Subscript):
                self.escape(node, scope, origins, "is kept in a container")
            elif isinstance(target, ast.Attribute):
                base = self.evaluator.values(target.value, scope)
                known = self.evaluator.values(target, scope)
                if not base and not known:
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
        elif any(_is_thread(value) for value in callees) or _is_thread_method(call, callees):
            self.escape(node, scope, origins, "is used in a thread")
        elif not callees or not all(self.follows(callee) for callee in callees):
            if isinstance(call.func, ast.Attribute) and self.evaluator.values(call, scope):
                return
            name = ast.unparse(call.func)
            self.escape(
                node, scope, origins, f"is handed to {name if len(name) < 60 else 'a call'}(), which cannot be followed"
            )

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
            elif isinstance(value, (Instance, FunctionRef, BoundMethod, ClassRef)) and isinstance(
                node, (ast.Name, ast.Attribute)
            ):
                why = "shares its name with something else"
                self.uses.escapes.append(Escape(node, scope.module, origins, why, is_double=True))

    def escape(self, node: ast.expr, scope: Scope, origins: frozenset[Origin], why: str) -> None:
        self.uses.escapes.append(Escape(node, scope.module, origins, why))


def colours(values: list[SdkMethod] | list[Sdk]) -> frozenset[bool]:
    """The colours that reach a place: what is made outranks what an annotation promises."""
    made = frozenset(value.is_async for value in values if value.origin.kind != "annotation")
    return made or frozenset(value.is_async for value in values)


def _is_thread(value: Value) -> bool:
    return isinstance(value, External) and value.dotted in externals.THREAD_CALLS


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
