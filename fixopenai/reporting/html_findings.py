"""A finding as a card of the page: what is wrong, what becomes of it, why, and what to look at."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from fixopenai.reporting.html_markup import escaped, link, prose
from fixopenai.reporting.words import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fixopenai.reporting.html_files import Links
    from fixopenai.reporting.report import Mode
    from fixopenai.results import CallStep, Outcome, Place


def card(number: int, outcome: Outcome, mode: Mode, links: Links, groups: Mapping[tuple[str, int], int]) -> str:
    """`groups` gives the number of the client group that has a use on a line."""
    finding = outcome.finding
    state = "left" if outcome.status == "left" else "review" if outcome.review else "fixed"
    where = link(links.href(finding.place.path, finding.place.line), escaped(str(finding.place)))
    function = f" in <code>{escaped(finding.function)}</code>" if finding.function else ""
    last = finding.calls[-1] if finding.calls else finding.place
    group = groups.get((last.path, last.line))
    client = f' · <a href="#g{group}">its client</a>' if group else ""
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _rows(outcome, mode, links))
    return (
        f'<article class="finding {state}" id="n{number}" tabindex="-1" aria-labelledby="t{number}"'
        f' data-rule="{escaped(finding.rule)}" data-status="{outcome.status}"'
        f' data-strategy="{escaped(outcome.strategy or "")}"{" data-review" if outcome.review else ""}'
        f' data-key="{_fingerprint(outcome, links)}">'
        f'<header><h4 id="t{number}"><a class="rule" href="#{escaped(finding.rule)}">{escaped(finding.rule)}</a> '
        f"{prose(finding.message)}</h4>"
        f'<label class="mark scripted" hidden><input type="checkbox" name="reviewed"> Reviewed</label></header>'
        f'<dl>{rows}</dl><p class="where">{where}{function}{client}</p></article>'
    )


def place_html(place: Place, links: Links, here: str = "") -> str:
    """The place as a link, without the path where that is said: the page speaks of the file `here`."""
    return link(links.href(place.path, place.line), _name(place, str(place), here))


def because(reason: str, obstacle: Place | None, links: Links, here: str = "") -> str:
    """A reason, with the place of what stands in the way."""
    return prose(reason) + (f", at {place_html(obstacle, links, here)}" if obstacle else "")


def _name(place: Place | CallStep, name: str, here: str) -> str:
    return escaped(f"line {place.line}" if place.path == here else name)


def _rows(outcome: Outcome, mode: Mode, links: Links) -> Iterator[tuple[str, str]]:
    """Names and values, as HTML."""
    here = outcome.finding.place.path
    label, _, strategy = verdict(outcome, mode).partition(": ")[0].partition(" by ")
    by = f"<b>by {escaped(strategy)}</b>: " if strategy else ""
    yield label.capitalize(), by + because(outcome.reason, outcome.obstacle, links, here)
    if outcome.review:
        yield "To review", prose(outcome.review)
    if outcome.finding.calls:
        steps = "".join(f"<li>{_step(step, links, here)}</li>" for step in outcome.finding.calls)
        yield "Calls", f'<ol class="steps">{steps}</ol>'
    others = [other for other in outcome.untaken if other.reason not in outcome.reason]
    if others:
        items = "".join(
            f"<li><b>{escaped(other.strategy)}</b>: {because(other.reason, other.obstacle, links, here)}</li>"
            for other in others
        )
        yield "Not taken", f"<ul>{items}</ul>"


def _step(step: CallStep, links: Links, here: str) -> str:
    place = _name(step, f"{step.path}:{step.line}", here)
    return link(links.href(step.path, step.line), f"<code>{escaped(step.function)}</code> <span>{place}</span>")


def _fingerprint(outcome: Outcome, links: Links) -> str:
    """Names what a reviewer has seen: another diff of the file, or another reason, has another one."""
    finding = outcome.finding
    seen = repr((finding, outcome.strategy, outcome.reason, outcome.review, links.files[finding.place.path].digest))
    return sha256(seen.encode("utf-8", "backslashreplace")).hexdigest()[:16]
