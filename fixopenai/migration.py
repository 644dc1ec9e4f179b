"""The whole way: paths, or a text -> files -> programs, each repaired by itself -> one result."""

from __future__ import annotations

import contextlib
import gc
import os
from typing import TYPE_CHECKING

from fixopenai.blame import files_in_hand
from fixopenai.errors import UsageError
from fixopenai.loading import load_files
from fixopenai.programs import ProgramFiles, program_of_text, programs
from fixopenai.results import MigrationResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from fixopenai.discovery import Root
    from fixopenai.errors import SourceError
    from fixopenai.loading import Files
    from fixopenai.programs import SettingsSource
    from fixopenai.repair import Repair, Repaired
    from fixopenai.results import Decide, FileChange, Tell

_FILES_WORTH_WORKERS = 400


def migrate(
    paths: Sequence[Path],
    source: SettingsSource,
    *,
    jobs: int = 1,
    progress: Tell | None = None,
    output: Path | None = None,
    decide: Decide | None = None,
) -> MigrationResult:
    """Find and plan everything under the paths; nothing is written.

    Each folder is a program of its own, with settings of its own. `jobs` is the most worker processes to use.
    `progress` is told the stage, what is done and how much there is in all. `decide` is asked, program by program,
    which of the proposals are refused: it gets them all and answers with their numbers.
    UsageError for a path that does not exist, and where `output`, which will take the result, is one of the files;
    what is wrong with single files is in the result.
    """
    with _no_garbage_collection():
        found: list[SourceError] = []
        given = []
        for program in programs(paths, source, found.append):
            _refuse_as_output(program.root, output)
            given.append(program)
        if decide is None and min(jobs, len(given)) > 1 and _is_worth_workers(given):
            from fixopenai.workers import in_workers

            results = in_workers(migrate_program, given, jobs, progress or _say_nothing)
        else:
            results = [migrate_program(program, progress or _say_nothing, decide) for program in given]
    return _joined(results, found)


def migrate_text(
    data: bytes, path: Path | None, source: SettingsSource, *, output: Path | None = None
) -> MigrationResult:
    """The same for a text that is, or would be, in a file of this path: nothing else of its project may change.

    Without a path the text is a program of its own, called "-".
    """
    with _no_garbage_collection():
        program = program_of_text(data, path, source)
        _refuse_as_output(program.root, output)
        return _joined([migrate_program(program, _say_nothing)], [])


def _joined(results: Sequence[MigrationResult], found: Iterable[SourceError]) -> MigrationResult:
    changes = tuple({change.source.path: change for result in results for change in result.changes}.values())
    _refuse_ambiguous(changes)
    return MigrationResult(
        outcomes=tuple(outcome for result in results for outcome in result.outcomes),
        changes=changes,
        errors=(*found, *(error for result in results for error in result.errors)),
        files_seen=sum(result.files_seen for result in results),
        files_analyzed=sum(result.files_analyzed for result in results),
        units=tuple(unit for result in results for unit in result.units),
        groups=tuple(group for result in results for group in result.groups),
        sources=tuple(source for result in results for source in result.sources),
    )


def _refuse_as_output(root: Root, output: Path | None) -> None:
    """UsageError where the result would replace one of the program's files, whatever name leads to it."""
    if output is None or not output.exists():
        return
    taken = output.stat()
    for file in (*root.files, *root.outside):
        with contextlib.suppress(OSError):  # a file that is gone is told when it is read
            if os.path.samestat(file.path.stat(), taken):
                raise UsageError(f"--output-file: '{output}' is one of the source files; nothing is written to it")


def _refuse_ambiguous(changes: Iterable[FileChange]) -> None:
    """UsageError where files of several folders go by one name: neither a patch nor a report could tell them apart."""
    by_display: dict[str, Path] = {}
    for change in changes:
        path = by_display.setdefault(change.source.display, change.source.path)
        if path != change.source.path:
            both = f"{path} and {change.source.path}"
            raise UsageError(f"{both} are shown alike from here: run it in a folder above both")


def _say_nothing(stage: str, done: int, total: int) -> None:
    """The progress that nobody asked for."""
    del stage, done, total


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Trees live until the end: looking for garbage in them takes a third of the time and finds none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _is_worth_workers(given: Sequence[ProgramFiles]) -> bool:
    """Starting a process takes as long as looking at some hundred files."""
    return sum(len(program.root.files) for program in given) >= _FILES_WORTH_WORKERS


def migrate_program(program: ProgramFiles, tell: Tell, decide: Decide | None = None) -> MigrationResult:
    """Find and plan everything in one program."""
    errors: dict[str, SourceError] = {}

    def note(error: SourceError) -> None:
        errors.setdefault(error.path, error)

    files = load_files(program.root, program.given, note, lambda done, total: tell("Reading files", done, total))
    seen = len(files.paths)
    if not files.seeds:
        return MigrationResult((), (), _ordered(errors), seen, 0)
    repair, (outcomes, changes, units, groups) = _repaired(files, program, tell, decide)
    for error in files.errors.values():
        note(error)
    if program.editable is not None:
        # The rest of the program was only looked at: its troubles are not what was asked about.
        errors = {name: error for name, error in errors.items() if name in program.editable}
    sources = tuple(module.source for module in repair.program.modules)
    return MigrationResult(outcomes, changes, _ordered(errors), seen, len(sources), units, groups, sources)


def _repaired(files: Files, program: ProgramFiles, tell: Tell, decide: Decide | None) -> tuple[Repair, Repaired]:
    # Only now, so that a run with nothing to find does not load the engine.
    from fixopenai.analysis.parsing import TOO_DEEP
    from fixopenai.repair import Repair

    while True:
        try:
            repair = Repair(files, program.settings, program.editable, tell)
            return repair, repair.run(decide)
        except RecursionError as error:
            # The parser took the file, but what looks at its tree goes deeper: the rest can do without it.
            file = next(files_in_hand(error), None)
            if file is None or not files.leave_out(file, TOO_DEEP):
                raise


def _ordered(errors: Mapping[str, SourceError]) -> tuple[SourceError, ...]:
    return tuple(errors[path] for path in sorted(errors))
