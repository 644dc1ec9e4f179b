"""What goes wrong around a run: kills, interrupts, full disks, files that change meanwhile. Nothing is lost by any."""

from __future__ import annotations

import fcntl
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from terminal import environment
from tools import contents, tree

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = "from openai import OpenAI\n\nclient = OpenAI()\n"
ROUTE = """\
from llm import client


async def answer(prompt: str) -> str:
    return client.responses.create(model="m", input=prompt).output_text
"""
ALONE = ROUTE.replace("from llm import client", "from openai import OpenAI\n\nclient = OpenAI()")
OLD = {"alone.py": ALONE, "llm.py": CLIENT, "route.py": ROUTE}
NEW = {
    name: text.replace("OpenAI", "AsyncOpenAI")
    .replace("return client.responses", "return (await client.responses")
    .replace(").output_text", ")).output_text")
    for name, text in OLD.items()
}
TEMPORARY = re.compile(r"\.(?:alone|llm|route)\.py\.fixopenai-[0-9a-f]{16}\.tmp")
STALE = ".app.py.fixopenai-0123456789abcdef.tmp"

# The tool, stopped by a signal at its n-th step of writing, for every n there is; and what the next run makes of that.
AT_EVERY_STEP = """
import json, os, pathlib, signal, sys
import libcst, fixopenai.cli, fixopenai.repair, fixopenai.writing, fixopenai.rewriting.transformer
from fixopenai.__main__ import main

old, number = json.loads(sys.argv[1]), int(sys.argv[2])
sys.argv[1:] = ["--write", "--quiet", "."]

def run(step):
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    steps = iter(range(1, 1000))
    armed = []
    def watch(event, arguments):
        armed.extend([1] if event == "open" and ".fixopenai-" in str(arguments[0]) else [])
        opens = event == "open" and "." in str(arguments[0])
        counts = opens or event in ("os.rename", "os.remove", "fcntl.flock", "os.chmod")
        if armed and counts and next(steps) == step:
            os.kill(os.getpid(), number)
    sys.addaudithook(watch)
    os._exit(main())

def files():
    return {path.name: path.read_text() for path in pathlib.Path().iterdir()}

seen = []
step = 0
while not seen or seen[-1][0] != 0:
    step += 1
    for path in pathlib.Path().iterdir():
        path.unlink()
    for name, text in old.items():
        pathlib.Path(name).write_text(text)
    seen.append([run(step), files(), run(0), sorted(files())])
print(json.dumps(seen))
"""


def run(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fixopenai", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, **options)


def at_every_step(folder: Path, number: int) -> list[tuple[int, dict[str, str], int, list[str]]]:
    command = [sys.executable, "-c", AT_EVERY_STEP, json.dumps(OLD), str(number)]
    result = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    *stopped, (code, files, _, _) = json.loads(result.stdout.splitlines()[-1])
    assert (code, files) == (0, NEW), "the last run was not stopped"
    assert len(stopped) > 10, "the steps were not seen"
    steps: list[tuple[int, dict[str, str], int, list[str]]] = stopped
    return steps


def test_a_kill_at_any_step_leaves_each_file_old_or_new(tmp_path: Path) -> None:
    strays = []
    for code, files, again, names in at_every_step(tmp_path, 9):
        assert code == -9
        stray = files.keys() - OLD.keys()
        strays += [name for name in stray if TEMPORARY.fullmatch(name)]
        assert all(TEMPORARY.fullmatch(name) for name in stray)
        assert all(files[name] in (OLD[name], NEW[name]) for name in OLD)
        assert again in (0, 1)
        assert names == sorted(OLD), "the next run cleans up"
    assert strays


def test_an_interrupt_at_any_step_leaves_what_holds_together_old_or_new(tmp_path: Path) -> None:
    for code, files, _, _ in at_every_step(tmp_path, 2):
        assert code == 130
        assert files.keys() == OLD.keys()
        assert files["alone.py"] in (OLD["alone.py"], NEW["alone.py"])
        assert [files[name] for name in ("llm.py", "route.py")] in (
            [OLD["llm.py"], OLD["route.py"]],
            [NEW["llm.py"], NEW["route.py"]],
        )


def test_only_what_nobody_holds_and_fits_the_pattern_is_cleaned_up(tmp_path: Path) -> None:
    kept = {"app.py.fixopenai-0123456789abcdef.tmp", ".app.py.fixopenai-0123456789abcdeg.tmp", ".app.py.tmp"}
    held, link, folder = (f".{name}.py.fixopenai-0123456789abcdef.tmp" for name in ("held", "link", "folder"))
    tree(tmp_path, {"app.py": ALONE, "other/app.py": "", **dict.fromkeys((*kept, held, STALE, f"other/{STALE}"), "x")})
    (tmp_path / link).symlink_to("app.py")
    (tmp_path / folder).mkdir()
    with (tmp_path / held).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "left by a run" not in run(tmp_path, "--check").stderr
        result = run(tmp_path, "--write")
    assert result.returncode == 0
    assert f"note: removed {STALE}, left by a run that was stopped\n" in result.stderr
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*kept, held, link, folder, "app.py", "other"}
    assert (tmp_path / "other" / STALE).exists(), "nothing that matters lies there"


