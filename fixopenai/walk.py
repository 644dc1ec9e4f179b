"""A walk through a folder that honours .gitignore, for where git does not serve.

Paths are relative to the folder that was given, with forward slashes; a folder's ends with one, the given one is "".
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from fixopenai.ignore_rules import IgnoreRules

_ENVIRONMENT_MARKERS = ("pyvenv.cfg", "conda-meta")
_SCRIPT_FOLDERS = ("bin", "Scripts")
_MOST_RULES = 250_000  # bytes of one .gitignore: each line is a regular expression that every path is put to


def folder_types(folder: str) -> dict[str, int]:
    """The type bits of `st_mode` by name, links not followed; most file systems give them with the name."""
    with os.scandir(folder or os.curdir) as entries:
        return {entry.name: _type(entry) for entry in entries}


def is_environment(folder: str, types: Container[str]) -> bool:
    """Whether a folder that holds these names is a virtual environment; `folder` ends with a slash."""
    if any(marker in types for marker in _ENVIRONMENT_MARKERS):
        return True
    # Old ones, and those that somebody has committed without the rest, have only their script.
    return any(name in types and os.path.lexists(f"{folder}{name}/activate") for name in _SCRIPT_FOLDERS)


def _type(entry: os.DirEntry[str]) -> int:
    if entry.is_file(follow_symlinks=False):
        return stat.S_IFREG
    if entry.is_dir(follow_symlinks=False):
        return stat.S_IFDIR
    return stat.S_IFLNK if entry.is_symlink() else stat.S_IFIFO


class Walk:
    """How to walk: `opening` stands before a path to open it, `is_excluded` takes a path and its last part.

    `on_error` is told the path of a folder that cannot be read, and why.
    """

    def __init__(
        self,
        opening: str,
        is_excluded: Callable[[str, str], bool],
        on_error: Callable[[str, str], None],
        *,
        respect_gitignore: bool,
    ) -> None:
        self.opening = opening
        self.is_excluded = is_excluded
        self.on_error = on_error
        self.respect_gitignore = respect_gitignore

    def files(self, start: str, ending: str, above: str, outer: tuple[IgnoreRules, ...]) -> Iterator[tuple[str, int]]:
        """Path and type (as in `st_mode`, links not followed) of what ends as asked for and is not ignored.

        Hidden folders, virtual environments and folders behind a link are not entered. The rules in `outer` see paths
        with `above` before them.
        """
        pending = [(start, outer)]
        while pending:
            folder, rules = pending.pop()
            try:
                types = folder_types(self.opening + folder)
            except OSError as error:
                self.on_error(folder, f"cannot be read: {error.strerror}")
                continue
            if folder != start:
                if is_environment(self.opening + folder, types):
                    continue
                if ".git" in types:
                    rules = ()
            if ".gitignore" in types:
                rules = (*self._rules(folder, above + folder), *rules)
            for name, kind in types.items():
                path = folder + name
                is_folder = kind == stat.S_IFDIR
                wanted = not name.startswith(".") if is_folder else name.endswith(ending)
                if not wanted or self.is_excluded(path, name) or _ignored(rules, above + path, is_folder=is_folder):
                    continue
                if is_folder:
                    pending.append((path + "/", rules))
                else:
                    yield path, kind

    def outer_rules(self, above: str) -> tuple[IgnoreRules, ...]:
        """The rules of the folders around the given one, `above` leading to it from the top of the work tree.

        None of them where they ignore the given folder as a whole: it was asked for by name all the same.
        """
        steps = above.split("/")[:-1]
        rules: tuple[IgnoreRules, ...] = ()
        for depth, name in enumerate(steps):
            base = "".join(f"{step}/" for step in steps[:depth])
            rules = (*self._rules("../" * (len(steps) - depth), base), *rules)
            if _ignored(rules, base + name, is_folder=True):
                return ()
        return rules

    def _rules(self, folder: str, base: str) -> tuple[IgnoreRules, ...]:
        if not self.respect_gitignore:
            return ()
        path = f"{folder}.gitignore"
        place = Path(self.opening + path)
        try:
            if not stat.S_ISREG(place.lstat().st_mode):
                return ()  # a link: git does not follow it either
            data = read_regular(place, _MOST_RULES)
        except FileNotFoundError:
            return ()
        except OSError as error:
            self.on_error(path, f"cannot be read: {error.strerror}")
            return ()
        from fixopenai.ignore_rules import parse_gitignore

        return (parse_gitignore(data, base),)


def _ignored(rules: tuple[IgnoreRules, ...], path: str, *, is_folder: bool) -> bool:
    """What the first file that speaks of the path says: the one in the innermost folder comes first."""
    verdicts = (each.verdict(path, is_folder=is_folder) for each in rules)
    return next((verdict for verdict in verdicts if verdict is not None), False)
