"""Which programs the given paths mean: a folder is one, and a file is a part of one."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import relpath
from typing import TYPE_CHECKING

from fixopenai.discovery import DiscoveredFile, Root, discover, display_prefix, is_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
    marks), but only they may change. They are shown relative to the current folder where it holds all of them, else to
    the project. UsageError for a path that does not exist.
    """
    # All are looked at first: a path that does not exist stops the run before it has begun.
    folders = {path: is_folder(path) for path in paths}
    # A folder inside another one is part of that one's program, whichever is named first.
    outer = [os.path.realpath(path) for path, given_folder in folders.items() if given_folder]
    seen: set[str] = set()
    files: dict[Path, list[str]] = defaultdict(list)
    for path, given_folder in folders.items():
        real = os.path.realpath(path)
        if real in seen or any(_lies_in(folder, real) for folder in outer):
            continue
        seen.add(real)
        if given_folder:
            yield ProgramFiles(discover(path, on_error=note_error), None)
        else:
            files[_project(path)].append(real)
    for project, given in files.items():
        yield _with_project(project, given)


def _lies_in(folder: str, real: str) -> bool:
    return real != folder and real.startswith(os.path.join(folder, ""))  # noqa: PTH118 - a slash at the end


def _project(path: Path) -> Path:
    """The folder of the project a file belongs to; its own folder where there are no marks of one."""
    folders = path.resolve().parents
    return next((f for f in folders if any((f / mark).exists() for mark in _PROJECT_MARKS)), folders[0])


def _with_project(project: Path, given: list[str]) -> ProgramFiles:
    """The program around the given files, which are real paths."""
    whole = discover(project, on_error=_ignore)
    files = {os.path.realpath(file.filename): file for file in whole.files}
    for real in given:
        if real not in files:  # excluded or ignored, but asked for by name
            path = display_prefix(project) + Path(real).relative_to(project).as_posix()
            files[real] = DiscoveredFile(real, path, path)
    here = os.path.realpath(os.curdir)
    if _lies_in(str(project), here) and all(_lies_in(here, real) for real in given):
        way = Path(here).relative_to(project).as_posix()
        files = {real: replace(file, display=relpath(file.display, way)) for real, file in files.items()}
    return ProgramFiles(Root(whole.path, tuple(files.values())), frozenset(files[real].display for real in given))


def _ignore(error: SourceError) -> None:
    """Trouble elsewhere in the project is not what was asked about."""
