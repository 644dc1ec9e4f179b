"""The diff in two columns: what stands where, that it is aligned, and where there is none."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from terminal import environment, run_on_terminal

from fixopenai.reporting.line_pairs import line_pairs
from fixopenai.reporting.side_by_side import show_side_by_side
from fixopenai.results import FileChange
from fixopenai.source import decode_source

SGR = re.compile(r"\x1b\[[\d;]*m")
BLOCKING = """\
from openai import OpenAI

client = OpenAI()


async def answer(prompt: str) -> str:
    return client.responses.create(model="gpt-4o-mini", input=prompt).output_text
"""


def change(old: str, new: str) -> FileChange:
    return FileChange(decode_source(old.encode(), Path("app.py"), "app.py"), new)


def shown(old: str, new: str, *, width: int = 100, color: bool = False, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    console = Console(file=file, width=width, force_terminal=True, color_system="standard" if color else None)
    show_side_by_side(console, change(old, new))
    assert isinstance(file.buffer, io.BytesIO)
    return file.buffer.getvalue().decode(encoding)


def rows(old: str, new: str, *, width: int = 100) -> list[tuple[str, str]]:
    """Left and right of each row, without the spaces at their ends."""
    lines = [line.split(" \u2502") for line in shown(old, new, width=width).splitlines()]
    return [(left.rstrip(), right.removeprefix(" ").rstrip()) for left, right in lines]


# -- rows


def test_old_is_left_and_new_is_right_each_with_its_numbers() -> None:
    old = "import a\nx = 1\ndef f():\n    return call(x)\n"
    new = "import a\nimport b\nx = 1\ndef f():\n    return await call(x)\n"
    assert rows(old, new) == [
        ("  1   import a", "  1   import a"),
        ("", "  2 + import b"),
        ("  2   x = 1", "  3   x = 1"),
        ("  3   def f():", "  4   def f():"),
        ("  4 -     return call(x)", "  5 +     return await call(x)"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("a\n", "a\nb\nc\n", [("  1   a", "  1   a"), ("", "  2 + b"), ("", "  3 + c")], id="added"),
        pytest.param("a\nb\nc\n", "a\n", [("  1   a", "  1   a"), ("  2 - b", ""), ("  3 - c", "")], id="removed"),
        pytest.param(
            "a = 1",
            "a = 2\n",
            [("  1 - a = 1", "  1 + a = 2"), ("    \\  No newline at end of file", "")],
            id="a-note-belongs-to-its-side",
        ),
        pytest.param(
            "a = 1\n" + "b\n" * 8 + "c = 1",
            "a = 2\n" + "b\n" * 8 + "c = 1",
            [("  1 - a = 1", "  1 + a = 2"), *[(f"  {n}   b", f"  {n}   b") for n in (2, 3, 4)]],
            id="one-hunk",
        ),
        pytest.param(
            "a = 1\n" + "b\n" * 8 + "c = 1\n",
            "a = 2\n" + "b\n" * 8 + "c = 2\n",
            [
                ("  1 - a = 1", "  1 + a = 2"),
                *[(f"  {n}   b", f"  {n}   b") for n in (2, 3, 4)],
                ("...", "..."),
                *[(f"  {n}   b", f"  {n}   b") for n in (7, 8, 9)],
                (" 10 - c = 1", " 10 + c = 2"),
            ],
            id="two-hunks",
        ),
    ],
)
def test_rows(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert rows(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(["x = f()"], ["x = await f()"], [(0, 0)], id="alike"),
        pytest.param(["f(a)"], ["g(", "    f(a),", ")"], [(None, 0), (0, 1), (None, 2)], id="wrapped-in-a-call"),
        pytest.param(["one two", "f(a, b)"], ["f(a, c)"], [(0, None), (1, 0)], id="one-goes"),
        pytest.param(["one two"], ["three four"], [(0, 0)], id="one-for-another"),
        pytest.param(["one"], [], [(0, None)], id="nothing-new"),
        pytest.param(
            ["client = OpenAI()", "x = 1"],
            ["y = 2", "client = AsyncOpenAI()", "x = 1"],
            [(None, 0), (0, 1), (1, 2)],
            id="in-order",
        ),
        pytest.param(["a b"] * 60, ["c", *["a b"] * 60], [*[(n, n) for n in range(60)], (None, 60)], id="too-many"),
    ],
)
def test_line_pairs(old: list[str], new: list[str], expected: list[tuple[int | None, int | None]]) -> None:
    assert list(line_pairs(old, new)) == expected


# -- columns


CODE = {
    "plain": "answer = ask(prompt)",
    "tabs": "\tif a:\tpass\t# b",
    "tab-behind-wide-characters": "名前 = 1\t# c",
    "wide": "名前 = '日本語のとても長い文字列です、はい'",
    "combining": "cafe\u0301 = 'e\u0301e\u0302'",
    "emoji": "x = '\U0001f600\U0001f468 \u2764\ufe0f'",
    "long": "    answer = client.responses.create(" + ", ".join(f"argument_{n}='値{n}'" for n in range(20)) + ")",
    "one-long-word": "x = '" + "y" * 300 + "'",
    "long-and-wide": "x = '" + "値" * 150 + "'",
    "accents-upon-accents": "x = '" + "e" + "\u0301" * 900 + "'",
    "deeply-indented": " " * 90 + "pass",
    "control": "x = '\x1b[31m\u202e'",
}


@pytest.mark.parametrize("width", [100, 101, 160])
@pytest.mark.parametrize("code", CODE.values(), ids=CODE)
def test_columns_are_aligned(code: str, width: int) -> None:
    text = shown(f"{code}\n# old\n", f"{code}\n# new\n# added\n", width=width)
    bars = {cell_len(line[: line.index(" \u2502")]) for line in text.splitlines()}
    assert bars == {(width - 3) // 2}
    assert max(map(cell_len, text.splitlines())) <= width
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text)


@pytest.mark.parametrize("code", [code for name, code in CODE.items() if "tab" not in name and name != "control"])
def test_nothing_of_a_line_gets_lost(code: str) -> None:
    left = "".join(left[6:].strip() for left, _ in rows(f"{code}\n", f"{code}\n# added\n"))
    assert left.replace(" ", "") == code.replace(" ", "")


def test_long_lines_break_where_code_may_and_go_on_below_their_indentation() -> None:
    call = "    stream = client.responses.create(model='gpt-4o-mini', stream=True)\n"
    assert [left for left, _ in rows(call, call + "x = 1\n")][:2] == [
        "  1       stream = client.responses.create(",
        "              model='gpt-4o-mini', stream=True)",
    ]


def test_tabs_end_at_their_stops() -> None:
    assert rows("\ta\tb\n", "\ta\tb\nx\n")[0][0] == "  1       a   b"


def test_changed_words_are_marked_on_both_sides() -> None:
    (row,) = shown("x = first(a)\n", "x = second(a)\n", color=True).splitlines()
    assert "\x1b[7;31mfirst\x1b[0m(a)" in row
    assert "\x1b[7;32msecond\x1b[0m(a)" in row


def test_colours_of_the_old_text_do_not_run_on_in_the_new() -> None:
    text = shown('x = """\nin a string\n', "return\nreturn in x\n", color=True)
    assert "\x1b[35mreturn\x1b[0m \x1b[35min\x1b[0m x" in text
    assert "\x1b[36min a string\x1b[0m" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_the_bar_is_one_that_the_terminal_can_show(encoding: str) -> None:
    assert shown("x = 1\n", "x = 2\n", encoding=encoding).splitlines() == [f"{'  1 - x = 1':48} |   1 + x = 2"]


