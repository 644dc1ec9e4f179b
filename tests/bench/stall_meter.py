"""How long an event loop stood still, measured so that a busy machine does not count as a standing loop."""

from __future__ import annotations

import asyncio
import threading
import time

BEAT_S = 0.005
LONGEST_TICK_S = 0.025


class StallMeter:
    """A heartbeat on the loop, and a thread that watches it.

    The gap between two heartbeats alone would also grow when the whole process waits for a processor. The watching
    thread therefore counts its own ticks while the heart is silent: a process that does not run does not tick, so
    one tick counts for `LONGEST_TICK_S` at most, however long it took.
    """

    def __init__(self) -> None:
        self._beats = 0
        self._longest_s = 0.0
        self._stopped = threading.Event()

    async def beat(self) -> None:
        """Run this as a task on the loop that is measured."""
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
        seen, silent_s = self._beats, 0.0
        while not self._stopped.is_set():
            before = time.monotonic()
            time.sleep(BEAT_S)
            if self._beats == seen:
                silent_s += min(time.monotonic() - before, LONGEST_TICK_S)
                self._longest_s = max(self._longest_s, silent_s)
            else:
                seen, silent_s = self._beats, 0.0
