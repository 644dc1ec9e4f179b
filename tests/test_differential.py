"""Beside a type checker: what it says of awaiting is found, and of what is fixed it has nothing to say any more.

One run of the checker for many programs: starting it costs more than looking at them.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from bench.scenario import FIXTURES
from bench.type_check import placed_problems
from properties import profile
from properties.checks import Repaired, repaired
from properties.choosing import sample
from properties.programs import build
from tools import contents, tree

from fixopenai.settings import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bench.type_check import PlacedProblem, TypeProblem

    from fixopenai.results import Outcome

SEED = 40
# What pyright says, the colour of types taken out, where something is awaited, entered or read in the wrong way, or a
# coroutine is taken for its result.
_OF_AWAITING = re.compile(
    r"is not awaitable|__a?(iter|next|enter|exit)__|Coroutine|\"Stream\[.*is not iterable|\bAwaitable\b", re.DOTALL
)


def is_of_awaiting(problem: TypeProblem) -> bool:
    return _OF_AWAITING.search(problem.message) is not None or problem.rule == "reportUnusedCoroutine"


def test_composed_programs(tmp_path: Path) -> None:
    """Every strategy on programs of its own."""
    programs = {}
    for index, strategy in enumerate(STRATEGIES):
        for number, recipe in enumerate(sample(SEED + index, profile.CHECKED)):
            # What nobody has to find is no measure: the checker knows that a coroutine is no function.
            program = build(recipe)
            if all(site.wrong is not None for site in program.sites):
                programs[f"{strategy}-{number}"] = repaired(program.files, strategy)
    problems = _asked(programs, tmp_path, after=True)
    complaints = []
    for name, done in programs.items():
        before, after = problems[name], problems[f"{name} after"]
        complaints += [*_not_found(name, done, before), *_not_fixed(name, done, before, after)]
    assert not complaints, "\n".join(complaints)


def test_fixtures(tmp_path: Path) -> None:
    """What the checker says of them after each strategy is in test_fixtures.py."""
    names = [path.name for path in sorted(FIXTURES.iterdir()) if (path / "scenario.toml").exists()]
    sources = {name: contents(FIXTURES / name / "project") for name in names}
    programs = {
        name: repaired({path: data for path, data in files.items() if path.endswith(".py")}, "auto")
        for name, files in sources.items()
    }
    problems = _asked(programs, tmp_path, after=False)
    complaints = [line for name in programs for line in _not_found(name, programs[name], problems[name])]
    assert not complaints, "\n".join(complaints)


def _asked(programs: dict[str, Repaired], scratch: Path, *, after: bool) -> dict[str, list[PlacedProblem]]:
    """What the checker says of each program, and of "NAME after"."""
    folders = {name: tree(scratch / name, program.before) for name, program in programs.items()}
    if after:
        folders |= {f"{name} after": tree(scratch / f"{name}-after", each.after) for name, each in programs.items()}
    problems = placed_problems(folders, scratch)
    found = [each for name in programs for each in problems[name] if is_of_awaiting(each.problem)]
    assert len(found) > len(programs) / 8, "the checker says nothing of awaiting"
    return problems


def _not_found(name: str, program: Repaired, before: list[PlacedProblem]) -> Iterator[str]:
    found = _functions(program.result.outcomes)
    for each in before:
        path = each.problem.path
        if is_of_awaiting(each.problem) and (path, _function(program.before[path], each.line)) not in found:
            yield f"{name}: not found: line {each.line}: {each.problem}{program}"


def _not_fixed(name: str, program: Repaired, before: list[PlacedProblem], after: list[PlacedProblem]) -> Iterator[str]:
    left = _functions(program.left)
    known = [each.problem for each in before]
    # What it cannot see through is right all the same, as docs/limits.md says.
    blind = {_at(program, each) for each in after if "_P@to_thread" in each.problem.message}
    for each in after:
        if is_of_awaiting(each.problem) and _at(program, each) not in left:
            yield f"{name}: not gone: line {each.line}: {each.problem}{program}"
        if each.problem in known:
            known.remove(each.problem)
        elif _at(program, each) not in blind:
            yield f"{name}: new: line {each.line}: {each.problem}{program}"


def _at(program: Repaired, each: PlacedProblem) -> tuple[str, str | None]:
    return each.problem.path, _function(program.after[each.problem.path], each.line)


def _functions(outcomes: Iterable[Outcome]) -> set[tuple[str, str | None]]:
    """Where findings are; a lambda counts as a part of the function around it."""
    return {(o.finding.place.path, o.finding.function and o.finding.function.split(".<")[0]) for o in outcomes}


def _function(source: bytes, line: int) -> str | None:
    """The dotted name of the function that a line is in, as findings have it."""
    names: list[str] = []
    body: list[ast.AST] = [ast.parse(source)]
    is_function = False
    while body:
        around = [
            node
            for part in body
            for node in ast.walk(part)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and node not in body
            and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        # The first that a walk meets is the outermost.
        body = list(around[:1])
        names += [node.name for node in around[:1]]
        is_function = is_function or any(not isinstance(node, ast.ClassDef) for node in around[:1])
    return ".".join(names) if is_function else None
