"""Options that say what is looked at, where it comes from and how the run ends, each through the real process."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest
from terminal import environment
from test_cli import BLOCKING, BROKEN, CLEAN, ROUTE, SHARED, git, run
from tools import contents, tree

from fixopenai import FixOpenAIError, migrate_paths

FIXED = BLOCKING.replace("OpenAI", "AsyncOpenAI").replace("client.responses", "await client.responses")


def pipe(folder: Path, text: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "fixopenai", "-", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), input=text, capture_output=True)


# -- a text by standard input


def test_a_text_comes_back_repaired(tmp_path: Path) -> None:
    result = pipe(tmp_path, BLOCKING.encode())
    assert (result.returncode, result.stdout.decode()) == (0, FIXED)
    assert b"-:10:16: FOA002 " in result.stderr
    assert b"Nothing was written.\n" in result.stderr, "--write is an error with -"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="empty"),
        pytest.param(CLEAN.encode(), id="right"),
        pytest.param(b"\xef\xbb\xbfx = 1\r\ny = 2\r", id="marks-and-line-ends"),
        pytest.param(b"# coding: latin-1\nimport openai\ns = '\xe9'", id="another-encoding"),
    ],
)
def test_what_needs_no_repair_comes_back_byte_for_byte(tmp_path: Path, text: bytes) -> None:
    result = pipe(tmp_path, text)
    assert (result.returncode, result.stdout, result.stderr) == (0, text, b"No findings in 1 file.\n")


def test_a_text_of_a_file_is_analysed_with_its_project_and_nothing_is_written(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"pyproject.toml": "[project]\n", "pkg/__init__.py": "", "pkg/llm.py": SHARED, "pkg/app.py": "x = 1\n"},
    )
    before = contents(tmp_path)
    result = pipe(tmp_path, ROUTE.encode(), "--stdin-filename", "pkg/app.py")
    assert result.returncode == 0
    assert b"await asyncio.to_thread(client.responses.create" in result.stdout
    assert b"outside the given paths (pkg/app.py" not in result.stderr
    assert b"pkg/app.py:5:12: FOA002" in result.stderr
    assert contents(tmp_path) == before
    new = pipe(tmp_path, ROUTE.encode(), "--stdin-filename", "pkg/new.py", "--check")
    assert (new.returncode, new.stdout[:21]) == (1, b"pkg/new.py:5:12: FOA0")


def test_a_text_in_other_formats(tmp_path: Path) -> None:
    document = json.loads(pipe(tmp_path, BLOCKING.encode(), "-f", "json").stdout)
    assert [finding["path"] for finding in document["findings"]] == ["-"]
    patch = pipe(tmp_path, BLOCKING.encode(), "-f", "patch", "--stdin-filename", "app.py")
    (tmp_path / "app.py").write_text(BLOCKING)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=patch.stdout, check=True)
    assert (tmp_path / "app.py").read_text() == FIXED


def test_a_text_that_is_not_python_gives_nothing_back(tmp_path: Path) -> None:
    result = pipe(tmp_path, BROKEN.encode(), "--stdin-filename", "x.py")
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"error: x.py:3: ")


def test_the_file_that_is_to_take_a_text_is_not_emptied(tmp_path: Path) -> None:
    tree(tmp_path, {"app.py": BLOCKING, "old.txt": "kept"})
    result = pipe(tmp_path, BROKEN.encode(), "-o", "old.txt")
    assert (result.returncode, (tmp_path / "old.txt").read_text()) == (2, "kept")
    result = pipe(tmp_path, BROKEN.encode(), "--stdin-filename", "app.py", "-o", "app.py")
    assert (result.returncode, (tmp_path / "app.py").read_text()) == (2, BLOCKING)
    assert b"'app.py' is one of the source files" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["-", "--write"], "- and --write, as the result goes", id="write"),
        pytest.param(["-", "-i"], "- and --interactive exclude each other", id="interactive"),
        pytest.param(["-", "app.py"], "- and other paths exclude each other", id="paths"),
        pytest.param(["app.py", "--stdin-filename", "x.py"], "--stdin-filename goes with - alone", id="name-alone"),
        pytest.param(["-", "--stdin-filename", ""], "an empty path", id="empty-name"),
        pytest.param(["--check", "-i"], "--check and --interactive exclude each other", id="check"),
        pytest.param(["-j", "0"], "--jobs: '0' is not a number of processes", id="no-jobs"),
        pytest.param(["-j", "x"], "--jobs: 'x' is not a number of processes", id="jobs"),
        pytest.param(["--exclude", ""], "--exclude: a pattern is empty", id="empty-pattern"),
        pytest.param(["--extend-exclude", "../gen"], "'../gen' leads out of its folder", id="pattern-that-leads-out"),
        pytest.param(["--extend-exclude", "!app.py"], "'!app.py' takes back what a pattern", id="lone-negation"),
        pytest.param(["-", "--stdin-filename", "."], ". is a folder", id="folder-for-a-text"),
        pytest.param(["--strategy", ""], "--strategy: '' is not one of", id="empty-strategy"),
        pytest.param(["--thread-wrapper", ""], "--thread-wrapper: '' is not one of", id="empty-wrapper"),
        pytest.param(["-f", ""], "--output-format: '' is not one of", id="empty-format"),
        pytest.param(["--extend-exclude", "a,!"], "--extend-exclude: '!' is not a pattern", id="pattern"),
    ],
)
def test_usage_errors(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "app.py").write_text(BLOCKING)
    result = run(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


# -- what is passed over


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param([], {"app.py", "gen/a.py"}, id="default"),
        pytest.param(["--extend-exclude", "gen"], {"app.py"}, id="extend"),
        pytest.param(["--extend-exclude", "HERE/gen"], {"app.py"}, id="whole-path"),
        pytest.param(["--extend-exclude", "gen,app.py"], set(), id="two-with-a-comma"),
        pytest.param(["--exclude", "gen"], {"app.py", "dist/b.py"}, id="instead"),
        pytest.param(["--exclude", "gen", "--extend-exclude", "/app.py"], {"dist/b.py"}, id="both"),
        pytest.param(["--no-respect-gitignore"], {"app.py", "gen/a.py", "ignored.py"}, id="gitignore"),
        pytest.param(["gen/a.py", "--extend-exclude", "gen"], {"gen/a.py"}, id="given-by-name"),
        pytest.param(["gen", "--extend-exclude", "gen"], {"gen/a.py"}, id="folder-given-by-name"),
        pytest.param(["gen", "--extend-exclude", "gen/,a.py"], set(), id="file-in-a-folder-given-by-name"),
        pytest.param(["gen/a.py", "--extend-exclude", "gen", "--force-exclude"], set(), id="by-force"),
        pytest.param(
            ["gen", "app.py", "--extend-exclude", "gen/", "--force-exclude"], {"app.py"}, id="folder-by-force"
        ),
        pytest.param(["dist", "--force-exclude"], set(), id="default-by-force"),
    ],
)
def test_what_is_passed_over(tmp_path: Path, arguments: list[str], found: set[str]) -> None:
    files = dict.fromkeys(("app.py", "gen/a.py", "dist/b.py", "ignored.py"), BLOCKING)
    tree(tmp_path, {**files, ".gitignore": "ignored.py\n"})
    arguments = [argument.replace("HERE", str(tmp_path)) for argument in arguments]
    for _ in range(2):  # once without git, once with it
        result = run(tmp_path, "-f", "json", "--check", *arguments)
        assert {finding["path"] for finding in json.loads(result.stdout)["findings"]} == found
        git(tmp_path, "init")


# -- how the run ends


def test_exit_zero_is_for_findings_and_not_for_errors(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(BLOCKING)
    assert run(tmp_path, "--check").returncode == 1
    assert run(tmp_path, "--check", "--exit-zero").returncode == 0
    (tmp_path / "broken.py").write_text(BROKEN)
    assert run(tmp_path, "--check", "--exit-zero").returncode == 2


# -- worker processes


def programs(folder: Path, number: int) -> list[str]:
    """Folders that hold enough files for workers to be started."""
    names = [f"p{each}" for each in range(number)]
    for name in names:
        tree(folder, {f"{name}/app.py": BLOCKING, f"{name}/broken.py": BROKEN, f"{name}/own.py": CLEAN})
        for each in range(400 // number):
            (folder / name / f"x{each}.py").write_text("")
    return names


def test_the_result_is_the_same_with_any_number_of_jobs(tmp_path: Path) -> None:
    names = programs(tmp_path, 3)
    results = [run(tmp_path, "-f", "json", "-j", jobs, *names) for jobs in ("1", "2", "5")]
    assert {result.returncode for result in results} == {2}
    assert len({(result.stdout, result.stderr) for result in results}) == 1
    assert len(json.loads(results[0].stdout)["findings"]) == 3
    written = run(tmp_path, "--write", "-j", "2", "--exit-zero", *names)
    assert "3 files changed." in written.stderr


def test_a_worker_that_is_killed_is_an_error_and_not_a_result(tmp_path: Path) -> None:
    names = programs(tmp_path, 2)
    long_enough = BLOCKING + "\n\ndef unused(a: int) -> int:\n    return a + 1\n" * 4_000
    for name in names:
        (tmp_path / name / "long.py").write_text(long_enough)
    command = [sys.executable, "-m", "fixopenai", "--write", "-j", "2", *names]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=-1, stderr=-1, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 30
    killed = False
    while not killed and process.poll() is None and time.monotonic() < deadline:
        for worker in workers_of(process.pid):
            os.kill(worker, signal.SIGKILL)
            killed = True
    output, errors = process.communicate(timeout=120)
    assert killed
    assert (process.returncode, output) == (2, "")
    # Python itself may say before that another worker, which was only starting, found nobody there.
    assert errors.endswith("error: a worker process ended early, killed perhaps; --jobs 1 does without them\n")
    assert (tmp_path / "p0" / "app.py").read_text() == BLOCKING
    # Python's own resource tracker ends only when it sees that the command has ended.
    deadline = time.monotonic() + 10
    while of_session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not of_session(process.pid), "another worker is still there"


def test_a_worker_that_is_killed_while_another_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[SpawnProcess] = []
    start = SpawnProcess.start

    def start_second_when_first_is_gone(process: SpawnProcess) -> None:
        if started:
            started[0].kill()
            started[0].join()
            time.sleep(1)  # for the pool to notice: it closes what this process is about to be given
        start(process)
        started.append(process)

    monkeypatch.setattr(SpawnProcess, "start", start_second_when_first_is_gone)
    folders = [tmp_path / name for name in programs(tmp_path, 2)]
    with pytest.raises(FixOpenAIError, match="a worker process ended early"):
        migrate_paths(folders, jobs=2)
    assert all(not process.is_alive() for process in started)


def of_session(leader: int) -> list[str]:
    """The processes of a session that have not ended, as Linux tells them."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            text = status.read_text()
            state, _, _, session = text.rpartition(")")[2].split()[:4]
            if int(session) == leader and state != "Z":
                found.append(text)
    return found


