"""The paths by which a host of code knows the files: from the top of the repository, whatever the current folder is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.git import top_of_work_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixopenai.reporting.report import Report


@dataclass(frozen=True, slots=True)
class Repository:
    """`top` is the real path of its top, or of the current folder where there is no repository around it.

    `known` are the files that were read, by the path that reports show.
    """

    top: Path
    known: Mapping[str, Path]

    def real(self, display: str) -> Path:
        """The file, links followed."""
        return Path(os.path.realpath(self.known.get(display, display)))

    def inside(self, display: str) -> str | None:
        """The file's path below the top, with forward slashes; None for one that lies elsewhere."""
        real = self.real(display)
        return real.relative_to(self.top).as_posix() if real.is_relative_to(self.top) else None


def repository_of(report: Report) -> Repository:
    here = os.path.realpath(os.curdir)
    known = {source.display: source.path for source in report.result.sources}
    return Repository(Path(top_of_work_tree(here) or here), known)
