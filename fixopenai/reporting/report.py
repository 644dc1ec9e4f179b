"""A run as the reports see it, and its numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.results import FileChange, MigrationResult

Mode = Literal["diff", "check", "write"]


@dataclass(frozen=True, slots=True)
class Report:
    """`written` is None where no writing was tried (or it was refused), else the changes that reached the disk.

    `text` is what came by standard input, where it did.
    """

    result: MigrationResult
    mode: Mode
    written: tuple[FileChange, ...] | None = None
    text: bytes | None = None

    @property
    def changes(self) -> tuple[FileChange, ...]:
        """The changes to show: those that were made, or those that would be."""
        return self.result.changes if self.written is None else self.written


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a run; `by_rule` and `by_strategy` are sorted by name."""

    files_seen: int
    files_analyzed: int
    findings: int
    fixed: int
    left: int
    review: int
    errors: int
    changed_files: int
    by_rule: dict[str, int]
    by_strategy: dict[str, int]


def summarize(report: Report) -> Summary:
    result = report.result
    fixed = [outcome for outcome in result.outcomes if outcome.status == "fixed"]
    return Summary(
        files_seen=result.files_seen,
        files_analyzed=result.files_analyzed,
        findings=len(result.outcomes),
        fixed=len(fixed),
        left=len(result.outcomes) - len(fixed),
        review=sum(outcome.review is not None for outcome in fixed),
        errors=len(result.errors),
        changed_files=len(report.changes),
        by_rule=_counts(outcome.finding.rule for outcome in result.outcomes),
        by_strategy=_counts(outcome.strategy for outcome in fixed if outcome.strategy),
    )


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
