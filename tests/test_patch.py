from __future__ import annotations

import os
import random
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from fixopenai.patch import unified_diff

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return tmp_path


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    process = subprocess.run(["git", *arguments], cwd=folder, input=stdin, env=environment, capture_output=True)
    assert process.returncode == 0, process.stderr.decode(errors="replace")


def assert_applies(folder: Path, patch: bytes, files: dict[str, tuple[bytes, bytes]]) -> None:
    """`git apply` makes the new bytes of every file from the old, and -R the old from the new."""
    for name, (old, _) in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(old)
    git(folder, "apply", "--whitespace=nowarn", "-", stdin=patch)
    assert {name: (folder / name).read_bytes() for name in files} == {name: new for name, (_, new) in files.items()}
    git(folder, "apply", "--whitespace=nowarn", "-R", "-", stdin=patch)
    assert {name: (folder / name).read_bytes() for name in files} == {name: old for name, (old, _) in files.items()}


def test_equal_texts_make_no_patch() -> None:
    assert unified_diff("a.py", b"x\n", b"x\n") == b""


def test_the_whole_patch_as_git_writes_it() -> None:
    old = b"".join(b"line %d\n" % number for number in range(1, 31))
    new = old.replace(b"line 2\n", b"LINE 2\n").replace(b"line 20\n", b"").replace(b"line 25\n", b"line 25\nmore\n")
    assert unified_diff("app/main.py", old, new) == (
        b"--- a/app/main.py\n+++ b/app/main.py\n"
        b"@@ -1,5 +1,5 @@\n line 1\n-line 2\n+LINE 2\n line 3\n line 4\n line 5\n"
        b"@@ -17,12 +17,12 @@\n line 17\n line 18\n line 19\n-line 20\n line 21\n line 22\n line 23\n line 24\n"
        b" line 25\n+more\n line 26\n line 27\n line 28\n"
    )


def test_markup_and_emoji_codes_pass_through() -> None:
    patch = unified_diff("a.py", b"x: list[int] = []  # :smile:\n", b"x: list[int] = [1]  # [bold]:smile:\n")
    assert patch.endswith(b"@@ -1 +1 @@\n-x: list[int] = []  # :smile:\n+x: list[int] = [1]  # [bold]:smile:\n")


def test_a_missing_last_newline_is_told_on_the_side_that_lacks_it() -> None:
    patch = unified_diff("a.py", b"x", b"x\n")
    assert patch.endswith(b"@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n")


CONTENTS = [
    pytest.param(b"x\n", b"y\n", id="one-line"),
    pytest.param(b"", b"x\n", id="from-an-empty-file"),
    pytest.param(b"x\n", b"", id="to-an-empty-file"),
    pytest.param(b"a\nx", b"a\ny\n", id="no-newline-in-old"),
    pytest.param(b"a\nx\n", b"a\ny", id="no-newline-in-new"),
    pytest.param(b"a\nx", b"a\ny", id="no-newline-in-both"),
    pytest.param(b"a\nx", b"b\nx", id="no-newline-in-the-context"),
    pytest.param(b"x\r\ny\r\n", b"x\r\nz\r\n", id="crlf"),
    pytest.param(b"x\r\ny\n", b"x\ny\r\n", id="newlines-themselves-change"),
    pytest.param(b"a\rb\nc\r\nd", b"a\rb\nC\r\nd", id="mixed-and-lone-cr"),
    pytest.param(b"\xef\xbb\xbfx\ny\n", b"\xef\xbb\xbfz\ny\n", id="bom"),
    pytest.param(b"a\x0cb\n\x0c\nx\x0by\n", b"a\x0cb\n\x0c\nx\x0bz\n", id="form-feed-and-vertical-tab"),
    pytest.param("a\u2028b\u0085\nx\n".encode(), "a\u2028b\u0085\ny\n".encode(), id="unicode-line-ends-are-none"),
    pytest.param(b"\tx\t\n  \n", b"\t\tx \t\n \n", id="tabs-and-trailing-space"),
    pytest.param(b"'\xe9\xff'\n", b"'\xe9\xfe'\n", id="not-utf-8"),
    pytest.param(b"--- a\n+++ b\n@@ -1 +1 @@\n", b"--- a\n+++ c\n@@ -1 +1 @@\n", id="lines-that-look-like-a-patch"),
    pytest.param(
        b"\\ No newline at end of file\n", b"\\ No newline at end of file", id="line-that-looks-like-the-mark"
    ),
    pytest.param(b"x\n" * 500, b"x\n" * 250 + b"y\n" + b"x\n" * 249, id="the-same-line-over-and-over"),
    pytest.param(b"a\nb\nc\nd\n", b"d\nc\nb\na\n", id="unique-lines-in-another-order"),
]


