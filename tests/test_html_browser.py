"""The page of the `html` format in a real browser: filters, keys, marks, colours, paper, and what it must not do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from browser import CHROMIUM, Page, chromium
from html_project import report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOWN = "[...document.querySelectorAll('.finding')].filter(e => e.checkVisibility()).map(e => e.dataset.rule)"
STATUS = "document.querySelector('[role=status]').innerText.replace(/\\s+/g, ' ')"
CURRENT = "document.activeElement.id"
EVERYTHING = ["FOA002", "FOA005", "FOA002", "FOA005", "FOA005"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(tmp_path_factory.mktemp("html"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    if CHROMIUM is None:
        why = "no Chromium on this machine: apt-get install chromium"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    with chromium() as page:
        yield page


@pytest.fixture
def page(browser: Page, path: Path) -> Iterator[Page]:
    """The report, as it is opened for the first time. Nothing may be loaded or complained of, whatever a test does."""
    browser.look()
    browser.open(path)
    browser.js("localStorage.clear()")
    browser.logged.clear()
    browser.requested.clear()
    browser.open(path)
    yield browser
    assert set(browser.requested.values()) == {path.as_uri()}
    assert browser.logged == []


def box(name: str, value: str) -> str:
    return f"document.querySelector('input[name={name}][value={value}]').click()"


def test_hostile_names_and_code_run_nothing(page: Page) -> None:
    assert page.js("document.images.length") == 0
    assert page.js("document.scripts.length") == 1
    assert page.js("document.querySelector('#files').innerText.includes('<img src=x onerror=alert(1)>')")


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param("element.src = 'https://example.com/x.png'", id="image"),
        pytest.param("element.setAttribute('onclick', 'window.ran = 1'); element.click()", id="handler"),
        pytest.param("element.innerHTML = '<b onclick=1>'", id="markup"),
        pytest.param("document.body.setAttribute('style', 'display: none')", id="style"),
        pytest.param("element.append(Object.assign(document.createElement('script'), {text: 'ran = 1'}))", id="script"),
    ],
)
def test_the_policy_stops_what_would_get_out_of_its_quotes(browser: Page, path: Path, attempt: str) -> None:
    browser.open(path)
    browser.requested.clear()
    browser.logged.clear()
    made = "const element = document.createElement('img'); document.body.append(element)"
    browser.js(f"(() => {{ try {{ {made}; {attempt} }} catch {{ }} }})()")
    assert browser.js("window.ran === undefined && document.body.checkVisibility()")
    browser.rest()
    assert browser.requested == {}
    assert "blocked" in " ".join(browser.logged)


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        pytest.param([], EVERYTHING, id="none"),
        pytest.param([box("rule", "FOA002")], ["FOA002"] * 2, id="rule"),
        pytest.param([box("rule", "FOA002"), box("rule", "FOA005")], EVERYTHING, id="any-rule-of-two"),
        pytest.param([box("strategy", "to-thread")], ["FOA005"], id="strategy"),
        pytest.param([box("status", "left")], ["FOA005"], id="left"),
        pytest.param([box("status", "fixed"), box("rule", "FOA005")], ["FOA005"] * 2, id="both-must-hold"),
        pytest.param([box("review", "yes")], ["FOA005"] * 2, id="needs-review"),
        pytest.param([box("status", "left"), box("review", "yes")], [], id="nothing-is-left"),
    ],
)
def test_filters(page: Page, steps: list[str], shown: list[str]) -> None:
    for step in steps:
        page.js(step)
    assert page.js(SHOWN) == shown
    of = f"{len(shown)} of " if len(shown) < 5 else ""
    assert page.js(STATUS) == f"{of}5 findings · 0 reviewed"
    assert page.js("document.querySelectorAll('#nothing:not([hidden])').length") == (not shown)
    listed = "document.querySelectorAll('.by-rule li li:not([hidden])').length"
    assert page.js(listed) == len(shown)
    page.js("document.querySelector('button[type=reset]').click()")
    page.rest()
    assert page.js(SHOWN) == EVERYTHING


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param("neither awaited property", ["FOA005"], id="reason-all-words"),
        pytest.param("MAIN.PY", ["FOA002", "FOA005", "FOA005"], id="path-any-case"),
        pytest.param("anyio.sleep", ["FOA002", "FOA005", "FOA005"], id="code-shows-its-file"),
        pytest.param("onerror", ["FOA002"], id="hostile"),
        pytest.param("nowhere-at-all", [], id="no-match"),
    ],
)
def test_search(page: Page, words: str, shown: list[str]) -> None:
    page.press("/", *words)
    assert page.js("document.activeElement.id") == "search"
    assert page.js(SHOWN) == shown
    page.press("Escape")
    assert page.js("document.activeElement.id") != "search"
    assert page.js(SHOWN) == EVERYTHING


def test_keys_go_from_finding_to_finding(page: Page) -> None:
    def after(*keys: str) -> Any:
        page.press(*keys)
        inside = "(box => box.top >= 52 && box.bottom <= innerHeight)(document.activeElement.getBoundingClientRect())"
        assert page.js(inside), "the finding is not on the screen"
        return page.js(CURRENT)

    assert [after(*keys) for keys in ("j", "j", "k", "k", "jjjj", "j", "K", "K", "J")] == [
        "n1", "n2", "n1", "n1", "n5", "n5", "n2", "n1", "n2",
    ]  # fmt: skip
    outline = "getComputedStyle(document.activeElement).boxShadow"
    assert page.js(outline) != "none"
    page.press("o", "j")
    assert page.js(CURRENT) == "n3"
    assert not page.js("document.querySelector('#n2').checkVisibility()")
    page.press("k")
    assert page.js(CURRENT) == "n2"
    assert page.js("document.querySelector('#n2').checkVisibility()")
    page.js(box("rule", "FOA002"))
    page.press("k")
    assert page.js(CURRENT) == "n1"


def test_help_lists_the_keys(page: Page) -> None:
    page.press("?")
    assert page.js("document.querySelector('#help').open")
    page.press("j")
    assert page.js("document.querySelectorAll('.current').length") == 0
    page.press("Escape")
    assert not page.js("document.querySelector('#help').open")


def test_marks_are_counted_and_kept(page: Page, path: Path) -> None:
    page.press("x", " ")
    assert page.js(STATUS) == "5 findings · 0 reviewed", "no finding was looked at"
    page.press("j", "x", "j", " ", "j", "x", "x")
    assert page.js(STATUS) == "5 findings · 2 reviewed"
    page.js("document.querySelector('#n4 [name=reviewed]').click()")
    assert page.js("document.querySelectorAll('.done').length") == 4, "two files, in the list and on the page"
    page.rest()  # another process may show the page, and what was kept is on its way
    page.open(path)
    assert page.js(STATUS) == "5 findings · 3 reviewed"
    assert page.js("[...document.querySelectorAll('.reviewed')].map(e => e.id)") == ["n1", "n2", "n4"]
    page.js(box("open", "yes"))
    page.press("j", "x")
    assert page.js("[document.activeElement.id, document.querySelector('#n3').hidden]") == ["n5", True]


def test_links_show_what_they_lead_to(page: Page) -> None:
    page.js(box("rule", "FOA002"))
    page.js("document.querySelector('#n4 .steps li:last-child a').click()")
    page.rest()
    target = "document.querySelector(':target')"
    assert page.js(f"{target}.innerText").strip().startswith("return shared.responses.create")
    assert page.js(f"{target}.checkVisibility() && {target}.getBoundingClientRect().top < innerHeight")
    page.js("location.hash = document.querySelector('.finding .where a:last-child').hash")
    page.rest()
    assert page.js(f"{target}.matches('details.group[open]')")


def test_wide_windows_show_both_sides(page: Page) -> None:
    sides = (
        "['del', 'ins'].map(s => document.querySelector('.split ' + s).getBoundingClientRect()).map(b => [b.x, b.y])"
    )
    (left, old), (right, new) = page.js(sides)
    assert right > left + 300
    assert new == old
    page.look(width=700)
    (left, old), (right, new) = page.js(sides)
    assert right == left
    assert new > old
    assert page.js("document.documentElement.scrollWidth") <= 700


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_colours_are_those_the_user_prefers(page: Page, scheme: str, dark: bool) -> None:
    page.look(scheme=scheme)
    channels = page.js("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(channels) < 3 * 128) is dark
    page.look(scheme=scheme, media="print")
    assert page.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_paper_holds_everything(page: Page) -> None:
    page.press("j", "x", "o")
    page.look(media="print")
    hidden = "[...document.querySelectorAll('nav, .bar, .mark')].every(e => !e.checkVisibility())"
    assert page.js(hidden)
    assert page.js("[...document.querySelectorAll('.finding dl, .group td')].every(e => e.checkVisibility())")
    assert page.pdf().startswith(b"%PDF")


def test_the_page_is_readable_without_script(browser: Page, path: Path) -> None:
    browser.open(path, scripts=False)
    assert browser.js(SHOWN) == EVERYTHING
    assert browser.js("[...document.querySelectorAll('.scripted')].every(e => !e.checkVisibility())")
    assert browser.js("document.querySelector('#n1').innerText.includes('every use of the client can be awaited')")
