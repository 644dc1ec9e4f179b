"""Which programs the given paths mean: a folder is one, and a file is a part of one."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixopenai.discovery import DiscoveredFile, Root, discover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from fixopenai.errors import SourceError

_PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True, slots=True)
class ProgramFiles:
    """A program's files, and the paths of those that may change: None for all of them."""

    root: Root
    editable: frozenset[str] | None


def programs(paths: Iterable[Path], note_error: Callable[[SourceError], None]) -> Iterator[ProgramFiles]:
    """The programs that the paths mean, each once.

    Files given by name are analysed with the rest of their project (the nearest folder above with a project's
    marks), but only they may change. UsageError for a path that does not exist.
    """
    folders: list[str] = []
    files: dict[Path | None, list[DiscoveredFile]] = defaultdict(list)
    taken: set[str] = set()
    for path in paths:
        real = os.path.realpath(path)
        if any(real == folder or real.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders):
            continue
        found = discover(path, on_error=note_error)
        if path.is_dir():
            folders.append(real)
            yield ProgramFiles(found, None)
        elif real not in taken:
            taken.add(real)
            files[_project(path)] += found.files
    for folder, given in files.items():
        yield _with_project(folder, given)


def _project(path: Path) -> Path | None:
    return next((f for f in path.resolve().parents if any((f / mark).exists() for mark in _PROJECT_MARKS)), None)


def _with_project(folder: Path | None, given: list[DiscoveredFile]) -> ProgramFiles:
    if folder is None:
        return ProgramFiles(Root(given[0].path.parent, tuple(given)), None)
    whole = discover(folder, on_error=_ignore)
    own = {os.path.realpath(file.filename): file for file in given}
    listed = [file for file in whole.files if os.path.realpath(file.filename) in own]
    known = {os.path.realpath(file.filename) for file in listed}
    files = [*whole.files, *(file for real, file in own.items() if real not in known)]
    editable = [*listed, *(file for real, file in own.items() if real not in known)]
    return ProgramFiles(Root(whole.path, tuple(files)), frozenset(file.display for file in editable))


def _ignore(error: SourceError) -> None:
    """Trouble elsewhere in the project is not what was asked about."""
