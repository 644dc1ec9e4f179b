"""What holds of any repair, on programs that nobody wrote: composed ones by the thousand, and arbitrary Python.

FIXOPENAI_PROPERTIES=thorough tries many more, and others in every run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesmith
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from properties import profile
from properties.cases import CASES
from properties.checks import migrated, prove, prove_sites, repaired
from properties.choosing import RECIPES, sample
from properties.programs import Recipe, Use, build, fits
from tools import contents, tree

import fixopenai
from fixopenai import migrate_paths, migrate_source
from fixopenai.settings import STRATEGIES

if TYPE_CHECKING:
    from fixopenai.settings import Strategy

# The enumeration goes in parts, so that all processes of a run have something to do.
PARTS = 4
SEED = 20
BROKEN = """\
from openai import OpenAI
client = OpenAI()
async def answer(text):
    return client.responses.create(model="m", input=text).output_text
"""


def prove_recipe(recipe: Recipe, strategy: Strategy) -> None:
    program = build(recipe)
    done = repaired(program.files, strategy)
    try:
        prove(done, strategy)
        prove_sites(program, done)
    except AssertionError as error:
        raise AssertionError(f"{strategy}: {recipe}\n{error}") from error


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_sample_of_all_combinations(strategy: Strategy, part: int) -> None:
    seed = SEED + STRATEGIES.index(strategy)
    for number, recipe in enumerate(sample(seed, profile.SAMPLE)):
        if number % PARTS == part:
            prove_recipe(recipe, strategy)


@given(RECIPES, st.sampled_from(STRATEGIES))
def test_whatever_is_combined(recipe: Recipe, strategy: Strategy) -> None:
    prove_recipe(recipe, strategy)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("recipe", CASES.values(), ids=CASES.keys())
def test_what_failed_once(recipe: Recipe, strategy: Strategy) -> None:
    assert fits(recipe)
    prove_recipe(recipe, strategy)


def test_sample_is_worth_its_time() -> None:
    """Findings of most rules, repaired in most programs by one strategy or the other, and all parts are in it."""
    recipes = [recipe for index in range(len(STRATEGIES)) for recipe in sample(SEED + index, profile.SAMPLE)]
    outcomes = [outcome for recipe in recipes[::8] for outcome in migrated(build(recipe).files, "auto").outcomes]
    fixed = [outcome for outcome in outcomes if outcome.status == "fixed"]
    assert len(fixed) > 0.8 * len(outcomes)
    assert len({outcome.finding.rule for outcome in fixed}) >= 7
    assert len({recipe.binding for recipe in recipes}) * len({use.call for r in recipes for use in r.uses}) > 2000


@given(source=hypothesmith.from_grammar(), strategy=st.sampled_from(STRATEGIES))
def test_source_without_the_sdk_stays(source: str, strategy: Strategy) -> None:
    """With an import of it, so that the source is analysed."""
    text = f"import openai\n{source}"
    assume(_compiles(text))
    result = migrate_source(text, strategy=strategy)
    assert (result.text, result.outcomes) == (text, ())


@given(source=hypothesmith.from_grammar(), strategy=st.sampled_from(STRATEGIES), is_first=st.booleans())
@example(source="import asyncio.tasks as asyncio\n", strategy="to-thread", is_first=True)
@example(source="'''a docstring''';x=1\n", strategy="to-thread", is_first=True)
@example(source="\f\n", strategy="to-thread", is_first=False)
def test_source_around_a_mistake_stays(source: str, strategy: Strategy, is_first: bool) -> None:
    source = source if source.endswith("\n") else f"{source}\n"
    text = source + BROKEN if is_first else BROKEN + source
    assume(_compiles(text))
    done = repaired({"main.py": text.encode()}, strategy)
    prove(done, strategy)
    assert [outcome.finding.rule for outcome in done.result.outcomes] == ["FOA002"]


def _compiles(text: str) -> bool:
    try:
        compile(text.encode(), "-", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def test_command_and_functions_do_the_same(tmp_path: Path) -> None:
    """Many programs on the disk, in one run of the command: each becomes what it became in memory."""
    programs = {str(number): build(recipe) for number, recipe in enumerate(sample(SEED - 1, 40))}
    for name, program in programs.items():
        tree(tmp_path / name, program.files)
    command = [sys.executable, "-m", "fixopenai", "--write", "--isolated", "--output-format", "json", *programs]
    environment = {**os.environ, "PYTHONPATH": str(Path(fixopenai.__file__).parents[1])}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True)
    assert run.returncode == 1, run.stderr
    report = json.loads(run.stdout)
    assert report["errors"] == []

    results = [repaired(program.files, "auto") for program in programs.values()]
    for name, expected in zip(programs, results, strict=True):
        assert contents(tmp_path / name) == expected.after, expected
    statuses = Counter(finding["status"] for finding in report["findings"])
    assert statuses == Counter(outcome.status for each in results for outcome in each.result.outcomes)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_functions_for_scripts_do_the_same(strategy: Strategy, tmp_path: Path) -> None:
    recipes = (
        recipe for recipe in sample(SEED - 2, 400) if recipe.layout == "one-file" and "latin-1" not in recipe.dresses
    )
    for number, recipe in enumerate(recipes):
        files = build(recipe).files
        (expected,) = repaired(files, strategy).after.values()
        assert migrate_source(files["main.py"].decode(), strategy=strategy).text.encode() == expected, recipe
        if number % 8 == 0:
            folder = tree(tmp_path / str(number), files)
            migrate_paths([folder], strategy=strategy, write=True, isolated=True)
            assert contents(folder) == {"main.py": expected}, recipe


DEFECTS = {
    "a line is added outside the edits": ('"""Says it."""', '"""Says it."""\n', "bytes outside the edits"),
    "a comment is lost within them": ("  # said", "", "comments lost"),
    "a name is another within them": ("input=text", "input=said", "became"),
    "an await is missing": ("await llm", "llm", "a second run changes"),
    "it does not compile": ("await llm", "await await llm", "does not compile"),
}


@pytest.mark.parametrize(("old", "new", "told"), DEFECTS.values(), ids=DEFECTS.keys())
def test_a_defect_would_be_told(old: str, new: str, told: str) -> None:
    """The properties can fail: each of them tells its defect, put into a result that has none."""
    recipe = Recipe("module_client", (Use("responses", "decorated_route"),))
    text = build(recipe).files["main.py"].decode().replace('model="m", input', 'model="m",  # said\n    input')
    done = repaired({"main.py": text.encode()}, "auto")
    prove(done, "auto")
    (change,) = done.result.changes
    assert change.new_text.count(old) == 1
    spoilt = replace(change, new_text=change.new_text.replace(old, new))
    with pytest.raises(AssertionError, match=told):
        prove(replace(done, result=replace(done.result, changes=(spoilt,))), "auto")
