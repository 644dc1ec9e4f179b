"""The reports, from results made by hand."""

from __future__ import annotations

import io
import json
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from fixopenai.errors import SourceError, UsageError
from fixopenai.reporting import progress, rule_pages, streams
from fixopenai.reporting.diffs import diff_lines, patch
from fixopenai.reporting.escaping import visible
from fixopenai.reporting.hunks import hunks
from fixopenai.reporting.json_report import json_report
from fixopenai.reporting.report import Mode, Report, summarize
from fixopenai.reporting.view import show_files, show_summary
from fixopenai.reporting.words import closing_line, finding_line, group_lines, summary_line
from fixopenai.results import (
    CallStep,
    ClientGroup,
    ClientPlace,
    FileChange,
    Finding,
    GroupUse,
    MigrationResult,
    Outcome,
    Place,
    Untaken,
)
from fixopenai.source import decode_source

OLD = "def f():\n    answer = ask(prompt)\n    return answer\n"
NEW = "def f():\n    answer = await ask(prompt)\n    return answer\n"


def change(old: str = OLD, new: str = NEW, path: str = "app.py", encoding: str = "utf-8") -> FileChange:
    return FileChange(decode_source(old.encode(encoding), Path(path), path), new)


def outcome(
    path: str = "app.py", *, left: bool = False, message: str = "`ask` blocks", review: str | None = None
) -> Outcome:
    finding = Finding("FOA002", Place(path, 2, 14, 2, 25), "f", message, (CallStep("load", "llm.py", 4),))
    if left:
        return Outcome(finding, "left", None, "it escapes", Place("other.py", 7, 1, 7, 5))
    return Outcome(finding, "fixed", "to-thread", "shared", None, review)


def report(
    *outcomes: Outcome,
    changes: tuple[FileChange, ...] = (),
    errors: tuple[SourceError, ...] = (),
    mode: Mode = "diff",
    written: tuple[FileChange, ...] | None = None,
) -> Report:
    return Report(MigrationResult(outcomes, changes, errors, files_seen=9, files_analyzed=3), mode, written)


def shown(made: Report, *, width: int = 80, diff: bool = True, color: bool = False, verbose: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system="standard" if color else None)
    show_files(console, made, diff=diff, verbose=verbose)
    show_summary(console, made)
    return file.getvalue()


# -- words


@pytest.mark.parametrize(
    ("made", "mode", "expected"),
    [
        pytest.param(outcome(), "write", "[fixed by to-thread: shared]", id="fixed"),
        pytest.param(outcome(), "diff", "[would be fixed by to-thread: shared]", id="a-dry-run-fixes-nothing"),
        pytest.param(outcome(), "check", "[fixable by to-thread: shared]", id="check-fixes-nothing"),
        pytest.param(outcome(left=True), "write", "[left: it escapes, at other.py:7:1]", id="left"),
        pytest.param(
            outcome(review="f is async now"),
            "write",
            "[fixed by to-thread: shared] [review: f is async now]",
            id="review",
        ),
    ],
)
def test_finding_line(made: Outcome, mode: Mode, expected: str) -> None:
    assert finding_line(made, mode) == f"app.py:2:14: FOA002 `ask` blocks [via load (llm.py:4)] {expected}"


def test_summary_line_counts() -> None:
    made = report(outcome(), outcome(left=True), errors=(SourceError("bad.py", "invalid syntax", 2),))
    counts = "2 findings in 9 files: 1 {} (to-thread 1), 1 left, 1 error."
    assert summary_line(summarize(made), "write") == counts.format("fixed")
    assert summary_line(summarize(made), "diff") == counts.format("fixable")


def test_summary_line_of_a_clean_tree() -> None:
    assert summary_line(summarize(report()), "diff") == "No findings in 9 files."


def test_closing_line_says_what_happened_to_the_files() -> None:
    one = change()
    assert closing_line(report(changes=(one,))).startswith("1 file would change. Nothing was written")
    assert closing_line(report(changes=(one,), mode="write", written=(one,))) == "1 file changed."
    assert closing_line(report(changes=(one,), mode="write", written=())) == "No file changed."
    assert closing_line(report(changes=(one,), mode="write")) == "1 file would change. Nothing was written."
    assert closing_line(report(changes=(one,), mode="check")) == ""


