"""The command as users run it: exit codes, streams, encodings, what is written and what is not."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from terminal import environment, run_on_terminal
from tools import contents, tree

from fixopenai import __main__, __version__, cli
from fixopenai.errors import SourceError
from fixopenai.results import FileChange, Finding, MigrationResult, Outcome, Place
from fixopenai.source import read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BLOCKING = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI(title="[bold]Demo :smile:")
client = OpenAI()


@app.get("/answer")
async def answer(prompt: str) -> str:
    response = client.responses.create(model="gpt-4o-mini", input=prompt)
    return response.output_text
"""
# `sync-def` has to leave it: the function awaits something else.
BUSY = BLOCKING.replace("    response =", "    await asyncio.sleep(0)\n    response =").replace(
    "from fastapi", "import asyncio\n\nfrom fastapi"
)
SHARED = "from openai import OpenAI\n\nclient = OpenAI()\n"
ROUTE = """\
from pkg.llm import client


async def answer(prompt: str) -> str:
    return client.responses.create(model="m", input=prompt).output_text
"""
CLEAN = "from openai import AsyncOpenAI\n\nclient = AsyncOpenAI()\n"
BROKEN = "import openai\n\ndef f(:\n"
LINE = re.compile(r"app\.py:10:\d+: FOA002 .*client\.responses\.create")
SGR = re.compile(r"\x1b\[[\d;]*m")


def run(folder: Path, *arguments: str, python: tuple[str, ...] = (), **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *python, "-m", "fixopenai", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(**more), capture_output=True, text=True)


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(BLOCKING)
    return tmp_path


# -- a dry run


def test_piped_output_is_a_patch_that_git_applies(project: Path) -> None:
    result = run(project)
    assert result.returncode == 0
    assert (project / "app.py").read_text() == BLOCKING
    assert LINE.search(result.stderr)
    assert "Nothing was written" in result.stderr
    subprocess.run(["git", "apply"], cwd=project, input=result.stdout, text=True, check=True)
    assert run(project, "--check").returncode == 0


def test_nothing_is_dropped_into_the_folder(project: Path) -> None:
    run(project)
    run(project, "--check")
    run(project, "--write")
    assert [path.name for path in project.iterdir()] == ["app.py"]


def test_quiet_leaves_only_the_patch(project: Path) -> None:
    result = run(project, "-q")
    assert "\n+++ b/app.py\n" in result.stdout
    assert result.stderr == ""


def test_verbose_tells_what_was_done(project: Path) -> None:
    assert "1 file seen" in run(project, "-v").stderr


def test_clean_project(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(CLEAN)
    result = run(tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "No findings in 1 file.\n")


def test_the_current_folder_is_the_default(project: Path) -> None:
    assert run(project).stdout == run(project, ".").stdout != ""


# -- files given by name


@pytest.fixture
def package(tmp_path: Path) -> Path:
    tree(tmp_path, {"pyproject.toml": "", "pkg/llm.py": SHARED, "pkg/api/route.py": ROUTE, "top.py": ROUTE})
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "given", "shown", "obstacle", "applies_in"),
    [
        pytest.param("pkg/api", ["route.py"], "route.py", "../llm.py", "pkg/api", id="beside-it"),
        pytest.param("pkg", ["api/route.py"], "api/route.py", "llm.py", "pkg", id="above-it"),
        pytest.param(".", ["pkg/api/route.py"], "pkg/api/route.py", "pkg/llm.py", ".", id="on-top-of-the-project"),
        pytest.param("pkg/api", ["route.py", "../../top.py"], "pkg/api/route.py", "pkg/llm.py", ".", id="elsewhere"),
    ],
)
@pytest.mark.parametrize("in_git", [False, True], ids=["plain", "git"])
def test_paths_are_those_of_the_current_folder(
    package: Path, folder: str, given: list[str], shown: str, obstacle: str, applies_in: str, in_git: bool
) -> None:
    if in_git:
        git(package, "init")
        git(package, "add", ".")
    result = run(package / folder, *given, "-s", "async-client")
    assert f"{shown}:5:12: FOA002 " in result.stderr
    assert f"at {obstacle}:3:10]" in result.stderr
    patch = run(package / folder, *given, "-s", "to-thread").stdout
    assert f"--- a/{shown}\n+++ b/{shown}\n" in patch
    subprocess.run(["git", "apply"], cwd=package / applies_in, input=patch, text=True, check=True)
    assert "to_thread" in (package / "pkg/api/route.py").read_text()


