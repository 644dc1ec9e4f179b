"""The `html` format: one page to review a migration in a browser; it loads nothing, and is readable without script."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from fixopenai._version import __version__
from fixopenai.reporting import html_overview
from fixopenai.reporting.html_diff import diff_html
from fixopenai.reporting.html_files import file_views, links
from fixopenai.reporting.html_findings import card
from fixopenai.reporting.html_markup import escaped
from fixopenai.reporting.report import summarize
from fixopenai.reporting.words import closing_line, summary_line
from fixopenai.rules import rule_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from fixopenai.reporting.html_files import FileView
    from fixopenai.reporting.report import Report, Summary


def html_report(report: Report) -> bytes:
    """The page, in UTF-8."""
    result = report.result
    views = file_views(report)
    to = links(views)
    groups = html_overview.group_numbers(result.groups)
    numbered = dict(enumerate((outcome for view in views for outcome in view.outcomes), 1))
    cards: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number, outcome in numbered.items():
        place = outcome.finding.place
        cards[place.path][place.line].append(card(number, outcome, report.mode, to, groups))
    reviewed = [view for view in views if not view.is_only_named]
    named = [view for view in views if view.is_only_named]
    summary = summarize(report)
    style, script = _resource("html_report.css"), _resource("html_report.js")
    page = Template(_resource("html_report.html")).substitute(
        policy=_policy(style, script),
        style=style,
        script=script,
        version=__version__,
        summary=escaped(summary_line(summary, report.mode)),
        closing=escaped(closing_line(report)),
        numbers=html_overview.numbers(report),
        facets="".join(_facets(summary)),
        index="".join(html_overview.file_list(reviewed)),
        errors=_section("errors", "Errors", ["<ul>", *html_overview.errors(result.errors), "</ul>"], result.errors),
        rules=_section("rules", "By rule", html_overview.rules(numbered), numbered),
        files=_section("files", "By file", (_file(view, cards[view.path], "open") for view in reviewed), reviewed),
        groups=_section("clients", "Clients", html_overview.client_groups(result.groups, to), result.groups),
        named=_section("named", "Code that is referred to", (_file(view, {}, "") for view in named), named),
    )
    return page.encode("utf-8")


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing is loaded from anywhere, and nothing runs but what the page came with."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none';"
        " form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _facets(summary: Summary) -> Iterator[str]:
    names = rule_names()
    yield html_overview.facet("rule", "Rule", ((c, f"{c} {names[c]}", n) for c, n in summary.by_rule.items()))
    yield html_overview.facet("status", "Outcome", (("fixed", "Fixed", summary.fixed), ("left", "Left", summary.left)))
    yield html_overview.facet("strategy", "Strategy", ((s, s, n) for s, n in summary.by_strategy.items()))


def _section(name: str, title: str, content: Iterable[str], about: Collection[object]) -> str:
    """A part of the page, or nothing where there is nothing to tell."""
    if not about:
        return ""
    heading = f'<h2 id="{name}-title">{title}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-title">{heading}{"".join(content)}</section>'


def _file(view: FileView, cards: dict[int, list[str]], opened: str) -> str:
    added, removed = view.lines("added"), view.lines("removed")
    rows = sum(map(len, view.hunks)) + 6 * len(view.outcomes)
    size = f'<span class="size"><span class="plus">+{added}</span> <span class="minus">−{removed}</span></span>'
    return (
        f'<details class="file" id="f{view.number}" data-rows="{rows}" {opened}><summary><h3>{escaped(view.path)}</h3>'
        f"{size if view.digest else ''}</summary>{''.join(diff_html(view, cards))}</details>"
    )
