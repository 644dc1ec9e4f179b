"""The formats `concise` and `github`, the counts, and what all formats have in common."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import pytest
from report_projects import ODD_NAME, copied, everything, run
from terminal import run_on_terminal

from fixopenai.settings import OUTPUT_FORMATS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

Shown: TypeAlias = "Callable[[str], subprocess.CompletedProcess[str]]"
ASYNC = ("-s", "async-client")
DOCUMENTS = ("json", "sarif", "markdown", "html")
COUNTED = ("text", "concise", "json")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For runs that write nothing to it."""
    return everything(tmp_path_factory.mktemp("formats"))


@pytest.fixture(scope="module")
def shown(project: Path) -> Shown:
    """A dry run in a format, made once."""
    return cache(lambda name: run(project, *ASYNC, "-f", name))


# -- what all have in common


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_every_format_goes_where_it_is_told(project: Path, tmp_path: Path, shown: Shown, name: str) -> None:
    result = shown(name)
    assert result.returncode == 2  # the broken file
    assert result.stderr.startswith("error: broken.py:3: ")
    numbers_are_told = "7 findings in 9 files: 6 fixable" in result.stderr
    assert numbers_are_told == (name not in DOCUMENTS)
    file = tmp_path / "result"
    kept = run(project, *ASYNC, "-q", "-f", name, "-o", str(file))
    assert (kept.returncode, kept.stdout) == (2, "")
    assert re.fullmatch(r"error: broken\.py:3: .*\n", kept.stderr)
    assert file.read_bytes().decode() == result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_a_clean_project_is_no_finding_in_any_format(tmp_path: Path, name: str) -> None:
    result = run(copied(tmp_path, "right_async_client"), "--check", "-f", name)
    assert result.returncode == 0
    assert ("FOA0" in result.stdout) == (name == "sarif")  # its rules
    assert result.stderr == ("" if name in DOCUMENTS else "No findings in 1 file.\n")
    if name in ("text", "concise", "patch", "github"):
        assert result.stdout == ""


# -- concise


def test_concise_is_what_check_prints_in_every_mode_and_on_a_terminal(project: Path, tmp_path: Path) -> None:
    checked = run(project, "--check").stdout
    concise = run(project, "--check", "-f", "concise").stdout
    assert concise == checked
    planned = run(project, "-f", "concise").stdout
    assert planned == checked.replace("[fixable by", "[would be fixed by")
    written = run(everything(tmp_path), "--write", "-f", "concise").stdout
    assert written == checked.replace("[fixable by", "[fixed by")
    assert run_on_terminal(project, "--color", "never", "-f", "concise") == (2, planned)


# -- github


class Command(NamedTuple):
    level: str
    properties: dict[str, str]
    message: str