def test_a_disk_without_room_for_all_leaves_all_that_holds_together(tmp_path: Path) -> None:
    """The limit of the size of a file stands in for the disk: the first of two files fits, the second does not."""
    tree(tmp_path, {**OLD, "route.py": ROUTE + "#" * 5000 + "\n"})
    before = contents(tmp_path)
    result = run(tmp_path, "--write", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)))
    assert result.returncode == 2
    assert "error: route.py: cannot be written: File too large\n" in result.stderr
    assert contents(tmp_path) == {**before, "alone.py": NEW["alone.py"].encode()}


def test_more_files_hold_together_than_may_be_open(tmp_path: Path) -> None:
    tree(tmp_path, {"llm.py": CLIENT, **{f"route{number}.py": ROUTE for number in range(90)}})
    result = run(tmp_path, "--write", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80)))
    assert result.returncode == 0, result.stderr
    assert set(contents(tmp_path).values()) == {NEW["llm.py"].encode(), NEW["route.py"].encode()}


MEDDLING = {
    "changed": ("Path('route.py').write_text('x = 1\\n')", "route.py: changed on disk"),
    "deleted": ("Path('route.py').unlink()", "route.py: changed on disk"),
    "grown-beyond-reading": ("os.truncate('route.py', 10**11)", "route.py: cannot be written: larger than 10 MB"),
    "forbidden": ("Path('route.py').chmod(0o444)", "route.py: is read-only"),
    "now-a-pipe": ("Path('route.py').unlink(); os.mkfifo('route.py')", "route.py: changed on disk"),
    "now-a-link-out": (
        "Path('route.py').rename('../out.py'); Path('route.py').symlink_to('../out.py')",
        "route.py: changed on disk",
    ),
    "folder-now-a-link-out": ("os.rename('.', '../moved'); os.symlink('moved', os.getcwd())", "changed on disk"),
}


@pytest.mark.parametrize("name", MEDDLING)
def test_what_happens_between_reading_and_writing_is_told_and_nothing_lost(tmp_path: Path, name: str) -> None:
    """Outside of the folder nothing changes either, even where what a link leads to is what was read."""
    meddling, message = MEDDLING[name]
    if name == "folder-now-a-link-out":
        meddling = "os.rename('../project', '../moved'); os.symlink('moved', '../project')"
    project = tree(tmp_path / "project", {"llm.py": CLIENT, "route.py": ROUTE})
    code = f"""
import os, sys
from pathlib import Path
import fixopenai.writing as writing
from fixopenai.__main__ import main
real = writing.write_changes
def write_changes(result):
    {meddling}
    return real(result)
writing.write_changes = write_changes
sys.argv = ["fixopenai", "--write", "."]
sys.exit(main())
"""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env=environment(), capture_output=True, text=True
    )
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert "bug" not in result.stderr
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert not [path for path in found if "fixopenai" in path]
    for path in (tmp_path / "out.py", *tmp_path.glob("*/llm.py"), *tmp_path.glob("*/route.py")):
        if path.is_file() and path.stat().st_size < 10_000:
            assert path.read_text() in (CLIENT, ROUTE, "x = 1\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "app.py: cannot be written: Permission denied", id="sources"),
        pytest.param(["-o", "found.txt"], "--output-file: 'found.txt' cannot be written", id="output-file"),
    ],
)
def test_a_folder_that_nobody_may_write_to_is_told(tmp_path: Path, arguments: list[str], message: str) -> None:
    project = tree(tmp_path / "project", {"app.py": ALONE})
    for place in (project, *project.parents[:3]):
        place.chmod(0o755)
    (project / "app.py").chmod(0o666)
    project.chmod(0o555)
    code = """
import os, sys
import fixopenai.writing
from fixopenai.__main__ import main
given = sys.argv[1:]
sys.argv = ["fixopenai", "."]
main()  # loads what an ordinary user may not be able to read
if os.geteuid() == 0:
    os.setuid(65534)
sys.argv = ["fixopenai", "--write", ".", *given]
sys.exit(main())
"""
    command = [sys.executable, "-c", code, *arguments]
    result = subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True)
    project.chmod(0o755)
    assert result.returncode == 2
    assert f"error: {message}\n" in result.stderr
    assert contents(project) == {"app.py": ALONE.encode()}


