"""A byte-exact unified diff, as `git apply` takes it: lines end at `\\n` and nowhere else."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from os import fsencode
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

_Line = TypeVar("_Line", bound="Hashable")
_CONTEXT = 3
_NO_NEWLINE = b"\n\\ No newline at end of file\n"
_QUOTED = re.compile(rb'[\x00-\x1f"\\\x7f-\xff]')
_ESCAPES = {7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 11: b"\\v", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}


class LineChange(NamedTuple):
    """Old lines `old_start:old_end` give way to new lines `new_start:new_end`; 0-based, ends exclusive."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def unified_diff(display: str, old: bytes, new: bytes) -> bytes:
    """The patch that turns `old` into `new`, with three lines of context; empty when they are equal.

    `display` is the path relative to the folder where the patch is applied, with forward slashes.
    """
    if old == new:
        return b""
    old_lines, new_lines = _lines(old), _lines(new)
    name = fsencode(display)
    old_name, new_name = _quoted(b"a/" + name), _quoted(b"b/" + name)
    end = b"\t\n" if b" " in name else b"\n"
    # No "diff --git" line: git would take the names as relative to the top of the work tree, wherever it is run.
    parts = [b"--- ", old_name, end, b"+++ ", new_name, end]
    for hunk in _hunks(line_changes(old_lines, new_lines)):
        parts += _hunk(hunk, old_lines, new_lines)
    return b"".join(parts)


def _lines(data: bytes) -> list[bytes]:
    *whole, rest = data.split(b"\n")
    lines = [line + b"\n" for line in whole]
    return [*lines, rest] if rest else lines


def _quoted(name: bytes) -> bytes:
    """The name as git writes it: in quotes, with C escapes, when it holds control characters or non-ASCII bytes."""
    escaped = _QUOTED.sub(lambda found: _ESCAPES.get(found[0][0]) or b"\\%03o" % found[0][0], name)
    return name if escaped == name else b'"' + escaped + b'"'


def line_changes(old: list[_Line], new: list[_Line]) -> Iterator[LineChange]:
    """What differs, in order.

    Lines that are unique in both texts hold them together: two small edits far apart in a long file cost no more than
    its length, and only what lies between such lines is compared in full.
    """
    rest = _trimmed(old, new, LineChange(0, len(old), 0, len(new)))
    old_start, new_start = rest.old_start, rest.new_start
    for old_anchor, new_anchor in [*_anchors(old, new, rest), (rest.old_end, rest.new_end)]:
        yield from _compared(old, new, LineChange(old_start, old_anchor, new_start, new_anchor))
        old_start, new_start = old_anchor + 1, new_anchor + 1


def _trimmed(old: list[_Line], new: list[_Line], part: LineChange) -> LineChange:
    """The part without its common first and last lines."""
    old_start, old_end, new_start, new_end = part
    while old_start < old_end and new_start < new_end and old[old_start] == new[new_start]:
        old_start += 1
        new_start += 1
    while old_start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
        old_end -= 1
        new_end -= 1
    return LineChange(old_start, old_end, new_start, new_end)


def _anchors(old: list[_Line], new: list[_Line], part: LineChange) -> list[tuple[int, int]]:
    """(old, new) numbers of lines that occur once in either part, the longest run of them that is in order in both."""
    in_old = Counter(old[part.old_start : part.old_end])
    in_new = Counter(new[part.new_start : part.new_end])
    new_numbers = {new[number]: number for number in range(part.new_start, part.new_end) if in_new[new[number]] == 1}
    tails: list[int] = []  # the smallest new number that ends an ordered run of each length
    runs: list[tuple[int, int, int]] = []  # old number, new number, length of the longest run that ends here
    for old_number in range(part.old_start, part.old_end):
        line = old[old_number]
        if in_old[line] == 1 and line in new_numbers:
            new_number = new_numbers[line]
            length = bisect_left(tails, new_number)
            tails[length : length + 1] = [new_number]
            runs.append((old_number, new_number, length))
    anchors: list[tuple[int, int]] = []
    wanted, bound = len(tails) - 1, part.new_end
    for old_number, new_number, length in reversed(runs):
        if length == wanted and new_number < bound:
            anchors.append((old_number, new_number))
            wanted, bound = length - 1, new_number
    return anchors[::-1]


def _compared(old: list[_Line], new: list[_Line], part: LineChange) -> Iterator[LineChange]:
    rest = _trimmed(old, new, part)
    matcher = SequenceMatcher(None, old[rest.old_start : rest.old_end], new[rest.new_start : rest.new_end])
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield LineChange(
                rest.old_start + old_start,
                rest.old_start + old_end,
                rest.new_start + new_start,
                rest.new_start + new_end,
            )


def _hunks(changes: Iterator[LineChange]) -> Iterator[list[LineChange]]:
    """Changes whose context would touch or overlap, together."""
    hunk: list[LineChange] = []
    for change in changes:
        if hunk and change.old_start - hunk[-1].old_end > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _hunk(changes: list[LineChange], old: list[bytes], new: list[bytes]) -> Iterator[bytes]:
    first, last = changes[0], changes[-1]
    lead = min(_CONTEXT, first.old_start)
    trail = min(_CONTEXT, len(old) - last.old_end)
    old_range = _range(first.old_start - lead, last.old_end + trail)
    new_range = _range(first.new_start - lead, last.new_end + trail)
    yield b"@@ -%s +%s @@\n" % (old_range, new_range)
    at = first.old_start - lead
    for change in changes:
        yield from _marked(b" ", old[at : change.old_start])
        yield from _marked(b"-", old[change.old_start : change.old_end])
        yield from _marked(b"+", new[change.new_start : change.new_end])
        at = change.old_end
    yield from _marked(b" ", old[at : at + trail])


def _range(start: int, end: int) -> bytes:
    """0-based lines as a hunk header names them; an empty range is named by the line before it."""
    count = end - start
    if count == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + 1 if count else start, count)


def _marked(mark: bytes, lines: list[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield mark + line if line.endswith(b"\n") else mark + line + _NO_NEWLINE
