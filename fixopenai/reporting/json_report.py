"""The `json` format: everything a run knows, for programs; `version` grows when a key changes its meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fixopenai._version import __version__
from fixopenai.reporting.diffs import diff_lines
from fixopenai.reporting.escaping import without_surrogates
from fixopenai.reporting.report import summarize

if TYPE_CHECKING:
    from fixopenai.errors import SourceError
    from fixopenai.reporting.report import Report
    from fixopenai.results import ClientGroup, FileChange, Outcome, Place

FORMAT_VERSION = 1


def json_report(report: Report) -> bytes:
    written = frozenset(change.source.path for change in report.written or ())
    return json_bytes(
        frame(
            report,
            findings=[_finding(outcome) for outcome in report.result.outcomes],
            files=[_file(change, written=change.source.path in written) for change in report.result.changes],
            groups=[_group(group) for group in report.result.groups],
        )
    )


def frame(report: Report, **parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What every document of this format has, around its parts; `report.schema.json` beside this file describes it."""
    return {
        "version": FORMAT_VERSION,
        "tool": {"name": "fixopenai", "version": __version__},
        **parts,
        "errors": [_error(error) for error in report.result.errors],
        "summary": asdict(summarize(report)),
    }


def json_bytes(document: dict[str, Any]) -> bytes:
    """The document in ASCII, and without lone surrogates, which many readers of JSON refuse."""
    return json.dumps(_encodable(document), indent=2).encode("ascii") + b"\n"


def _finding(outcome: Outcome) -> dict[str, Any]:
    finding = outcome.finding
    return {
        "rule": finding.rule,
        **_place(finding.place),
        "end_line": finding.place.end_line,
        "end_column": finding.place.end_column,
        "function": finding.function,
        "message": finding.message,
        "calls": [{"function": step.function, "path": step.path, "line": step.line} for step in finding.calls],
        "status": outcome.status,
        "strategy": outcome.strategy,
        "reason": outcome.reason,
        "obstacle": _place(outcome.obstacle) if outcome.obstacle else None,
        "review": outcome.review,
        "untaken": [
            {
                "strategy": untaken.strategy,
                "reason": untaken.reason,
                "obstacle": _place(untaken.obstacle) if untaken.obstacle else None,
            }
            for untaken in outcome.untaken
        ],
    }


def _group(group: ClientGroup) -> dict[str, Any]:
    clients = [{**_place(client.place), "class": client.name} for client in group.clients]
    uses = [
        {**_place(use.place), "text": use.text, "colours": list(use.colours), "reason": use.reason}
        for use in group.uses
    ]
    obstacle = _place(group.obstacle) if group.obstacle else None
    return {"clients": clients, "uses": uses, "reason": group.reason, "obstacle": obstacle}


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "column": place.column}


def _file(change: FileChange, *, written: bool) -> dict[str, Any]:
    diff = "".join(f"{line}\n" for line in diff_lines(change))
    return {"path": change.source.display, "changed": True, "written": written, "diff": diff}


def _error(error: SourceError) -> dict[str, Any]:
    return {"path": error.path, "line": error.line, "message": error.message}


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    return value
