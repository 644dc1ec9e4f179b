"""How far the run is, for those who have waited a second."""

from __future__ import annotations

import math
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID

    from fixopenai.reporting.streams import ColorChoice

PATIENCE = 1.0


@contextmanager
def progress_on_stderr(choice: ColorChoice) -> Iterator[LateBar]:
    """A bar whose `update` takes (stage, done, total); what it shows is gone again at the end."""
    bar = LateBar(choice)
    try:
        yield bar
    finally:
        bar.stop()


class LateBar:
    """A progress bar that neither shows nor imports anything before its time; `stop` may be called at any time."""

    def __init__(self, choice: ColorChoice) -> None:
        self._choice = choice
        self._due = time.monotonic() + PATIENCE
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def update(self, stage: str, done: int, total: int) -> None:
        if self._progress is None:
            if time.monotonic() < self._due:
                return
            self._progress = self._start()
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)

    def stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            self._tasks = {}
            self._due = math.inf

    def _start(self) -> Progress:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        from fixopenai.reporting.streams import rich_console

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        progress = Progress(*columns, console=rich_console(sys.stderr, self._choice), transient=True)
        progress.start()
        return progress
