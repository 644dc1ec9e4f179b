"""The `markdown` format, as a reader of Markdown sees it: what is in it, and what cannot get into it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt
from report_projects import copied, everything, run
from test_reporting import change, outcome, report

from fixopenai.errors import SourceError
from fixopenai.reporting.markdown_report import markdown_report
from fixopenai.reporting.markdown_text import code, prose
from fixopenai.results import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from markdown_it.token import Token

ASYNC = ("-s", "async-client")
HOSTILE = [
    pytest.param("`", id="backtick"),
    pytest.param("```", id="fence"),
    pytest.param("a` **b** `c", id="out-of-the-code"),
    pytest.param("<img src=x onerror=alert(1)>", id="html"),
    pytest.param("</details></summary><script>x</script>", id="out-of-the-fold"),
    pytest.param("<!-- the rest is hidden", id="comment"),
    pytest.param("[click](https://evil.example)", id="link"),
    pytest.param("![pixel](https://evil.example/p.png)", id="image"),
    pytest.param("https://evil.example www.evil.example a@evil.example", id="addresses"),
    pytest.param("@everyone fixes #1, closes org/repo#2", id="names-and-numbers-that-a-host-links"),
    pytest.param("a | b | c", id="pipes"),
    pytest.param("one\n\n# two\n- [x] three\r\n", id="lines"),
    pytest.param("**bold** __bold__ ~~gone~~ _x_", id="emphasis"),
    pytest.param("&lt;b&gt; &#64;x", id="entities"),
    pytest.param("\\` \\\\", id="backslashes"),
    pytest.param(":bug: $x$ \u202e\x1b[31m", id="emoji-math-and-controls"),
]


def tokens(text: str) -> list[Token]:
    """All tokens, inline ones among them, as GitHub would parse it: tables and strikethrough are its own."""
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


def plain(text: str) -> str:
    """The text that is not code."""
    return " ".join(token.content for token in tokens(text) if token.type == "text")


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


def test_a_plan_as_the_text_of_a_pull_request(tmp_path: Path) -> None:
    text = run(everything(tmp_path), *ASYNC, "-f", "markdown").stdout
    assert headings(text) == [
        "OpenAI calls and the event loop",
        "What would be done",
        "`async-client`: 6 findings",
        "What was left, and why",
        "What to review",
        "How to undo it",
        "What could not be looked at, or written",
    ]
    assert "| FOA002 blocking-call | 3 | 2 | 1 |" in text
    assert "This strategy changes every place that the client reaches, or none of them." in text
    assert "Taken because every use of the client can be awaited:\n\n- `blocking_helper/main.py`\n  - line 19: " in text
    assert ", via `ask (blocking_helper/main.py:19) -> complete (blocking_helper/llm.py:7)`\n" in text
    assert "Changed along with them:\n\n- `blocking_helper/llm.py`\n- `blocking_helper/summaries.py`\n" in text
    assert (
        "Left because the client is also used in `main()`, which is not async, at "
        "`shared_with_sync_script/label_all.py:11:20`:\n\n- `shared_with_sync_script/main.py`\n  - line 15: FOA002, "
    ) in text
    assert "\n\nWhat to do about FOA002: Change what the reason names" in text
    assert text.count("- [ ] ") == 2
    assert "blocks the loop (`blocking_helper/main.py:19`, `blocking_helper/main.py:25`)" in text
    assert "Nothing is written yet." in text
    assert "- `broken.py:3: cannot be parsed" in text
    assert {token.type for token in tokens(text)} & {"html_block", "html_inline", "image", "link_open"} == set()


def test_what_was_written_can_be_undone_as_it_says(tmp_path: Path) -> None:
    copied(tmp_path, "chat_stream_for", "shared_with_sync_script")
    (tmp_path / "chat_stream_for").rename(tmp_path / "it's here")
    text = run(tmp_path, "--write", "-f", "markdown").stdout
    assert "### What was done\n" in text
    assert "2 files changed." in text
    assert [heading for heading in headings(text) if heading.startswith("`")] == [
        "`async-client`: 3 findings",
        "`sync-def`: 1 finding",
    ]
    (command,) = [token.content for token in tokens(text) if token.type == "fence"]
    assert command == """git restore -- 'it'"'"'s here/main.py' shared_with_sync_script/main.py\n"""


def test_long_lists_are_folded_and_the_whole_fits_into_a_pull_request() -> None:
    many = [outcome(f"app{number}.py", left=number % 3 == 0, review="look at it") for number in range(4_000)]
    text = markdown_report(report(*many, changes=(change(),))).decode()
    assert len(text) <= 60_000
    assert text.count("<details>") == text.count("</details>") == text.count("<summary>") >= 2
    assert "\n<details>\n<summary>2666 findings in 2666 files</summary>\n\n- `app1.py`\n" in text
    assert re.search(r"^- and \d+ more$", text, re.MULTILINE)
    assert "4000 findings" in text


def test_however_long_the_names_the_whole_fits_into_a_pull_request() -> None:
    long = "x" * 5_000
    many = [outcome(f"{long}{number}.py", message=long, left=number % 2 == 0, review=long) for number in range(100)]
    each = [made if made.status == "left" else _because(made, f"{long} {n}") for n, made in enumerate(many)]
    errors = tuple(SourceError(f"{long}{number}", long) for number in range(100))
    text = markdown_report(report(*each, errors=errors, changes=(change(path=long),))).decode()
    assert len(text) <= 60_000


def _because(made: Outcome, reason: str) -> Outcome:
    return Outcome(made.finding, made.status, made.strategy, reason, None, made.review)


def test_nothing_found_is_one_sentence(tmp_path: Path) -> None:
    text = run(copied(tmp_path, "right_async_client"), "-f", "markdown").stdout
    assert text == "## OpenAI calls and the event loop\n\nNo findings in 1 file.\n"


# -- what cannot get into it


@pytest.mark.parametrize("text", HOSTILE)
def test_code_is_code_and_nothing_else(text: str) -> None:
    shown = [token for token in tokens(f"- {code(text)} end") if token.type not in ("inline", "softbreak")]
    (inside,) = [token for token in shown if token.type == "code_inline"]
    assert inside.content == "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    assert [token.content for token in shown if token.type == "text"] == [" end"]


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_is_words_and_code_and_nothing_else(text: str) -> None:
    written = prose(f"`{text}` blocks, for {text} is in the way")
    found = {token.type for token in tokens(written)}
    assert found <= {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}
    words = plain(f"- {written}")
    assert not re.search(r"[<>@#&|\\$*~\[\]`]|://|www\.|:\w+:|_", words), words
    assert words.endswith("is in the way")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_whole_report_has_no_structure_but_its_own(text: str) -> None:
    def shape(word: str) -> list[str]:
        made = [outcome(word, message=f"`{word}` blocks", review=word), outcome(word, left=True)]
        said = markdown_report(report(*made, changes=(change(path=word),), errors=(SourceError(word, word),)))
        return [token.type for token in tokens(said.decode()) if token.type not in ("text", "code_inline", "inline")]

    assert shape(text) == shape("word")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("it is used (twice), in main(): no", "it is used (twice), in `main()`: no", id="calls-are-code"),
        pytest.param("`a.b` and c_d, at x.py:3:4", "`a.b` and `c_d`, at `x.py:3:4`", id="names-and-places-are-code"),
        pytest.param("AnyIO's 40 threads - not-so-few", "AnyIO's 40 threads - not-so-few", id="words-stay-words"),
    ],
)
def test_prose(text: str, expected: str) -> None:
    assert prose(text) == expected
