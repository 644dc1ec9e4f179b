"""The edits between two texts, as small as whole lines and their common ends allow."""

from __future__ import annotations

import re
from typing import NamedTuple

from fixopenai.patch import line_changes

_AFTER_NEWLINE = re.compile(r"(?<=\n)")


class Replacement(NamedTuple):
    """The characters `start:end` of the old text give way to `text`; offsets are 0-based, the end exclusive."""

    start: int
    end: int
    text: str


def replacements(old: str, new: str) -> list[Replacement]:
    """The edits that turn `old` into `new`, in order, none touching another."""
    old_lines, new_lines = _AFTER_NEWLINE.split(old), _AFTER_NEWLINE.split(new)
    found = []
    offset = line = 0
    for change in line_changes(old_lines, new_lines):
        offset += sum(map(len, old_lines[line : change.old_start]))
        line = change.old_start
        gone = "".join(old_lines[change.old_start : change.old_end])
        come = "".join(new_lines[change.new_start : change.new_end])
        found.append(_narrowed(offset, gone, come))
    return found


def _narrowed(offset: int, gone: str, come: str) -> Replacement:
    """The replacement at this offset without what both texts begin and end with."""
    lead = _alike(gone, come)
    trail = _alike(gone[lead:][::-1], come[lead:][::-1])
    return Replacement(offset + lead, offset + len(gone) - trail, come[lead : len(come) - trail])


def _alike(first: str, second: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(first), len(second)))
