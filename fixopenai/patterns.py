"""Patterns for paths, as in a .gitignore, that speak from a folder: how options and configuration name files."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.errors import UsageError
from fixopenai.globs import read_globs

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@dataclass(frozen=True)
class Patterns:
    """Patterns as in a .gitignore; `base` is the folder, as a real path, from which those with a slash speak.

    A pattern that fits a folder fits all that is below it.
    """

    base: str
    lines: tuple[str, ...]

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        return read_globs(self.lines)

    def cover(self, path: str) -> bool:
        """Whether a path, relative to the base and with forward slashes, fits."""
        return self._spec.match_file(path)

    def within(self, folder: str | Path) -> Patterns:
        """Those that do not fit the folder as a whole, which somebody wants all the same."""
        way = self.way(folder)
        fitting = [line for line in self.lines if way and Patterns(self.base, (line,)).cover(way)]
        return Patterns(self.base, tuple(line for line in self.lines if line not in fitting)) if fitting else self

    def way(self, folder: str | Path) -> str:
        """What leads from the base to a folder, as a prefix; nothing where it is the base or does not lie below it."""
        place, start = Path(os.path.realpath(folder)), Path(self.base)
        if place == start or not place.is_relative_to(start):
            return ""
        return place.relative_to(start).as_posix() + "/"


def read_patterns(where: str, lines: tuple[str, ...], base: Path) -> Patterns:
    """The patterns that stand at `where`, an option or a key; UsageError for one that cannot be read."""
    for line in lines:
        try:
            if not line.strip():
                raise UsageError(f"{where}: a pattern is empty")
            if not any(pattern.include is not None for pattern in read_globs((line,)).patterns):
                raise ValueError("a comment")
            if ".." in line.split("/"):
                raise UsageError(f"{where}: '{line}' leads out of its folder, and nothing there is looked at")
        except (ValueError, re.error):
            raise UsageError(f"{where}: '{line}' is not a pattern as in a .gitignore") from None
    if lines and all(line.startswith("!") for line in lines):
        raise UsageError(f"{where}: '{lines[0]}' takes back what a pattern before it fits, and there is none")
    real = os.path.realpath(base)
    return Patterns(real, tuple(_tied_to(real, line) for line in lines))


def _tied_to(base: str, line: str) -> str:
    """A slash in the middle ties a pattern to the base; so do a dot before the first one, and the base's own path."""
    if line.startswith("./"):
        return line[1:]
    return line.removeprefix(base) if line.startswith(f"{base}/") else line
