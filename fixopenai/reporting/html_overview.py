"""What the page says of the run as a whole: its numbers, the findings by rule, the files, the clients, the errors."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from fixopenai.reporting.html_files import split_path
from fixopenai.reporting.html_findings import because, place_html
from fixopenai.reporting.html_markup import escaped, prose
from fixopenai.reporting.report import summarize
from fixopenai.reporting.words import count, fixed_or_fixable, tally
from fixopenai.rules import rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fixopenai.errors import SourceError
    from fixopenai.reporting.html_files import FileView, Links
    from fixopenai.reporting.report import Report
    from fixopenai.results import ClientGroup, Outcome


def numbers(report: Report) -> str:
    summary = summarize(report)
    files = f"{summary.files_analyzed} analyzed, {summary.files_seen} seen"
    shown = [
        ("found", "Findings", summary.findings, f"in {count(len(_paths(report)), 'file')}"),
        ("fixed", fixed_or_fixable(report.mode).capitalize(), summary.fixed, tally(summary.by_strategy)),
        ("review", "To review", summary.review, "change more than the call" if summary.review else ""),
        ("left", "Left", summary.left, "each with its reason" if summary.left else ""),
        ("error", "Errors", summary.errors, ""),
        ("files", "Changed" if report.written is not None else "To change", summary.changed_files, f"files; {files}"),
    ]
    return "".join(
        f'<div class="{name if number else "none"}"><dt>{label}</dt>'
        f"<dd><b>{number}</b> <small>{note}</small></dd></div>"
        for name, label, number, note in shown
    )


def _paths(report: Report) -> set[str]:
    return {outcome.finding.place.path for outcome in report.result.outcomes}


def rules(outcomes: Mapping[int, Outcome]) -> Iterator[str]:
    """Each rule that found something, what it means, and its findings; `outcomes` by the number of their card."""
    by_rule: dict[str, list[int]] = defaultdict(list)
    for number, outcome in outcomes.items():
        by_rule[outcome.finding.rule].append(number)
    for code, found in sorted(by_rule.items()):
        about = rule(code)
        left = sum(outcomes[number].status == "left" for number in found)
        yield (
            f'<details class="row by-rule" id="{code}"><summary><b>{code}</b> {about.name}'
            f" <span>{prose(about.summary)}</span> {_counts(len(found), left)}</summary>"
        )
        yield from (f"<p>{prose(paragraph)}</p>" for paragraph in about.what.split("\n\n"))
        if left:
            yield f"<p><b>What to do about what is left:</b> {prose(about.by_hand)}</p>"
        yield "<ul>"
        for path, inside in groupby(found, key=lambda number: outcomes[number].finding.place.path):
            yield f'<li><span class="folder">{escaped(path)}</span><ul>'
            for number in inside:
                finding = outcomes[number].finding
                function = f" <code>{escaped(finding.function)}</code>" if finding.function else ""
                yield f'<li><a href="#n{number}">line {finding.place.line}</a>{function}</li>'
            yield "</ul></li>"
        yield "</ul></details>"


def _counts(found: int, left: int) -> str:
    return f'<span class="counts">{count(found, "finding")}{f", {left} left" if left else ""}</span>'


def file_list(views: Sequence[FileView]) -> Iterator[str]:
    """The files as links, folder by folder."""
    if views:
        yield '<h2>Files</h2><ol class="index">'
    for folder, inside in groupby(views, key=lambda view: split_path(view.path)[0]):
        yield f'<li><span class="folder">{escaped(folder) or "./"}</span><ol>'
        for view in inside:
            found = len(view.outcomes)
            counts = f'<span class="counts" title="{count(found, "finding")}">{found}</span>' if found else ""
            yield f'<li><a href="#f{view.number}">{escaped(split_path(view.path)[1])}</a> {counts}</li>'
        yield "</ol></li>"
    if views:
        yield "</ol>"


def errors(found: Sequence[SourceError]) -> Iterator[str]:
    for error in found:
        place = error.path if error.line is None else f"{error.path}:{error.line}"
        yield f"<li><b>{escaped(place)}</b>: {escaped(error.message)}</li>"


def client_groups(groups: Sequence[ClientGroup], links: Links) -> Iterator[str]:
    """Where the clients are made, which colour they can have, and each use with the colours that it can have."""
    for number, group in enumerate(groups, 1):
        made = ", ".join(
            f"<code>{escaped(client.name)}</code> {place_html(client.place, links)}" for client in group.clients
        )
        uses = count(len(group.uses), "use")
        yield (
            f'<details class="row group" id="g{number}"><summary>{made or "The <code>openai</code> module"}'
            f' <span class="counts">{uses}{", stays sync" if group.reason else ""}</span></summary>'
        )
        if group.reason:
            yield f"<p><b>Stays sync</b>: {because(group.reason, group.obstacle, links)}</p>"
        yield '<table><thead><tr><th scope="col">Use<th scope="col">Place<th scope="col">Can be</tr></thead><tbody>'
        for use in group.uses:
            colours = " ".join(f'<span class="{colour}">{colour}</span>' for colour in use.colours)
            only = " only" if len(use.colours) == 1 else ""
            why = f"<p>{prose(use.reason)}</p>" if use.reason else ""
            yield (
                f"<tr><td><code>{escaped(use.text)}</code><td>{place_html(use.place, links)}"
                f"<td>{colours}{only}{why}</tr>"
            )
        yield "</tbody></table></details>"


def group_numbers(groups: Sequence[ClientGroup]) -> dict[tuple[str, int], int]:
    """The number of the group that has a use on a line, by path and line."""
    return {(use.place.path, use.place.line): number for number, group in enumerate(groups, 1) for use in group.uses}


def facet(name: str, title: str, values: Iterable[tuple[str, str, int]]) -> str:
    """Boxes to filter by; values are (value, label, findings). Nothing to choose from, nothing shown."""
    boxes = [
        f'<label><input type="checkbox" name="{name}" value="{escaped(value)}"> {escaped(label)}'
        f' <span class="counts">{number}</span></label>'
        for value, label, number in values
    ]
    return f"<fieldset><legend>{title}</legend>{''.join(boxes)}</fieldset>" if len(boxes) > 1 else ""
