"""async-client: every client of a group becomes async, and every use of it with it; or none does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.analysis.values import BoundMethod, FunctionRef
from fixopenai.strategies.client_arguments import is_none
from fixopenai.strategies.client_classes import ClientClasses, all_awaited
from fixopenai.strategies.client_uses import ClientUses
from fixopenai.strategies.event_handlers import switch_handler
from fixopenai.strategies.own_loops import loops_refusal
from fixopenai.strategies.plans import Fix, Refusal

if TYPE_CHECKING:
    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.uses import Use
    from fixopenai.strategies.limits import Limits

_REVIEW_CALLERS = "nobody in the repository passes this client: callers elsewhere must pass the async one"


def plan_async_client(program: Program, group: Group, limits: Limits, *, asked_for: bool) -> Fix | Refusal:
    """Switch a whole group; `asked_for` is False when the tool chooses by itself and must not guess about callers."""
    return _Planner(program, group, limits, asked_for).plan()


class _Planner:
    def __init__(self, program: Program, group: Group, limits: Limits, asked_for: bool) -> None:
        self.program = program
        self.group = group
        self.asked_for = asked_for
        self.classes = ClientClasses(program, group, limits)
        self.uses = ClientUses(program, group, limits)
        self.spread = self.uses.spread

    def plan(self) -> Fix | Refusal:
        refusal = (
            self.classes.origins_refusal(asked_for=self.asked_for)
            or self.escapes_refusal()
            or self.handlers_refusal()
            or self.uses.first_refusal()
            or self.classes.checks_refusal()
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
            edits=frozenset(self.uses.edits | self.spread.edits),
            reason="every use of the client can be awaited",
            references=(*self.classes.references, *self.spread.references),
            review=self.review(made),
        )

    def review(self, made: bool) -> str | None:
        if not made:
            return _REVIEW_CALLERS
        return self.spread.review()

    def escapes_refusal(self) -> Refusal | None:
        # A double that stands in for code which awaits already is awaited already.
        unchanged = all_awaited(self.group) or self.all_doubles_async()
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
                self.classes.references += switched[0]
                self.uses.edits.update(switched[1].values())
                self.spread.turned.update(switched[1])
        return None
