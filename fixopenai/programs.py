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
    paths = list(paths)
    # A folder inside another one is part of that one's program, whichever is named first.
    folders = [os.path.realpath(path) for path in paths if path.is_dir()]
    seen: set[str] = set()
    files: dict[Path, list[DiscoveredFile]] = defaultdict(list)
    for path in paths:
        real = os.path.realpath(path)
        if real in seen or any(real.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders if folder != real):
            continue
        seen.add(real)
        found = discover(path, on_error=note_error)
        if path.is_dir():
            yield ProgramFiles(found, None)
        else:
            files[_project(path)] += found.files
    for folder, given in files.items():
        yield _with_project(folder, given)


def _project(path: Path) -> Path:
    """The folder of the project a file belongs to; its own folder where there are no marks of one."""
    folders = path.resolve().parents
    return next((f for f in folders if any((f / mark).exists() for mark in _PROJECT_MARKS)), folders[0])


def _with_project(folder: Path, given: list[DiscoveredFile]) -> ProgramFiles:
    whole = discover(folder, on_error=_ignore)
    own = {os.path.realpath(file.filename): file for file in given}
    listed = [file for file in whole.files if os.path.realpath(file.filename) in own]
    known = {os.path.realpath(file.filename) for file in listed}
    files = [*whole.files, *(file for real, file in own.items() if real not in known)]
    editable = [*listed, *(file for real, file in own.items() if real not in known)]
    return ProgramFiles(Root(whole.path, tuple(files)), frozenset(file.display for file in editable))


def _ignore(error: SourceError) -> None:
    """Trouble elsewhere in the project is not what was asked about."""