@pytest.mark.parametrize("arguments", [(), ("--write",)], ids=["dry", "write"])
def test_folders_elsewhere_whose_files_go_by_one_name_are_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    tree(tmp_path, {"a/app.py": BLOCKING, "b/app.py": BLOCKING, "here/note": ""})
    before = contents(tmp_path)
    result = run(tmp_path / "here", "../a", "../b", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(r"error: \.\./a/app\.py and \.\./b/app\.py are shown alike from here: .*\n", result.stderr)
    assert contents(tmp_path) == before


def test_a_file_that_git_ignores_is_still_a_part_of_its_project(package: Path) -> None:
    git(package, "init")
    (package / ".gitignore").write_text("route.py\n")
    assert run(package / "pkg" / "api", "route.py", "--check").stdout.startswith("route.py:5:12: FOA002 ")


# -- links


LINKS = [
    pytest.param({"tool.py": "bin/tool"}, ".", ["."], "bin/tool", id="to-a-file-that-is-no-module"),
    pytest.param({"tool.py": "bin/tool", "same.py": "tool.py"}, ".", ["."], "bin/tool", id="two-links-to-it"),
    pytest.param({"tool.py": "bin/tool"}, ".", ["tool.py"], "bin/tool", id="given-by-name"),
    pytest.param({"tool.py": "bin/tool"}, ".", ["tool.py", "bin/tool"], "bin/tool", id="given-twice"),
    pytest.param({"bin/tool.py": "tool", "link": "bin"}, ".", ["link"], "bin/tool", id="below-a-linked-folder"),
    pytest.param({"bin/tool.py": "tool", "cwd/link": "../bin"}, "cwd", ["link"], "tool", id="below-one-elsewhere"),
]


@pytest.mark.parametrize(("links", "folder", "given", "shown"), LINKS)
def test_a_patch_follows_links(
    tmp_path: Path, links: dict[str, str], folder: str, given: list[str], shown: str
) -> None:
    tree(tmp_path, {"bin/tool": BLOCKING, "pyproject.toml": "", "cwd/note": ""})
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    result = run(tmp_path / folder, *given)
    assert result.returncode == 0
    assert result.stderr.count(f"{shown}:10:") == result.stderr.count("FOA002") == 1
    applies_in = (tmp_path / "bin" / "tool").parent if shown == "tool" else tmp_path
    subprocess.run(["git", "apply"], cwd=applies_in, input=result.stdout, text=True, check=True)
    assert "AsyncOpenAI" in (tmp_path / "bin" / "tool").read_text()
    assert all((tmp_path / name).is_symlink() for name in links)


def test_a_module_behind_a_link_is_imported_by_the_name_of_the_link(tmp_path: Path) -> None:
    tree(tmp_path, {"shared/llm.txt": SHARED, "pkg/api/route.py": ROUTE})
    (tmp_path / "pkg" / "llm.py").symlink_to("../shared/llm.txt")
    assert run(tmp_path, "--check").stdout.startswith("pkg/api/route.py:5:12: FOA002 ")


def test_a_link_out_of_the_folder_is_told_when_it_matters(tmp_path: Path) -> None:
    tree(tmp_path, {"far/llm.py": SHARED, "far/other.py": "x = 1\n", "here/app.py": CLEAN})
    for name in ("llm.py", "other.py"):
        (tmp_path / "here" / name).symlink_to(f"../far/{name}")
    result = run(tmp_path / "here", "--check", "-q")
    assert result.returncode == 2
    expected = f"error: llm.py: leads to {tmp_path}/far/llm.py, out of the given folder: give one that holds both\n"
    assert result.stderr == expected


def test_where_there_is_nothing_to_read_it_is_said(tmp_path: Path) -> None:
    tree(tmp_path, {"docs/page.md": "x", "pyproject.toml": "[tool.fixopenai]\nexclude = ['gone.py']\n", "gone.py": ""})
    note = "note: there is no Python file to read in docs, gone.py\n"
    result = run(tmp_path, "--force-exclude", "docs", "gone.py")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", f"{note}No findings in 0 files.\n")
    assert run(tmp_path, "-q", "--force-exclude", "docs", "gone.py").stderr == ""


def test_a_notebook_is_not_read(tmp_path: Path) -> None:
    tree(tmp_path, {"app.py": CLEAN, "try.ipynb": "{}"})
    result = run(tmp_path, "app.py", "try.ipynb")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: try.ipynb: is a notebook, and only Python files are read\n")


# -- --check


def test_check_finds(project: Path) -> None:
    result = run(project, "--check")
    assert result.returncode == 1
    assert LINE.match(result.stdout)
    assert len(result.stdout.splitlines()) == 1
    assert (project / "app.py").read_text() == BLOCKING


def test_check_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(CLEAN)
    result = run(tmp_path, "--check")
    assert (result.returncode, result.stdout) == (0, "")


def test_rules_can_be_chosen(project: Path) -> None:
    assert run(project, "--check", "--select", "foa001").returncode == 0
    assert run(project, "--check", "--select", "FOA001,FOA002").returncode == 1
    assert run(project, "--check", "--select", "FOA", "--ignore", "FOA001", "--ignore", "FOA002").returncode == 0


# -- --write


def test_write_repairs_and_a_second_run_has_nothing_to_do(project: Path) -> None:
    result = run(project, "--write")
    assert result.returncode == 0
    assert "\n+++ b/app.py\n" in result.stdout
    assert "1 file changed." in result.stderr
    written = (project / "app.py").read_text()
    assert written != BLOCKING
    again = run(project, "--write")
    assert (again.returncode, again.stdout) == (0, "")
    assert (project / "app.py").read_text() == written


def test_write_with_something_left(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(BUSY)
    result = run(tmp_path, "--write", "--strategy", "sync-def")
    assert result.returncode == 1
    assert "[left: " in result.stderr
    assert (tmp_path / "app.py").read_text() == BUSY


def test_a_dry_run_with_something_left_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(BUSY)
    assert run(tmp_path, "--strategy", "sync-def").returncode == 0


def test_uncommitted_changes_are_not_written_to(project: Path) -> None:
    git(project, "init")
    git(project, "add", "app.py")
    staged = run(project, "--write")
    assert staged.returncode == 2
    assert "uncommitted changes in app.py" in staged.stderr
    assert "\n+++ b/app.py\n" in staged.stdout
    assert (project / "app.py").read_text() == BLOCKING
    assert run(project, "--write", "--allow-dirty").returncode == 0
    assert (project / "app.py").read_text() != BLOCKING


def test_a_staged_change_behind_a_link_counts(project: Path) -> None:
    git(project, "init")
    (project / "src").mkdir()
    (project / "app.py").rename(project / "src" / "main.tmpl")
    (project / "app.py").symlink_to("src/main.tmpl")
    git(project, "add", ".")
    assert "uncommitted changes in src/main.tmpl;" in run(project, "--write").stderr
    git(project, "commit", "-m", "all")
    assert run(project, "--write").returncode == 0


def test_what_is_refused_is_not_called_fixed(project: Path) -> None:
    git(project, "init")
    git(project, "add", "app.py")
    refused = run(project, "--write").stderr
    assert "[left: nothing is written, because of uncommitted changes]" in refused
    assert "1 finding in 1 file: 0 fixed, 1 left." in refused
    (finding,) = json.loads(run(project, "--write", "-f", "json").stdout)["findings"]
    assert (finding["status"], finding["strategy"]) == ("left", None)


def test_what_cannot_be_written_is_not_called_fixed(tmp_path: Path) -> None:
    awaited = "from llm import client\n\n\nasync def f():\n    return await client.responses.create(model='m')\n"
    tree(tmp_path, {"llm.py": SHARED, "route.py": awaited, "other.py": BLOCKING})
    before = contents(tmp_path)
    # The repair of `route.py` changes the class in `llm.py`, and nothing else.
    assert run(tmp_path, "-q").stdout.count("+++ b/llm.py\n") == 1
    (tmp_path / "llm.py").chmod(0o444)
    result = run(tmp_path, "--write")
    assert result.returncode == 2
    assert "error: llm.py: is read-only; left as it is\n" in result.stderr
    assert re.search(r"\nroute\.py:5:.*\[left: a file that its repair changes cannot be written\]\n", result.stderr)
    assert re.search(r"\nother\.py:10:.*\[fixed by async-client: ", result.stderr)
    after = contents(tmp_path)
    assert [name for name in before if before[name] != after[name]] == ["other.py"]


def test_many_uncommitted_files_are_named_in_short(project: Path) -> None:
    git(project, "init")
    for number in range(6):
        (project / f"app{number}.py").write_text(BLOCKING)
    git(project, "add", ".")
    message = "uncommitted changes in app.py, app0.py, app1.py, app2.py, app3.py and 2 more;"
    assert message in run(project, "--write").stderr


def test_a_repository_that_git_refuses_is_not_written_to(project: Path) -> None:
    git(project, "init")
    git(project, "config", "core.repositoryFormatVersion", "99")
    result = run(project, "--write")
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(r"error: git cannot tell whether .*--allow-dirty does not ask\n", result.stderr)
    assert run(project, "--write", "--allow-dirty").returncode == 0


def test_without_git_there_is_nothing_to_refuse(project: Path) -> None:
    git(project, "init")
    git(project, "add", ".")
    (project / "bin").mkdir()
    assert run(project, "--write", PATH=str(project / "bin")).returncode == 0


def test_asking_git_runs_no_hook_or_monitor_and_hears_no_other_repository(project: Path) -> None:
    git(project, "init")
    git(project, "add", ".")
    git(project, "commit", "-m", "all")
    trap = project / ".git" / "hooks" / "post-index-change"
    trap.parent.mkdir(exist_ok=True)
    trap.write_text(f"#!/bin/sh\ntouch '{project}/sprung'\n")
    trap.chmod(0o755)
    git(project, "config", "core.fsmonitor", str(trap))
    os.utime(project / "app.py", (1, 1))
    assert run(project, "--write", GIT_DIR="nowhere", GIT_INDEX_FILE="nowhere").returncode == 0
    assert not (project / "sprung").exists()


def test_committed_and_untracked_files_are_written_to(project: Path) -> None:
    git(project, "init")
    git(project, "add", "app.py")
    git(project, "commit", "-m", "all")
    (project / "new.py").write_text(BLOCKING)
    (project / "notes.txt").write_text("other files may change")
    git(project, "add", "notes.txt")
    assert run(project, "--write").returncode == 0
    assert BLOCKING not in ((project / "app.py").read_text(), (project / "new.py").read_text())


# -- errors


def test_a_broken_file_does_not_stop_the_rest(project: Path) -> None:
    (project / "broken.py").write_text(BROKEN)
    for arguments in ((), ("--check",), ("--write",)):
        result = run(project, *arguments)
        assert result.returncode == 2
        assert re.search(r"^error: broken\.py:3: ", result.stderr, re.MULTILINE)
        assert "app.py" in result.stdout
    assert (project / "app.py").read_text() != BLOCKING


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(BLOCKING.encode("utf-16"), "1: is UTF-16 or UTF-32", id="utf-16"),
        pytest.param(BLOCKING.encode("utf-16-be"), "1: holds a NUL byte", id="utf-16-without-a-bom"),
        pytest.param(BLOCKING.encode("utf-32"), "1: is UTF-16 or UTF-32", id="utf-32"),
        pytest.param("from app import client\n".encode("utf-16"), "1: is UTF-16 or UTF-32", id="utf-16-client"),
        pytest.param(BLOCKING.encode() + b"\0", "12: holds a NUL byte", id="nul"),
        pytest.param(BLOCKING.encode() + b"# \xe9\n", "12: not valid utf-8 (byte 0xe9)", id="latin-1"),
        pytest.param(b"from app import client\n# \xe9\n", "2: not valid utf-8 (byte 0xe9)", id="latin-1-client"),
        pytest.param(b"# coding: klingon\nimport openai\n", "1: unknown encoding: klingon", id="unknown-cookie"),
    ],
)
@pytest.mark.parametrize("arguments", [(), ("--check",), ("bad.py", "-q")], ids="-".join)
def test_what_cannot_be_decoded_is_told_with_its_place(
    project: Path, data: bytes, message: str, arguments: tuple[str, ...]
) -> None:
    (project / "bad.py").write_bytes(data)
    result = run(project, *arguments)
    assert result.returncode == 2
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert errors[0].startswith(f"error: bad.py:{message}")


