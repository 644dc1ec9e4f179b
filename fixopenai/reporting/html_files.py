"""What the page shows of each file: the hunks of its diff, and the lines around all places that the report names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from fixopenai.reporting.diffs import diff_lines
from fixopenai.reporting.hunks import DiffLine, hunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fixopenai.reporting.report import Report
    from fixopenai.results import FileChange, Outcome, Place
    from fixopenai.source import SourceFile

_CONTEXT = 2


@dataclass(frozen=True, slots=True)
class FileView:
    """`hunks` are in order and do not touch; a file that was neither changed nor read has none.

    `digest` stands for the diff, and is empty where nothing changes. `number` names the file in links.
    """

    number: int
    path: str
    outcomes: tuple[Outcome, ...]
    hunks: tuple[tuple[DiffLine, ...], ...]
    digest: str

    @property
    def is_only_named(self) -> bool:
        """Whether nothing is found or changed in the file: others lead to it."""
        return not self.outcomes and not self.digest

    def lines(self, kind: str) -> int:
        return sum(line.kind == kind for hunk in self.hunks for line in hunk)


@dataclass(frozen=True, slots=True)
class Links:
    """Where on the page a line of the analysed code stands, if it does."""

    files: dict[str, FileView]
    shown: frozenset[tuple[str, int]]

    def href(self, path: str, line: int) -> str | None:
        view = self.files.get(path)
        if view is None:
            return None
        return f"#{line_id(view, line)}" if (path, line) in self.shown else f"#f{view.number}"


def line_id(view: FileView, line: int) -> str:
    """The id of a line of the old text."""
    return f"f{view.number}-{line}"


def file_views(report: Report) -> list[FileView]:
    """All files that the page speaks of, folder by folder."""
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in report.result.outcomes:
        outcomes[outcome.finding.place.path].append(outcome)
    changes = {change.source.display: change for change in report.changes}
    sources = _sources(report)
    named = _named_lines(report)
    return [
        _view(number, path, outcomes.get(path, ()), changes.get(path), sources.get(path), named.get(path, set()))
        for number, path in enumerate(
            sorted({*outcomes, *changes, *(named.keys() & sources.keys())}, key=split_path), 1
        )
    ]


def split_path(path: str) -> tuple[str, str]:
    """The folder, with its slash, and the name."""
    folder, slash, name = path.rpartition("/")
    return folder + slash, name


def links(views: Iterable[FileView]) -> Links:
    by_path = {view.path: view for view in views}
    shown = (
        (path, line.old) for path, view in by_path.items() for hunk in view.hunks for line in hunk if _is_old(line)
    )
    return Links(by_path, frozenset(shown))


def _view(
    number: int,
    path: str,
    outcomes: Iterable[Outcome],
    change: FileChange | None,
    source: SourceFile | None,
    named: set[int],
) -> FileView:
    diff: list[str] = []
    if change is not None:
        source = change.source
        diff = diff_lines(change)
        if source.newline == "\r\n":
            diff = [line.removesuffix("\r") for line in diff]
    pieces = [tuple(hunk) for hunk in hunks(diff)] if diff else []
    if source is not None:
        pieces += _excerpts(source, pieces, named)
    digest = sha256("\n".join(diff).encode("utf-8", "backslashreplace")).hexdigest() if diff else ""
    return FileView(number, path, tuple(outcomes), tuple(_joined(pieces)), digest)


def _sources(report: Report) -> dict[str, SourceFile]:
    """The files that were read, without those that share a name with another one."""
    by_name: dict[str, SourceFile] = {}
    twice = set()
    for source in report.result.sources:
        if by_name.setdefault(source.display, source).path != source.path:
            twice.add(source.display)
    return {name: source for name, source in by_name.items() if name not in twice}


def _named_lines(report: Report) -> dict[str, set[int]]:
    """The lines that the report speaks of."""
    lines: dict[str, set[int]] = defaultdict(set)
    for outcome in report.result.outcomes:
        for step in outcome.finding.calls:
            lines[step.path].add(step.line)
    for place in _places(report):
        lines[place.path].add(place.line)
    return lines


def _places(report: Report) -> Iterator[Place]:
    for outcome in report.result.outcomes:
        yield outcome.finding.place
        for obstacle in (outcome.obstacle, *(untaken.obstacle for untaken in outcome.untaken)):
            if obstacle is not None:
                yield obstacle
    for group in report.result.groups:
        yield from (client.place for client in group.clients)
        yield from (use.place for use in group.uses)
        if group.obstacle is not None:
            yield group.obstacle


def _excerpts(
    source: SourceFile, changed: Iterable[tuple[DiffLine, ...]], named: Iterable[int]
) -> Iterator[tuple[DiffLine, ...]]:
    """The named lines that no hunk shows, and a few around each."""
    text = [line.removesuffix("\r") for line in source.text.split("\n")]
    last = len(text) if text[-1] else len(text) - 1
    shown = {line.old for hunk in changed for line in hunk if _is_old(line)}
    wanted = {
        near
        for line in named
        if line not in shown
        for near in range(max(1, line - _CONTEXT), min(last, line + _CONTEXT) + 1)
    }
    shift = 0  # by how much the numbers of the new text are higher here
    later = list(changed)[::-1]
    for line in sorted(wanted - shown):
        while later and later[-1][0].old < line:
            kinds = [item.kind for item in later.pop()]
            shift += kinds.count("added") - kinds.count("removed")
        yield (DiffLine("same", line + shift, line, text[line - 1]),)


def _joined(pieces: Iterable[tuple[DiffLine, ...]]) -> Iterator[tuple[DiffLine, ...]]:
    """Pieces in order, those that touch as one."""
    hunk: list[DiffLine] = []
    for piece in sorted(pieces, key=lambda piece: piece[0].old):
        if hunk and piece[0].old > _end(hunk):
            yield tuple(hunk)
            hunk = []
        hunk += piece
    if hunk:
        yield tuple(hunk)


def _end(hunk: list[DiffLine]) -> int:
    """The old line after the hunk."""
    last = next(line for line in reversed(hunk) if line.kind != "note")
    return last.old + _is_old(last)


def _is_old(line: DiffLine) -> bool:
    return line.kind in ("same", "removed")
