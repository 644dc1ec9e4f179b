"""The files of one program: which of them matter, and their parsed modules."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fixopenai.analysis.module_index import ModuleIndex
from fixopenai.errors import SourceError
from fixopenai.prefilter import NameFilter, imports_sdk
from fixopenai.regular_files import read_regular
from fixopenai.results import Place
from fixopenai.source import MOST_SOURCE, decode_source, read_source
from fixopenai.suppression import skips_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from fixopenai.analysis.interest import Interest
    from fixopenai.analysis.module_index import Parts
    from fixopenai.analysis.scopes import Module
    from fixopenai.discovery import Root
    from fixopenai.source import SourceFile


class ModulesByDisplay(ModuleIndex):
    """The modules of a program some of whose files are not called what they are imported as.

    Everybody else names a file by its display; only here is it the path that imports go by.
    """

    def __init__(self, imported_as: Mapping[str, str], wrappers: frozenset[str]) -> None:
        super().__init__(imported_as.values(), wrappers)
        self.imported_as = imported_as
        self._displays = {name: display for display, name in imported_as.items()}

    def file(self, key: Parts) -> str | None:
        found = super().file(key)
        return None if found is None else self._displays[found]

    def key_of(self, file: str) -> Parts:
        return super().key_of(self.imported_as[file])

    def resolve(self, importer: str, dotted: str, level: int = 0) -> Parts | None:
        return super().resolve(self.imported_as[importer], dotted, level)


@dataclass(slots=True)
class Files:
    """The files of one program: `seeds` import the SDK, `related` were found to use names that lead to it.

    `given` holds the bytes of files that are not to be read from the disk.
    """

    folder: Path
    paths: dict[str, Path]
    given: Mapping[str, bytes]
    index: ModulesByDisplay
    seeds: list[str]
    related: list[str] = field(default_factory=list)
    errors: dict[str, SourceError] = field(default_factory=dict)
    sources: dict[str, SourceFile] = field(default_factory=dict)

    def find_related(self, interest: Interest) -> list[Module]:
        """Parse the files that use one of the names and were not taken before."""
        taken = {*self.seeds, *self.related}
        exports: dict[str, set[str]] = {}
        for module, names in interest.exports.items():
            if module.key:
                exports.setdefault(module.key[-1], set()).update(names)
            if self.index.imported_as[module.path].endswith("__init__.py"):
                exports.setdefault("", set()).update(names)
        wanted = NameFilter(exports, interest.state)
        found = []
        for display, path in self.paths.items():
            if display not in taken and wanted.matches(_read(path, display, _ignore, self.given) or b""):
                found.append(display)
        self.related += found
        parsed = [self.parse(display, {}) for display in found]
        return [module for module in parsed if module is not None]

    def uses_by_name(
        self, methods: Collection[str], functions: Collection[str], parsed: Collection[str]
    ) -> tuple[str, Place] | None:
        """The first use of a method of one of the names in the files that were not parsed: the name, and where.

        A function counts where a file finds modules by name, and where the project makes a command of it.
        """
        of_method, of_function, command = _attributes(methods), _attributes(functions), _commands(functions)
        settings = [(name, self.folder / name) for name in _SETTINGS]
        for display, path in (*self.paths.items(), *settings):
            if display in parsed or (path.name in _SETTINGS and not path.is_file()):
                continue
            data = _read(path, display, _ignore, self.given) or b""
            patterns = [of_method, of_function] if _BY_NAME.search(data) is not None else [of_method]
            if path.name in _SETTINGS:
                patterns = [command]
            for pattern in patterns:
                found = pattern.search(data) if pattern is not None else None
                if found is not None:
                    return found[1].decode("utf-8", "surrogateescape"), _place(display, data, found.start())
        return None

    def parse(self, path: str, text_of: Mapping[str, SourceFile]) -> Module | None:
        """The parsed module of a file; None, and an error noted, when it cannot be had.

        `text_of` gives new texts by path, for a program that is analysed again with its changes in memory.
        """
        from fixopenai.analysis.parsing import parse_module

        if path in self.errors:
            return None
        try:
            source = text_of.get(path) or self._source(path)
            module = parse_module(source, self.index.key_of(path))
        except SourceError as error:
            self.errors[path] = error
            return None
        module.skipped = skips_file(source.text)
        return module

    def leave_out(self, path: str, why: str) -> bool:
        """Have this file for one that cannot be read; False where it is none of these, or is left out already."""
        if path not in self.paths or path in self.errors:
            return False
        self.errors[path] = SourceError(path, why)
        return True

    def _source(self, path: str) -> SourceFile:
        source = self.sources.get(path)
        if source is None:
            data = self.given.get(path)
            place = self.paths[path]
            source = self._read_inside(place, path) if data is None else decode_source(data, place, path)
            self.sources[path] = source
        return source

    def _read_inside(self, place: Path, path: str) -> SourceFile:
        """A folder on the way may have become a link since the file was found."""
        source = read_source(place, path)
        if not source.real.startswith(os.path.join(os.path.realpath(self.folder), "")):  # noqa: PTH118 - a slash
            raise SourceError(path, "is no longer in the given folder; left as it is")
        return source


# What may name a function as a command: `app = "llm:main"`.
_SETTINGS = ("pyproject.toml", "setup.cfg")
_BY_NAME = re.compile(rb"import_module|__import__|sys\.modules")


def _attributes(names: Iterable[str]) -> re.Pattern[bytes] | None:
    words = "|".join(re.escape(name) for name in sorted(names))
    return re.compile(rf"\.\s*({words})\b".encode("utf-8", "surrogateescape")) if words else None


def _commands(names: Iterable[str]) -> re.Pattern[bytes] | None:
    words = "|".join(re.escape(name) for name in sorted(names))
    return re.compile(rf"[\w.]+:({words})\b".encode("utf-8", "surrogateescape")) if words else None


def _place(display: str, data: bytes, offset: int) -> Place:
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    return Place(display, line, column, line, column)


def load_files(
    root: Root,
    given: Mapping[str, bytes],
    note_error: Callable[[SourceError], None],
    progress: Callable[[int, int], None],
) -> Files:
    """Read the files of a program, those that are not given, and note those that import the SDK."""
    paths = {file.display: file.path for file in root.files}
    imported_as = {file.display: file.imported_as for file in root.files}
    total = len(paths)
    seeds = []
    wrappers = set()
    for done, (display, path) in enumerate(paths.items()):
        if done % 256 == 0:
            progress(done, total)
        data = _read(path, display, note_error, given)
        if data is not None and imports_sdk(data):
            seeds.append(display)
            name = imported_as[display]
            if path.name == "openai.py" or name.endswith("openai/__init__.py"):
                wrappers.add(name)
    for file in root.outside:
        if imports_sdk(_read(file.path, file.display, note_error, {}) or b""):
            message = f"leads to {file.path.resolve()}, out of the given folder: give one that holds both"
            note_error(SourceError(file.display, message))
    return Files(root.path, paths, given, ModulesByDisplay(imported_as, frozenset(wrappers)), seeds)


def _read(
    path: Path, display: str, note_error: Callable[[SourceError], None], given: Mapping[str, bytes]
) -> bytes | None:
    """The bytes to look for names in."""
    try:
        data = given[display] if display in given else read_regular(path, MOST_SOURCE)
    except OSError as error:
        note_error(SourceError(display, f"cannot be read: {error.strerror or error}"))
        return None
    # NUL bytes out, so that names are found in UTF-16 as well: what makes such a file unreadable is then told.
    return data.replace(b"\0", b"")


def _ignore(error: SourceError) -> None:
    """Errors of the second reading were told at the first."""