def test_what_cannot_be_decoded_and_cannot_matter_is_not_looked_at(project: Path) -> None:
    (project / "data.py").write_bytes("x = 1\n".encode("utf-16"))
    (project / "note.py").write_bytes(b"# openai \xe9\n")
    assert run(project, "--check").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--wirte"], "--wirte", id="unknown-option"),
        pytest.param(["--output-file"], "--output-file", id="value-missing"),
        pytest.param(["--strategy", "magic"], "'magic' is not one of auto, async-client", id="strategy"),
        pytest.param(["-f", "xml"], "'xml' is not one of text", id="format"),
        pytest.param(["--color", "blue"], "'blue' is not one of auto", id="color"),
        pytest.param(["--select", "FOA9"], "--select: no rule has the code or prefix 'FOA9'", id="select"),
        pytest.param(["--ignore", "E501"], "--ignore: no rule has the code or prefix 'E501'", id="ignore"),
        pytest.param(["--select", ""], "--select: no rule", id="empty-select"),
        pytest.param(["--check", "--write"], "--check and --write exclude each other", id="check-and-write"),
        pytest.param(["-q", "-v"], "--quiet and --verbose exclude each other", id="quiet-and-verbose"),
        pytest.param(["nowhere"], "nowhere", id="no-such-path"),
        pytest.param([""], "an empty path", id="empty-path"),
        pytest.param(["", "--write"], "an empty path", id="empty-path-and-write"),
        pytest.param([".", "nowhere"], "nowhere", id="no-such-path-behind-a-good-one"),
        pytest.param(["x" * 300], "cannot be read: File name too long", id="path-too-long"),
        pytest.param(["-o", "nowhere/x.patch"], "nowhere/x.patch", id="no-such-folder"),
        pytest.param(["-o", ""], "--output-file", id="empty-output-file"),
        pytest.param(["-o", "x" * 300], "--output-file", id="output-file-too-long"),
        pytest.param(["--explain", "FOA02"], "did you mean FOA002 (blocking-call)", id="explain"),
    ],
)
def test_usage_errors_are_one_line(project: Path, arguments: list[str], message: str) -> None:
    result = run(project, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(r"error: .*\n", result.stderr)
    assert message in result.stderr


def test_a_reader_that_leaves_is_no_error(project: Path) -> None:
    for arguments in ((), ("--check",), ("-f", "json"), ("--list-rules",), ("--help",), ("--version",)):
        command = [sys.executable, "-m", "fixopenai", *arguments]
        reader, writer = os.pipe()
        os.close(reader)
        process = subprocess.run(command, cwd=project, env=environment(), stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        assert process.returncode == (1 if "--check" in arguments else 0)
        assert b"rror" not in process.stderr


STREAMS = [">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", "| head -n 1", "2>&1 | head -n 1"]
RESULTS = [
    pytest.param("", 0, id="patch"),
    pytest.param("--check", 1, id="check"),
    pytest.param("-f json", 0, id="json"),
    pytest.param("--color always", 0, id="view"),
    pytest.param("nowhere", 2, id="usage-error"),
    pytest.param("--list-rules", 0, id="list-rules"),
    pytest.param("--help", 0, id="help"),
    pytest.param("--version", 0, id="version"),
]


@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize(("arguments", "code"), RESULTS)
def test_streams_that_take_nothing(tmp_path: Path, arguments: str, code: int, streams: str) -> None:
    for number in range(40 if "head" in streams else 1):  # more than a pipe holds
        (tmp_path / f"app{number}.py").write_text(BLOCKING + "#" * 3000 + "\n")
    redirections, pipe, reader = streams.partition("|")
    run_it = f"{sys.executable} -m fixopenai {arguments}"
    command = f"{{ {run_it} {redirections}; echo $? >code; }} {pipe}{reader}"
    result = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    lost = streams == ">/dev/full" and arguments != "nowhere"
    assert int((tmp_path / "code").read_text()) == (2 if lost else code)
    assert "Traceback" not in result.stderr + result.stdout
    assert "bug" not in result.stderr + result.stdout
    assert ("error: cannot write to <stdout>: No space left on device\n" in result.stderr) is lost


# -- formats


def test_json(project: Path) -> None:
    result = run(project, "-f", "json")
    document = json.loads(result.stdout)
    assert document["version"] == 1
    assert [finding["rule"] for finding in document["findings"]] == ["FOA002"]
    assert document["findings"][0]["status"] == "fixed"
    assert document["findings"][0]["function"] == "answer"
    assert document["files"][0]["diff"] == run(project).stdout
    assert document["summary"]["findings"] == document["summary"]["fixed"] == 1
    assert (result.returncode, result.stderr) == (0, "")


def test_output_file_takes_the_result(project: Path) -> None:
    expected = run(project).stdout
    result = run(project, "-o", "fix.patch")
    assert result.stdout == ""
    assert (project / "fix.patch").read_text() == expected
    assert LINE.search(result.stderr)


@pytest.mark.parametrize("name", ["app.py", "./app.py", "sub/../app.py", "link.patch", "hard.patch", "sub/other.py"])
@pytest.mark.parametrize("arguments", [(), ("--write",), ("app.py",)], ids="-".join)
def test_output_never_replaces_a_source_file(project: Path, arguments: tuple[str, ...], name: str) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "other.py").write_text(CLEAN)
    (project / "link.patch").symlink_to("app.py")
    (project / "hard.patch").hardlink_to(project / "app.py")
    (project / "pyproject.toml").touch()
    before = contents(project)
    result = run(project, *arguments, "-o", name)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(r"error: --output-file: '.*' is one of the source files; nothing is .*\n", result.stderr)
    assert contents(project) == before


def test_output_never_replaces_what_a_link_out_of_the_folder_leads_to(tmp_path: Path) -> None:
    tree(tmp_path, {"far.py": CLEAN, "here/app.py": BLOCKING})
    (tmp_path / "here" / "far.py").symlink_to("../far.py")
    assert run(tmp_path / "here", "-o", "far.py").returncode == 2
    assert (tmp_path / "far.py").read_text() == CLEAN


def test_output_may_replace_an_older_one(project: Path) -> None:
    (project / "fix.patch").write_text("old")
    assert run(project, "-o", "fix.patch").returncode == 0
    assert (project / "fix.patch").read_text().startswith("--- a/app.py\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("arguments", [(), ("--check",), ("-f", "json"), ("-f", "patch")], ids="-".join)
def test_odd_names_crash_nothing(tmp_path: Path, arguments: tuple[str, ...], encoding: str) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.py")).write_text(BLOCKING)
    (tmp_path / "日本\n[red]\x1b[31m.py").write_text(BLOCKING)
    command = [sys.executable, "-m", "fixopenai", *arguments]
    more = environment(PYTHONIOENCODING=encoding)
    result = subprocess.run(command, cwd=tmp_path, env=more, capture_output=True)
    assert result.returncode == (1 if "--check" in arguments else 0)
    assert b"\x1b" not in result.stdout + result.stderr
    assert b"Traceback" not in result.stderr
    if "json" in arguments:
        assert len(json.loads(result.stdout)["findings"]) == 2
    if "--check" in arguments:
        assert len(result.stdout.splitlines()) == 2


def test_colour_can_be_forced_and_never_gets_into_a_patch(project: Path) -> None:
    assert "\x1b" not in run(project, FORCE_COLOR="1").stdout
    assert "\x1b" in run(project, FORCE_COLOR="1").stderr
    assert "\x1b" in run(project, "--check", FORCE_COLOR="1").stdout
    assert "\x1b" in run(project, "--color", "always", NO_COLOR="1").stdout
    assert "\x1b" not in run(project, "--color", "always", "-f", "patch").stdout


# -- terminal


def test_terminal_shows_the_diff_the_findings_and_a_summary(project: Path) -> None:
    code, text = run_on_terminal(project)
    plain = SGR.sub("", text)
    assert code == 0
    assert "\x1b" not in plain
    assert SGR.search(text)
    assert re.match(r"app\.py ─+\n", plain)
    assert re.search(r"^ +10 - +response = client", plain, re.MULTILINE)
    assert re.search(r"^app\.py:10:\d+ FOA002 ", plain, re.MULTILINE)
    assert "    would be fixed by " in plain
    assert re.search(r"^found +1  FOA002 1", plain, re.MULTILINE)
    assert plain.endswith("1 file would change. Nothing was written: --write applies the diff.\n")
    assert max(map(len, plain.splitlines())) <= 80


@pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_terminal_without_colours(project: Path, more: dict[str, str]) -> None:
    _, text = run_on_terminal(project, variables=more)
    assert "\x1b" not in text
    assert " - " in text


def test_terminal_gets_no_control_characters_from_code(project: Path) -> None:
    hostile = BLOCKING.replace("input=prompt)", "input='\x1b]0;x\x07[int] :smile:\u202e')")
    (project / "app.py").write_text(hostile)
    _, text = run_on_terminal(project)
    assert "\\x1b]0;x\\x07[int] :smile:\\u202e" in SGR.sub("", text)
    assert not re.search(r"[\x07\r\u202e]|\x1b\]", text)


def test_terminal_after_writing_shows_no_diff(project: Path) -> None:
    _, text = run_on_terminal(project, "--write")
    assert "response = " not in text
    assert "1 file changed." in text


def test_clean_terminal_gets_one_line(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(CLEAN)
    assert run_on_terminal(tmp_path) == (0, "No findings in 1 file.\n")


# -- help and start-up


@pytest.mark.parametrize("arguments", [["--version"], ["-V"], ["-V", "-q"]], ids=" ".join)
def test_version(tmp_path: Path, arguments: list[str]) -> None:
    assert run(tmp_path, *arguments).stdout == f"fixopenai {__version__}\n"


def test_help_shows_every_option(tmp_path: Path) -> None:
    text = run(tmp_path, "--help").stdout
    for option in ("--write", "--check", "--strategy", "--select", "--explain", "--version", "-h, --help"):
        assert option in text


def test_explain(tmp_path: Path) -> None:
    assert run(tmp_path, "--explain", "foa002").stdout.startswith("# FOA002 blocking-call\n")
    code, text = run_on_terminal(tmp_path, "--explain", "FOA002")
    assert code == 0
    assert "What it does" in text
    assert "## " not in text


def test_list_rules(tmp_path: Path) -> None:
    lines = run(tmp_path, "--list-rules").stdout.splitlines()
    assert "FOA002 blocking-call A sync OpenAI call blocks the event loop" in lines


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        pytest.param(("--version",), {"typer", "rich", "libcst", "pydantic"}, id="version"),
        pytest.param((".",), {"rich", "libcst", "pydantic", "pathspec", "tempfile"}, id="nothing-found"),
        pytest.param(("--check",), {"rich", "libcst", "pydantic", "pathspec", "tempfile"}, id="nothing-found-by-check"),
    ],
)
def test_what_is_not_needed_is_not_imported(tmp_path: Path, arguments: tuple[str, ...], heavy: set[str]) -> None:
    (tmp_path / "app.py").write_text(CLEAN)
    result = run(tmp_path, *arguments, python=("-X", "importtime"))
    imported = set(re.findall(r"\|\s*(\w+)\s*$", result.stderr, re.MULTILINE))
    assert "fixopenai" in imported
    assert not imported & heavy


# -- what only a made-up engine does


def fake_engine(monkeypatch: pytest.MonkeyPatch, **functions: Callable[..., Any]) -> None:
    module = ModuleType("fixopenai.migration")
    for name, function in functions.items():
        setattr(module, name, function)
    monkeypatch.setitem(sys.modules, "fixopenai.migration", module)


def failing(error: BaseException) -> Callable[..., MigrationResult]:
    def migrate(*_: object, **__: object) -> MigrationResult:
        raise error

    return migrate


def test_a_bug_is_one_line_that_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_engine(monkeypatch, migrate=failing(KeyError("\x1b[31mname")))
    assert cli.run(["."]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"error: this is a bug in fixopenai .*: KeyError: .*; please report it .* -v\n", captured.err)
    assert cli.run(["-v", "."]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "broken",
    ["source._decode", "loading.skips_file", "detection.comments_of", "repair.apply_edits"],
)
def test_a_bug_names_the_file_that_it_came_up_in(project: Path, broken: str) -> None:
    (project / "aaa.py").write_text(BLOCKING)
    (project / "zzz.py").write_text(CLEAN)
    module, _, name = f"fixopenai.{broken}".rpartition(".")
    code = f"""
import sys, {module} as module
from fixopenai.__main__ import main
real, calls = module.{name}, []
def second_time(*arguments):
    calls.append(arguments)
    return real(*arguments) if len(calls) == 1 else {{}}[0]
module.{name} = second_time
sys.argv = ["fixopenai", *sys.argv[1:]]
sys.exit(main())
"""
    for arguments in ((), ("-v",), ("--write",)):
        command = [sys.executable, "-c", code, *arguments]
        result = subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True)
        assert (result.returncode, result.stdout) == (2, "")
        *before, last = result.stderr.splitlines()
        assert last.startswith("error: app.py: this is a bug in fixopenai ")
        assert ": KeyError: 0; please report it where you got fixopenai from, with the traceback " in last
        assert ("Traceback (most recent call last):" in before) is ("-v" in arguments)
    assert (project / "app.py").read_text() == BLOCKING


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fake_engine(monkeypatch, migrate=failing(KeyboardInterrupt()))
    monkeypatch.setattr(sys, "argv", ["fixopenai", "."])
    assert __main__.main() == 130
    assert capsys.readouterr() == ("", "interrupted\n")


def test_what_could_not_be_written_is_left_and_the_rest_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    changes = []
    outcomes = []
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("x = 1\n")
        changes.append(FileChange(read_source(tmp_path / name, name), "x = 2\n"))
        finding = Finding("FOA002", Place(name, 1, 1, 1, 2), None, "`x` blocks")
        outcomes.append(Outcome(finding, "fixed", "to-thread", "shared", changes=frozenset({name})))
    result = MigrationResult(tuple(outcomes), tuple(changes), (), 2, 2)
    error = SourceError("b.py", "cannot be written: Permission denied")
    fake_engine(monkeypatch, migrate=lambda *_, **__: result)
    monkeypatch.setattr("fixopenai.writing.write_changes", lambda _: ((changes[0],), (error,)))
    assert cli.run(["--write", "-f", "json", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    document: Mapping[str, Any] = json.loads(captured.out)
    assert [finding["status"] for finding in document["findings"]] == ["fixed", "left"]
    assert [file["written"] for file in document["files"]] == [True, False]
    assert document["summary"]["changed_files"] == 1
    assert captured.err == "error: b.py: cannot be written: Permission denied\n"
