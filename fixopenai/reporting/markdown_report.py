"""The `markdown` format: the text of a pull request, for those who have to judge the change."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, TypeVar

from fixopenai.reporting.escaping import visible
from fixopenai.reporting.markdown_text import code, fenced, folded, prose
from fixopenai.reporting.report import summarize
from fixopenai.reporting.statistics import rule_counts
from fixopenai.reporting.words import closing_line, count, fixed_or_fixable, summary_line, way
from fixopenai.rules import rule
from fixopenai.rules.base import COMMON_COST, COST_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from fixopenai.reporting.report import Mode, Report
    from fixopenai.results import Outcome

_Key = TypeVar("_Key", bound="Hashable")
_TITLES: dict[Mode, str] = {"diff": "What would be done", "check": "What can be done", "write": "What was done"}
_MOST_NAMES = 20  # in one command
_LONGEST = 60_000  # characters; GitHub refuses more than 65,536
_LIMITS = (1_000, 200, 50, 10, 3)  # entries of one list: the first limit that makes the text short enough


def markdown_report(report: Report) -> bytes:
    text = ""
    for limit in _LIMITS:
        text = "\n\n".join("\n".join(block) for block in _blocks(report, limit) if block) + "\n"
        if len(text) <= _LONGEST:
            break
    return text.encode()


def _blocks(report: Report, limit: int) -> Iterator[list[str]]:
    """Paragraphs, headings and lists, as the lines that they are made of."""
    outcomes = report.result.outcomes
    fixed = [outcome for outcome in outcomes if outcome.status == "fixed"]
    left = [outcome for outcome in outcomes if outcome.status == "left"]
    yield ["## OpenAI calls and the event loop"]
    yield [" ".join(filter(None, (summary_line(summarize(report), report.mode), closing_line(report))))]
    if outcomes:
        yield _table(report)
    if fixed:
        yield [f"### {_TITLES[report.mode]}"]
        yield from _done(fixed, limit)
        yield from _changed(report, limit)
    if left:
        yield ["### What was left, and why"]
        yield from _left(left, limit)
    if fixed:
        yield ["### What to review"]
        yield _review(fixed, limit)
        yield ["### How to undo it"]
        yield from _undo(report)
    if report.result.errors:
        yield ["### What could not be looked at, or written"]
        errors = [f"- {code(str(error))}" for error in report.result.errors]
        yield _shortened(errors, limit)


def _table(report: Report) -> list[str]:
    word = fixed_or_fixable(report.mode)
    rows = [f"| {row.rule} {row.name} | {row.findings} | {row.fixed} | {row.left} |" for row in rule_counts(report)]
    return [f"| rule | findings | {word} | left |", "|---|--:|--:|--:|", *rows]


def _done(fixed: Iterable[Outcome], limit: int) -> Iterator[list[str]]:
    """By strategy with its cost, by the reason for it, by file."""
    for strategy, of_strategy in _grouped(fixed, lambda outcome: outcome.strategy or ""):
        yield [f"#### {code(strategy)}: {count(len(of_strategy), 'finding')}"]
        yield [f"This strategy {COST_OF[strategy]}"] if strategy in COST_OF else []
        for reason, of_reason in _grouped(of_strategy, lambda outcome: outcome.reason)[:limit]:
            yield [f"Taken because {prose(reason)}:"] if reason else []
            yield _findings(of_reason, limit)


def _left(left: Sequence[Outcome], limit: int) -> Iterator[list[str]]:
    """By the reason, with the places that stand in the way."""
    groups = _grouped(left, lambda outcome: (outcome.reason, str(outcome.obstacle or "")))
    for (reason, obstacle), of_reason in groups[:limit]:
        yield [f"Left because {prose(reason)}{f', at {code(obstacle)}' if obstacle else ''}:"]
        yield _findings(of_reason, limit)
    if len(groups) > limit:
        yield [f"And {count(len(groups) - limit, 'other reason')}."]
    for found in sorted({outcome.finding.rule for outcome in left}):
        yield [f"What to do about {found}: {rule(found).by_hand}"]


def _findings(outcomes: list[Outcome], limit: int) -> list[str]:
    lines = []
    for path, of_file in _grouped(outcomes[:limit], lambda outcome: outcome.finding.place.path):
        lines.append(f"- {code(path)}")
        for outcome in of_file:
            finding = outcome.finding
            via = f", via {code(way(outcome))}" if finding.calls else ""
            lines.append(f"  - line {finding.place.line}: {finding.rule}, {prose(finding.message)}{via}")
    files = count(len({outcome.finding.place.path for outcome in outcomes}), "file")
    if len(outcomes) > limit:
        lines.append(f"- and {len(outcomes) - limit} more")
    return folded(f"{count(len(outcomes), 'finding')} in {files}", lines)


def _changed(report: Report, limit: int) -> Iterator[list[str]]:
    """The files that change without a finding of their own: what is imported from them does."""
    found = {outcome.finding.place.path for outcome in report.result.outcomes}
    others = [change.source.display for change in report.changes if change.source.display not in found]
    if others:
        yield ["Changed along with them:"]
        lines = _shortened([f"- {code(path)}" for path in others], limit)
        yield folded(count(len(others), "file"), lines)


def _review(fixed: Iterable[Outcome], limit: int) -> list[str]:
    marked = [outcome for outcome in fixed if outcome.review]
    tasks = []
    for review, of_review in _grouped(marked, lambda outcome: outcome.review or ""):
        places = [code(f"{outcome.finding.place.path}:{outcome.finding.place.line}") for outcome in of_review]
        more = f" and {len(places) - limit} more" if len(places) > limit else ""
        tasks.append(f"- [ ] {prose(review)} ({', '.join(places[:limit])}{more})")
    return [f"- [ ] {COMMON_COST}", *folded(count(len(tasks), "more thing"), _shortened(tasks, limit))]


def _undo(report: Report) -> Iterator[list[str]]:
    if report.mode != "write":
        yield ["Nothing is written yet. `fixopenai --write` does it; before it is committed, `git restore` undoes it."]
    elif len(report.changes) > _MOST_NAMES:
        yield ["Revert the commit. Before there is one, `git restore` takes back each of the files."]
    else:
        yield ["Revert the commit. Before there is one, this takes back each of the files:"]
        names = " ".join(shlex.quote(change.source.display) for change in report.changes)
        yield fenced(visible(f"git restore -- {names}"), "sh")
    yield [
        "To keep one place as it was, write `# fixopenai: ignore` on its line, and run fixopenai on the old code again."
    ]


def _shortened(lines: list[str], limit: int) -> list[str]:
    more = len(lines) - limit
    return lines if more <= 0 else [*lines[:limit], f"- and {more} more"]


def _grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], _Key]) -> list[tuple[_Key, list[Outcome]]]:
    """The outcomes that are alike, in the order in which the first of them come."""
    groups: dict[_Key, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return list(groups.items())
