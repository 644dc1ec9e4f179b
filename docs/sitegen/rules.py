"""The pages of the rules: what `--explain` says, and what each strategy really makes of the example."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

from fixopenai.migration import migrate
from fixopenai.reporting.diffs import diff_lines
from fixopenai.reporting.rule_pages import rule_markdown
from fixopenai.reporting.words import verdict
from fixopenai.rules import all_rules
from fixopenai.settings import STRATEGIES, Settings

if TYPE_CHECKING:
    from fixopenai.results import MigrationResult
    from fixopenai.rules import Rule
    from fixopenai.settings import Strategy


def rules_table() -> str:
    lines = [f"| [{rule.code}]({rule.code.lower()}.md) | {rule.name} | {rule.summary} |" for rule in all_rules()]
    return "\n".join(["| code | name | finds |", "|---|---|---|", *lines])


def rule_page(rule: Rule) -> str:
    by_result: dict[str, list[str]] = {}
    for strategy in STRATEGIES:
        by_result.setdefault(_told(_repaired(rule, strategy)), []).append(f"`{strategy}`")
    tabs = [f'=== "{", ".join(names)}"\n\n{indent(told, "    ")}' for told, names in by_result.items()]
    intro = "What the tool makes of the example, by strategy."
    return "\n\n".join([rule_markdown(rule).rstrip(), "## Repairs of the example", intro, *tabs]) + "\n"


def _repaired(rule: Rule, strategy: Strategy) -> MigrationResult:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.py").write_text(rule.bad, encoding="utf-8")
        return migrate([Path(folder)], Settings(strategy=strategy, select=(rule.code,)))


def _told(result: MigrationResult) -> str:
    """Each finding with what becomes of it, and the diff."""
    findings = [
        f"- line {outcome.finding.place.line}: {verdict(outcome, 'diff')}"
        + (f". Review: {outcome.review}" if outcome.review else "")
        for outcome in result.outcomes
    ]
    diffs = ["\n".join(["```diff", *diff_lines(change), "```"]) for change in result.changes]
    return "\n\n".join(["\n".join(findings), *diffs])
