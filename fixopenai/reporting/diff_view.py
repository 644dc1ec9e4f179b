"""A file's diff for the terminal, the old lines above the new ones that replace them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from fixopenai.reporting.code_lines import SIGN_STYLES, SIGNS, both_sides, readable_hunks, wrapped

if TYPE_CHECKING:
    from rich.console import Console

    from fixopenai.reporting.hunks import DiffLine
    from fixopenai.results import FileChange

_NUMBER_WIDTH = 5


def show_diff(console: Console, change: FileChange) -> None:
    """The hunks, parted by a line that shows that something is left out."""
    for number, hunk in enumerate(readable_hunks(change, console.encoding)):
        if number:
            console.print(Text(f"{'...':>{_NUMBER_WIDTH}}", style="dim"))
        for line, (old, new) in zip(hunk, both_sides(hunk), strict=True):
            _show_line(console, line, new or old or Text())


def _show_line(console: Console, line: DiffLine, code: Text) -> None:
    """Number, sign and code; what does not fit goes on below the code."""
    number = "" if line.kind == "note" else str(line.number)
    gutter = Text.assemble((f"{number:>{_NUMBER_WIDTH}} ", "dim"), (SIGNS[line.kind], SIGN_STYLES[line.kind]), " ")
    for piece in wrapped(code, console.width - len(gutter)):
        console.print(gutter + piece, soft_wrap=True)
        gutter = Text(" " * len(gutter))
