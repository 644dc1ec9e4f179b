"""Hyperlinks to files (OSC 8), for terminals that are known to follow them."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote

from rich.style import Style

from fixopenai.reporting.escaping import visible
from fixopenai.reporting.streams import wants_color

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.text import Text

    from fixopenai.reporting.streams import ColorChoice
    from fixopenai.source import SourceFile

# Editors' terminals and iTerm2 are none of them: they find `path:line` in the text and open that line, where a link
# would open the top of the file.
_PROGRAMS = ("WezTerm", "ghostty", "mintty")
_TERMINALS = ("xterm-kitty", "xterm-ghostty", "foot", "alacritty", "contour")
_SINCE = {"VTE_VERSION": (5202,), "KONSOLE_VERSION": (201200,)}
_TMUX_SINCE = (3, 4)
# Of these some inherit the variables of the terminal around them.
_WITHOUT = ("screen", "tmux", "dumb", "linux")
_KNOWS_LINES = "xterm-kitty"

_LINE = re.compile(r":(\d+)(?::\d+)?(?!\d)")
_WORD_START = re.compile(r"^|(?<=[\s(])")


class Links:
    """Where the files are that a report names, as it shows these names."""

    def __init__(self, paths: Mapping[str, Path], environment: Mapping[str, str] = os.environ) -> None:
        self._paths = {visible(name): path for name, path in paths.items()}
        self._lines = environment.get("TERM") == _KNOWS_LINES

    def add_to_name(self, text: Text) -> None:
        """Make a text that is a file's name a link to it."""
        if text.plain in self._paths:
            text.stylize(self._style(text.plain))

    def add_to_places(self, text: Text) -> None:
        """Make links of the places (`path:line`, `path:line:column`) that the text mentions."""
        plain = text.plain
        starts = [found.start() for found in _WORD_START.finditer(plain)]
        for line in _LINE.finditer(plain):
            # Names may hold spaces: of those that end here, the longest is meant.
            for start in starts:
                if plain[start : line.start()] in self._paths:
                    text.stylize(self._style(plain[start : line.start()], int(line[1])), start, line.end())
                    break

    def _style(self, name: str, line: int | None = None) -> Style:
        return Style(link=file_uri(self._paths[name], line if self._lines else None))


NO_LINKS = Links({})


def links_to(files: Iterable[SourceFile], stream: TextIO, choice: ColorChoice) -> Links:
    """The links for what is written to the stream: none where it is no terminal that follows them.

    Nor does a name get one that files of several folders share, or that is no file's, such as a text's.
    """
    if not wants_links(stream, choice):
        return NO_LINKS
    paths: dict[str, set[Path]] = {}
    for file in files:
        paths.setdefault(file.display, set()).add(file.path)
    return Links({name: path for name, (path, *others) in paths.items() if not others and path.is_file()})


def file_uri(path: Path, line: int | None = None) -> str:
    """`file://host/absolute/path`, and `#line` if there is one; all that is not a plain character is a %XX."""
    uri = Path(os.path.abspath(path)).as_uri()  # noqa: PTH100 - resolve() would follow links
    if sys.platform != "win32":
        uri = f"file://{quote(os.uname().nodename)}{uri.removeprefix('file://')}"
    return uri if line is None else f"{uri}#{line}"


def wants_links(stream: TextIO, choice: ColorChoice, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether what is written to the stream may hold links: to a terminal, in colours, and one that has links.

    `FORCE_HYPERLINK` overrules what is known of the terminal: 0 for none, anything else for links.
    """
    if not stream.isatty() or not wants_color(stream, choice):
        return False
    if forced := environment.get("FORCE_HYPERLINK"):
        return forced != "0"
    terminal, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if environment.get("CI"):
        return False
    if program == "tmux":
        return _numbers(environment.get("TERM_PROGRAM_VERSION", "")) >= _TMUX_SINCE
    if terminal.startswith(_WITHOUT):
        return False
    if program:
        return program in _PROGRAMS
    versions = ((_numbers(environment.get(name, "")), since) for name, since in _SINCE.items())
    return (
        terminal.startswith(_TERMINALS)
        or bool(environment.get("WT_SESSION"))  # Windows Terminal
        or any(found >= since for found, since in versions)
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))
