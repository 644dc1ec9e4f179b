"""Code as the terminal shows it: escaped, tabs expanded, in Python's colours, the changed words marked, wrapped."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token  # type: ignore[import-untyped]
from rich.cells import cell_len
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text

from fixopenai.reporting.diffs import diff_lines
from fixopenai.reporting.escaping import visible
from fixopenai.reporting.hunks import hunks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.reporting.hunks import DiffLine
    from fixopenai.results import FileChange

# The terminal's own palette, without a background: readable on dark and on light. Red and green mean removed and added.
THEME = ANSISyntaxTheme(
    {
        Token: Style(),
        Comment: Style(dim=True, italic=True),
        Keyword: Style(color="magenta"),
        Operator.Word: Style(color="magenta"),
        Name.Decorator: Style(color="blue"),
        Name.Function: Style(color="blue"),
        Name.Class: Style(color="blue"),
        String: Style(color="cyan"),
        Number: Style(color="cyan"),
    }
)
SIGNS = {"same": " ", "removed": "-", "added": "+", "note": "\\"}
SIGN_STYLES = {"same": "dim", "removed": "red", "added": "green", "note": "dim"}
_SYNTAX = Syntax("", "python", theme=THEME)
_MARK_STYLES = {"removed": "red reverse", "added": "green reverse"}
_TAB = 4
_HANGING = "    "
_BREAK = re.compile(r"[\s(\[{,]|\w(?=\.)")  # a line may end with one of these
_SPACES = re.compile(" *")
_CHARACTERS_PER_CELL = 4  # more of them are accents upon accents


def readable_hunks(change: FileChange, encoding: str) -> Iterator[list[DiffLine]]:
    """The hunks of a file, each line as a terminal with this encoding can show it; the newline of CRLF is no news."""
    crlf = change.source.newline == "\r\n"
    return hunks([_readable(line.removesuffix("\r") if crlf else line, encoding) for line in diff_lines(change)])


def _readable(line: str, encoding: str) -> str:
    """A line of a diff, its tabs filled up to their stops, which count from behind the sign."""
    sign, *before_tabs, last = (
        visible(part).encode(encoding, "backslashreplace").decode(encoding)
        for part in (line[:1], *line[1:].split("\t"))
    )
    parts, column = [], 0
    for part in before_tabs:
        column += cell_len(part)
        parts += [part, " " * (_TAB - column % _TAB)]
        column += _TAB - column % _TAB
    return "".join((sign, *parts, last))


def both_sides(hunk: list[DiffLine]) -> Iterator[tuple[Text | None, Text | None]]:
    """The code of each line in the old and in the new text, None where it is not in it.

    The two are coloured apart, for only so each of them is Python. A note belongs to the line above it.
    """
    old = iter(_code([line.text for line in hunk if line.kind in ("same", "removed")]))
    new = iter(_code([line.text for line in hunk if line.kind in ("same", "added")]))
    of = "same"
    for line in hunk:
        if line.kind != "note":
            of = line.kind
        sides = [None if of == missing else _side(line, code) for missing, code in (("added", old), ("removed", new))]
        yield sides[0], sides[1]


def _side(line: DiffLine, code: Iterator[Text]) -> Text:
    if line.kind == "note":
        return Text(line.text, style="dim")
    text = next(code)
    for start, end in line.marks:
        text.stylize(_MARK_STYLES[line.kind], start, end)
    return text


def _code(lines: list[str]) -> list[Text]:
    return list(_SYNTAX.highlight("\n".join(lines)).split("\n", allow_blank=True))


def wrapped(code: Text, width: int) -> Iterator[Text]:
    """The line in as many pieces as it takes, all but the first one indented further than the line is."""
    plain = code.plain
    if cell_len(plain) <= width:
        yield code
        return
    margin = min(len(plain) - len(plain.lstrip(" ")), width // 2)
    lead, indent = "", " " * margin + _HANGING
    ends = list(_ends(plain, width, width - len(indent)))
    for piece in code.divide(ends[:-1]):
        piece.rstrip()
        yield Text(lead) + piece
        lead = indent


def _ends(text: str, first_width: int, width: int) -> Iterator[int]:
    """Where the pieces of a text end; the spaces behind a piece belong to it, and need no room."""
    end, room = 0, first_width
    while end < len(text):
        end += _fitting(text[end : end + _CHARACTERS_PER_CELL * first_width], room)
        spaces = _SPACES.match(text, end)
        end, room = spaces.end() if spaces else end, width
        yield end


def _fitting(text: str, width: int) -> int:
    """How many characters to put on a line: up to a place where code may be broken, if one is near its end."""
    fits = bisect_right(range(1, len(text) + 1), width, key=lambda length: cell_len(text[:length]))
    if fits == len(text):
        return fits
    while fits > 1 and cell_len(text[fits]) == 0:  # an accent stays with its letter
        fits -= 1
    places = [found.end() for found in _BREAK.finditer(text, width // 2, fits)]
    return places[-1] if places else max(fits, 1)
