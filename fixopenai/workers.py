"""Programs side by side, in worker processes; the results are in the order of the programs."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from fixopenai.errors import FixOpenAIError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(programs)), mp_context=context, initializer=_ignore_interrupts) as pool:
        try:
            futures = [pool.submit(migrate_program, program, _keep_quiet) for program in programs]
            for done, _ in enumerate(as_completed(futures), 1):
                tell("Analyzing", done, len(programs))
            return [future.result() for future in futures]
        except BrokenProcessPool:
            raise FixOpenAIError("a worker process ended early, killed perhaps; --jobs 1 does without them") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ctrl-C reaches the whole group of processes: the first one says what there is to say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _keep_quiet(stage: str, done: int, total: int) -> None:
    """How far a worker is stays its own business."""
    del stage, done, total