# -- the option


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(BLOCKING)
    return tmp_path


def test_a_wide_terminal_shows_two_columns(project: Path) -> None:
    code, text = run_on_terminal(project, "--side-by-side", columns=120, errors=True)
    plain = SGR.sub("", text)
    assert code == 0
    assert re.search(
        r"^  1 - from openai import OpenAI +\u2502   1 \+ from openai import AsyncOpenAI$", plain, re.MULTILINE
    )
    assert "note:" not in plain


def test_a_narrow_terminal_shows_one_and_says_why(project: Path) -> None:
    _, text = run_on_terminal(project, "--side-by-side", columns=99, errors=True)
    plain = SGR.sub("", text)
    assert re.search(
        r"^    1 - from openai import OpenAI\n    1 \+ from openai import AsyncOpenAI$", plain, re.MULTILINE
    )
    note = "note: --side-by-side has no effect: it takes 100 columns, and there are 99\n"
    assert plain.count(note) == 1
    assert plain.index(note) < plain.index("found")


@pytest.mark.parametrize(
    ("arguments", "columns", "note"),
    [
        pytest.param([], "160", "it is for the view, which a terminal or --color always shows", id="patch"),
        pytest.param(["-q"], "160", None, id="quiet"),
        pytest.param(["--check", "--color", "always"], "160", "--check shows no diff", id="check"),
        pytest.param(["--color", "always"], "160", None, id="view-in-a-pipe"),
        pytest.param(["--color", "always"], "80", "it takes 100 columns, and there are 80", id="narrow-view-in-a-pipe"),
    ],
)
def test_where_nothing_shows_two_columns_a_note_says_so(
    project: Path, arguments: list[str], columns: str, note: str | None
) -> None:
    command = [sys.executable, "-m", "fixopenai", *arguments]
    told, plain = (
        subprocess.run(
            [*command, *option], cwd=project, env=environment(COLUMNS=columns), capture_output=True, text=True
        )
        for option in (["--side-by-side"], [])
    )
    assert told.returncode == plain.returncode
    notes = [line for line in told.stderr.splitlines() if "--side-by-side" in line]
    assert notes == ([] if note is None else [f"note: --side-by-side has no effect: {note}"])
    two_columns = arguments == ["--color", "always"] and columns == "160"
    assert (told.stdout == plain.stdout) is not two_columns
    assert ("\u2502" in told.stdout) is two_columns


def test_questions_show_two_columns_too(project: Path) -> None:
    command = [sys.executable, "-m", "fixopenai", "-i", "--side-by-side"]
    wide, narrow = (
        subprocess.run(
            command, cwd=project, env=environment(COLUMNS=columns), input="n\n", capture_output=True, text=True
        ).stderr
        for columns in ("120", "80")
    )
    assert re.search(
        r"^  1 - from openai import OpenAI +\u2502   1 \+ from openai import AsyncOpenAI$", wide, re.MULTILINE
    )
    assert "\u2502" not in narrow
