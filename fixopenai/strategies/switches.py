"""Switches of client groups that hold together: a function that becomes async waits for every client that it uses."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.detection import use_text
from fixopenai.rewriting.edits import MakeAsync
from fixopenai.strategies.plans import Fix, Refusal
from fixopenai.strategies.spread import became_async

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.helpers import Step
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function

Answers: TypeAlias = "dict[Group, Fix | Refusal]"
# The functions that become async with each switch, in the order of the source.
Turned: TypeAlias = "dict[Fix, list[Function]]"


def settle(program: Program, answers: Answers, plan: Callable[[Group, str], Fix | Refusal]) -> None:
    """Join switches, or take them back, until no function becomes async that waits for a client which stays sync.

    `plan` answers for a group that nobody has asked about, and that is used in the file of this path.
    """
    turned: Turned = {}
    while (found := _first_wait(program, answers, turned)) is not None:
        fix, function, step = found
        group = program.group(step.use.origins)
        becomes: Fix | Refusal = _refusal(function, step)
        if group not in answers:
            answers[group] = other = plan(group, step.scope.module.path)
            if isinstance(other, Fix):
                becomes = answers[group] = _joined(fix, other)
        for each in [each for each, answer in answers.items() if answer is fix]:
            answers[each] = becomes


def _first_wait(program: Program, answers: Answers, turned: Turned) -> tuple[Fix, Function, Step] | None:
    """A switch, a function that becomes async with it, and what would keep the event loop waiting in there."""
    fixes = list(dict.fromkeys(answer for answer in answers.values() if isinstance(answer, Fix)))
    for fix in fixes:
        if fix not in turned:
            turned[fix] = sorted(_turned(fix), key=lambda one: one.order)
    every = {function for fix in fixes for function in turned[fix]}
    for fix in fixes:
        for function in turned[fix]:
            for step in program.helper_ways.steps(function):
                is_switched = isinstance(answers.get(program.group(step.use.origins)), Fix)
                if not is_switched if step.called is None else step.called not in every:
                    return fix, function, step
    return None


def _turned(fix: Fix) -> Iterator[Function]:
    for edit in fix.edits:
        if isinstance(edit.operation, MakeAsync) and isinstance(edit.node, ast.FunctionDef):
            function = edit.module.scopes[edit.node].function
            assert function is not None
            yield function


def _joined(fix: Fix, other: Fix) -> Fix:
    """Both are made, or neither."""
    of_each = ((each.review, became_async(_turned(each))) for each in (fix, other))
    kept = [review for review, usual in of_each if review is not None and review != usual]
    reviews = [*kept, became_async({*_turned(fix), *_turned(other)})]
    return replace(
        fix,
        mended=tuple(dict.fromkeys((*fix.mended, *other.mended))),
        edits=fix.edits | other.edits,
        references=tuple(dict.fromkeys((*fix.references, *other.references))),
        review="; ".join(dict.fromkeys(reviews)),
    )


def _refusal(function: Function, step: Step) -> Refusal:
    what = f"{step.called.qualname}()" if step.called is not None else f"`{use_text(step.use)}`"
    why = f"{function.qualname}() would be async and still wait for {what}, whose client stays sync"
    return Refusal(why, step.scope.module.place(step.node))
