"""Which files: what git lists where there is a work tree, else a walk that honours .gitignore.

Paths inside this module are relative to the given folder, with forward slashes; a folder's ends with one, the given
folder itself is "".
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.errors import SourceError, UsageError
from fixopenai.exclusion import Exclusion
from fixopenai.git import is_ignored, list_work_tree, top_of_work_tree, way_down
from fixopenai.settings import Settings
from fixopenai.walk import Walk, folder_types, is_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class DiscoveredFile:
    """`filename` is what to open; `display` what to call it: forward slashes, not made printable.

    `imported_as` is the path that its imports and those of it go by: not what it is called where a link leads to it.
    Trees hold tens of thousands of files and few matter, so the Path is made when it is asked for.
    """

    filename: str
    display: str
    imported_as: str

    @property
    def path(self) -> Path:
        return Path(self.filename)


@dataclass(frozen=True, slots=True)
class Root:
    """One given path, one program: its folder, and its Python files sorted by the parts of their paths.

    `outside` are links to files that do not lie below the folder, which no patch in it could change.
    """

    path: Path
    files: tuple[DiscoveredFile, ...]
    outside: tuple[DiscoveredFile, ...] = ()


def discover(
    folder: Path,
    settings: Settings | None = None,
    *,
    cwd: Path | None = None,
    on_error: Callable[[SourceError], None],
) -> Root:
    """The Python files of a folder, as far as the settings do not pass them over.

    `cwd` stands in for the current folder; a file outside of it is displayed relative to the given folder. `on_error`
    hears of folders that cannot be read and of broken links to Python files.
    """
    given = folder if cwd is None else cwd / folder
    search = _Search(_opening_prefix(given), display_prefix(given, cwd), settings or Settings(), on_error)
    search.run()
    return Root(given, tuple(search.files(search.found)), tuple(search.files(search.outside)))


def is_folder(path: Path) -> bool:
    """Whether a path that the user gave is a folder, and not a file; UsageError where it is neither."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error.strerror if isinstance(error, OSError) else error}") from None
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise UsageError(f"{path} is neither a file nor a folder")
    return stat.S_ISDIR(mode)


def _opening_prefix(folder: Path) -> str:
    """What stands before the name of a file in this folder when it is opened."""
    return "" if folder == Path() else os.path.join(folder, "")  # noqa: PTH118 - a slash at the end


def display_prefix(folder: Path, cwd: Path | None = None) -> str:
    """What stands before the name of a file in this folder when it is shown; git follows no link in a patch."""
    place, start = Path(os.path.realpath(folder)), Path(os.path.realpath(cwd or os.curdir))
    if place == start or not place.is_relative_to(start):
        return ""
    return place.relative_to(start).as_posix() + "/"


