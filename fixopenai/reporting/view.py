"""What a person sees on a terminal: the diff and the findings file by file, and the numbers at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from fixopenai.reporting.escaping import visible
from fixopenai.reporting.links import NO_LINKS
from fixopenai.reporting.report import summarize
from fixopenai.reporting.words import (
    closing_line,
    fixed_or_fixable,
    group_lines,
    left_line,
    steps,
    tally,
    untaken,
    verdict,
    way,
)

if TYPE_CHECKING:
    from rich.console import Console

    from fixopenai.reporting.links import Links
    from fixopenai.reporting.report import Mode, Report, Summary
    from fixopenai.results import FileChange, Outcome

_INDENT = "    "
_VERDICT_STYLES = {"fixed": "green", "left": "yellow"}


def show_files(
    console: Console,
    report: Report,
    *,
    diff: bool,
    verbose: bool,
    side_by_side: bool = False,
    links: Links = NO_LINKS,
) -> None:
    """Each file with something to say, in the order of the paths: its diff if asked for, then its findings.

    `verbose` adds the strategies that were not taken, and the client groups at the end.
    """
    changes = {change.source.display: change for change in report.changes if diff}
    findings: dict[str, list[Outcome]] = {}
    for outcome in report.result.outcomes:
        findings.setdefault(outcome.finding.place.path, []).append(outcome)
    for path in sorted(changes.keys() | findings.keys()):
        if diff:
            console.print(_header(path, links))
        if path in changes:
            _show_change(console, changes[path], side_by_side=side_by_side)
            console.print()
        for outcome in findings.get(path, ()):
            _show_finding(console, outcome, report.mode, links, verbose=verbose)
        if path in findings:
            console.print()
    for group in report.result.groups if verbose else ():
        for line in group_lines(group):
            _show_hanging(console, "", Text(line), links)
        console.print()


def _show_change(console: Console, change: FileChange, *, side_by_side: bool) -> None:
    if side_by_side:
        from fixopenai.reporting.side_by_side import show_side_by_side

        show_side_by_side(console, change)
    else:
        from fixopenai.reporting.diff_view import show_diff

        show_diff(console, change)


def _header(path: str, links: Links) -> Rule:
    name = Text(visible(path))
    name.stylize("bold")
    links.add_to_name(name)
    return Rule(name, align="left", style="dim")


def _show_finding(console: Console, outcome: Outcome, mode: Mode, links: Links, *, verbose: bool) -> None:
    finding = outcome.finding
    place, message = visible(str(finding.place)), visible(finding.message)
    _show_hanging(console, "", Text.assemble((place, "bold"), " ", (finding.rule, "red"), " ", message), links)
    if finding.calls:
        for line in _way_lines(outcome, console.width - len(2 * _INDENT)):
            _show_hanging(console, _INDENT, Text(line, style="dim"), links, hanging=2 * _INDENT)
    _show_hanging(console, _INDENT, _labelled(verdict(outcome, mode), _VERDICT_STYLES[outcome.status]), links)
    if outcome.review:
        _show_hanging(console, _INDENT, _labelled(f"review: {outcome.review}", "magenta"), links)
    for line in untaken(outcome) if verbose else ():
        _show_hanging(console, _INDENT, _labelled(line, "dim"), links)


def _way_lines(outcome: Outcome, width: int) -> list[str]:
    """The way to the SDK on one line, or a line for each step where it is too long for that."""
    whole = visible(f"via {way(outcome)}")
    if cell_len(whole) <= width:
        return [whole]
    return [visible(f"{' -> ' if number else 'via '}{step}") for number, step in enumerate(steps(outcome))]


def _labelled(text: str, style: str) -> Text:
    """A sentence whose first words, up to a colon, carry the colour."""
    label, colon, rest = visible(text).partition(": ")
    return Text.assemble((label + colon, style), rest)


def _show_hanging(console: Console, indent: str, text: Text, links: Links, hanging: str = _INDENT) -> None:
    """The text in as many lines as it takes, all but the first one behind `hanging`."""
    links.add_to_places(text)
    for line in text.wrap(console, console.width - len(hanging)):
        line.rstrip()
        console.print(Text(indent) + line, soft_wrap=True)
        indent = hanging


def show_summary(console: Console, report: Report) -> None:
    summary = summarize(report)
    # Rich has a plain line for plain encodings only where it has a title.
    console.print(Rule(characters="-" if console.options.ascii_only else "─", style="dim"))
    console.print(_summary_table(summary, report))
    closing = [line for line in (left_line(report), closing_line(report)) if line]
    if closing:
        console.print()
    for line in closing:
        console.print(Text(line))


def _summary_table(summary: Summary, report: Report) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify="right", style="bold")
    table.add_column()
    changed = "to change" if report.written is None else "changed"
    files = f"{summary.files_analyzed} analyzed, {summary.changed_files} {changed}"
    review = f"{summary.review} to review" if summary.review else ""
    table.add_row("files", str(summary.files_seen), files)
    table.add_row("found", str(summary.findings), tally(summary.by_rule))
    fixed = ", ".join(part for part in (tally(summary.by_strategy), review) if part)
    table.add_row(fixed_or_fixable(report.mode), _number(summary.fixed, "green"), fixed)
    table.add_row("left", _number(summary.left, "yellow"), "")
    table.add_row("errors", _number(summary.errors, "red"), "")
    return table


def _number(number: int, style: str) -> Text:
    return Text(str(number), style=style if number else "dim")