@pytest.mark.parametrize(("old", "new"), CONTENTS)
def test_git_applies_it_both_ways(repository: Path, old: bytes, new: bytes) -> None:
    assert_applies(repository, unified_diff("a.py", old, new), {"a.py": (old, new)})


NAMES = [
    pytest.param("app/core/main.py", b"+++ b/app/core/main.py\n", id="plain"),
    pytest.param("my app/my file.py", b"+++ b/my app/my file.py\t\n", id="spaces"),
    pytest.param("café.py", b'+++ "b/caf\\303\\251.py"\n', id="non-ascii"),
    pytest.param("mon café.py", b'+++ "b/mon caf\\303\\251.py"\t\n', id="non-ascii-and-space"),
    pytest.param("a\tb\nc\r.py", b'+++ "b/a\\tb\\nc\\r.py"\n', id="control-characters"),
    pytest.param('say "hi"\\.py', b'+++ "b/say \\"hi\\"\\\\.py"\t\n', id="quotes-and-backslash"),
    pytest.param("\x01\x7f.py", b'+++ "b/\\001\\177.py"\n', id="octal"),
    pytest.param(os.fsdecode(b"\xff.py"), b'+++ "b/\\377.py"\n', id="not-utf-8"),
    pytest.param("[int] :smile:.py", b"+++ b/[int] :smile:.py\t\n", id="markup"),
]


@pytest.mark.parametrize(("name", "header"), NAMES)
def test_names_are_quoted_as_git_does(repository: Path, name: str, header: bytes) -> None:
    old, new = b"x\n", b"y\n"
    patch = unified_diff(name, old, new)
    assert header in patch
    assert_applies(repository, patch, {name: (old, new)})


@pytest.mark.parametrize(("name", "header"), NAMES)
def test_the_headers_are_those_of_git_diff(repository: Path, name: str, header: bytes) -> None:
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x\n")
    git(repository, "add", ".")
    path.write_bytes(b"y\n")
    theirs = subprocess.run(["git", "diff", "--no-color"], cwd=repository, capture_output=True, check=True).stdout
    assert unified_diff(name, b"x\n", b"y\n") == theirs[theirs.index(b"--- ") :]


def test_two_files_in_one_patch(repository: Path) -> None:
    files = {"a.py": (b"x", b"y"), "b c.py": (b"1\r\n", b"2\r\n")}
    patch = b"".join(unified_diff(name, old, new) for name, (old, new) in files.items())
    assert_applies(repository, patch, files)


def test_it_applies_in_the_folder_that_the_names_are_relative_to(repository: Path) -> None:
    inner = repository / "services" / "api"
    inner.mkdir(parents=True)
    assert_applies(inner, unified_diff("app.py", b"x\n", b"y\n"), {"app.py": (b"x\n", b"y\n")})


def test_random_edits_apply_both_ways(repository: Path) -> None:
    generator = random.Random(20240601)
    pieces = [
        b"a",
        b"b",
        b"\n",
        b"\n",
        b"x = 1\n",
        b"\r\n",
        b"\r",
        b"\t",
        b" ",
        b"-",
        b"+",
        b"\x0c",
        b"\xe9",
        b"\\ No\n",
    ]
    files: dict[str, tuple[bytes, bytes]] = {}
    for number in range(300):
        old = [generator.choice(pieces) for _ in range(generator.randrange(80))]
        new = list(old)
        for _ in range(generator.randrange(1, 6)):
            at = generator.randrange(len(new) + 1)
            new[at : at + generator.randrange(4)] = generator.choices(pieces, k=generator.randrange(4))
        files[f"{number}.py"] = b"".join(old), b"".join(new)
    patch = b"".join(unified_diff(name, old, new) for name, (old, new) in files.items())
    assert_applies(repository, patch, files)


@pytest.mark.parametrize("step", [1, 0], ids=["lines-all-different", "lines-all-alike"])
def test_two_edits_far_apart_in_a_huge_file_take_linear_time(step: int) -> None:
    lines = [b"x = %d\n" % (number * step) for number in range(100_000)]
    old = b"".join([b"import a\n", *lines, b"end()\n"])
    new = b"".join([b"import b\n", *lines, b"await end()\n"])
    start = time.process_time()
    unified_diff("a.py", old, new)
    assert time.process_time() - start < 5


def test_two_edits_far_apart_are_two_hunks() -> None:
    body = [b"    step(%d)\n    pass\n" % number for number in range(5_000)]
    old = b"".join([b"import a\n", *body, b"end()\n"])
    new = b"".join([b"import b\n", *body, b"await end()\n"])
    assert unified_diff("a.py", old, new).count(b"\n@@ ") == 2
