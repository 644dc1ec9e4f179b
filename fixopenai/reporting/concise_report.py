"""The `concise` format: one line a finding, for people who skim and for tools that read `path:line:column:`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.reporting.words import finding_line, group_lines

if TYPE_CHECKING:
    from fixopenai.reporting.report import Report


def concise_lines(report: Report, *, color: bool = False, verbose: bool = False) -> list[str]:
    """The findings; `verbose` adds the strategies that were not taken, and the client groups at the end."""
    lines = [finding_line(outcome, report.mode, color=color, verbose=verbose) for outcome in report.result.outcomes]
    return lines + [line for group in report.result.groups if verbose for line in group_lines(group)]
