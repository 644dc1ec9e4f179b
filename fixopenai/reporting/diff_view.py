"""A file's diff for the terminal: line numbers, Python's colours, the changed words marked."""

from __future__ import annotations

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

    from rich.console import Console

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
_SYNTAX = Syntax("", "python", theme=THEME)
_SIGNS = {"same": " ", "removed": "-", "added": "+", "note": "\\"}
_SIGN_STYLES = {"same": "dim", "removed": "red", "added": "green", "note": "dim"}
_MARK_STYLES = {"removed": "red reverse", "added": "green reverse"}
_TAB = "    "
_NUMBER_WIDTH = 5
_NARROWEST = 20


def show_diff(console: Console, change: FileChange) -> None:
    """The hunks, parted by a line that shows that something is left out."""
    crlf = change.source.newline == "\r\n"
    readable = [_readable(line, crlf=crlf) for line in diff_lines(change)]
    for number, hunk in enumerate(hunks(readable)):
        if number:
            console.print(Text(f"{'...':>{_NUMBER_WIDTH}}", style="dim"))
        for line, code in zip(hunk, _highlighted(hunk), strict=True):
            _show_line(console, line, code)


def _readable(line: str, *, crlf: bool) -> str:
    """Safe to show, in the columns it is shown in; the newline of a CRLF file is no news."""
    return visible((line.removesuffix("\r") if crlf else line).replace("\t", _TAB))


def _show_line(console: Console, line: DiffLine, code: Text) -> None:
    """Number, sign and code; what does not fit goes on below the code."""
    number = "" if line.kind == "note" else str(line.number)
    gutter = Text.assemble((f"{number:>{_NUMBER_WIDTH}} ", "dim"), (_SIGNS[line.kind], _SIGN_STYLES[line.kind]), " ")
    for piece in _pieces(console, code, max(console.width - len(gutter), _NARROWEST)):
        console.print(gutter + piece, soft_wrap=True)
        gutter = Text(" " * len(gutter))


def _pieces(console: Console, code: Text, width: int) -> Iterator[Text]:
    """The line in as many pieces as it takes, all but the first one indented further than the line is."""
    if cell_len(code.plain) <= width:
        yield code
        return
    margin = min(len(code.plain) - len(code.plain.lstrip(" ")), width // 2)
    indent = Text(" " * margin)
    for piece in code[margin:].wrap(console, width - margin - len(_TAB), overflow="fold"):
        piece.rstrip()
        yield indent + piece
        indent = Text(" " * margin + _TAB)


def _highlighted(hunk: list[DiffLine]) -> Iterator[Text]:
    """The code of each line; the old and the new text are coloured apart, for only so each of them is Python."""
    old = iter(_code([line.text for line in hunk if line.kind in ("same", "removed")]))
    new = iter(_code([line.text for line in hunk if line.kind in ("same", "added")]))
    for line in hunk:
        if line.kind == "note":
            yield Text(line.text, style="dim")
            continue
        code = next(old if line.kind == "removed" else new)
        if line.kind == "same":
            next(old)
        for start, end in line.marks:
            code.stylize(_MARK_STYLES[line.kind], start, end)
        yield code


def _code(lines: list[str]) -> list[Text]:
    return list(_SYNTAX.highlight("\n".join(lines)).split("\n", allow_blank=True))