# -- escaping


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\x1b[31mred", "\\x1b[31mred", id="escape-sequence"),
        pytest.param("a\rb\x07", "a\\rb\\x07", id="carriage-return-and-bell"),
        pytest.param("\x9b2J", "\\x9b2J", id="c1-control"),
        pytest.param("a\u202eb", "a\\u202eb", id="bidi-override"),
        pytest.param("caf\udce9.py", "caf\\udce9.py", id="not-utf-8"),
        pytest.param("日本\u3000é [int] :smile:", "日本\u3000é [int] :smile:", id="ordinary-text-stays"),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert visible(text) == expected


# -- patch and diff


def test_patch_is_taken_by_git_and_gives_the_new_files(tmp_path: Path) -> None:
    changes = (
        change(path="a.py"),
        change("x = '\u00e9'\r\ny = 1\r\n", "x = '\u00e9'\r\ny = 2\r\n", "b c.py"),
        change("# coding: latin-1\nx = '\u00e9'\n", "# coding: latin-1\nx = '\u00e8'", "l.py", "latin-1"),
    )
    for made in changes:
        (tmp_path / made.source.display).write_bytes(made.source.data)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=patch(changes), check=True)
    for made in changes:
        assert (tmp_path / made.source.display).read_bytes() == made.source.encode(made.new_text)


def test_diff_lines_are_decoded_as_the_file_is() -> None:
    made = change("# coding: latin-1\nx = '\u00e9'\n", "# coding: latin-1\nx = '\u00e8'\n", "l.py", "latin-1")
    assert diff_lines(made)[-2:] == ["-x = '\u00e9'", "+x = '\u00e8'"]


def test_changed_words_are_marked() -> None:
    [lines] = hunks(diff_lines(change()))
    marked = [line.text[start:end] for line in lines for start, end in line.marks]
    assert marked == ["await "]


def test_lines_with_little_in_common_are_not_marked() -> None:
    [lines] = hunks(diff_lines(change("a = first(b)\n", "return [x for y in z]\n")))
    assert [line.marks for line in lines] == [(), ()]


def test_line_numbers_count_in_the_text_the_line_is_from() -> None:
    first, second = hunks(diff_lines(change("a\n" * 20, "new\n" + "a\n" * 19 + "last\n")))
    assert [(line.kind, line.number) for line in first][:2] == [("added", 1), ("same", 2)]
    assert [(line.kind, line.number) for line in second][-2:] == [("removed", 20), ("added", 21)]


# -- terminal


def test_view_tells_what_the_patch_tells() -> None:
    text = shown(report(outcome(review="f is async now"), outcome(left=True), changes=(change(),)))
    assert re.search(r"^    2 -     answer = ask\(prompt\)$", text, re.MULTILINE)
    assert re.search(r"^    2 \+     answer = await ask\(prompt\)$", text, re.MULTILINE)
    assert "app.py:2:14 FOA002 `ask` blocks" in text
    assert "    would be fixed by to-thread: shared" in text
    assert re.search(r"^fixable +1", text, re.MULTILINE)
    assert "review: f is async now" in text
    assert "left: it escapes, at other.py:7:1" in text
    assert re.search(r"^found +2  FOA002 2", text, re.MULTILINE)


def test_a_long_way_takes_a_line_for_each_call() -> None:
    made = outcome()
    calls = (CallStep("first", "a.py", 1), CallStep("second", f"{'b' * 30}.py", 2), CallStep("third", "c.py", 3))
    made = replace(made, finding=replace(made.finding, calls=calls))
    assert f"    via first (a.py:1) -> second ({'b' * 30}.py:2) -> third (c.py:3)\n" in shown(report(made), width=100)
    assert f"    via first (a.py:1)\n     -> second ({'b' * 30}.py:2)\n     -> third (c.py:3)\n" in shown(
        report(made), width=60
    )
    assert f"\n     -> second\n        ({'b' * 30}.py:2)\n" in shown(report(made), width=50)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_view_keeps_to_the_width(width: int) -> None:
    long = "    " * 5 + "answer = ask(" + ", ".join(f"argument_{number}=日本語" for number in range(20)) + ")"
    made = report(
        outcome(message="`ask` " + "is very long " * 20),
        outcome(path="a/" * 40 + "b.py"),
        changes=(change(OLD, NEW.replace("    return answer", f"    # {'x' * 200}\n{long}")),),
    )
    assert max(cell_len(line) for line in shown(made, width=width).splitlines()) <= width


def test_view_shows_code_and_names_as_they_are() -> None:
    hostile = "[bold]x[/bold] :smile: [link=http://evil] \x1b]0;title\x07"
    made = report(
        outcome(path="[red]a.py", message=hostile, review=hostile),
        changes=(change(f"x = 1  # {hostile}\n", f"x = 2  # {hostile}\n", "[red]a.py"),),
        errors=(),
    )
    text = shown(made, width=200)
    assert text.count("[bold]x[/bold] :smile: [link=http://evil] \\x1b]0;title\\x07") == 4
    assert "[red]a.py" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)


