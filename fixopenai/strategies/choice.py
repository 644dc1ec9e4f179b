"""Which strategy for which finding: the one that was asked for, or the best that is safe."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fixopenai.analysis.callbacks import caller_of_lambda
from fixopenai.analysis.uses import SleepUse, ThreadUse
from fixopenai.rewriting.edits import EditError
from fixopenai.strategies.async_client import plan_async_client
from fixopenai.strategies.async_use import plan_async_use
from fixopenai.strategies.class_names import class_name_edits
from fixopenai.strategies.limits import Limits
from fixopenai.strategies.plans import Fix, Refusal
from fixopenai.strategies.printed_code import printed_code
from fixopenai.strategies.sleep import plan_sleep
from fixopenai.strategies.switches import settle
from fixopenai.strategies.sync_def import plan_sync_def
from fixopenai.strategies.thread_use import plan_thread_use
from fixopenai.strategies.to_thread import plan_to_thread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function
    from fixopenai.analysis.uses import Use
    from fixopenai.detection import Detected
    from fixopenai.file_settings import FileSettings
    from fixopenai.settings import Strategy

_ASKED = "asked for"
# What may make a client async, or finds it right that it is.
_ASYNC = ("auto", "async-client")


@dataclass(slots=True)
class Plan:
    """A fix or a refusal for every finding, and for the groups whose switch was asked for."""

    answers: dict[Detected, Fix | Refusal] = field(default_factory=dict)
    groups: dict[Group, Fix | Refusal] = field(default_factory=dict)

    @property
    def fixes(self) -> list[Fix]:
        """Each fix once, in the order of the findings."""
        return list({id(answer): answer for answer in self.answers.values() if isinstance(answer, Fix)}.values())


def choose(
    program: Program,
    detected: Iterable[Detected],
    settings: FileSettings,
    editable: frozenset[str] | None,
    ruled_out: Mapping[tuple[str, Use], Refusal] | None = None,
) -> Plan:
    """Plan all findings; those that are not reported are only changed where their client's group changes.

    `ruled_out` holds what was tried before and cannot be carried out: a strategy on a call.
    """
    return _Chooser(program, list(detected), settings, editable, ruled_out or {}).plan()


def limits_of(detected: Iterable[Detected], editable: frozenset[str] | None) -> Limits:
    """What may not change in a program with these findings."""
    return Limits(editable, frozenset(item.use for item in detected if item.silenced))


class _Chooser:
    def __init__(
        self,
        program: Program,
        detected: list[Detected],
        settings: FileSettings,
        editable: frozenset[str] | None,
        ruled_out: Mapping[tuple[str, Use], Refusal],
    ) -> None:
        self.program = program
        self.detected = detected
        self.strategy_for = settings.strategy
        self.wrapper = settings.thread_wrapper
        self.ruled_out = ruled_out
        self.limits = limits_of(detected, editable)
        self.groups: dict[Group, Fix | Refusal] = {}
        self.functions: dict[Function, Fix | Refusal] = {}

    def plan(self) -> Plan:
        plan = Plan()
        reported = [item for item in self.detected if item.reported]
        # Groups come first: an await that a group's switch puts into a function rules out making it a `def`.
        for item in reported:
            if self.strategy_of(item) in _ASYNC and item.use.origins and item.use.colours != {True}:
                self.group_answer(item)
        settle(self.program, self.groups, self.switch)
        # Sleeps come last: what becomes of the calls beside them decides.
        for item in sorted(reported, key=lambda item: isinstance(item.use, SleepUse)):
            plan.answers[item] = self.answer(item)
        plan.answers = {item: plan.answers[item] for item in reported}
        plan.groups = self.groups
        return plan

    def strategy_of(self, item: Detected) -> Strategy:
        """What is asked for where the finding stands."""
        return self.strategy_for(item.finding.place.path)

    def answer(self, item: Detected) -> Fix | Refusal:
        use = item.use
        if isinstance(use, SleepUse):
            return self.sleep_answer(item, use)
        if use.colours == {True}:
            return self.in_place(item)
        if isinstance(use, ThreadUse):
            return self.thread_answer(item, use)
        if True in use.colours:
            made_async = next(
                (o for o in use.origins if o.is_async and o.node is not None and o.scope is not None), None
            )
            place = None
            if made_async is not None and made_async.scope is not None and made_async.node is not None:
                module = made_async.scope.module
                place = module.place(made_async.node)
            return Refusal("either a sync or an async client may reach this place", place)
        refusal = self.limits.file_refusal(use.scope.module, use.node)
        if refusal is not None:
            return refusal
        strategy = self.strategy_of(item)
        if strategy == "async-client":
            return self.group_answer(item)
        if strategy == "sync-def":
            return self.function_answer(item, _ASKED)
        if strategy == "to-thread":
            return self.in_thread(item, _ASKED)
        return self.automatic(item)

    def in_place(self, item: Detected) -> Fix | Refusal:
        """The client is async already: its use is put right where it stands."""
        use = item.use
        place = use.scope.module.place(use.node)
        if self.strategy_of(item) not in _ASYNC:
            return Refusal("the client is async already, which this strategy cannot use", place)
        refusal = self.limits.file_refusal(use.scope.module, use.node)
        if refusal is not None:
            return refusal
        answer = plan_async_use(self.program, use)
        return self.refusal_of(answer, [use]) or answer

    def thread_answer(self, item: Detected, use: ThreadUse) -> Fix | Refusal:
        """A wrapper that is used wrongly is put right where it stands, for the client stays sync."""
        module = use.scope.module
        refusal = self.limits.file_refusal(module, use.node)
        if refusal is not None:
            return refusal
        strategy = self.strategy_of(item)
        if strategy == "sync-def":
            return Refusal("the call is meant to run in a thread", module.place(use.node))
        if strategy == "async-client":
            group = self.group_answer(item)
            return group if isinstance(group, Refusal) else Refusal("the call is meant to run in a thread")
        reason = _ASKED if strategy == "to-thread" else "a thread is meant"
        answer = plan_thread_use(self.program, use, reason)
        return self.refusal_of(answer, [use]) or answer

    def sleep_answer(self, item: Detected, use: SleepUse) -> Fix | Refusal:
        """A function that becomes a `def` sleeps in its thread; in any other the sleep is awaited."""
        refusal = self.limits.file_refusal(use.scope.module, use.node)
        if refusal is not None:
            return refusal
        asked = self.strategy_of(item)
        if asked == "sync-def":
            return self.function_answer(item, _ASKED)
        turned = self.functions.get(use.function) if use.function is not None else None
        if isinstance(turned, Fix):
            return turned
        strategy = "to-thread" if asked == "auto" else asked
        beside = [self.groups.get(self.program.group(o.use.origins)) for o in self.detected if o.use.origins]
        if asked == "auto" and any(isinstance(answer, Fix) for answer in beside):
            strategy = "async-client"
        answer = plan_sleep(self.program, use, strategy, "the function waits for OpenAI on the event loop")
        return self.refusal_of(answer, [use]) or answer

    def automatic(self, item: Detected) -> Fix | Refusal:
        """async-client if the whole group can, else sync-def for a route with nothing else async, else to-thread."""
        group = self.group_answer(item)
        if isinstance(group, Fix):
            return group
        reason = f"the client stays sync, because {_clause(group)}"
        in_function = self.function_answer(item, f"{reason}; nothing else in the function is async")
        if isinstance(in_function, Fix):
            return replace(in_function, untaken=(("async-client", group),))
        in_thread = self.in_thread(item, reason)
        if isinstance(in_thread, Refusal):
            return Refusal(f"{in_thread.reason}, and {reason}", in_thread.obstacle or group.obstacle)
        return replace(in_thread, untaken=(("async-client", group), ("sync-def", in_function)))

    def group_answer(self, item: Detected) -> Fix | Refusal:
        group = self.program.group(item.use.origins)
        if group not in self.groups:
            self.groups[group] = self.switch(group, item.finding.place.path)
        return self.groups[group]

    def switch(self, group: Group, path: str) -> Fix | Refusal:
        """The switch of a group, for a use of it in the file of this path."""
        asked_for = self.strategy_for(path) == "async-client"
        answer = plan_async_client(self.program, group, self.limits, asked_for=asked_for)
        if isinstance(answer, Fix):
            answer = self.other_wish(answer) or self.checked_names(answer)
        return self.refusal_of(answer, (*group.calls, *group.consumers)) or answer

    def other_wish(self, fix: Fix) -> Refusal | None:
        """Another strategy is asked for in a file that the fix would change."""
        changed = {(edit.module, edit.node) for edit in fix.edits} | {(r.module, r.node) for r in fix.references}
        nodes = ((module, node) for module, node in changed if isinstance(node, (ast.expr, ast.stmt)))
        places = [module.place(node) for module, node in nodes]
        place = min((place for place in places if self.strategy_for(place.path) not in _ASYNC), default=None)
        if place is None:
            return None
        strategy = self.strategy_for(place.path)
        return Refusal(f"the client is also used in a file where {strategy} is asked for", place)

    def checked_names(self, fix: Fix) -> Fix | Refusal:
        try:
            class_name_edits(self.program, fix.references)
        except EditError as error:
            module = next(r.module for r in fix.references if error.node in self.program.parents_of(r.module))
            return Refusal(str(error), module.place(error.node))  # type: ignore[arg-type]
        return fix

    def function_answer(self, item: Detected, reason: str) -> Fix | Refusal:
        function = item.use.function
        caller = caller_of_lambda(self.program.evaluator, function) if function is not None else None
        if caller is not None:
            function = caller[1].enclosing_function()
        if function is None or not function.is_async:
            module = item.use.scope.module
            return Refusal("it is not in an async function", module.place(item.use.node))
        if function not in self.functions:
            uses = [other.use for other in self.detected if other.use.function is function]
            switched = [
                use for use in uses if use.origins and isinstance(self.groups.get(self.program.group(use.origins)), Fix)
            ]
            blocked = [other for other in self.detected if other.use.function is function and not other.reported]
            if switched:
                place = function.module.place(switched[0].node)
                answer: Fix | Refusal = Refusal(f"{function.qualname}() awaits another client", place)
            elif blocked:
                place = function.module.place(blocked[0].use.node)
                answer = Refusal("another call in the function is silenced or not selected", place)
            else:
                answer = plan_sync_def(self.program, function, uses, reason)
            self.functions[function] = self.refusal_of(answer, uses) or answer
        return self.functions[function]

    def in_thread(self, item: Detected, reason: str) -> Fix | Refusal:
        answer = plan_to_thread(self.program, item.use, self.wrapper, reason, item.reader)
        return self.refusal_of(answer, [item.use]) or answer

    def refusal_of(self, answer: Fix | Refusal, uses: Iterable[Use]) -> Refusal | None:
        """Why the answer cannot stand: it changes what is printed, or was taken back when it was tried before."""
        if isinstance(answer, Refusal):
            return None
        printed = printed_code(self.program, answer)
        if printed is not None:
            module, node = printed
            clause = "it stands in an f-string's `{...=}`, which prints the code as it is written"
            return Refusal(clause, module.place(node))
        return next((why for use in uses if (why := self.ruled_out.get((answer.strategy, use))) is not None), None)


def _clause(refusal: Refusal) -> str:
    place = refusal.obstacle
    return f"{refusal.reason} ({place.path}:{place.line})" if place is not None else refusal.reason
