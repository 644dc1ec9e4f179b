"""A whole repository through the real process: bad files beside good ones, and patches that git takes."""

from __future__ import annotations

import cProfile
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tools import contents, tree

from fixopenai.migration import migrate
from fixopenai.settings import Settings

ROOT = Path(__file__).parents[1]
LLM = """\
from openai import OpenAI

client = OpenAI()
"""
LLM_AFTER = LLM.replace("OpenAI", "AsyncOpenAI")
ROUTE = """\
from app.llm import client


async def answer(prompt: str) -> str:
    return client.responses.create(model="m", input=prompt).output_text
"""
ROUTE_AFTER = ROUTE.replace("return client", "return (await client").replace("prompt).output", "prompt)).output")
ALONE = """\
from openai import OpenAI


async def answer(prompt: str) -> str:
    return OpenAI().responses.create(model="m", input=prompt).output_text
"""
ALONE_AFTER = """\
from openai import AsyncOpenAI


async def answer(prompt: str) -> str:
    return (await AsyncOpenAI().responses.create(model="m", input=prompt)).output_text
"""
RIGHT = "from openai import AsyncOpenAI\n\nclient = AsyncOpenAI()\n"


def fixopenai(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    search = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    command = [sys.executable, "-m", "fixopenai", *arguments]
    return subprocess.run(command, cwd=folder, env={**kept, "PYTHONPATH": search}, capture_output=True)


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.autocrlf=false")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, input=stdin
    ).stdout


def committed(folder: Path) -> Path:
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "all")
    return folder


def generated() -> str:
    """About 2 MB of code that uses the SDK, as generators write it."""
    function = '\n\ndef table_{0}():\n    return {{"a": [{0}, {0}, {0}], "b": ({0}, "{0}"), "c": len(str({0}))}}\n'
    return ALONE + "".join(function.format(number) for number in range(22_000))


def test_bad_files_do_not_stop_the_rest(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "app/__init__.py": "",
        "app/llm.py": LLM,
        "app/routes/one.py": ROUTE,
        "app/routes/two.py": ROUTE,
        "app/alone.py": ALONE,
        "app/right.py": RIGHT,
        "app/broken.py": "import openai\n\ndef f(:\n",
        "app/latin.py": b"import openai\n\nname = 'caf\xe9'\n",
        "app/locked.py": ALONE,
        "app/generated.py": generated(),
        "README.md": "import openai\n",
    }
    tree(tmp_path, files)
    before = contents(tmp_path)
    assert len(before["app/generated.py"]) > 1_900_000
    (tmp_path / "app" / "locked.py").chmod(0o444)

    result = fixopenai(tmp_path, "--write")

    errors = sorted(line for line in result.stderr.decode().splitlines() if line.startswith("error: "))
    assert result.returncode == 2
    assert len(errors) == 3
    assert re.match(r"error: app/broken\.py:3: ", errors[0])
    assert re.match(r"error: app/latin\.py:3: not valid utf-8", errors[1])
    assert re.match(r"error: app/locked\.py: is read-only", errors[2])
    assert contents(tmp_path) == {
        **before,
        "app/llm.py": LLM_AFTER.encode(),
        "app/routes/one.py": ROUTE_AFTER.encode(),
        "app/routes/two.py": ROUTE_AFTER.encode(),
        "app/alone.py": ALONE_AFTER.encode(),
        "app/generated.py": before["app/generated.py"].replace(ALONE.encode(), ALONE_AFTER.encode()),
    }
    assert (tmp_path / "app" / "locked.py").stat().st_mode & 0o777 == 0o444


def test_files_that_hold_together_are_written_all_or_not(tmp_path: Path) -> None:
    """The client's module cannot be written, so the route that uses it must not await it."""
    tree(tmp_path, {"app/llm.py": LLM, "app/route.py": ROUTE, "app/alone.py": ALONE})
    (tmp_path / "app" / "llm.py").chmod(0o444)
    result = fixopenai(tmp_path, "--write")
    assert result.returncode == 2
    assert b"app/llm.py: is read-only" in result.stderr
    assert contents(tmp_path) == {
        "app/alone.py": ALONE_AFTER.encode(),
        "app/llm.py": LLM.encode(),
        "app/route.py": ROUTE.encode(),
    }


LAYOUTS: dict[str, dict[str, bytes]] = {
    "lf": {"app/llm.py": LLM.encode(), "app/route.py": ROUTE.encode(), "alone.py": ALONE.encode()},
    "crlf": {
        "app/llm.py": LLM.replace("\n", "\r\n").encode(),
        "app/route.py": ROUTE.replace("\n", "\r\n").encode(),
    },
    "mixed-newlines": {"main.py": ALONE.replace("\n", "\r\n", 2).encode() + b"\r\nx = 1\n\r\n"},
    "no-newline-at-the-end": {"main.py": ALONE.rstrip("\n").encode()},
    "bom": {"main.py": b"\xef\xbb\xbf" + ALONE.encode()},
    "wide-text": {"main.py": ALONE.replace("prompt)", "'日本 😀 é\u2028\x0b\x1c')").encode()},
    "names-with-spaces-and-accents": {"a b/sché ma.py": ALONE.encode(), 'q"uote.py': ALONE.encode()},
}


@pytest.mark.parametrize("strategy", ["async-client", "to-thread"])
@pytest.mark.parametrize("in_repository", [True, False], ids=["repository", "plain-folder"])
@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
def test_the_patch_gives_what_write_gives(
    tmp_path: Path, files: dict[str, bytes], in_repository: bool, strategy: str
) -> None:
    patched = tree(tmp_path / "patched", files)
    written = tree(tmp_path / "written", files)
    if in_repository:
        committed(patched)
        committed(written)

    patch = fixopenai(patched, "--strategy", strategy)
    assert patch.returncode == 0
    assert contents(patched) == files
    git(patched, "apply", stdin=patch.stdout)
    assert fixopenai(written, "--strategy", strategy, "--write").returncode == 0

    after = contents(patched)
    assert after == contents(written)
    assert all(after[name] != content for name, content in files.items() if b"responses" in content)
    assert fixopenai(patched, "--check").returncode == 0