def test_view_does_not_show_the_newlines_of_a_crlf_file_but_a_stray_one() -> None:
    crlf = shown(report(changes=(change("a = 1\r\n", "a = 2\r\n"),)))
    stray = shown(report(changes=(change("b\na = 1\r\n", "b\na = 2\r\n"),)))
    assert "\\r" not in crlf
    assert "a = 2\\r" in stray


def test_view_colours_only_what_it_added() -> None:
    text = shown(report(outcome(), changes=(change(),)), color=True)
    assert "\x1b[7;32mawait\x1b[0m" in text
    assert set(re.findall(r"\x1b(.)", text)) == {"["}


# -- json


def test_json_has_everything() -> None:
    made = report(outcome(), outcome(left=True), changes=(change(),), errors=(SourceError("bad.py", "invalid", 2),))
    document: dict[str, Any] = json.loads(json_report(made))
    assert list(document) == ["version", "tool", "findings", "files", "groups", "errors", "summary"]
    assert document["findings"][0] == {
        "rule": "FOA002",
        "path": "app.py",
        "line": 2,
        "column": 14,
        "end_line": 2,
        "end_column": 25,
        "function": "f",
        "message": "`ask` blocks",
        "calls": [{"function": "load", "path": "llm.py", "line": 4}],
        "status": "fixed",
        "strategy": "to-thread",
        "reason": "shared",
        "obstacle": None,
        "review": None,
        "untaken": [],
    }
    assert document["findings"][1]["obstacle"] == {"path": "other.py", "line": 7, "column": 1}
    assert document["files"] == [
        {"path": "app.py", "changed": True, "written": False, "diff": patch((change(),)).decode()}
    ]
    assert document["errors"] == [{"path": "bad.py", "line": 2, "message": "invalid"}]
    assert document["summary"]["by_rule"] == {"FOA002": 2}
    assert document["summary"]["changed_files"] == 1


def test_json_is_ascii_and_free_of_lone_surrogates() -> None:
    data = json_report(report(outcome(path="caf\udce9.py", message="日本")))
    assert data.isascii()
    assert data.endswith(b"}\n")
    assert json.loads(data)["findings"][0]["path"] == "caf\\udce9.py"


def test_json_says_what_was_written() -> None:
    one, two = change(path="a.py"), change(path="b.py")
    document = json.loads(json_report(report(changes=(one, two), mode="write", written=(two,))))
    assert [file["written"] for file in document["files"]] == [False, True]
    assert document["summary"]["changed_files"] == 1


# -- streams


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "environment", "stream", "expected"),
    [
        pytest.param("auto", {}, Terminal(), True, id="terminal"),
        pytest.param("auto", {}, io.StringIO(), False, id="pipe"),
        pytest.param("auto", {"NO_COLOR": "1"}, Terminal(), False, id="NO_COLOR"),
        pytest.param("auto", {"NO_COLOR": ""}, Terminal(), True, id="empty-NO_COLOR"),
        pytest.param("auto", {"FORCE_COLOR": "1"}, io.StringIO(), True, id="FORCE_COLOR"),
        pytest.param("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal(), False, id="NO_COLOR-wins"),
        pytest.param("auto", {"TERM": "dumb"}, Terminal(), False, id="dumb"),
        pytest.param("always", {"NO_COLOR": "1", "TERM": "dumb"}, io.StringIO(), True, id="always"),
        pytest.param("never", {"FORCE_COLOR": "1"}, Terminal(), False, id="never"),
    ],
)
def test_colour(
    monkeypatch: pytest.MonkeyPatch,
    choice: streams.ColorChoice,
    environment: dict[str, str],
    stream: io.StringIO,
    expected: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert streams.wants_color(stream, choice) is expected
    assert (streams.rich_console(stream, choice).color_system is not None) is expected


@pytest.mark.parametrize("patience", [0.0, 60.0])
def test_progress_shows_after_a_while_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, patience: float) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setenv("TERM", "xterm")
    with progress.progress_on_stderr("never") as line:
        for done in range(4):
            line.update("Reading files", done, 3)
    text = terminal.getvalue()
    assert ("Reading files: 3" in text) is (patience == 0.0)
    assert not text or text.endswith("\x1b[2K")


