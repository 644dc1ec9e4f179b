"""Planned changes to files on disk: what holds together is written whole or not at all."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from fixopenai.errors import SourceError
from fixopenai.replacement import replace_source, replacement
from fixopenai.source import with_text
from fixopenai.temporary_files import remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fixopenai.replacement import Replacement
    from fixopenai.results import FileChange, MigrationResult

# A process may have few files open. The lock on the rest would only keep another run, at the same time, from taking
# them for abandoned: then they cannot take their places, and what holds together is put back.
_MOST_HELD = 50


def write_changes(result: MigrationResult) -> tuple[tuple[FileChange, ...], tuple[SourceError, ...]]:
    """Write the planned changes; what was written, and what could not be.

    Of files that hold together, none takes its place before all new texts are on the disk; where one cannot, those
    before it are put back.
    """
    by_path = {change.source.display: change for change in result.changes}
    written: list[FileChange] = []
    errors: list[SourceError] = []
    for unit in result.units:
        changes = [by_path[path] for path in sorted(unit)]
        with _interrupts_later():
            failures = _write_unit(changes)
        errors += failures
        if not failures:
            written += changes
    return tuple(written), tuple(errors)


def remove_leftovers(result: MigrationResult) -> list[str]:
    """Remove the temporary files of runs that were killed, from the folders of all files that matter; their paths."""
    return remove_abandoned(str(source.path.parent) for source in result.sources)


def _write_unit(changes: Sequence[FileChange]) -> list[SourceError]:
    failures: list[SourceError] = []
    ready: list[Replacement] = []
    with ExitStack() as stack:
        for change in changes:
            is_held = len(ready) < _MOST_HELD
            try:
                ready.append(stack.enter_context(replacement(change.source, change.new_text, is_held=is_held)))
            except SourceError as error:
                failures.append(error)
        if failures:
            return failures
        for number, one in enumerate(ready):
            try:
                one.commit()
            except SourceError as error:
                return [error, *_put_back(changes[:number])]
    return []


def _put_back(changes: Sequence[FileChange]) -> Iterator[SourceError]:
    for change in changes:
        try:
            replace_source(with_text(change.source, change.new_text), change.source.text)
        except SourceError as error:
            why = f"was changed, and cannot be put back: {error.message}"
            yield SourceError(change.source.display, why)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl-C waits until all files that hold together are in their places, and nothing lies beside them."""
    if threading.current_thread() is not threading.main_thread():  # which alone hears of it
        yield
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)
