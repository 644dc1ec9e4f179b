"""A repository that means harm: nothing of it runs, nothing leads out of it, nothing it says becomes a command."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from terminal import environment, run_on_terminal
from tools import contents, tree

from fixopenai.ignore_rules import parse_gitignore

ROOT = Path(__file__).parents[1]
APP = """\
from openai import OpenAI

client = OpenAI()


async def answer(prompt: str) -> str:
    return client.responses.create(model="m", input=prompt).output_text
"""


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "fixopenai", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(**more), capture_output=True, timeout=60)


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


# -- programs of theirs


def trap(folder: Path) -> str:
    path = folder / "trap"
    path.write_text(f"#!/bin/sh\ntouch '{folder}/sprung'\ncat\n")
    path.chmod(0o755)
    return str(path)


PROGRAMS = """
    core.fsmonitor core.pager core.editor core.sshCommand core.gitProxy core.askPass diff.external diff.x.textconv
    diff.x.command filter.x.clean filter.x.smudge filter.x.process merge.x.driver credential.helper gpg.program
    alias.status alias.ls-files alias.config alias.check-ignore pager.status pager.ls-files pager.config
    remote.origin.uploadpack remote.origin.vcs uploadpack.packObjectsHook sequence.editor
    """


@pytest.mark.parametrize("place", ["own", "included", "elsewhere"])
def test_git_runs_nothing_that_a_configuration_names(tmp_path: Path, place: str) -> None:
    project = tree(tmp_path / "project", {"app.py": APP, ".gitattributes": "*.py filter=x diff=x merge=x\n"})
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "-m", "all")
    program = trap(tmp_path)
    file = (".git/included" if place == "included" else ".git/config",)
    for name in PROGRAMS.split():
        git(project, "config", "--file", *file, name, program)
    git(project, "config", "--file", *file, "filter.x.required", "true")
    if place == "included":
        git(project, "config", "include.path", "included")
    for hook in ("post-index-change", "fsmonitor-watchman", "pre-auto-gc", "reference-transaction"):
        (project / ".git" / "hooks").mkdir(exist_ok=True)
        (project / ".git" / "hooks" / hook).symlink_to(program)
    if place == "elsewhere":
        (project / ".git").rename(tmp_path / "store")
        (project / ".git").write_text("gitdir: ../store\n")
    for arguments in (("-f", "github"), ("-f", "sarif", "--no-respect-gitignore"), ("--write",)):
        os.utime(project / "app.py", (1, 1))  # so that git has to look into it
        assert run(project, *arguments).returncode == 0
    assert (project / "app.py").read_text() != APP
    assert not (tmp_path / "sprung").exists()


def test_a_bare_repository_among_the_files_is_not_a_repository(tmp_path: Path) -> None:
    """A clone may hold one, configuration and all, and git would take its folder for a work tree."""
    project = tree(tmp_path / "project", {"pkg/app.py": APP, "pkg/.gitattributes": "*.py filter=x\n"})
    git(project, "init", "--quiet")
    git(project / "pkg", "init", "--quiet")
    git(project / "pkg", "add", ".")
    for path in list((project / "pkg" / ".git").iterdir()):
        path.rename(project / "pkg" / path.name)
    (project / "pkg" / ".git").rmdir()
    program = trap(tmp_path)
    for name, value in (("core.worktree", "."), ("core.fsmonitor", program), ("filter.x.clean", program)):
        git(project, "config", "--file", "pkg/config", name, value)
    os.utime(project / "pkg" / "app.py", (1, 1))
    result = run(project, "--write")
    assert result.returncode == 2
    assert b"cannot use bare repository" in result.stderr
    assert not (tmp_path / "sprung").exists()
    assert (project / "pkg" / "app.py").read_text() == APP


@pytest.mark.parametrize("start", [["-m", "fixopenai"], ["-c", "from fixopenai.__main__ import main; main()"]])
def test_no_module_of_theirs_is_imported(tmp_path: Path, start: list[str]) -> None:
    """Not by the first process, and not by its workers, whose interpreters start anew."""
    evil = f"open({str(tmp_path / 'sprung')!r}, 'a').write(__name__ + '\\n')\n"
    names = "multiprocessing pickle struct socket selectors random typer rich libcst pathspec openai tomllib"
    project = tree(tmp_path / "project", {f"{name}.py": evil for name in names.split()})
    for folder in ("a", "b"):
        tree(project / folder, {"app.py": APP, "conftest.py": evil, "__init__.py": evil, "setup.py": evil})
        tree(project / folder, {f"x{number}.py": "" for number in range(200)})
    if start[0] == "-c":  # as the installed command starts, whose first place to look is not the current folder
        start = ["-c", f"import sys; sys.path.pop(0); {start[1]}"]
    command = [sys.executable, *start, "-j", "2", "--check", "a", "b"]
    result = subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True, timeout=60)
    assert "2 findings in 408 files" in result.stderr, result.stderr
    assert not (tmp_path / "sprung").exists()


def test_installed_packages_can_be_analysed_where_they_are() -> None:
    """The folder is on the search path by right then; nothing is written, as these are everybody's."""
    installed = Path(typer.__file__).parents[1]
    command = [sys.executable, "-m", "fixopenai", "--check", "--isolated", "typer"]
    result = subprocess.run(command, cwd=installed, env=environment(), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


# -- what takes for ever


@pytest.mark.parametrize("name", [".gitignore", ".git/config", ".git/index"])
def test_a_git_that_never_answers_is_not_waited_for(tmp_path: Path, name: str) -> None:
    project = tree(tmp_path / "project", {"app.py": APP})
    git(project, "init", "--quiet")
    (project / name).unlink(missing_ok=True)
    os.mkfifo(project / name)
    code = """
import sys
import fixopenai.git
from fixopenai.__main__ import main
fixopenai.git._PATIENCE = 0.5
sys.exit(main())
"""
    command = [sys.executable, "-c", code, "--write"]
    result = subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True, timeout=60)
    if name == ".gitignore":  # which is not asked about what is tracked
        assert result.returncode == 0
    else:
        assert result.returncode == 2
        assert "git cannot tell whether" in result.stderr
        assert (project / "app.py").read_text() == APP