def test_progress_shows_in_a_stage_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(progress, "PATIENCE", 0.1)
    monkeypatch.setenv("TERM", "xterm")
    with progress.progress_on_stderr("never") as line:
        line.update("Analyzing files", 32, 99)
        deadline = time.monotonic() + 20
        while "Analyzing files: 32/99" not in terminal.getvalue() and time.monotonic() < deadline:
            time.sleep(0.02)
        line.stop()
        line.update("Analyzing files", 33, 99)
    text = terminal.getvalue()
    assert "Analyzing files: 32/99" in text
    assert "33/99" not in text
    assert text.endswith("\x1b[2K")


# -- rules


@pytest.mark.parametrize("wanted", ["FOA002", "foa002", "blocking-call", "Blocking-Call"])
def test_rule_is_found_by_code_and_by_name(wanted: str) -> None:
    assert rule_pages.find_rule(wanted).code == "FOA002"


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [("FOA02", "FOA002 (blocking-call)"), ("blocking", "FOA002 (blocking-call)"), ("zzz", "--list-rules")],
)
def test_unknown_rule_names_the_near_ones(wanted: str, hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(hint)):
        rule_pages.find_rule(wanted)


def test_rule_page_has_six_parts() -> None:
    page = rule_pages.rule_markdown(rule_pages.find_rule("FOA002"))
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == [
        "What it does",
        "Why is this bad?",
        "Example",
        "Use instead",
        "Fix safety",
        "If it is left",
    ]


# -- what only those see who ask


def _told() -> Report:
    untaken = (Untaken("async-client", "shared"), Untaken("sync-def", "it awaits", Place("other.py", 7, 1, 7, 5)))
    uses = (
        GroupUse(Place("a.py", 4, 5, 4, 9), "client.responses.create", ("sync", "async"), None),
        GroupUse(Place("b.py", 2, 1, 2, 9), "client.close", ("sync",), "main() is not async"),
    )
    clients = (ClientPlace(Place("a.py", 2, 10, 2, 18), "OpenAI"),)
    group = ClientGroup(clients, uses, "main() is not async", Place("b.py", 2, 1, 2, 9))
    made = replace(outcome(), untaken=untaken)
    return Report(MigrationResult((made,), (), (), 9, 3, groups=(group,)), "check")


def test_strategies_not_taken_are_told_unless_the_reason_says_them() -> None:
    (made,) = _told().result.outcomes
    assert "not sync-def" not in finding_line(made, "check")
    line = finding_line(made, "check", verbose=True)
    assert line.endswith("[fixable by to-thread: shared] [not sync-def: it awaits, at other.py:7:1]")


def test_client_groups_are_listed_with_the_colours_of_each_use() -> None:
    told = _told()
    assert group_lines(told.result.groups[0]) == [
        "Client group of OpenAI (a.py:2:10), 2 uses, stays sync: main() is not async, at b.py:2:1",
        "  a.py:4:5: `client.responses.create`: sync or async",
        "  b.py:2:1: `client.close`: sync only, because main() is not async",
    ]
    assert "Client group" not in shown(told)
    view = shown(told, verbose=True)
    assert "sync only, because main() is not async" in view
    assert "not sync-def: it awaits" in view


def test_json_always_has_groups_and_strategies_not_taken() -> None:
    document = json.loads(json_report(_told()))
    assert [other["strategy"] for other in document["findings"][0]["untaken"]] == ["async-client", "sync-def"]
    (group,) = document["groups"]
    assert group["clients"] == [{"path": "a.py", "line": 2, "column": 10, "class": "OpenAI"}]
    assert group["uses"][1] == {
        "path": "b.py",
        "line": 2,
        "column": 1,
        "text": "client.close",
        "colours": ["sync"],
        "reason": "main() is not async",
    }
