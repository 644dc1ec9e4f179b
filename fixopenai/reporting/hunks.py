"""A diff taken apart for showing: numbered lines, and which words of a changed line are not the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["same", "removed", "added", "note"]
Span = tuple[int, int]

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_KINDS: dict[str, Kind] = {" ": "same", "-": "removed", "+": "added", "\\": "note"}
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)
_ENOUGH_IN_COMMON = 0.4
_TOO_MANY_TOKENS = 1_500


@dataclass(frozen=True, slots=True)
class DiffLine:
    """`number` counts in the old text for removed lines, in the new text for all others.

    `old` is the line of the old text: the line itself, or for an added one that which comes after it.
    """

    kind: Kind
    number: int
    old: int
    text: str
    marks: tuple[Span, ...] = ()


def hunks(diff: Sequence[str]) -> Iterator[list[DiffLine]]:
    """The hunks of one file's diff."""
    starts = [number for number, line in enumerate(diff) if _HUNK.match(line)]
    for start, end in zip(starts, [*starts[1:], len(diff)], strict=True):
        yield list(_marked(list(_numbered(diff[start], diff[start + 1 : end]))))


def _numbered(header: str, lines: Sequence[str]) -> Iterator[DiffLine]:
    match = _HUNK.match(header)
    old, new = (int(match[1]), int(match[2])) if match else (1, 1)
    for line in lines:
        kind = _KINDS.get(line[:1], "note")
        yield DiffLine(kind, old if kind == "removed" else new, old, line[1:])
        old += kind in ("same", "removed")
        new += kind in ("same", "added")


def _marked(lines: list[DiffLine]) -> Iterator[DiffLine]:
    for changed, group in groupby(lines, key=lambda line: line.kind in ("removed", "added")):
        block = list(group)
        if changed:
            removed = [line for line in block if line.kind == "removed"]
            added = [line for line in block if line.kind == "added"]
            removed_marks, added_marks = _changed_words(_texts(removed), _texts(added))
            yield from _with_marks(removed, removed_marks)
            yield from _with_marks(added, added_marks)
        else:
            yield from block


def _texts(lines: list[DiffLine]) -> list[str]:
    return [line.text for line in lines]


def _changed_words(old: list[str], new: list[str]) -> tuple[list[Span], list[Span]]:
    """Spans of the joined texts that differ; none at all where the two have little in common."""
    old_tokens = _TOKEN.findall("\n".join(old))
    new_tokens = _TOKEN.findall("\n".join(new))
    if not old_tokens or not new_tokens or len(old_tokens) + len(new_tokens) > _TOO_MANY_TOKENS:
        return [], []
    matcher = SequenceMatcher(None, old_tokens, new_tokens, autojunk=False)
    if matcher.ratio() < _ENOUGH_IN_COMMON:
        return [], []
    changed = [codes for codes in matcher.get_opcodes() if codes[0] != "equal"]
    return (
        _spans(old_tokens, [(start, end) for _, start, end, _, _ in changed]),
        _spans(new_tokens, [(start, end) for _, _, _, start, end in changed]),
    )


def _spans(tokens: list[str], ranges: list[Span]) -> list[Span]:
    offsets = [0]
    for token in tokens:
        offsets.append(offsets[-1] + len(token))
    return [(offsets[start], offsets[end]) for start, end in ranges if start != end]


def _with_marks(lines: list[DiffLine], spans: list[Span]) -> Iterator[DiffLine]:
    """Hand the spans of the joined text to the lines they lie in."""
    offset = 0
    for line in lines:
        end = offset + len(line.text)
        inside = [(max(start, offset) - offset, min(stop, end) - offset) for start, stop in spans]
        yield replace(line, marks=tuple(span for span in inside if span[0] < span[1]))
        offset = end + 1