def workers_of(pid: int) -> list[int]:
    """The processes that were started as workers by this one, as Linux tells them."""
    with contextlib.suppress(OSError):  # one of them has ended
        children = " ".join(each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/children")).split()
        return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return []


# -- completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(tmp_path: Path, shell: str) -> None:
    script = run(tmp_path, _FIXOPENAI_COMPLETE=f"source_{shell}")
    assert f"_FIXOPENAI_COMPLETE=complete_{shell}" in script.stdout
    for words, wanted in (
        ("fixopenai --strat", ["--strategy"]),
        ("fixopenai --strategy a", ["auto", "async-client"]),
        ("fixopenai --explain FOA01", ["FOA010"]),
    ):
        asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
        asked |= {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        variables = environment(_FIXOPENAI_COMPLETE=f"complete_{shell}", **asked)
        answer = subprocess.run(
            [sys.executable, "-m", "fixopenai"], cwd=tmp_path, env=variables, capture_output=True, text=True
        )
        found = re.findall(r"[\w-]{4,}", answer.stdout.replace("_arguments", ""))
        assert (answer.returncode, [word for word in found if word in wanted], answer.stderr) == (0, wanted, "")
        assert "to-thread" not in found


def test_completion_is_shown_and_installed_for_the_shell_that_asks(tmp_path: Path) -> None:
    home = tree(tmp_path / "home", {".bashrc": "# mine\n"})
    for option, said in (("--show-completion", "complete -o default -F"), ("--install-completion", "bash completion")):
        command = ["bash", "-c", f'"{sys.executable}" -m fixopenai {option}; exit $?']
        done = subprocess.run(command, env=environment(HOME=str(home)), capture_output=True, text=True, cwd=home)
        assert (done.returncode, done.stderr) == (0, "")
        assert said in done.stdout
    text = (home / ".bashrc").read_text()
    assert text.startswith("# mine\n")
    assert str(home) in text
    assert "_fixopenai_completion" in (home / ".bash_completions" / "fixopenai.sh").read_text()
