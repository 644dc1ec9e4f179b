"""The findings counted by rule, in place of the findings themselves: lines, or JSON in the frame of the full report."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from fixopenai.reporting.json_report import frame, json_bytes
from fixopenai.reporting.streams import BOLD, BOLD_RED, paint
from fixopenai.reporting.words import fixed_or_fixable
from fixopenai.rules import rule_names

if TYPE_CHECKING:
    from fixopenai.reporting.report import Report


@dataclass(frozen=True, slots=True)
class RuleCount:
    """The findings of one rule; `fixed` counts those that a dry run would fix as well, and `review` some of these."""

    rule: str
    name: str
    findings: int
    fixed: int
    left: int
    review: int


def rule_counts(report: Report) -> list[RuleCount]:
    """A count for each rule that found something, the most frequent rule first."""
    counts = []
    for code, name in rule_names().items():
        found = [outcome for outcome in report.result.outcomes if outcome.finding.rule == code]
        fixed = [outcome for outcome in found if outcome.status == "fixed"]
        review = sum(outcome.review is not None for outcome in fixed)
        if found:
            counts.append(RuleCount(code, name, len(found), len(fixed), len(found) - len(fixed), review))
    return sorted(counts, key=lambda count: (-count.findings, count.rule))


def statistics_lines(report: Report, *, color: bool = False) -> list[str]:
    """Count, code, name, and how many of them are fixed or could be, in columns."""
    counts = rule_counts(report)
    digits = max((len(str(count.findings)) for count in counts), default=0)
    width = max((len(count.name) for count in counts), default=0)
    word = fixed_or_fixable(report.mode)
    return [
        f"{paint(f'{count.findings:>{digits}}', BOLD, color=color)}  {paint(count.rule, BOLD_RED, color=color)}"
        f"  {count.name:<{width}}  {count.fixed} {word}"
        for count in counts
    ]


def statistics_json(report: Report) -> bytes:
    return json_bytes(frame(report, statistics=[asdict(count) for count in rule_counts(report)]))
