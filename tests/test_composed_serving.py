"""Composed programs, repaired and really served: they say what they should, and the event loop is free."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from properties import profile
from properties.checks import repaired
from properties.serving import APP, in_one_folder, programs_to_serve, request_of, right
from tools import tree

from fixopenai.settings import STRATEGIES

if TYPE_CHECKING:
    from pathlib import Path

    from bench.serve import Bench
    from properties.checks import Repaired
    from properties.programs import Program

    from fixopenai.settings import Strategy

SEED = 60


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_repaired_programs_answer_alike_and_leave_the_loop_free(
    bench: Bench, tmp_path: Path, strategy: Strategy
) -> None:
    programs = programs_to_serve(SEED + STRATEGIES.index(strategy), profile.SERVED)
    folder = tree(tmp_path / "before", in_one_folder(map(right, programs)))
    # A few are enough to stand in each other's way, one behind the other.
    before = bench.serve_at_once(folder, APP, [request_of(each) for each in programs], most=4)
    assert {answer.status for answer in before.alone} == {200}, before.log
    assert before.stalled, "nothing blocks before the repair"

    # One by one: the state of applications that lie in one folder is not told apart.
    done = {program.recipe.tag: repaired(program.files, strategy) for program in programs}
    works = [program for program in programs if _is_right_now(program, done[program.recipe.tag])]
    assert len(works) > len(programs) / 4, "hardly anything is repaired"
    now = [replace(program, files=done[program.recipe.tag].after) for program in works]
    folder, requests = tree(tmp_path / "after", in_one_folder(now)), [request_of(each) for each in now]
    after = bench.serve_at_once(folder, APP, requests)
    expected = dict(zip((each.recipe.tag for each in programs), before.alone, strict=True))
    for program, *answers in zip(now, after.alone, after.together, strict=True):
        right_answer = expected[program.recipe.tag]
        assert answers == [right_answer, right_answer], f"{program.recipe}{done[program.recipe.tag]}\n{after.log}"
    if after.stalled:
        exchanges = bench.serve(folder, APP, tuple(requests)).exchanges
        worst = max(range(len(now)), key=lambda index: exchanges[index].longest_stall_s)
        recipe, stall_s = now[worst].recipe, exchanges[worst].longest_stall_s
        pytest.fail(f"{recipe}: the loop stood still for {stall_s:.3f} s{done[recipe.tag]}")


def _is_right_now(program: Program, done: Repaired) -> bool:
    """Whether nothing was wrong, or all that was is fixed; what need not be found is not asked for."""
    (site,) = program.sites
    return site.wrong is not None and all(outcome.status == "fixed" for outcome in done.result.outcomes)