def test_a_current_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    command = ["bash", "-c", f"mkdir gone && cd gone && rmdir ../gone && exec {sys.executable} -m fixopenai"]
    result = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "error: the current folder cannot be used: No such file or directory\n"


HEAD = "from openai import OpenAI\n\nclient = OpenAI()\n\n\nasync def deep():\n    return "
DEEP = {
    "brackets": HEAD + "(" * 5000 + "1" + ")" * 5000 + "\n",
    "operators": HEAD + "1 + " * 5000 + "client.responses.create()\n",
    "calls": HEAD + "client" + ".with_options()" * 5000 + ".responses.create()\n",
    "fewer_calls": HEAD + "client" + ".with_options()" * 300 + ".responses.create()\n",
    "fewer_operators": HEAD + "1 + " * 900 + "client.responses.create()\n",
    "branches": HEAD + "1\n" + "if 1:\n    pass\n" + "elif 1:\n    pass\n" * 5000,
}


def test_what_is_too_deep_or_too_large_is_told_and_the_rest_repaired(tmp_path: Path) -> None:
    tree(tmp_path, {**{f"{name}.py": text for name, text in DEEP.items()}, "app.py": ALONE})
    for name in ("sparse.py", "code.py"):
        (tmp_path / name).write_text(ALONE)
        os.truncate(tmp_path / name, 50_000_000 if name == "code.py" else 10**12)
    long = ALONE.replace("input=prompt", f"input='{'x' * 300_000}'")
    (tmp_path / "long.py").write_text(long)
    result = run(tmp_path, "--write")
    errors = sorted(line for line in result.stderr.splitlines() if line.startswith("error: "))
    assert result.returncode == 2
    assert [error.split(":")[1].strip() for error in errors] == sorted(
        [*(f"{n}.py" for n in DEEP), "code.py", "sparse.py"]
    )
    assert all(re.search(r"nested|larger than 10 MB, the most that is read$", error) for error in errors), errors
    assert (tmp_path / "app.py").read_text() == NEW["alone.py"]
    assert (tmp_path / "long.py").read_text() == long
    assert re.search(r"long\.py:.*the code around it is too long to be rewritten", result.stderr)


def test_a_line_of_five_megabytes_costs_nothing_where_nothing_in_it_changes(tmp_path: Path) -> None:
    tail = f'\nDATA = "{"x" * 5_000_000}"\n'
    tree(tmp_path, {"app.py": ALONE + tail})
    assert run(tmp_path, "--write").returncode == 0
    assert (tmp_path / "app.py").read_text() == NEW["alone.py"] + tail


def test_a_hundred_thousand_files_hide_nothing(tmp_path: Path) -> None:
    tree(tmp_path, {"folder7/app.py": ALONE})
    for folder in (tmp_path / f"folder{number}" for number in range(200)):
        folder.mkdir(exist_ok=True)
        for number in range(500):
            os.mknod(folder / f"m{number}.py", 0o644)
    result = run(tmp_path, "--write", timeout=120)
    text = (tmp_path / "folder7" / "app.py").read_text()
    shutil.rmtree(tmp_path)  # or pytest would keep those of its last runs
    assert (result.returncode, text) == (0, NEW["alone.py"])
    assert "1 finding in 100001 files: 1 fixed" in result.stderr


def test_without_a_home_git_or_locale(tmp_path: Path) -> None:
    name = os.fsdecode(b" caf\xe9\n 1.py")
    tree(tmp_path, {"app.py": ALONE})
    (tmp_path / name).write_text(ALONE)
    command = [sys.executable, "-m", "fixopenai", "--write"]
    empty = {"PYTHONPATH": environment()["PYTHONPATH"], "PATH": "/nowhere", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    result = subprocess.run(command, cwd=tmp_path, env=empty, capture_output=True, text=True)
    assert (result.returncode, "2 files changed." in result.stderr) == (0, True)
    assert {path.read_text() for path in tmp_path.iterdir()} == {NEW["alone.py"]}