def commands(text: str) -> list[Command]:
    """As the runner of GitHub Actions reads them: one a line, unescaped after they have been taken apart."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match, line
        pairs = (pair.partition("=") for pair in match[2].split(","))
        properties = {name: _plain(value) for name, _, value in pairs}
        found.append(Command(match[1], properties, _plain(match[3])))
    return found


def _plain(value: str) -> str:
    assert re.fullmatch(r"(?:[^%]|%(?:25|0D|0A|3A|2C))*", value), value
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        value = value.replace(code, character)
    return value


def test_github_annotates_the_lines(shown: Shown) -> None:
    found = commands(shown("github").stdout)
    places = [(command.properties["file"], command.properties["line"]) for command in found]
    assert places == [
        ("blocking_helper/main.py", "19"),
        ("blocking_helper/main.py", "25"),
        ("chat_stream_for/main.py", "21"),
        ("chat_stream_for/main.py", "32"),
        ("chat_stream_for/main.py", "45"),
        ("shared_with_sync_script/main.py", "15"),
        (ODD_NAME, "10"),
        ("broken.py", "3"),
    ]
    assert {command.level for command in found} == {"error"}
    assert [command.properties["title"] for command in found[-3:]] == [
        "fixopenai (FOA002)",
        "fixopenai (FOA002)",
        "fixopenai",
    ]
    helper, _, stream, *_, left, odd, error = found
    assert helper.message.splitlines()[1:-1] == [
        "via ask (blocking_helper/main.py:19) -> complete (blocking_helper/llm.py:7)",
        "would be fixed by async-client: every use of the client can be awaited",
    ]
    assert helper.message.splitlines()[-1].startswith("review: Summarizer.summarize, complete became async: ")
    # Columns have a meaning inside of one line only.
    assert (stream.properties["endLine"], stream.properties.keys() & {"col", "endColumn"}) == ("29", set())
    assert (odd.properties["col"], odd.properties["endLine"], odd.properties["endColumn"]) == ("19", "10", "67")
    assert odd.message.startswith(f"{ODD_NAME}:10:19: FOA002 `client.responses.create` is a sync call")
    assert left.message.endswith(
        "left: the client is also used in main(), which is not async, at shared_with_sync_script/label_all.py:11:20"
    )
    assert error.message.startswith("broken.py:3: ")


def test_github_calls_what_is_fixed_a_warning_or_a_notice(tmp_path: Path) -> None:
    everything(tmp_path)
    found = commands(run(tmp_path, *ASYNC, "--write", "-f", "github").stdout)
    levels = {(command.level, "\nfixed by" in command.message, "\nreview: " in command.message) for command in found}
    assert levels == {("warning", True, True), ("notice", True, False), ("error", False, False)}


def test_github_names_files_from_the_top_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    copied(tmp_path / "services" / "api", "chat_stream_for")
    found = commands(run(tmp_path / "services", "-f", "github").stdout)
    assert {command.properties["file"] for command in found} == {"services/api/chat_stream_for/main.py"}
    assert found[0].message.startswith("api/chat_stream_for/main.py:21:14: ")


# -- statistics


def test_statistics_take_the_place_of_findings_and_diff(project: Path) -> None:
    result = run(project, *ASYNC, "--statistics")
    assert result.stdout.splitlines() == [
        "3  FOA002  blocking-call       2 fixable",
        "2  FOA004  blocking-iteration  2 fixable",
        "2  FOA005  blocking-helper     2 fixable",
    ]
    assert "7 findings in 9 files" in result.stderr
    assert ": FOA" not in result.stderr
    assert run(project, *ASYNC, "--statistics", "-f", "concise", "-q").stdout == result.stdout
    colored = run(project, *ASYNC, "--statistics", "--color", "always").stdout
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == result.stdout != colored


def test_statistics_of_json_are_in_the_frame_of_its_report(project: Path, shown: Shown) -> None:
    counted = json.loads(run(project, *ASYNC, "-f", "json", "--statistics").stdout)
    whole = json.loads(shown("json").stdout)
    assert counted.pop("statistics")[0] == {
        "rule": "FOA002", "name": "blocking-call", "findings": 3, "fixed": 2, "left": 1, "review": 0
    }  # fmt: skip
    assert counted == {key: value for key, value in whole.items() if key not in ("findings", "files", "groups")}
    assert whole["findings"]


def test_statistics_change_neither_what_is_written_nor_the_exit_code(tmp_path: Path) -> None:
    copied(tmp_path, "chat_stream_for")
    assert run(tmp_path, "--check", "--statistics").returncode == 1
    result = run(tmp_path, "--write", "--statistics")
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, "2  FOA004  blocking-iteration  2 fixed")
    assert run(tmp_path, "--statistics").stdout == ""


@pytest.mark.parametrize("name", sorted(set(OUTPUT_FORMATS) - set(COUNTED)))
def test_what_cannot_count_says_so(project: Path, name: str) -> None:
    result = run(project, "--statistics", "-f", name)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"error: --statistics: the formats that count are text, concise, json, not {name}\n"
