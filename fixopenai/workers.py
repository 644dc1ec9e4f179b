"""Programs side by side, in worker processes; the results are in the order of the programs."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixopenai.errors import FixOpenAIError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fixopenai.programs import ProgramFiles
    from fixopenai.results import MigrationResult, Tell


def in_workers(
    migrate_program: Callable[[ProgramFiles, Tell], MigrationResult],
    programs: Sequence[ProgramFiles],
    jobs: int,
    tell: Tell,
) -> list[MigrationResult]:
    """The result of each program, from at most `jobs` processes; FixOpenAIError where one of them ends early."""
    # A process that starts anew, and is no copy of this one, inherits no lock and no thread.
    context = _Context()
    here = Path.cwd()
    futures: list[Future[MigrationResult]] = []
    with ExitStack() as stack:
        try:
            with _in_a_folder_of_nobody(here):
                pool = ProcessPoolExecutor(min(jobs, len(programs)), context, _set_up, (here,))
                stack.enter_context(pool)
                stack.callback(pool.shutdown, cancel_futures=True)
                for program in programs:
                    futures.append(pool.submit(migrate_program, program, _keep_quiet))  # noqa: PERF401 - one may fail
            for done, _ in enumerate(as_completed(futures), 1):
                tell("Analyzing folders", done, len(programs))
            return [future.result() for future in futures]
        except BaseException as error:
            context.kill_all()
            # A pool that breaks while another worker starts closes what that one is given, which is an OSError here.
            if isinstance(error, BrokenProcessPool) or (isinstance(error, OSError) and any(map(_was_lost, futures))):
                why = "a worker process ended early, killed perhaps; --jobs 1 does without them"
                raise FixOpenAIError(why) from None
            raise


def _was_lost(future: Future[MigrationResult]) -> bool:
    return future.done() and not future.cancelled() and isinstance(future.exception(), BrokenProcessPool)


class _Context(SpawnContext):
    """Knows its processes: one that is started while the pool breaks would else wait for ever for a reader."""

    def __init__(self) -> None:
        super().__init__()
        self._started: list[SpawnProcess] = []

    def Process(self, *arguments: Any, **options: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: N802 - a class there
        process = SpawnProcess(*arguments, **options)
        self._started.append(process)
        return process

    def kill_all(self) -> None:
        """None is left when this returns: a signal alone is on its way for a while on a busy machine."""
        running = [process for process in self._started if process.pid is not None]
        for process in running:
            process.kill()
        for process in running:
            process.join()


@contextmanager
def _in_a_folder_of_nobody(here: Path) -> Iterator[None]:
    """A new interpreter looks for its modules in the current folder first: never in one that is being analysed."""
    os.chdir(os.sep)
    try:
        yield
    finally:
        os.chdir(here)


def _set_up(folder: Path) -> None:
    """Back to where paths lead from; Ctrl-C reaches the whole group, of which the first process speaks."""
    os.chdir(folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _keep_quiet(stage: str, done: int, total: int) -> None:
    """How far a worker is stays its own business."""
    del stage, done, total
