"""What a finding is known by from one run to the next, when the code around it has moved."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from fixopenai.reporting.line_hashes import line_hashes

if TYPE_CHECKING:
    from fixopenai.reporting.report import Report


def fingerprints(report: Report) -> list[dict[str, str]]:
    """For each outcome in turn, fingerprints by SARIF's names for them.

    `findingHash/v1` is of rule, file, function and message, numbered where these are alike. `primaryLocationLineHash`
    is of the code from the line on, as GitHub's own upload would add it: GitHub reads no other.
    """
    wanted = {outcome.finding.place.path for outcome in report.result.outcomes}
    sources = [source for source in report.result.sources if source.display in wanted]
    hashes = {source.display: line_hashes(source.data.decode("utf-8", "replace")) for source in sources}
    seen: Counter[str] = Counter()
    found = []
    for outcome in report.result.outcomes:
        finding = outcome.finding
        words = "\0".join([finding.rule, finding.place.path, finding.function or "", finding.message])
        digest = sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        seen[digest] += 1
        prints = {"findingHash/v1": f"{digest}:{seen[digest]}"}
        lines = hashes.get(finding.place.path, [])
        if finding.place.line <= len(lines):  # an encoding can make other lines of the bytes than UTF-8 does
            prints["primaryLocationLineHash"] = lines[finding.place.line - 1]
        found.append(prints)
    return found
