"""What a person meets on a terminal: the summary at the end, progress, narrow windows, plain encodings."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from terminal import environment, run_on_terminal
from tools import tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SGR = re.compile(r"\x1b\[[\d;]*m")
BLOCKING = """\
from openai import OpenAI

client = OpenAI()


async def answer(prompt: str) -> str:
    return client.responses.create(model="日本 \u2192 é", input=prompt, instructions="Answer in one word").output_text
"""
IMPATIENT = """\
import sys
from fixopenai.__main__ import main
from fixopenai.reporting import progress
progress.PATIENCE = 0.0
sys.exit(main())
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tree(tmp_path, {"app.py": BLOCKING})


def in_a_pipe(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "fixopenai", "--color", "always", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(**more), capture_output=True)


# -- the summary


@pytest.mark.parametrize(
    ("arguments", "last"),
    [
        ([], "30 files would change. Nothing was written: --write applies the diff."),
        (["--write"], "30 files changed."),
        (["--check"], "errors    1"),
    ],
    ids=["dry", "write", "check"],
)
def test_the_summary_is_what_one_sees_at_the_end(tmp_path: Path, arguments: list[str], last: str) -> None:
    files = {f"app{number:02}.py": BLOCKING for number in range(30)}
    tree(tmp_path, {**files, "broken.py": "import openai\n\ndef f(:\n"})
    code, text = run_on_terminal(tmp_path, *arguments, errors=True)
    assert code == 2
    lines = [line.rstrip() for line in SGR.sub("", text).splitlines()]
    assert lines[-1] == last
    rule = len(lines) - 1 - lines[::-1].index("\u2500" * 80)
    assert [line.split()[:2] for line in lines[rule + 1 : rule + 6]] == [
        ["files", "31"],
        ["found", "30"],
        ["fixed" if "--write" in arguments else "fixable", "30"],
        ["left", "0"],
        ["errors", "1"],
    ]
    assert lines[rule - 1].startswith("error: broken.py:3: ")


# -- progress


@pytest.mark.parametrize(
    ("arguments", "errors", "variables", "expected"),
    [
        pytest.param([], True, {}, True, id="terminal"),
        pytest.param([], True, {"NO_COLOR": "1"}, True, id="no-colour"),
        pytest.param(["-q"], True, {}, False, id="quiet"),
        pytest.param([], True, {"TERM": "dumb"}, False, id="dumb"),
        pytest.param([], False, {}, False, id="standard-error-elsewhere"),
    ],
)
def test_progress_is_shown_where_it_leaves_no_trace(
    project: Path, arguments: list[str], errors: bool, variables: Mapping[str, str], expected: bool
) -> None:
    _, text = run_on_terminal(project, *arguments, errors=errors, variables=variables, program=("-c", IMPATIENT))
    # One of the stages at least is long enough to be seen.
    assert ("ing files: 1" in text) is expected
    *_, kept = text.split("\x1b[2K")
    assert "app.py:7:" in SGR.sub("", kept)
    assert not re.search(r"Reading|Analyzing|Verifying", kept)
    if expected:
        assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l"), "the cursor stays hidden"


# -- widths and encodings


@pytest.mark.parametrize(("columns", "widest"), [("0", 80), ("1", 28), ("40", 40), ("80", 80), ("x", 80)])
def test_any_width_shows_everything(project: Path, columns: str, widest: int) -> None:
    result = in_a_pipe(project, COLUMNS=columns)
    lines = SGR.sub("", result.stdout.decode()).splitlines()
    assert (result.returncode, result.stderr) == (0, b"")
    assert max(map(cell_len, lines)) <= widest
    squeezed = re.sub(r"\s", "", "".join(lines))
    assert 'client.responses.create(model="日本\u2192é",input=prompt,instructions="Answerinoneword")' in squeezed
    assert "app.py:7:12FOA002" in squeezed
    assert squeezed.endswith("Nothingwaswritten:--writeappliesthediff.")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("arguments", [(), ("--side-by-side",), ("--explain", "FOA002")], ids=" ".join)
def test_plain_encodings_show_everything(project: Path, encoding: str, arguments: tuple[str, ...]) -> None:
    result = in_a_pipe(project, *arguments, PYTHONIOENCODING=encoding, COLUMNS="100")
    text = SGR.sub("", result.stdout.decode(encoding))
    assert (result.returncode, result.stderr) == (0, b"")
    assert "FOA002" in text
    assert not re.search(r"\\u2[05]\w\w", text), "lines are drawn with characters that the encoding lacks"
    if "--explain" not in arguments:
        assert max(map(len, text.splitlines())) <= 100
    if not arguments:
        assert 'model="\\u65e5\\u672c \\u2192 ' in text
