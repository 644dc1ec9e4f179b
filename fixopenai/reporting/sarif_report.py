"""The `sarif` format: SARIF 2.1.0, for code scanning and for editors, with what GitHub asks for beyond the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fixopenai._version import __version__
from fixopenai.reporting.escaping import visible
from fixopenai.reporting.json_report import json_bytes
from fixopenai.reporting.repository import repository_of
from fixopenai.reporting.rule_pages import rule_markdown
from fixopenai.reporting.sarif_locations import location, uri_bases
from fixopenai.reporting.sarif_results import sarif_results
from fixopenai.rules import all_rules

if TYPE_CHECKING:
    from fixopenai.errors import SourceError
    from fixopenai.reporting.report import Report
    from fixopenai.reporting.repository import Repository
    from fixopenai.rules import Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_report(report: Report) -> bytes:
    """One run. All rules are in it, whether they found something or not: so they are alike in every run."""
    repository = repository_of(report)
    rules = all_rules()
    notifications = [_notification(error, repository) for error in report.result.errors]
    run = {
        "tool": {"driver": {"name": "fixopenai", "version": __version__, "rules": [_rule(rule) for rule in rules]}},
        "invocations": [{"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}],
        "originalUriBaseIds": uri_bases(repository),
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": sarif_results(report, repository, [rule.code for rule in rules]),
    }
    return json_bytes({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    page = rule_markdown(rule)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.what},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["asyncio", "fastapi", "openai"],
            "precision": "high",
            "problem.severity": "error",
        },
    }


def _notification(error: SourceError, repository: Repository) -> dict[str, Any]:
    line = None if error.line is None else {"startLine": error.line}
    return {
        "level": "error",
        "message": {"text": visible(error.message)},
        "locations": [location(error.path, repository, line)],
    }
