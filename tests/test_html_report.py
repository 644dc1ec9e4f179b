"""The page of the `html` format as a document: what it holds, where its links lead, and what stays in its quotes."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from html_project import HOSTILE, report

from fixopenai.errors import SourceError
from fixopenai.reporting.escaping import visible
from fixopenai.reporting.html_report import html_report
from fixopenai.reporting.report import Report
from fixopenai.results import CallStep, FileChange, Finding, MigrationResult, Outcome, Place
from fixopenai.source import decode_source

if TYPE_CHECKING:
    from collections.abc import Iterator

VOID = {"meta", "input"}
OPTIONAL = {"th", "td"}
ELEMENTS = """
    html head meta title style body a header h1 h2 h3 h4 div p span input progress button kbd nav details summary form
    fieldset legend label ol ul li main dl dt dd b small section article code del ins table thead tbody tr th td
    footer dialog script
    """
ATTRIBUTES = """
    class id href lang charset http-equiv content name type value hidden form placeholder autocomplete spellcheck role
    open tabindex method scope title
    """


class Document(HTMLParser):
    """Fails where elements do not nest; keeps what the tests ask for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.names: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.texts: dict[str, list[str]] = {}
        self.text = ""
        self.policy = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.names[tag] += 1
        self.attributes.update(name for name in found if not name.startswith(("aria-", "data-")))
        self.ids += [found["id"] or ""] if "id" in found else []
        self.hrefs += [found["href"] or ""] if "href" in found else []
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""
        if tag not in VOID | OPTIONAL:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("style", "script"):
            self.texts.setdefault(self._open[-1], []).append(data)
        else:
            self.text += data


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(tmp_path_factory.mktemp("html")).read_bytes().decode()


@pytest.fixture(scope="module")
def document(page: str) -> Document:
    return Document(page)


def test_links_lead_to_something_on_the_page(document: Document) -> None:
    assert max(Counter(document.ids).values()) == 1
    assert {href.removeprefix("#") for href in document.hrefs} <= set(document.ids)


def test_the_page_tells_all(document: Document) -> None:
    for words in (
        "5 findings in 5 files: 4 fixable (async-client 2, sync-def 1, to-thread 1), 1 left, 1 error.",
        "Would be fixedby async-client: every use of the client can be awaited",
        "answer.text blocks the event loop: it reaches shared.responses.create, a sync call",
        "a property can be neither awaited nor called in a thread",
        "What to do about what is left: Change what the reason names",
        "look for objects bound to one thread, and for shared state",
        "complete llm.py:7",
        "Stays sync: request() is also called from complete()",
        "broken.py:2: cannot be parsed",
    ):
        assert words in document.text


def test_calls_and_obstacles_lead_to_their_lines(page: str, document: Document) -> None:
    steps = re.findall(r'<ol class="steps">(.*?)</ol>', page)
    assert len(steps) == 3
    for path in steps:
        for href in re.findall(r'<li><a href="#([^"]+)"', path):
            assert re.fullmatch(r"f\d+-\d+", href), "a file, not a line"
            assert href in document.ids
        assert path.count("<li>") == path.count("<li><a ")


def test_what_the_project_holds_stays_text(page: str, document: Document) -> None:
    assert set(document.names) <= set(ELEMENTS.split())
    assert document.attributes <= set(ATTRIBUTES.split())
    assert document.names["script"] == 1
    assert visible(HOSTILE) in document.text
    assert "onerror=alert(3)>\\x1b[31m\\u202egnp.py" in document.text
    assert not [character for character in page if not (character.isprintable() or character in "\n\t")]


def test_only_the_styles_and_the_script_of_the_page_are_allowed(document: Document) -> None:
    hashes = {
        name: f"'sha256-{b64encode(sha256(''.join(texts).encode()).digest()).decode()}'"
        for name, texts in document.texts.items()
    }
    assert document.policy.startswith("default-src 'none'; ")
    assert f"style-src {hashes['style']};" in document.policy
    assert f"script-src {hashes['script']};" in document.policy
    assert "style" not in document.attributes, "would need unsafe-inline"


# -- colours


def luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def pairs() -> Iterator[tuple[str, str]]:
    for ink in ("ink", "soft", "link", "fixed", "review", "left", "error"):
        yield from ((ink, paper) for paper in ("paper", "panel"))
    for ink in ("ink", "keyword", "string", "number", "name", "comment"):
        yield from ((ink, paper) for paper in ("paper", "removed", "removed-word", "added", "added-word"))
    for ink in ("soft", "fixed", "error"):
        yield from ((ink, paper) for paper in ("removed", "added"))


