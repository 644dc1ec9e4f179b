"""How far the run is, for those who have waited a second."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress

    from fixopenai.reporting.streams import ColorChoice

PATIENCE = 1.0


@contextmanager
def progress_on_stderr(choice: ColorChoice) -> Iterator[LateLine]:
    """A line whose `update` takes (stage, done, total); what it shows is gone again at the end."""
    line = LateLine(choice)
    try:
        yield line
    finally:
        line.stop()


class LateLine:
    """A line that neither shows nor imports anything before its time; `stop` may be called at any time, and for good.

    A timer shows it, for a stage may tell nothing for long.
    """

    def __init__(self, choice: ColorChoice) -> None:
        self._choice = choice
        self._due = time.monotonic() + PATIENCE
        self._said = ""
        self._progress: Progress | None = None
        self._stopped = False
        self._lock = Lock()
        self._timer = Timer(PATIENCE, self._show)
        self._timer.daemon = True
        self._timer.start()

    def update(self, stage: str, done: int, total: int) -> None:
        self._said = f"{stage}: {total}" if done == total else f"{stage}: {done}/{total}"
        if time.monotonic() >= self._due:
            self._show()

    def _show(self) -> None:
        with self._lock:
            if self._stopped or not self._said:
                return
            if self._progress is None:
                self._progress = self._start()
            for task in self._progress.task_ids:
                self._progress.update(task, description=self._said)

    def stop(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._stopped = True
            if self._progress is not None:
                self._progress.stop()

    def _start(self) -> Progress:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        from fixopenai.reporting.streams import rich_console

        columns = (SpinnerColumn("line"), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        console = rich_console(sys.stderr, self._choice)
        progress = Progress(*columns, console=console, transient=True, refresh_per_second=4)
        progress.add_task(self._said)
        progress.tasks[0].start_time = self._due - PATIENCE
        progress.start()
        return progress
