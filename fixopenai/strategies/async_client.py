"""async-client: every client of a group becomes async, and every use of it with it; or none does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.certainty import is_certain
from fixopenai.analysis.tree import walk
from fixopenai.analysis.uses import CallUse
from fixopenai.analysis.values import (
    BoundMethod,
    FunctionRef,
    SdkClass,
)
from fixopenai.rewriting.edits import AddAwait, Edit
from fixopenai.strategies.await_places import await_instead_of_run, await_obstacle, generator_edits, needs_parentheses
from fixopenai.strategies.client_arguments import is_none, switch_arguments
from fixopenai.strategies.event_handlers import switch_handler
from fixopenai.strategies.own_loops import loops_refusal
from fixopenai.strategies.plans import ClassReference, Fix, Refusal
from fixopenai.strategies.readers import read_async
from fixopenai.strategies.spread import Spread

if TYPE_CHECKING:
    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Scope
    from fixopenai.analysis.uses import ConsumerUse, Use
    from fixopenai.analysis.values import Origin
    from fixopenai.results import Place
    from fixopenai.strategies.limits import Limits

_REVIEW_CALLERS = "nobody in the repository passes this client: callers elsewhere must pass the async one"


def plan_async_client(program: Program, group: Group, limits: Limits, *, asked_for: bool) -> Fix | Refusal:
    """Switch a whole group; `asked_for` is False when the tool chooses by itself and must not guess about callers."""
    return _Planner(program, group, limits, asked_for).plan()


def use_refusal(program: Program, group: Group, use: CallUse | ConsumerUse, limits: Limits) -> Refusal | None:
    """Why one use of a client cannot be async, whatever becomes of the others."""
    planner = _Planner(program, group, limits, asked_for=True)
    refusal = planner.call_refusal(use) if isinstance(use, CallUse) else planner.consumer_refusal(use)
    return refusal or planner.spread.last_refusal()


class _Planner:
    def __init__(self, program: Program, group: Group, limits: Limits, asked_for: bool) -> None:
        self.program = program
        self.group = group
        self.limits = limits
        self.asked_for = asked_for
        self.edits: set[Edit] = set()
        self.references: list[ClassReference] = []
        self.spread = Spread(program, limits)

    def plan(self) -> Fix | Refusal:
        refusal = (
            self.origins_refusal()
            or self.escapes_refusal()
            or self.handlers_refusal()
            or self.uses_refusal()
            or self.checks_refusal()
            or loops_refusal(self.program, self.group)
            or self.spread.last_refusal()
        )
        if refusal is not None:
            return refusal
        mended: tuple[Use, ...] = (
            *(use for use in self.group.calls if use.kind in ("call", "page")),
            *self.group.consumers,
            *self.spread.helpers(),
        )
        made = any(origin.kind == "constructor" for origin in self.group.origins)
        return Fix(
            strategy="async-client",
            mended=mended,
            edits=frozenset(self.edits | self.spread.edits),
            reason="every use of the client can be awaited",
            references=(*self.references, *self.spread.references),
            review=self.review(made),
        )

    def review(self, made: bool) -> str | None:
        if not made:
            return _REVIEW_CALLERS
        return self.spread.review()

    def origins_refusal(self) -> Refusal | None:
        origins = sorted(self.group.origins, key=_origin_order)
        made = [origin for origin in origins if origin.kind != "annotation"]
        for origin in made:
            # Code that awaits whatever reaches it was written for async clients: the sync one is the mistake.
            if origin.is_async and not self.all_mixed_awaited():
                return Refusal("an async client reaches the same names", _place(origin))
            if origin.kind == "module":
                return Refusal("the calls are made on the openai module itself, which has no async twin")
        for origin in origins:
            refusal = self.origin_refusal(origin)
            if refusal is not None:
                return refusal
        if not made and not self.asked_for and not self.all_awaited():
            place = _place(origins[0])
            return Refusal("nobody in the repository makes the client, so its callers may pass a sync one", place)
        return None

    def all_awaited(self) -> bool:
        """Whether the code shows that an async client was meant: every request is awaited already."""
        calls = [use for use in self.group.calls if use.kind == "call" and False in use.colours]
        return bool(calls) and all(use.form != "plain" for use in calls)

    def all_mixed_awaited(self) -> bool:
        """Whether all code that clients of both colours reach is written for the async ones."""
        calls = [use for use in self.group.calls if len(use.colours) == 2 and use.kind == "call"]
        read = [use for use in self.group.consumers if len(use.colours) == 2]
        return all(use.form != "plain" for use in calls) and all(use.written_async for use in read)

    def origin_refusal(self, origin: Origin) -> Refusal | None:
        node, scope = origin.node, origin.scope
        if node is None or scope is None or origin.is_async:
            return None
        refusal = self.limits.file_refusal(scope.module, node)
        if refusal is not None:
            return refusal
        if origin.kind == "annotation":
            return self.reference(node, scope)
        if not isinstance(node, ast.Call):
            return self.reference(node, scope)
        switched = switch_arguments(self.program, node, scope, all_awaited=self.all_awaited())
        if isinstance(switched, Refusal):
            return switched
        self.references += switched
        return self.class_refusal(node, node.func, scope)

    def class_refusal(self, call: ast.Call, node: ast.expr, scope: Scope) -> Refusal | None:
        """The class that is called is named in place, or chosen in place between named ones."""
        if isinstance(node, ast.IfExp):
            return self.class_refusal(call, node.body, scope) or self.class_refusal(call, node.orelse, scope)
        values = self.program.evaluator.values(node, scope)
        if not values or not all(isinstance(value, SdkClass) for value in values):
            return Refusal("the client's class is a subclass, or cannot be followed", scope.module.place(call))
        return self.reference(node, scope)

    def reference(self, node: ast.expr, scope: Scope) -> Refusal | None:
        """Note a class name that is to be renamed."""
        values = self.program.evaluator.values(node, scope)
        classes = [value for value in values if isinstance(value, SdkClass)]
        if isinstance(node, ast.Constant):
            return self.quoted_reference(node, scope)
        if len(classes) != 1 or len(values) != 1:
            return Refusal("the client's class cannot be told", scope.module.place(node))
        twin = self.program.flow.surface.twin(classes[0].dotted)
        if twin is None:
            return Refusal(f"{classes[0].dotted} has no async twin", scope.module.place(node))
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return Refusal("the client's class is not named in place", scope.module.place(node))
        old, new = classes[0].dotted.rsplit(".", 1)[-1], twin.rsplit(".", 1)[-1]
        self.references.append(ClassReference(scope.module, scope, node, old, new))
        return None

    def quoted_reference(self, node: ast.Constant, scope: Scope) -> Refusal | None:
        for origin in self.group.origins:
            if origin.node is node:
                sdk_type = self.program.flow.surface.types[origin.type_key]
                if sdk_type.async_name is None:
                    return Refusal(f"{sdk_type.sync_name} has no async twin", scope.module.place(node))
                self.references.append(
                    ClassReference(scope.module, scope, node, sdk_type.sync_name, sdk_type.async_name)
                )
        return None

    def escapes_refusal(self) -> Refusal | None:
        # A double that stands in for code which awaits already is awaited already.
        unchanged = self.all_awaited() or self.all_doubles_async()
        for escape in self.group.escapes:
            if not (escape.is_double and unchanged):
                return Refusal(f"the client {escape.why}", escape.module.place(escape.node))
        return None

    def all_doubles_async(self) -> bool:
        """Whether everything of the program that can be called in the client's place is awaited by its own nature."""
        doubles = [
            callee.function
            for use in self.group.calls
            for callee in self.program.evaluator.values(use.node.func, use.scope)
            if isinstance(callee, (BoundMethod, FunctionRef))
        ]
        return bool(doubles) and all(function.is_async for function in doubles)

    def handlers_refusal(self) -> Refusal | None:
        """What reads a stream by being called with its events changes with the stream."""
        for use in self.group.calls:
            for keyword in use.node.keywords:
                if keyword.arg != "event_handler" or is_none(keyword.value):
                    continue
                switched = switch_handler(self.program, keyword.value, use.scope)
                if isinstance(switched, Refusal):
                    return switched
                self.references += switched[0]
                self.edits.update(switched[1].values())
                self.spread.turned.update(switched[1])
        return None

    def uses_refusal(self) -> Refusal | None:
        for use in self.group.calls:
            refusal = self.call_refusal(use)
            if refusal is not None:
                return refusal
        for consumer in self.group.consumers:
            refusal = self.consumer_refusal(consumer)
            if refusal is not None:
                return refusal
        return None

    def call_refusal(self, use: CallUse) -> Refusal | None:
        place = use.scope.module.place(use.node)
        refusal = self.limits.file_refusal(use.scope.module, use.node)
        if refusal is not None:
            return refusal
        if use in self.limits.silenced:
            return Refusal("one of its calls is silenced by a comment", place)
        if use.colours == {True} or (True in use.colours and use.form != "plain"):
            return None
        if True in use.colours:
            return Refusal("an async client reaches the same names", place)
        if use.kind in ("manager", "iterator"):
            return None
        if not use.on_event_loop:
            refusal = self.turn_refusal(use)
            if refusal is not None:
                return refusal
        if use.form != "plain":
            return None
        return self.page_refusal(use) if use.kind == "page" else self.add_await(use)

    def add_await(self, use: CallUse) -> Refusal | None:
        obstacle = await_obstacle(self.program, use.node, use.scope)
        if obstacle is not None:
            return Refusal(obstacle[0], use.scope.module.place(obstacle[1]))
        instead = await_instead_of_run(self.program, use.node, use.scope)
        if instead:
            self.edits |= instead
            return None
        parenthesize = needs_parentheses(self.program, use.node, use.scope)
        self.edits |= generator_edits(self.program, use.node, use.scope)
        self.edits.add(Edit(use.scope.module, use.node, AddAwait(parenthesize)))
        return None

    def page_refusal(self, use: CallUse) -> Refusal | None:
        """A page that is iterated at once needs no await, nor does one that is only iterated later."""
        parent = self.program.parents_of(use.scope.module)[use.node]
        read = any(consumer.node is use.node and consumer.reading != "with" for consumer in self.group.consumers)
        if read or self.is_only_iterated(use, parent):
            return None
        return self.add_await(use)

    def is_only_iterated(self, use: CallUse, parent: ast.AST) -> bool:
        """Whether the page is kept under a name that nothing but `async for` reads."""
        if (
            not isinstance(parent, ast.Assign)
            or len(parent.targets) != 1
            or not isinstance(parent.targets[0], ast.Name)
        ):
            return False
        name = parent.targets[0].id
        function = use.function
        consumed = {consumer.node for consumer in self.group.consumers if consumer.written_async}
        reads = [
            node
            for node in walk(function.node if function is not None else use.scope.module.tree)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        return bool(reads) and all(node in consumed for node in reads)

    def turn_refusal(self, use: Use) -> Refusal | None:
        """Why the plain function around a use cannot become async with the client."""
        function = use.function
        if function is None:
            return Refusal("the client is also used when the module is imported", use.scope.module.place(use.node))
        refusal = self.spread.turn(function, use.scope.module.place(use.node))
        others = [other for other in self.program.uses.calls if other.function is function]
        stranger = next((o for o in others if o not in self.group.calls and False in o.colours), None)
        if refusal is None and stranger is not None:
            why = f"{function.qualname}() would block the event loop: another sync client is used there"
            return Refusal(why, stranger.scope.module.place(stranger.node))
        return refusal

    def checks_refusal(self) -> Refusal | None:
        """`isinstance(client, OpenAI)` asks for the new class once the client has it."""
        for check in self.group.checks:
            refusal = self.limits.file_refusal(check.scope.module, check.node)
            refusal = refusal or self.reference(check.node, check.scope)
            if refusal is not None:
                return refusal
        return None

    def consumer_refusal(self, use: ConsumerUse) -> Refusal | None:
        refusal = self.limits.file_refusal(use.scope.module, use.node)
        if refusal is None and use in self.limits.silenced:
            refusal = Refusal("reading it is silenced by a comment", use.scope.module.place(use.node))
        is_guess = use.kinds != {"client"} and not is_certain(self.program, use.inner, use.scope)
        if refusal is None and is_guess and not use.written_async:
            refusal = Refusal(
                "what is read may be something else than the client gives", use.scope.module.place(use.node)
            )
        if refusal is None and not use.on_event_loop and not use.written_async:
            refusal = self.turn_refusal(use)
        if refusal is not None:
            return refusal
        read = read_async(self.program, use, self.spread.turned)
        if isinstance(read, Refusal):
            return read
        self.edits |= read
        return None


def _place(origin: Origin) -> Place | None:
    if origin.node is None or origin.scope is None:
        return None
    return origin.scope.module.place(origin.node)


def _origin_order(origin: Origin) -> tuple[str, int, int]:
    if origin.node is None or origin.scope is None:
        return "", 0, 0
    return origin.scope.module.order(origin.node)