STARS = "*a" * 20 + "b"
DEPTHS = "**/" + "a/**/" * 20 + "b"


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({".gitignore": STARS}, id="stars"),
        pytest.param({".gitignore": DEPTHS}, id="depths"),
        pytest.param({"pyproject.toml": f"[tool.fixopenai]\nextend-exclude = ['{STARS}']"}, id="stars-in-settings"),
    ],
)
def test_patterns_of_theirs_take_no_time(tmp_path: Path, files: dict[str, str]) -> None:
    tree(tmp_path, {"app.py": APP, "a" * 200 + ".py": "", "a/" * 400 + "c.py": "", **files})
    start = time.monotonic()
    assert run(tmp_path, "--check").returncode == 1
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        ("*a*b", ["ab", "xaybb", "x/aab"], ["ba", "abc", "a/b"]),
        ("a*b*c*d", ["abcd", "a1bb2cc3d", "abcdbcd"], ["abdc", "abcde"]),
        ("*[ab]?*c*", ["axc", "zbbcz"], ["ac", "zzc"]),
        ("/x/*.*.py", ["x/a.b.py", "x/a.b.c.py"], ["x/a.py", "y/a.b.py"]),
        ("a**b**c", ["abc", "a1b2c", "abbcc"], ["acb"]),
        ("*.a/*.b/*c*d", ["x.a/y.b/1c2d", "x.a/y.b/cdcd"], ["x.a/y.b/dc"]),
    ],
)
def test_stars_mean_what_they_meant(pattern: str, fits: list[str], does_not: list[str]) -> None:
    rules = parse_gitignore(pattern.encode(), "")
    assert [path for path in (*fits, *does_not) if rules.verdict(path, is_folder=False)] == fits


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("x = [" + "1," * 600_000 + "]", "larger than 1 MB, the most that is read; --isolated", id="huge"),
        pytest.param("# fixopenai\n" + ".".join("a" * 100_000) + " = 1", "nested too deeply", id="dots"),
        pytest.param("# fixopenai\nx = " + "1" * 5000, "is not TOML: ", id="digits"),
    ],
)
def test_a_huge_configuration_is_refused_at_once(tmp_path: Path, text: str, message: str) -> None:
    tree(tmp_path, {"app.py": APP, "pyproject.toml": text})
    result = run(tmp_path, "--write")
    assert (result.returncode, result.stdout) == (2, b"")
    assert re.fullmatch(rf"error: pyproject\.toml.*{message}.*\n", result.stderr.decode())
    assert contents(tmp_path)["app.py"] == APP.encode()


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    tree(tmp_path, {"app.py": APP})
    os.mkfifo(tmp_path / "pipe.py")
    os.mkfifo(tmp_path / "pyproject.toml")
    for name, target in (("zero.py", "/dev/zero"), ("loop.py", "loop.py"), (".gitignore", "/dev/zero")):
        (tmp_path / name).symlink_to(target)
    (tmp_path / "around").symlink_to(tmp_path)
    result = run(tmp_path, "--write")
    assert result.stderr.splitlines()[-1] == b"1 file changed."
    assert b"error: loop.py: broken symlink" in result.stderr


# -- where they would have us write


def test_no_key_of_theirs_says_where_to_write_or_that_we_should(tmp_path: Path) -> None:
    for key in ("output-file = 'x'", "write = true", "allow-dirty = true", "config = 'x'", "jobs = 999"):
        tree(tmp_path, {"app.py": APP, "pyproject.toml": f"[tool.fixopenai]\n{key}\n"})
        result = run(tmp_path)
        assert (result.returncode, b"unknown key" in result.stderr) == (2, True)
    assert sorted(contents(tmp_path)) == ["app.py", "pyproject.toml"]


