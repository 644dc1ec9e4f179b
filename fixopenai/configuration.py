"""`[tool.fixopenai]` in pyproject.toml and what the command line sets beside it: which settings hold for a folder."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fixopenai.config_keys import KEYS
from fixopenai.errors import UsageError
from fixopenai.regular_files import MEGABYTE, read_regular
from fixopenai.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fixopenai.settings import OutputFormat

_FILE = "pyproject.toml"
_TABLE = "tool.fixopenai"
_OUTPUT_FORMAT = "output_format"
# The reader of TOML takes seconds for a megabyte, and the square of their number for keys with dots.
_MOST_BYTES, _MOST_DOTS = MEGABYTE, 1000

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the command line says, by fields of `Settings` and before everything else, and where to look for the rest.

    `file` was named by the user; without one, the nearest pyproject.toml with a table of ours holds, at the folder in
    question or above it. `isolated` looks for none.
    """

    options: Mapping[str, Any]
    file: Path | None = None
    isolated: bool = False

    def for_folder(self, folder: Path) -> Settings:
        """The settings of the program in this folder; UsageError names the file and the key of what is wrong."""
        values = self._values(folder)
        values.pop(_OUTPUT_FORMAT, None)
        return Settings(**values)

    def output_format(self, folder: Path) -> OutputFormat:
        """The format that is asked for, or that the configuration for this folder names."""
        return cast("OutputFormat", self._values(folder).get(_OUTPUT_FORMAT, "text"))

    def _values(self, folder: Path) -> Values:
        found = self._from_file(folder)
        if "select" in self.options:  # what the file leaves out is asked for now
            found.pop("ignore", None)
        extended = (*found.get("extend_exclude", ()), *self.options.get("extend_exclude", ()))
        return {**found, **self.options, "extend_exclude": extended}

    def _from_file(self, folder: Path) -> Values:
        if self.file is not None:
            table = _table_of(self.file, _read(self.file))
            if table is None:
                raise UsageError(f"--config: {self.file} has no [{_TABLE}]")
            return read_table(f"{self.file}: {_TABLE}.", table, Path())
        if self.isolated:
            return {}
        place = Path(os.path.realpath(folder))
        for above in (place, *place.parents):
            file = above / _FILE
            # A folder further up may be closed to this user.
            data = _read_found(file) if os.path.isfile(file) else b""  # noqa: PTH113 - answers where Path raises
            # Without the word there is no table of ours, and nothing to parse.
            table = _table_of(file, data) if b"fixopenai" in data else None
            if table is not None:
                return read_table(f"{_shown(file)}: {_TABLE}.", table, above)
        return {}


def read_inline(texts: Sequence[str]) -> Values:
    """What `--config KEY=VALUE` sets: TOML, whose paths speak from the current folder."""
    values: Values = {}
    for text in texts:
        values |= read_table("--config: ", _parsed(f"--config: '{text}'", text), Path())
    return values


def read_table(where: str, table: Mapping[str, object], base: Path) -> Values:
    """The values of a table by fields of `Settings`; UsageError for a key or value that means nothing."""
    values: Values = {}
    for name, value in table.items():
        if name not in KEYS:
            near = get_close_matches(name, KEYS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(KEYS)}"
            raise UsageError(f"{where}{name}: unknown key; {hint}")
        values[name.replace("-", "_")] = KEYS[name].read(f"{where}{name}", value, base)
    return values


def _read(file: Path) -> bytes:
    """What the user named may be a pipe."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{_shown(file)}: cannot be read: {error.strerror}") from None


def _read_found(file: Path) -> bytes:
    try:
        return read_regular(file, _MOST_BYTES)
    except OSError as error:
        message = f"{_shown(file)}: cannot be read: {error.strerror}; --isolated looks for none"
        raise UsageError(message) from None


def _table_of(file: Path, data: bytes) -> dict[str, object] | None:
    """The table of this tool; None where the file has none."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{_shown(file)}: not valid UTF-8 (byte 0x{data[error.start]:02x})") from None
    tool = _parsed(_shown(file), text).get("tool", {})
    table = tool.get("fixopenai") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{_shown(file)}: {_TABLE} is not a table")
    return table


def _parsed(where: str, text: str) -> dict[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    nested = f"{where} is not TOML that can be read: it is nested too deeply"
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise UsageError(nested)
    try:
        return tomllib.loads(text)
    except ValueError as error:  # of its own, or for a number of more digits than Python takes
        raise UsageError(f"{where} is not TOML: {error}") from None
    except RecursionError:
        raise UsageError(nested) from None


def _shown(file: Path) -> str:
    """The file as the user would write it."""
    here = Path(os.path.realpath(os.curdir))
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
