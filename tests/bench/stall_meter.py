"""How long an event loop stood still, measured so that a busy machine does not count as a standing loop."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

BEAT_S = 0.005
LONGEST_TICK_S = 0.025
COMPUTING_S = 0.001


class StallMeter:
    """A heartbeat on the loop, and a thread that watches it.

    The gap between two heartbeats alone would also grow when the process waits for a processor, or when the loop's
    thread computes (making a client takes 50 ms). What is looked for is a thread that waits for somebody else:
    - The watching thread counts its own ticks while the heart is silent. A process that does not run does not tick,
      so one tick counts for `LONGEST_TICK_S` at most, however long it took.
    - A tick in which the loop's thread has computed for `COMPUTING_S` ends the silence, and so does one at whose end
      it could run: on a busy machine it may be waiting for a processor. Where the system tells neither of a thread
      (macOS, Windows), computing counts as standing still.
    """

    def __init__(self) -> None:
        self._beats = 0
        self._longest_s = 0.0
        self._loop_thread = threading.get_ident()
        self._loop_status = Path(f"/proc/self/task/{threading.get_native_id()}/stat")
        self._stopped = threading.Event()

    async def beat(self) -> None:
        """Run this as a task on the loop that is measured, in the thread that made the meter."""
        while True:
            self._beats += 1
            await asyncio.sleep(BEAT_S)

    def start(self) -> None:
        threading.Thread(target=self._watch, name="stall meter", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def reset(self) -> None:
        self._longest_s = 0.0

    def longest_s(self) -> float:
        return self._longest_s

    def _watch(self) -> None:
        beats, computed_s, silent_s = self._beats, self._computed_s(), 0.0
        while not self._stopped.is_set():
            before = time.monotonic()
            time.sleep(BEAT_S)
            slept_s = time.monotonic() - before
            last_beats, beats = beats, self._beats
            last_computed_s, computed_s = computed_s, self._computed_s()
            if beats != last_beats or computed_s - last_computed_s > COMPUTING_S or self._can_run():
                silent_s = 0.0
            else:
                silent_s += min(slept_s, LONGEST_TICK_S)
                self._longest_s = max(self._longest_s, silent_s)

    def _can_run(self) -> bool:
        """Whether the loop's thread runs or waits for a processor, and for nothing else."""
        try:
            return self._loop_status.read_bytes().rpartition(b") ")[2].startswith(b"R")
        except OSError:
            return False

    def _computed_s(self) -> float:
        """The processor time of the loop's thread so far."""
        if not hasattr(time, "pthread_getcpuclockid"):
            return 0.0
        return time.clock_gettime(time.pthread_getcpuclockid(self._loop_thread))