def test_no_link_leads_a_change_out_of_the_folder(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", {"app.py": APP, "pkg/inner.py": APP, "hard.py": APP})
    project = tree(tmp_path / "project", {"own.py": APP})
    (project / "app.py").symlink_to(outside / "app.py")
    (project / "pkg").symlink_to(outside / "pkg")
    os.link(outside / "hard.py", project / "hard.py")
    run(project, "--write")
    assert set(contents(outside).values()) == {APP.encode()}
    assert APP not in ((project / "own.py").read_text(), (project / "hard.py").read_text())


def test_no_link_in_a_list_of_files_leads_a_change_out_of_the_repository(tmp_path: Path) -> None:
    """`git ls-files '*.py'` lists links as well, to files and to folders."""
    outside = tree(tmp_path / "outside", {"app.py": APP})
    project = tree(tmp_path / "project", {".git/HEAD": "", "pkg/own.py": APP, "lib/shared.py": APP})
    (project / "pkg" / "file.py").symlink_to(outside / "app.py")
    (project / "pkg" / "folder.py").symlink_to(outside)
    (project / "pkg" / "inside.py").symlink_to("../lib/shared.py")
    result = run(project / "pkg", "--write", "own.py", "file.py", "folder.py", "inside.py")
    assert result.returncode == 2
    for name, target in (("file.py", outside / "app.py"), ("folder.py", outside)):
        assert f"error: {name}: leads to {target}, out of its project" in result.stderr.decode()
    assert (outside / "app.py").read_text() == APP
    assert APP not in ((project / "pkg" / "own.py").read_text(), (project / "lib" / "shared.py").read_text())
    assert run(project, "--write", "../outside/app.py").returncode == 0, "which was asked for"


# -- what they would have us say

EVIL = "\x1b]0;x\x07\x1b[2J\x9b31m\u202e\u2066\u2028\u2029\u0085\x7f"
COMMANDS = "::error::x%0A::set-output name=a::b"
MARKUP = "</script><img src=x onerror=alert(1)>[x](javascript:alert(1))@somebody"
NAME = f"{EVIL}\n{COMMANDS} {MARKUP.replace('/', '')} \udcff".encode("utf-8", "surrogateescape")
CODE = APP.replace("prompt)", f"'{EVIL.replace(chr(0x2028), '')} {COMMANDS} {MARKUP}')").replace("\x85", "")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    project = tree(tmp_path / "project", {"app.py": CODE, ".git/HEAD": ""})
    Path(os.fsdecode(os.fsencode(project) + b"/" + NAME[:200] + b".py")).write_text(CODE)
    Path(os.fsdecode(os.fsencode(project) + b"/broken" + NAME[:180] + b".py")).write_text("import openai\n(")
    return project


@pytest.mark.parametrize("form", ["concise", "json", "github", "sarif", "markdown", "html"])
def test_no_format_hands_on_what_commands_a_terminal(hostile: Path, form: str) -> None:
    result = run(hostile, "-f", form)
    assert result.returncode == 2
    output, errors = result.stdout.decode(), result.stderr.decode()
    assert not CONTROL.findall(output)
    assert not CONTROL.findall(errors)
    if form in ("json", "sarif"):
        json.loads(output)
        output.encode("ascii" if form == "json" else "utf-8")
    if form == "github":
        assert all(line.startswith("::error title=fixopenai") for line in output.splitlines())
    if form == "html":
        assert "<img" not in output
        assert html.escape("<img src=x") in output
        assert output.count("</script>") == 1
    if form == "markdown":
        outside_of_code = re.sub(r"```.*?^```|`[^`\n]+`", "", output, flags=re.DOTALL | re.MULTILINE)
        assert not re.search(r"<img|@somebody|\]\(javascript", outside_of_code)


def test_a_patch_is_exact_in_a_pipe_and_harmless_on_a_terminal(hostile: Path) -> None:
    """What `git apply` takes has the bytes of the code, but names are quoted and no line is added to it."""
    assert EVIL[:8].encode() in run(hostile, "-q", "-f", "patch").stdout
    for arguments in (("-q", "-f", "patch"), ("-q", "--check"), ("-q",)):
        code, text = run_on_terminal(hostile, *arguments, errors=True)
        assert code == 2
        assert not CONTROL.findall(re.sub(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b\x07]*\x1b\\", "", text).replace("\r", ""))


# -- the list of threats


def test_every_threat_names_its_tests() -> None:
    rows = re.findall(r"^\| .* \|$", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)[2:]
    assert len(rows) > 15
    defined = set(
        re.findall(r"def (test_\w+)", "".join(path.read_text() for path in (ROOT / "tests").glob("test_*.py")))
    )
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        assert set(named) <= defined, row
