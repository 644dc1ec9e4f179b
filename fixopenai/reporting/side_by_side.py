"""A file's diff for a wide terminal: the old text on the left, the new text on the right."""

from __future__ import annotations

from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from fixopenai.reporting.code_lines import SIGN_STYLES, SIGNS, both_sides, readable_hunks, wrapped
from fixopenai.reporting.line_pairs import line_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from fixopenai.reporting.hunks import DiffLine, Kind
    from fixopenai.results import FileChange

# Measured on repairs of real projects: at this width half of the changed lines take a second row, at 80 two thirds do.
_NARROWEST = 100
_LEFT_OUT = "..."


class _Cell(NamedTuple):
    """One side of a row, before it is wrapped."""

    number: int
    kind: Kind
    code: Text


def want_of_room(console: Console) -> str:
    """Why two columns are not for this console; empty where they are."""
    return f"it takes {_NARROWEST} columns, and there are {console.width}" if console.width < _NARROWEST else ""


def show_side_by_side(console: Console, change: FileChange) -> None:
    """The hunks, parted by a line that shows that something is left out."""
    found = list(readable_hunks(change, console.encoding))
    digits = max([len(_LEFT_OUT), *(len(str(max(hunk[-1].old, hunk[-1].new))) for hunk in found)])
    for number, hunk in enumerate(found):
        if number:
            left_out = [Text(f"{_LEFT_OUT:>{digits}}", style="dim")]
            _show_row(console, left_out, left_out)
        for old, new in _rows(hunk):
            _show_row(console, _lines(console, old, digits), _lines(console, new, digits))


def _rows(hunk: list[DiffLine]) -> Iterator[tuple[_Cell | None, _Cell | None]]:
    """What stands side by side; a line that is in one text only, and like none in the other, may stand alone."""
    lines = zip(hunk, both_sides(hunk), strict=True)
    for same, stretch in groupby(lines, key=lambda line: line[1][0] is not None and line[1][1] is not None):
        block = list(stretch)
        old = [_Cell(line.old, line.kind, code) for line, (code, _) in block if code is not None]
        new = [_Cell(line.new, line.kind, code) for line, (_, code) in block if code is not None]
        if same:
            yield from zip(old, new, strict=True)
        else:
            for left, right in line_pairs([cell.code.plain for cell in old], [cell.code.plain for cell in new]):
                yield None if left is None else old[left], None if right is None else new[right]


def _lines(console: Console, cell: _Cell | None, digits: int) -> Iterator[Text]:
    """Number, sign and code, in as many lines as they take in their column."""
    if cell is None:
        return
    number = "" if cell.kind == "note" else str(cell.number)
    gutter = Text.assemble((f"{number:>{digits}} ", "dim"), (SIGNS[cell.kind], SIGN_STYLES[cell.kind]), " ")
    for piece in wrapped(cell.code, _width(console) - len(gutter)):
        yield gutter + piece
        gutter = Text(" " * len(gutter))


def _show_row(console: Console, old: Iterable[Text], new: Iterable[Text]) -> None:
    bar = Text(_bar(console), style="dim")
    for left, right in zip_longest(old, new, fillvalue=Text()):
        row = left.copy()
        row.pad_right(_width(console) - cell_len(left.plain))
        row = Text.assemble(row, bar, right)
        row.rstrip()
        console.print(row, soft_wrap=True)


def _bar(console: Console) -> str:
    return " | " if console.options.ascii_only else " \u2502 "


def _width(console: Console) -> int:
    """Cells of one side."""
    return (console.width - len(_bar(console))) // 2
