"""What pyright's standard mode says of many projects, asked in one run: starting it costs more than the projects."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, order=True)
class TypeProblem:
    """An error without its place, which a repair may move, and without the colour of the SDK's types in its words."""

    path: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message} ({self.rule})"

    @property
    def is_await_of_nothing(self) -> bool:
        return "is not awaitable" in self.message


@dataclass(frozen=True, slots=True)
class PlacedProblem:
    """An error and its line, from 1."""

    problem: TypeProblem
    line: int


def type_problems(projects: Mapping[str, Path], scratch: Path) -> dict[str, Counter[TypeProblem]]:
    """The errors in each project, whatever their places. All projects lie under `scratch`."""
    placed = placed_problems(projects, scratch)
    return {name: Counter(each.problem for each in found) for name, found in placed.items()}


def placed_problems(projects: Mapping[str, Path], scratch: Path) -> dict[str, list[PlacedProblem]]:
    """The errors in each project. All projects lie under `scratch`, where the configuration is written."""
    roots = {name: folder.resolve() for name, folder in projects.items()}
    config = scratch / "pyrightconfig.json"
    config.write_text(json.dumps(_configuration(roots, scratch.resolve())), encoding="utf-8")
    command = [sys.executable, "-m", "basedpyright", "--project", str(config), "--level", "error", "--outputjson"]
    run = subprocess.run([*command, "--pythonpath", sys.executable], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        raise RuntimeError(f"the type checker failed:\n{run.stdout}\n{run.stderr}")
    report = json.loads(run.stdout)
    analysed = report["summary"]["filesAnalyzed"]
    if analysed != sum(1 for root in roots.values() for _ in root.rglob("*.py")):
        raise RuntimeError(f"the type checker looked at {analysed} files only")
    return _by_project(report["generalDiagnostics"], roots)


def _configuration(roots: Mapping[str, Path], base: Path) -> dict[str, object]:
    relative = [root.relative_to(base).as_posix() for root in roots.values()]
    return {
        "typeCheckingMode": "standard",
        "include": relative,
        "executionEnvironments": [{"root": root} for root in relative],
    }


def _by_project(diagnostics: list[dict[str, Any]], roots: Mapping[str, Path]) -> dict[str, list[PlacedProblem]]:
    problems: dict[str, list[PlacedProblem]] = {name: [] for name in roots}
    names = {root: name for name, root in roots.items()}
    for diagnostic in diagnostics:
        file = Path(diagnostic["file"])
        root = next(parent for parent in file.parents if parent in names)
        message = diagnostic["message"].replace("Async", "")
        problem = TypeProblem(file.relative_to(root).as_posix(), diagnostic.get("rule", "syntax"), message)
        problems[names[root]].append(PlacedProblem(problem, diagnostic["range"]["start"]["line"] + 1))
    return problems
