"""Repaired projects, served: once for all strategies that make the same of a project, byte for byte.

What was met is kept in a folder that all test processes of a session share; each strategy is proven by it on its own.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.repairs import read_files

if TYPE_CHECKING:
    from bench.repairs import Repair
    from bench.serve import Bench, Served


class Servings:
    """Serves repairs, and knows what this or another process has met when it served the same bytes."""

    def __init__(self, shared: Path, bench: Bench) -> None:
        self.shared = shared
        self._bench = bench

    def of(self, repair: Repair) -> Served:
        """Raises `ServingError` when the project does not come up."""
        kept = self.shared / _fingerprint(repair)
        if not kept.exists():
            self._serve(repair, kept)
        served: Served = pickle.loads(kept.read_bytes())
        return served

    def _serve(self, repair: Repair, kept: Path) -> None:
        """The finished file appears under its name at once."""
        scenario = repair.case.scenario
        served = self._bench.serve(repair.folder, scenario.app, scenario.requests)
        self.shared.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.shared, delete=False) as draft:
            draft.write(pickle.dumps(served))
        Path(draft.name).rename(kept)


def _fingerprint(repair: Repair) -> str:
    """The same for the same files, under the same names, of the same scenario."""
    contents = (repair.case.scenario.name, sorted(read_files(repair.folder).items()))
    return hashlib.sha256(repr(contents).encode()).hexdigest()
