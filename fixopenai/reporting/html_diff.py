"""A file's hunks as HTML, each finding below its line.

A line is one element. A run of lines is a grid: wide, removed lines stand in its left column and added ones in its
right; narrow, they follow each other. So one document serves both, and no script is needed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from fixopenai.reporting.html_code import coloured, line_html
from fixopenai.reporting.html_files import line_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fixopenai.reporting.html_files import FileView
    from fixopenai.reporting.hunks import DiffLine, Span
    from fixopenai.results import Place


def diff_html(view: FileView, cards: Mapping[int, Sequence[str]]) -> Iterator[str]:
    """The hunks; `cards` holds what to put below a line, as HTML, by the line of the old text.

    Cards of lines that are not shown come last.
    """
    waiting = dict(cards)
    found = _found(view)
    for aside, group in groupby(view.hunks, key=lambda hunk: not (view.is_only_named or _matters(hunk, cards))):
        hunks = list(group)
        if aside:
            lines = ", ".join(f"{hunk[0].old} to {hunk[-1].old}" for hunk in hunks)
            yield f'<details class="aside"><summary>Lines {lines}</summary>'
        for hunk in hunks:
            yield from _hunk(view, hunk, found, waiting)
        if aside:
            yield "</details>"
    for rest in waiting.values():
        yield from rest


def _matters(hunk: Sequence[DiffLine], cards: Mapping[int, Sequence[str]]) -> bool:
    """Whether something changes or is found in it; else only links from elsewhere lead there."""
    return any(line.kind != "same" or line.old in cards for line in hunk)


def _hunk(
    view: FileView, hunk: Sequence[DiffLine], found: Mapping[int, Sequence[Span]], waiting: dict[int, Sequence[str]]
) -> Iterator[str]:
    """The lines and the cards below them, which are no longer waiting then."""
    split = any(line.kind in ("removed", "added") for line in hunk)
    yield f'<div class="hunk{" split" if split else ""}">'
    ends = sorted(waiting)
    for _, run in groupby(zip(hunk, coloured(hunk), strict=True), key=lambda pair: _run(pair[0], ends)):
        lines = list(run)
        yield '<div class="run">'
        for line, layers in lines:
            # A finding speaks of the old text.
            spans = found.get(line.old, ()) if line.kind in ("same", "removed") else ()
            yield from _line(view, line, line_html(line.text, layers, line.marks, spans), split=split)
        yield "</div>"
        for line, _ in lines:
            if line.kind in ("same", "removed"):
                yield from waiting.pop(line.old, ())
    yield "</div>"


def _run(line: DiffLine, ends: Sequence[int]) -> int:
    """What lines of one run have in common; `ends` are the unchanged lines after which another one begins."""
    return bisect_left(ends, line.old) if line.kind == "same" else -1


def _line(view: FileView, line: DiffLine, content: str, *, split: bool) -> Iterator[str]:
    if line.kind == "note":
        yield f'<div class="note">{content.strip()}</div>'
    elif line.kind == "removed":
        yield f'<del id="{line_id(view, line.old)}" data-n="{line.old}">{content}</del>'
    elif line.kind == "added":
        yield f'<ins data-n="{line.number}">{content}</ins>'
    else:
        both = f' data-m="{line.number}"' if split else ""
        yield f'<div class="same" id="{line_id(view, line.old)}" data-n="{line.old}"{both}>{content}</div>'
        if split:
            yield f'<div class="same new" aria-hidden="true" data-n="{line.number}">{content}</div>'


def _found(view: FileView) -> Mapping[int, Sequence[Span]]:
    """Where on each line a finding begins, up to its end or that of the line; overlaps as one."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for place in sorted({outcome.finding.place for outcome in view.outcomes}):
        start, end = _span(place)
        line = spans[place.line]
        if line and start < line[-1][1]:
            line[-1] = (line[-1][0], max(line[-1][1], end))
        else:
            line.append((start, end))
    return spans


def _span(place: Place) -> Span:
    return place.column - 1, place.end_column - 1 if place.end_line == place.line else place.column + 10**6
