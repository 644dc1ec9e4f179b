"""What is said about a finding and about a run: one line each, the same words wherever they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.reporting.escaping import visible
from fixopenai.reporting.streams import BOLD, BOLD_RED, paint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixopenai.reporting.report import Mode, Report, Summary
    from fixopenai.results import ClientGroup, Outcome


_FIXED: dict[Mode, str] = {"diff": "would be fixed", "check": "fixable", "write": "fixed"}


def verdict(outcome: Outcome, mode: Mode) -> str:
    """What became of the finding, or would: `fixed by <strategy>: <why>` or `left: <why>, at <place>`."""
    if outcome.status == "fixed":
        by = f"{_FIXED[mode]} by {outcome.strategy}"
        return f"{by}: {outcome.reason}" if outcome.reason else by
    return f"left: {outcome.reason}, at {outcome.obstacle}" if outcome.obstacle else f"left: {outcome.reason}"


def steps(outcome: Outcome) -> list[str]:
    """The calls that lead to the SDK, outermost first; empty where the call stands in place itself."""
    return [f"{step.function} ({step.path}:{step.line})" for step in outcome.finding.calls]


def way(outcome: Outcome) -> str:
    """These calls on one line."""
    return " -> ".join(steps(outcome))


def untaken(outcome: Outcome) -> list[str]:
    """The strategies that were tried before the one that was taken, and what stood in their way, unless it is said."""
    return [
        f"not {other.strategy}: {other.reason}" + (f", at {other.obstacle}" if other.obstacle else "")
        for other in outcome.untaken
        if other.reason not in outcome.reason
    ]


def group_lines(group: ClientGroup) -> list[str]:
    """A client group: where its clients are made, and each use with the colours that it can have."""
    made = ", ".join(f"{client.name} ({client.place})" for client in group.clients) or "the openai module"
    at = f", at {group.obstacle}" if group.obstacle else ""
    stays = f", stays sync: {group.reason}{at}" if group.reason else ""
    lines = [f"Client group of {made}, {count(len(group.uses), 'use')}{stays}"]
    for use in group.uses:
        only = " or ".join(use.colours) if len(use.colours) > 1 else f"{use.colours[0]} only"
        why = f", because {use.reason}" if use.reason else ""
        lines.append(f"  {use.place}: `{use.text}`: {only}{why}")
    return [visible(line) for line in lines]


def finding_line(outcome: Outcome, mode: Mode, *, color: bool = False, verbose: bool = False) -> str:
    """The finding and what became of it, on one line and safe to print; `verbose` adds the strategies not taken."""
    finding = outcome.finding
    place = paint(visible(str(finding.place)), BOLD, color=color)
    rule = paint(finding.rule, BOLD_RED, color=color)
    parts = [finding.message]
    if finding.calls:
        parts.append(f"[via {way(outcome)}]")
    parts.append(f"[{verdict(outcome, mode)}]")
    if outcome.review:
        parts.append(f"[review: {outcome.review}]")
    if verbose:
        parts += [f"[{line}]" for line in untaken(outcome)]
    return f"{place}: {rule} {visible(' '.join(parts))}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def fixed_or_fixable(mode: Mode) -> str:
    """What a number of repairs is called: only --write has made them."""
    return "fixed" if mode == "write" else "fixable"


def tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def summary_line(summary: Summary, mode: Mode) -> str:
    """The run in one sentence."""
    if not summary.findings:
        found = "No findings" if not summary.errors else f"No findings, {count(summary.errors, 'error')}"
        return f"{found} in {count(summary.files_seen, 'file')}."
    word = fixed_or_fixable(mode)
    strategies = f" ({tally(summary.by_strategy)})" if summary.by_strategy else ""
    parts = [f"{summary.fixed} {word}{strategies}", f"{summary.left} left"]
    if summary.errors:
        parts.append(count(summary.errors, "error"))
    return f"{count(summary.findings, 'finding')} in {count(summary.files_seen, 'file')}: {', '.join(parts)}."


def closing_line(report: Report) -> str:
    """What happened to the files, and what the user may want next; empty where there is nothing to say."""
    changed = len(report.changes)
    if report.written is not None:
        return f"{count(changed, 'file')} changed." if changed else "No file changed."
    if report.mode == "check" or not changed:
        return ""
    # With a text from standard input, --write is an error.
    hint = ": --write applies the diff" if report.mode == "diff" and report.text is None else ""
    return f"{count(changed, 'file')} would change. Nothing was written{hint}."


def left_line(report: Report) -> str:
    """Where it says what to do about findings that are left; empty where none are."""
    codes = sorted({outcome.finding.rule for outcome in report.result.outcomes if outcome.status == "left"})
    asks = ", ".join(f"--explain {code}" for code in codes)
    return f"What to do about what is left: {asks}." if codes else ""
