"""Composed programs, repaired and really served: they say what they should, and the event loop is free."""

from __future__ import annotations

import re
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
    before = bench.serve_at_once(
        tree(tmp_path / "before", in_one_folder(map(right, programs))), APP, [request_of(each) for each in programs]
    )
    assert {answer.status for answer in before.alone} == {200}, before.log
    assert before.stalled, "nothing blocks before the repair"

    done = repaired(in_one_folder(programs), strategy)
    folder = tree(tmp_path / "after", done.after)
    expected = dict(zip((each.recipe.tag for each in programs), before.alone, strict=True))
    works = [each for each in programs if _is_right_now(each, done)]
    assert len(works) > len(programs) / 4, "hardly anything is repaired"
    requests = [request_of(each) for each in works]
    after = bench.serve_at_once(folder, APP, requests)
    for program, *answers in zip(works, after.alone, after.together, strict=True):
        assert answers == [expected[program.recipe.tag]] * 2, (
            f"{strategy}: {program.recipe}\n{after.log}{_files(program, done)}"
        )
    if after.stalled:
        exchanges = bench.serve(folder, APP, tuple(requests)).exchanges
        stalls = {program: each.longest_stall_s for program, each in zip(works, exchanges, strict=True)}
        worst = max(works, key=stalls.__getitem__)
        pytest.fail(f"{strategy}: {stalls[worst]:.3f} s: {worst.recipe}{_files(worst, done)}")


def _is_right_now(program: Program, done: Repaired) -> bool:
    """Whether nothing was wrong, or all that was is fixed; what need not be found is not asked for."""
    (site,) = program.sites
    own = re.compile(rf"_{site.number}(?!\d)")
    found = [outcome for outcome in done.result.outcomes if own.search(outcome.finding.function or "")]
    return site.wrong is not None and all(outcome.status == "fixed" for outcome in found)


def _files(program: Program, done: Repaired) -> str:
    after = done.after
    return "".join(f"\n+++ {path}\n{after[path].decode('utf-8', 'replace')}" for path in program.files)
