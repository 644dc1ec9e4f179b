"""Which programs the given paths mean: a folder is one, and a file is a part of one."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from posixpath import relpath
from typing import TYPE_CHECKING, Protocol

from fixopenai.discovery import DiscoveredFile, Root, discover, display_prefix, is_folder
from fixopenai.errors import SourceError, UsageError
from fixopenai.exclusion import is_forced_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from fixopenai.settings import Settings

_NO_NAME = "-"  # what a text without a path is called
_PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")


class SettingsSource(Protocol):
    """Where settings come from: they may be others for each program."""

    def for_folder(self, folder: Path) -> Settings:
        """The settings of the program in this folder."""


@dataclass(frozen=True, slots=True)
class ProgramFiles:
    """A program's files, its settings, and the paths of those files that may change: None for all of them.

    `given` holds the bytes of files that are not to be read from the disk.
    """

    root: Root
    settings: Settings
    editable: frozenset[str] | None = None
    given: Mapping[str, bytes] = field(default_factory=dict)


def programs(
    paths: Iterable[Path], source: SettingsSource, note_error: Callable[[SourceError], None]
) -> Iterator[ProgramFiles]:
    """The programs that the paths mean, each once.

    Files given by name are analysed with the rest of their project (the nearest folder above with a project's
    marks), but only they may change. They are shown relative to the current folder where it holds all of them, else to
    the project. UsageError for a path that does not exist.
    """
    # All are looked at first: a path that does not exist stops the run before it has begun.
    folders = {path: is_folder(path) for path in paths}
    for path in tuple(folders):
        why = _why_not_read(path)
        if why is not None:
            note_error(SourceError(str(path), why))
            del folders[path]
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
            settings = source.for_folder(path)
            if not is_forced_out(settings, path):
                yield ProgramFiles(discover(path, settings, on_error=note_error), settings)
        else:
            files[_project(path)].append(real)
    for project, given in files.items():
        settings = source.for_folder(project)
        kept = [real for real in given if not is_forced_out(settings, real)]
        if kept:
            yield _with_project(project, kept, settings)


def program_of_text(data: bytes, path: Path | None, source: SettingsSource) -> ProgramFiles:
    """The program around a text that is, or would be, in a file of this path; without one it stands alone.

    UsageError for the path of a folder.
    """
    if path is None:
        root = Root(Path(), (DiscoveredFile(_NO_NAME, _NO_NAME, _NO_NAME + ".py"),))
        return ProgramFiles(root, source.for_folder(Path()), given={_NO_NAME: data})
    if os.path.isdir(path):  # noqa: PTH112 - any name
        raise UsageError(f"{path} is a folder, which no text can be in the place of")
    project = _project(path)
    settings = source.for_folder(project)
    if is_forced_out(settings, path):
        return ProgramFiles(Root(project, ()), settings)
    program = _with_project(project, [os.path.realpath(path)], settings)
    return replace(program, given=dict.fromkeys(program.editable or (), data))


def _lies_in(folder: str, real: str) -> bool:
    return real != folder and real.startswith(os.path.join(folder, ""))  # noqa: PTH118 - a slash at the end


def _why_not_read(path: Path) -> str | None:
    if path.suffix == ".ipynb" and not path.is_dir():
        return "is a notebook, and only Python files are read"
    return f"leads to {path.resolve()}, out of its project: give that by its own name" if _leads_out(path) else None


def _leads_out(path: Path) -> bool:
    """Whether it is called a Python file, as in a list that git gives, and is a link to what lies somewhere else."""
    if path.suffix != ".py" or not path.is_symlink():
        return False
    folder = path.parent.resolve()
    around = _nearest_project((folder, *folder.parents))
    target = os.path.realpath(path)
    return not any(_lies_in(place, target) for place in (str(around), os.path.realpath(os.curdir)))


def _project(path: Path) -> Path:
    """The folder of the project a file belongs to; its own folder where there are no marks of one."""
    return _nearest_project(path.resolve().parents)


def _nearest_project(folders: Sequence[Path]) -> Path:
    return next((f for f in folders if any(map(os.path.exists, (f / mark for mark in _PROJECT_MARKS)))), folders[0])


def _with_project(project: Path, given: list[str], settings: Settings) -> ProgramFiles:
    """The program around the given files, which are real paths."""
    whole = discover(project, settings, on_error=_ignore)
    files = {os.path.realpath(file.filename): file for file in whole.files}
    for real in given:
        if real not in files:  # excluded or ignored, but asked for by name
            path = display_prefix(project) + Path(real).relative_to(project).as_posix()
            files[real] = DiscoveredFile(real, path, path)
    here = os.path.realpath(os.curdir)
    if _lies_in(str(project), here) and all(_lies_in(here, real) for real in given):
        way = Path(here).relative_to(project).as_posix()
        files = {real: replace(file, display=relpath(file.display, way)) for real, file in files.items()}
    editable = frozenset(files[real].display for real in given)
    return ProgramFiles(Root(whole.path, tuple(files.values())), settings, editable)


def _ignore(error: SourceError) -> None:
    """Trouble elsewhere in the project is not what was asked about."""