def test_text_stands_out_in_both_schemes(document: Document) -> None:
    """4.5:1 is what WCAG asks of text (AA)."""
    light, dark = (
        dict(re.findall(r"--([\w-]+): #(\w+);", block))
        for block in re.findall(r":root \{(.*?)\}", document.texts["style"][0], re.DOTALL)
    )
    for scheme in (light, dark):
        for ink, paper in pairs():
            low, high = sorted((luminance(scheme[ink]), luminance(scheme[paper])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, paper, scheme[ink])


# -- results made by hand


def made(outcome: Outcome, *changes: FileChange, sources: tuple[FileChange, ...] = ()) -> Report:
    read = tuple(change.source for change in (*changes, *sources))
    return Report(MigrationResult((outcome,), changes, (), 9, 3, sources=read), "diff")


def change(old: str, new: str, path: str = "app.py") -> FileChange:
    return FileChange(decode_source(old.encode(), Path(path), path), new)


def outcome(*, line: int = 2, calls: tuple[CallStep, ...] = ()) -> Outcome:
    finding = Finding("FOA005", Place("app.py", line, 1, line, 4), None, "`f` blocks", calls)
    return Outcome(finding, "fixed", "to-thread", "shared")


def lines(page: bytes) -> list[tuple[str, str, str]]:
    """Kind, number and text of each line of code, in order."""
    found = re.findall(rb'<(del|ins|div class="same(?: new)?")[^>]*? data-n="(\d+)"[^>]*>(.*?)</(?:del|ins|div)>', page)
    return [
        (kind.decode().removeprefix('div class="').rstrip('"'), number.decode(), re.sub(r"<.*?>", "", text.decode()))
        for kind, number, text in found
    ]


def test_named_lines_outside_of_the_diff_are_shown_with_the_numbers_of_both_texts() -> None:
    old = "".join(f"line{number}\n" for number in range(1, 41))
    one = change(old, "new\n" + old.replace("line20\n", "a\nb\n"))
    shown = lines(html_report(made(outcome(line=10, calls=(CallStep("g", "app.py", 15),)), one)))
    texts = [text for kind, _, text in shown if kind in ("same", "del")]
    assert texts == [f"line{n}" for n in (1, 2, 3, *range(8, 24))]
    both = {text: [n for _, n, other in shown if other == text] for text in texts}
    assert both["line1"] == ["1", "2"]
    assert both["line8"] == ["8", "9"]
    assert both["line23"] == ["23", "25"]
    assert ("ins", "21", "a") in shown


def test_excerpts_that_touch_a_hunk_join_it() -> None:
    old = "".join(f"line{number}\n" for number in range(1, 13))
    page = html_report(made(outcome(line=7), change(old, old.replace("line2\n", "new\n"))))
    assert page.count(b'<div class="hunk') == 1
    assert [text for kind, _, text in lines(page) if kind == "same"] == [f"line{n}" for n in (1, *range(3, 10))]


def test_lines_end_as_in_the_file() -> None:
    page = html_report(made(outcome(), change("a = 1\r\n\tb = 2", "a = 1\r\n\tb = '\x1b\u202e'")))
    assert b"\r" not in page
    assert ("ins", "2", "\tb = &#x27;\\x1b\\u202e&#x27;") in lines(page)
    assert page.count(b"No newline at end of file") == 2


def test_code_of_files_that_share_a_name_is_not_shown() -> None:
    first, second = change("a = 1\n", ""), change("b = 1\n", "")
    other = replace(second, source=replace(second.source, path=Path("elsewhere/app.py")))
    assert lines(html_report(made(outcome(line=1), sources=(first, other)))) == []


def test_a_mark_belongs_to_what_was_seen() -> None:
    def key(outcome: Outcome, new: str) -> str:
        found = re.search(rb'data-key="(\w+)"', html_report(made(outcome, change("a\nb\n", new))))
        assert found
        return found[1].decode()

    first = key(outcome(), "a\nc\n")
    assert key(outcome(), "a\nc\n") == first
    assert key(outcome(), "a\nd\n") != first
    assert key(replace(outcome(), reason="alone"), "a\nc\n") != first


def test_nothing_found() -> None:
    document = Document(html_report(Report(MigrationResult((), (), (), 9, 3), "check")).decode())
    assert "No findings in 9 files." in document.text
    assert {href.removeprefix("#") for href in document.hrefs} <= set(document.ids)


def test_only_errors() -> None:
    error = SourceError("bad<b>.py", "a `b` </ul>", 2)
    document = Document(html_report(Report(MigrationResult((), (), (error,), 9, 3), "diff")).decode())
    assert "bad<b>.py:2: a `b` </ul>" in document.text


def test_many_files_cost_what_each_of_them_costs() -> None:
    def many(number: int) -> bytes:
        changes = tuple(change("a = 1\nb()\n", "a = 1\nawait b()\n", f"f{n:04}.py") for n in range(number))
        outcomes = tuple(
            replace(outcome(), finding=Finding("FOA002", Place(one.source.display, 2, 1, 2, 4), None, "`b` blocks"))
            for one in changes
        )
        return html_report(Report(MigrationResult(outcomes, changes, (), number, number), "diff"))

    small, large = len(many(1)), len(many(401))
    assert large - small < 400 * 2_500
