"""One run: migrate, write where that was asked for, report, exit code."""

from __future__ import annotations

import os
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fixopenai._version import __version__
from fixopenai.errors import UsageError
from fixopenai.reporting.emit import emit
from fixopenai.reporting.escaping import visible
from fixopenai.reporting.report import Report
from fixopenai.reporting.streams import say, say_error
from fixopenai.reporting.words import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fixopenai.configuration import Configuration
    from fixopenai.reporting.emit import Output
    from fixopenai.reporting.progress import LateLine
    from fixopenai.reporting.report import Mode
    from fixopenai.results import FileChange, MigrationResult, Outcome

CLEAN, FOUND, FAILED = 0, 1, 2
_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for: the paths, or a text that is, or would be, in a file of the path beside it."""

    paths: Sequence[Path]
    source: Configuration
    output: Output
    mode: Mode
    text: tuple[bytes, Path | None] | None = None
    allow_dirty: bool = False
    interactive: bool = False
    exit_zero: bool = False
    jobs: int = 1


def execute(task: Task) -> int:
    """What was asked for, start to end; the result is the exit code. FixOpenAIError where nothing can be done."""
    start = time.monotonic()
    output = task.output
    result = _migrated(task)
    if not (result.files_seen or result.errors or output.quiet):
        say(f"note: there is no Python file to read in {', '.join(visible(str(path)) for path in task.paths)}")
    if task.mode == "write":
        _clean_up(result, output)
    dirty = _uncommitted(result.changes) if task.mode == "write" and not task.allow_dirty else None
    if dirty is not None:
        say_error(dirty, output.color)
        why = "nothing is written, because of uncommitted changes"
        report = Report(_unwritten(result, _displays(result.changes), why), task.mode)
    elif task.mode == "write":
        report = _applied(result)
    else:
        report = Report(result, task.mode, text=task.text[0] if task.text else None)
    if output.verbose:
        seconds = time.monotonic() - start
        say(
            f"fixopenai {__version__}: {count(result.files_seen, 'file')} seen, {result.files_analyzed} analyzed, "
            f"{seconds:.2f} s"
        )
    emit(report, output)
    return FAILED if dirty is not None else _exit_code(report, exit_zero=task.exit_zero)


def _clean_up(result: MigrationResult, output: Output) -> None:
    from fixopenai.writing import remove_leftovers

    for path in remove_leftovers(result):
        if not output.quiet:
            say(f"note: removed {visible(path)}, left by a run that was stopped")


def _migrated(task: Task) -> MigrationResult:
    if task.text is not None:
        from fixopenai.migration import migrate_text

        return migrate_text(*task.text, task.source, output=task.output.file)
    from fixopenai.migration import migrate

    with _progress(task.output) as line:
        decide = None
        if task.interactive:
            from fixopenai.reporting.interview import Interview

            pause = line.stop if line else _nothing
            interview = Interview(task.output, partial(_refuse_uncommitted, task), pause)
            decide = interview.decide
        tell = line.update if line else None
        return migrate(task.paths, task.source, jobs=task.jobs, progress=tell, output=task.output.file, decide=decide)


def _refuse_uncommitted(task: Task, changes: Iterable[FileChange]) -> None:
    """Before the first question: nobody should answer for nothing."""
    dirty = None if task.allow_dirty else _uncommitted(changes)
    if dirty is not None:
        raise UsageError(dirty)


def _nothing() -> None:
    """What is to stop where nothing runs."""


def _progress(output: Output) -> AbstractContextManager[LateLine | None]:
    if output.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return nullcontext()
    from fixopenai.reporting.progress import progress_on_stderr

    return progress_on_stderr(output.color)


def _applied(result: MigrationResult) -> Report:
    """Write the changes. What was to be fixed in a file that could not be written is left, and the report says so."""
    from fixopenai.writing import write_changes

    written, failures = write_changes(result)
    lost = _displays(result.changes) - _displays(written)
    result = _unwritten(result, lost, "a file that its repair changes cannot be written")
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


def _exit_code(report: Report, *, exit_zero: bool) -> int:
    outcomes = report.result.outcomes
    if report.result.errors:
        return FAILED
    if exit_zero:
        return CLEAN
    if report.mode == "check":
        return FOUND if outcomes else CLEAN
    return FOUND if report.mode == "write" and any(outcome.status == "left" for outcome in outcomes) else CLEAN


def _uncommitted(changes: Iterable[FileChange]) -> str | None:
    """Which of the files have uncommitted changes, as an error; None where none has.

    All or nothing: changes belong together across files, so one file that must not be touched stops them all.
    """
    from fixopenai.git import uncommitted

    displays = {change.source.path: change.source.display for change in changes}
    try:
        dirty = sorted(displays[path] for path in uncommitted(displays))
    except UsageError as error:
        raise UsageError(f"{error}; --allow-dirty does not ask") from None
    if not dirty:
        return None
    more = f" and {len(dirty) - _NAMES_SHOWN} more" if len(dirty) > _NAMES_SHOWN else ""
    names = ", ".join(dirty[:_NAMES_SHOWN]) + more
    return f"nothing is written: uncommitted changes in {names}; commit them, or use --allow-dirty"
