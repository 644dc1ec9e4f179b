"""One run: migrate, write where that was asked for, report, exit code."""

from __future__ import annotations

import os
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from fixopenai._version import __version__
from fixopenai.errors import UsageError
from fixopenai.reporting.emit import emit
from fixopenai.reporting.report import Report
from fixopenai.reporting.streams import say, say_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fixopenai.reporting.emit import Output
    from fixopenai.reporting.report import Mode
    from fixopenai.results import FileChange, MigrationResult, Outcome
    from fixopenai.settings import Settings

CLEAN, FOUND, FAILED = 0, 1, 2
_NAMES_SHOWN = 5


def execute(paths: Sequence[Path], settings: Settings, output: Output, mode: Mode, *, allow_dirty: bool) -> int:
    """What was asked for, start to end; the result is the exit code. FixOpenAIError where nothing can be done."""
    from fixopenai.migration import migrate

    start = time.monotonic()
    with _progress(output) as progress:
        result = migrate(paths, settings, progress=progress, output=output.file)
    refused = mode == "write" and not allow_dirty and _refused_as_dirty(result, output)
    if refused:
        why = "nothing is written, because of uncommitted changes"
        report = Report(_unwritten(result, _displays(result.changes), why), mode)
    else:
        report = _applied(result) if mode == "write" else Report(result, mode)
    if output.verbose:
        seconds = time.monotonic() - start
        say(
            f"fixopenai {__version__}: strategy {settings.strategy}, {result.files_seen} files seen, "
            f"{result.files_analyzed} analyzed, {seconds:.2f} s"
        )
    emit(report, output)
    return FAILED if refused else _exit_code(report)


def _progress(output: Output) -> AbstractContextManager[Callable[[str, int, int], None] | None]:
    if output.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return nullcontext()
    from fixopenai.reporting.progress import progress_on_stderr

    return progress_on_stderr(output.color)


def _applied(result: MigrationResult) -> Report:
    """Write the changes. What was to be fixed in a file that could not be written is left, and the report says so."""
    from fixopenai.writing import write_changes

    written, failures = write_changes(result)
    lost = _displays(result.changes) - _displays(written)
    result = _unwritten(result, lost, "a file that its repair changes could not be written")
    return Report(replace(result, errors=(*result.errors, *failures)), "write", written)


def _displays(changes: Iterable[FileChange]) -> frozenset[str]:
    return frozenset(change.source.display for change in changes)


def _unwritten(result: MigrationResult, lost: frozenset[str], why: str) -> MigrationResult:
    """The result without the repairs that needed one of the lost changes."""

    def told(outcome: Outcome) -> Outcome:
        if outcome.status == "left" or not outcome.changes & lost:
            return outcome
        return replace(outcome, status="left", strategy=None, reason=why, obstacle=None, review=None)

    return replace(result, outcomes=tuple(map(told, result.outcomes)))


def _exit_code(report: Report) -> int:
    outcomes = report.result.outcomes
    if report.result.errors:
        return FAILED
    if report.mode == "check":
        return FOUND if outcomes else CLEAN
    return FOUND if report.mode == "write" and any(outcome.status == "left" for outcome in outcomes) else CLEAN


def _refused_as_dirty(result: MigrationResult, output: Output) -> bool:
    """All or nothing: changes belong together across files, so one file that must not be touched stops them all."""
    from fixopenai.git import uncommitted

    try:
        changed = uncommitted(change.source.path for change in result.changes)
    except UsageError as error:
        raise UsageError(f"{error}; --allow-dirty does not ask") from None
    dirty = sorted(change.source.display for change in result.changes if change.source.path in changed)
    if dirty:
        more = f" and {len(dirty) - _NAMES_SHOWN} more" if len(dirty) > _NAMES_SHOWN else ""
        names = ", ".join(dirty[:_NAMES_SHOWN]) + more
        say_error(
            f"nothing is written: uncommitted changes in {names}; commit them, or use --allow-dirty", output.color
        )
    return bool(dirty)
