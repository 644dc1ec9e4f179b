"""Findings as SARIF's results: what and where, the calls on the way, what stands in the way, and the repair."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from fixopenai.reporting.escaping import visible
from fixopenai.reporting.fingerprints import fingerprints
from fixopenai.reporting.sarif_fixes import sarif_fixes
from fixopenai.reporting.sarif_locations import location, region
from fixopenai.reporting.words import verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixopenai.reporting.report import Mode, Report
    from fixopenai.reporting.repository import Repository
    from fixopenai.results import CallStep, Finding, Outcome

_OBSTACLE = 1  # the number by which a message links to the place that stands in the way
_BRACKET, _ESCAPED = re.compile(r"([][\\])"), r"\\\1"


def sarif_results(report: Report, repository: Repository, codes: Sequence[str]) -> list[dict[str, Any]]:
    """A result for each finding, `codes` being the rules in their order. What --write has fixed is a note."""
    results = []
    fixes = sarif_fixes(report, repository)
    for number, (outcome, prints) in enumerate(zip(report.result.outcomes, fingerprints(report), strict=True)):
        finding = outcome.finding
        result = {
            "ruleId": finding.rule,
            "ruleIndex": codes.index(finding.rule),
            "level": "note" if report.mode == "write" and outcome.status == "fixed" else "error",
            "message": {"text": _message(outcome, report.mode)},
            "locations": [_location(finding, repository)],
            "partialFingerprints": prints,
        }
        if finding.calls:
            result["codeFlows"] = [{"threadFlows": [{"locations": _flow(finding.calls, repository)}]}]
        if outcome.obstacle:
            obstacle = location(outcome.obstacle.path, repository, region(outcome.obstacle))
            result["relatedLocations"] = [{"id": _OBSTACLE, **obstacle, "message": {"text": "stands in the way"}}]
        if number in fixes:
            result["fixes"] = [fixes[number]]
        results.append(result)
    return results


def _message(outcome: Outcome, mode: Mode) -> str:
    """What is wrong, what becomes of it, and what to look for, as sentences."""
    place = str(outcome.obstacle or "")
    told = verdict(outcome, mode)
    if place and told.endswith(place):
        told = _unlinked(told.removesuffix(place)) + f"[{_BRACKET.sub(_ESCAPED, visible(place))}]({_OBSTACLE})"
    else:
        told = _unlinked(told)
    sentences = [_unlinked(outcome.finding.message), told]
    if outcome.review:
        sentences.append(_unlinked(f"review: {outcome.review}"))
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences)


def _unlinked(text: str) -> str:
    """The text with nothing in it that SARIF's messages have as a link."""
    return visible(text).replace("](", "] (")


def _location(finding: Finding, repository: Repository) -> dict[str, Any]:
    place = location(finding.place.path, repository, region(finding.place))
    if finding.function is None:
        return place
    return {**place, "logicalLocations": [{"fullyQualifiedName": finding.function, "kind": "function"}]}


def _flow(calls: Sequence[CallStep], repository: Repository) -> list[dict[str, Any]]:
    """The way from the event loop to the SDK, each step one level deeper."""
    steps = []
    for depth, (step, following) in enumerate(zip_longest(calls, calls[1:])):
        called = following.function if following else "the SDK"
        place = location(step.path, repository, {"startLine": step.line})
        text = _unlinked(f"{step.function} calls {called}")
        steps.append({"location": {**place, "message": {"text": text}}, "nestingLevel": depth})
    return steps
