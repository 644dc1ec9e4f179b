"""The planned edits as SARIF's fixes: whoever carries out all of them has what --write would have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fixopenai.positions import LineIndex
from fixopenai.reporting.escaping import visible
from fixopenai.reporting.replacements import replacements
from fixopenai.reporting.sarif_locations import artifact_location, region
from fixopenai.reporting.words import count
from fixopenai.results import Place

if TYPE_CHECKING:
    from fixopenai.reporting.report import Report
    from fixopenai.reporting.repository import Repository
    from fixopenai.results import FileChange, Outcome


def sarif_fixes(report: Report, repository: Repository) -> dict[int, dict[str, Any]]:
    """By the number of an outcome the fix that stands there; none where the files are written already.

    Edits that hold together are one fix, at the first of the findings that they repair: carried out twice, they
    would be wrong.
    """
    if report.written is not None:
        return {}
    changes = {change.source.display: change for change in report.result.changes}
    fixes = {}
    for unit in report.result.units:
        repaired = [number for number, outcome in enumerate(report.result.outcomes) if outcome.changes & unit]
        if repaired:
            description = _description(report.result.outcomes[repaired[0]], len(repaired))
            changed = [_artifact_change(changes[path], repository) for path in sorted(unit)]
            fixes[repaired[0]] = {"description": {"text": description}, "artifactChanges": changed}
    return fixes


def _description(outcome: Outcome, findings: int) -> str:
    together = f" (repairs {count(findings, 'finding')} at once)" if findings > 1 else ""
    review = f"; review: {outcome.review}" if outcome.review else ""
    return visible(f"{outcome.strategy}: {outcome.reason}{together}{review}")


def _artifact_change(change: FileChange, repository: Repository) -> dict[str, Any]:
    path, text = change.source.display, change.source.text
    lines = LineIndex(text)
    replaced = []
    for start, end, new in replacements(text, change.new_text):
        (line, column), (end_line, end_column) = lines.position(start), lines.position(end)
        deleted = region(Place(path, line, column + 1, end_line, end_column + 1))
        replaced.append({"deletedRegion": deleted, **({"insertedContent": {"text": new}} if new else {})})
    return {"artifactLocation": artifact_location(path, repository), "replacements": replaced}
