"""The tool, really run on copies of the fixtures: once dry, once with --write, and once more.

Copies lie in a folder that all test processes of a session share, so each is made once however many tests ask.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.scenario import Expectation, Scenario, Strategy
    from bench.tool import Tool

Files = dict[str, tuple[bytes, int]]


@dataclass(frozen=True, slots=True)
class Case:
    """A fixture under a strategy."""

    scenario: Scenario
    strategy: Strategy

    def __str__(self) -> str:
        return f"{self.scenario.name}-{self.strategy}"

    @property
    def expectation(self) -> Expectation:
        return self.scenario.expectations[self.strategy]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the tool: its exit code, its JSON report, its stderr, and the files that it touched, if any."""

    exit_code: int
    report: dict[str, Any]
    stderr: str
    touched: tuple[str, ...]

    @property
    def findings(self) -> list[dict[str, Any]]:
        findings: list[dict[str, Any]] = self.report["findings"]
        return findings


@dataclass(frozen=True, slots=True)
class Repair:
    """A copy of the project with its three runs, in their order. `folder` is the copy after all of them."""

    case: Case
    folder: Path
    dry: Run
    write: Run
    again: Run


class Repairs:
    """Makes repairs under a folder, and knows those that this or another process has made there before."""

    def __init__(self, shared: Path, tool: Tool) -> None:
        self.shared = shared
        self._tool = tool

    def of(self, case: Case) -> Repair:
        home = self.shared / str(case)
        if not home.exists():
            self._make(case, home)
        runs = json.loads((home / "runs.json").read_text(encoding="utf-8"))
        dry, write, again = (Run(**{**run, "touched": tuple(run["touched"])}) for run in runs)
        return Repair(case, home / "project", dry, write, again)

    def _make(self, case: Case, home: Path) -> None:
        """The finished folder appears under its name at once, or another process was first."""
        self.shared.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=self.shared))
        project = draft / "project"
        shutil.copytree(case.scenario.project, project, ignore=shutil.ignore_patterns("__pycache__"))
        runs = [self._run(case.strategy, project, options) for options in ((), ("--write",), ("--write",))]
        (draft / "runs.json").write_text(json.dumps([asdict(run) for run in runs]), encoding="utf-8")
        try:
            draft.rename(home)
        except OSError:
            if not home.exists():
                raise
            shutil.rmtree(draft)

    def _run(self, strategy: Strategy, project: Path, options: tuple[str, ...]) -> Run:
        before = read_files(project)
        arguments = ["--strategy", strategy, "--output-format", "json", *options, str(project)]
        run = self._tool(arguments)
        after = read_files(project)
        touched = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        stderr = run.stderr.decode("utf-8", "replace")
        try:
            report = json.loads(run.stdout)
        except ValueError as error:
            raise AssertionError(f"no JSON from {' '.join(arguments)} (exit {run.exit_code}):\n{stderr}") from error
        return Run(run.exit_code, report, stderr, tuple(touched))


def read_files(project: Path) -> Files:
    """The bytes and the mode of every file, by its path in the project."""
    return {
        path.relative_to(project).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }
