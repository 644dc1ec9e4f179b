"""Planned changes to files on disk: what holds together is written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.errors import SourceError
from fixopenai.source import check_replaceable, replace_source, with_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixopenai.results import FileChange, MigrationResult


def write_changes(result: MigrationResult) -> tuple[tuple[FileChange, ...], tuple[SourceError, ...]]:
    """Write the planned changes; what was written, and what could not be.

    Files that hold together are checked before the first of them is written, and put back if a later one fails.
    """
    by_path = {change.source.display: change for change in result.changes}
    written: list[FileChange] = []
    errors: list[SourceError] = []
    for unit in result.units:
        changes = [by_path[path] for path in sorted(unit)]
        failures = _write_unit(changes)
        errors += failures
        if not failures:
            written += changes
    return tuple(written), tuple(errors)


def _write_unit(changes: Sequence[FileChange]) -> list[SourceError]:
    failures = []
    for change in changes:
        try:
            check_replaceable(change.source)
        except SourceError as error:
            failures.append(error)
    done: list[FileChange] = []
    for change in changes if not failures else ():
        try:
            replace_source(change.source, change.new_text)
            done.append(change)
        except SourceError as error:
            failures.append(error)
            for earlier in done:
                replace_source(with_text(earlier.source, earlier.new_text), earlier.source.text)
            break
    return failures