@pytest.mark.parametrize("in_repository", [True, False], ids=["repository", "plain-folder"])
@pytest.mark.parametrize(("start", "path"), [(".", "backend"), ("backend", ".")], ids=["from-above", "from-inside"])
def test_the_patch_of_a_subfolder(tmp_path: Path, start: str, path: str, in_repository: bool) -> None:
    files = {"backend/app/llm.py": LLM, "backend/app/route.py": ROUTE, "other.py": ALONE}
    patched, written = (tree(tmp_path / name, files) for name in ("patched", "written"))
    if in_repository:
        committed(patched)
        committed(written)
    patch = fixopenai(patched / start, path)
    git(patched / start, "apply", stdin=patch.stdout)
    assert fixopenai(written / start, path, "--write").returncode == 0
    assert contents(patched) == contents(written)
    assert contents(patched)["backend/app/route.py"] == ROUTE_AFTER.encode()
    assert contents(patched)["other.py"] == ALONE.encode()


@pytest.mark.parametrize("arguments", [(), ("--check",), ("-f", "patch"), ("-f", "json"), ("--check", "-f", "json")])
def test_only_write_writes(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    tree(tmp_path, {"app/llm.py": LLM, "app/route.py": ROUTE})
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert fixopenai(tmp_path, *arguments).stdout
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_change_that_is_not_committed_stops_all(tmp_path: Path) -> None:
    committed(tree(tmp_path, {"app/llm.py": LLM, "app/route.py": ROUTE, "alone.py": ALONE}))
    (tmp_path / "alone.py").write_text(f"{ALONE}# more\n")
    before = contents(tmp_path)
    result = fixopenai(tmp_path, "--write")
    assert result.returncode == 2
    assert b"uncommitted changes in alone.py" in result.stderr
    assert contents(tmp_path) == before


def test_a_change_elsewhere_stops_nothing(tmp_path: Path) -> None:
    committed(tree(tmp_path, {"app/llm.py": LLM, "app/route.py": ROUTE, "other.py": "x = 1\n"}))
    (tmp_path / "other.py").write_text("x = 2\n")
    assert fixopenai(tmp_path, "--write").returncode == 0
    assert contents(tmp_path)["app/route.py"] == ROUTE_AFTER.encode()


def test_a_folder_given_twice_is_one_program(tmp_path: Path) -> None:
    tree(tmp_path, {"app/llm.py": LLM, "app/route.py": ROUTE})
    for paths in ((".", "."), (".", "app"), ("app", "."), (".", "app/route.py"), ("app/route.py", ".")):
        result = fixopenai(tmp_path, "--check", *paths)
        assert len(result.stdout.splitlines()) == 1, paths


def test_a_folder_and_one_inside_it_are_written_once(tmp_path: Path) -> None:
    tree(tmp_path, {"app/llm.py": LLM, "app/route.py": ROUTE, "alone.py": ALONE})
    result = fixopenai(tmp_path, "--write", "app", ".")
    assert (result.returncode, b"error" in result.stderr) == (0, False)
    assert contents(tmp_path) == {
        "alone.py": ALONE_AFTER.encode(),
        "app/llm.py": LLM_AFTER.encode(),
        "app/route.py": ROUTE_AFTER.encode(),
    }


def test_modes_stay(tmp_path: Path) -> None:
    tree(tmp_path, {"main.py": ALONE})
    (tmp_path / "main.py").chmod(0o755)
    assert fixopenai(tmp_path, "--write").returncode == 0
    assert (tmp_path / "main.py").stat().st_mode & 0o777 == 0o755


def test_the_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    """The same program under names that sort otherwise gives the same changes."""
    for name, (first, last) in {"there": ("aaa", "zzz"), "back": ("zzz", "aaa")}.items():
        tree(
            tmp_path / name,
            {
                f"{first}.py": LLM,
                f"{last}.py": ROUTE.replace("app.llm", first),
            },
        )
        assert fixopenai(tmp_path / name, "--write").returncode == 0
        assert contents(tmp_path / name) == {
            f"{first}.py": LLM_AFTER.encode(),
            f"{last}.py": ROUTE_AFTER.replace("app.llm", first).encode(),
        }


def test_clients_of_their_own_cost_what_each_of_them_costs(tmp_path: Path) -> None:
    """Calls of functions are counted: a machine has its good and its bad moments."""

    def calls(services: int) -> int:
        root = tmp_path / str(services)
        tree(root, {f"service{number}/main.py": ALONE for number in range(services)})
        with cProfile.Profile() as profile:
            result = migrate([root], Settings())
        assert len(result.changes) == services
        return sum(entry.callcount for entry in profile.getstats())

    calls(1)  # imports what the first run imports
    assert calls(80) < 1.5 * 4 * calls(20)


def test_the_order_of_sets_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One expression that two things are told of, in processes that hash strings in their own ways."""
    tree(
        tmp_path,
        {
            "main.py": """\
                import asyncio

                from openai import AsyncOpenAI

                client = AsyncOpenAI()


                async def answer(prompt):
                    return asyncio.run(client.responses.create(model="m", input=prompt))
                """
        },
    )
    told = set()
    for seed in "1234":
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        told.add(fixopenai(tmp_path, "-f", "json").stdout)
    assert len(told) == 1