class _Search:
    """The files found so far below one folder; `opening` and `display` stand before every path.

    `found` and `outside` hold what a file is imported as, by its path; they differ for what a link leads to.
    """

    def __init__(self, opening: str, display: str, settings: Settings, on_error: Callable[[SourceError], None]) -> None:
        self.opening = opening
        self.display = display
        self.exclusion = Exclusion(settings, opening)
        self.respect_gitignore = settings.respect_gitignore
        self.on_error = on_error
        self.found: dict[str, str] = {}
        self.outside: dict[str, str] = {}
        self.links: list[str] = []
        self.types: dict[str, dict[str, int]] = {}
        self.passed_over = {"": False}
        self.walked = False

    def run(self) -> None:
        top = top_of_work_tree(self.opening)
        above = way_down(top, self.opening)
        # A folder that is ignored as a whole was still asked for by name.
        if top is None or (self.respect_gitignore and above and is_ignored(self.opening)) or not self._list(""):
            self.walked = True
            self._walk("", above)
        self._add_links()

    def files(self, found: Mapping[str, str]) -> Iterator[DiscoveredFile]:
        """By the parts of the path: NUL stands for the slash, as it sorts before whatever a name can hold."""
        for path in sorted(found, key=lambda path: path.replace("/", "\0")):
            display = self.display + path
            imported_as = display if found[path] == path else self.display + found[path]
            yield DiscoveredFile(self.opening + path, display, imported_as)

    def _list(self, folder: str) -> bool:
        """Take what git lists, and the repositories inside one after the other; False where git does not serve."""
        tree = list_work_tree(self.opening + folder, ".py", ignored=not self.respect_gitignore)
        if tree is None:
            return False
        pending = [(folder, tree)]
        while pending:
            folder, tree = pending.pop()
            for inner, names in tree.files.items():
                self._take_listed(folder + inner, names)
            for inner in tree.unreadable:
                if not self._passes_over(folder + inner):
                    self._types(folder + inner)
            for inner in tree.repositories:
                repository = folder + inner
                if self._passes_over(repository):
                    continue
                # Without a .git of its own git would answer for the repository around it.
                inner_tree = None
                if ".git" in self._types(repository):
                    inner_tree = list_work_tree(self.opening + repository, ".py", ignored=not self.respect_gitignore)
                if inner_tree:
                    pending.append((repository, inner_tree))
                else:
                    self._walk(repository, "")
        return True

    def _take_listed(self, folder: str, names: Iterable[str]) -> None:
        if self._passes_over(folder):
            return
        types = self._types(folder)
        for name in names:
            path = folder + name
            if not self.exclusion.covers(path, name):
                self._take(path, types.get(name) or self._type(path))

    def _take(self, path: str, kind: int) -> None:
        if kind == stat.S_IFREG:
            self.found[path] = path
        elif kind == stat.S_IFLNK:
            self.links.append(path)

    def _walk(self, folder: str, above: str) -> None:
        walk = Walk(self.opening, self.exclusion.covers, self._report, respect_gitignore=self.respect_gitignore)
        for path, kind in walk.files(folder, ".py", above, walk.outer_rules(above)):
            self._take(path, kind)

    def _add_links(self) -> None:
        """What a link leads to is taken under its own name, once, when it lies below the given folder."""
        inside = os.path.join(os.path.realpath(self.opening), "")  # noqa: PTH118 - a slash at the end
        for link in sorted(self.links):
            filename = self.opening + link
            try:
                mode = Path(filename).stat().st_mode
            except OSError as error:
                denied = isinstance(error, PermissionError)
                self._report(link, f"cannot be read: {error.strerror}" if denied else "broken symlink")
                continue
            target = os.path.realpath(filename)
            if not stat.S_ISREG(mode):
                continue
            below = target.removeprefix(inside).replace(os.sep, "/")
            if below == target:
                self.outside[link] = link
            elif not self._passes_over(_parent(below)):
                self.found.setdefault(below, link)

    def _passes_over(self, folder: str) -> bool:
        """Whether this folder, or one it lies in, is excluded, an environment, gone, or now a link to elsewhere."""
        unknown = []
        while folder not in self.passed_over:
            unknown.append(folder)
            folder = _parent(folder)
        verdict = self.passed_over[folder]
        for inner in reversed(unknown):
            verdict = verdict or self._is_foreign(inner)
            self.passed_over[inner] = verdict
        return verdict

    def _is_foreign(self, folder: str) -> bool:
        path, parent = folder[:-1], _parent(folder)
        name = path[len(parent) :]
        if self.exclusion.covers(path, name) or (self.walked and name.startswith(".")):
            return True
        kind = self._types(parent).get(name) or self._type(path)
        return kind != stat.S_IFDIR or is_environment(self.opening + folder, self._types(folder))

    def _types(self, folder: str) -> dict[str, int]:
        """What a folder holds; nothing, and a report, when it cannot be read."""
        if folder not in self.types:
            self.types[folder] = {}
            try:
                self.types[folder] = folder_types(self.opening + folder)
            except OSError as error:
                self._report(folder, f"cannot be read: {error.strerror}")
        return self.types[folder]

    def _type(self, path: str) -> int:
        """The type of what a folder does not show under this name: gone, or written in another case or normal form."""
        try:
            return stat.S_IFMT(os.lstat(self.opening + path).st_mode)
        except OSError:
            return 0

    def _report(self, path: str, message: str) -> None:
        self.on_error(SourceError((self.display + path or self.opening).rstrip("/") or os.curdir, message))


def _parent(folder: str) -> str:
    return folder[: folder.rfind("/", 0, -1) + 1]
