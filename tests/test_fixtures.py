"""The proof: the tool repairs every fixture with every strategy, and the repaired project is really served."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from bench import proof
from bench.repairs import Case, Repairs
from bench.scenario import STRATEGIES, load_scenarios
from bench.type_check import type_problems

if TYPE_CHECKING:
    from pathlib import Path

    from bench.scenario import Scenario
    from bench.serve import Bench
    from bench.servings import Servings

SCENARIOS = load_scenarios().values()
CASES = [Case(scenario, strategy) for scenario in SCENARIOS if scenario.expectations for strategy in STRATEGIES]
# auto makes what one of the others makes: where it comes last, that has been served already.
REPAIRED = [case for case in CASES if case.expectation.result != "left"]
REPAIRED.sort(key=lambda case: case.strategy == "auto")
# Each part waits for a type checker of its own, so that two cores have something to do.
PARTS = 2
RIGHT = [Case(scenario, strategy) for scenario in SCENARIOS if not scenario.expectations for strategy in STRATEGIES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_report_is_as_the_scenario_says(repairs: Repairs, case: Case) -> None:
    proof.prove_report(repairs.of(case))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_only_what_must_change_changes(repairs: Repairs, case: Case) -> None:
    proof.prove_bytes(repairs.of(case))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_second_run_changes_nothing(repairs: Repairs, case: Case) -> None:
    proof.prove_second_run(repairs.of(case))


@pytest.mark.parametrize("case", REPAIRED, ids=str)
def test_repaired_project_serves_side_by_side(servings: Servings, repairs: Repairs, case: Case) -> None:
    proof.prove_served(case, servings.of(repairs.of(case)))


@pytest.mark.parametrize("case", [case for case in CASES if case.scenario.scripts], ids=str)
def test_scripts_of_the_project_still_run(bench: Bench, repairs: Repairs, case: Case) -> None:
    run_scripts(bench, case.scenario, repairs.of(case).folder)


@pytest.mark.parametrize("scenario", [scenario for scenario in SCENARIOS if scenario.scripts], ids=lambda s: s.name)
def test_scripts_of_the_project_run_before(bench: Bench, scenario: Scenario, tmp_path: Path) -> None:
    """In a copy: the tests of a project are scripts as well, and must not find the configuration of these."""
    shutil.copytree(scenario.project, tmp_path / scenario.name)
    run_scripts(bench, scenario, tmp_path / scenario.name)


def run_scripts(bench: Bench, scenario: Scenario, folder: Path) -> None:
    for script in scenario.scripts:
        command = [sys.executable, "-B", *script.arguments]
        run = subprocess.run(command, cwd=folder, env=bench.environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        assert run.stdout.strip() == script.output.strip()


@pytest.mark.parametrize("case", RIGHT, ids=str)
def test_right_project_is_left_alone(repairs: Repairs, case: Case) -> None:
    proof.prove_untouched(repairs.of(case))


@pytest.mark.parametrize("part", range(PARTS))
def test_type_checker_has_nothing_new_to_say(repairs: Repairs, tmp_path: Path, part: int) -> None:
    """One run of the type checker for many of them; awaits of what cannot be awaited are gone."""
    names_of_part = sorted({case.scenario.name for case in REPAIRED})[part::PARTS]
    cases = [case for case in REPAIRED if case.scenario.name in names_of_part]
    for case in cases:
        shutil.copytree(repairs.of(case).folder, tmp_path / str(case))
        shutil.copytree(case.scenario.project, tmp_path / case.scenario.name, dirs_exist_ok=True)
    names = {name for case in cases for name in (str(case), case.scenario.name)}
    problems = type_problems({name: tmp_path / name for name in sorted(names)}, tmp_path)

    new = {str(case): problems[str(case)] - problems[case.scenario.name] for case in cases}
    assert not any(new.values()), "\n".join(f"{name}: {problem}" for name, found in new.items() for problem in found)
    kept = [f"{case}: {p}" for case in cases for p in problems[str(case)] if p.is_await_of_nothing]
    assert not kept, "\n".join(kept)
