"""Every way to install the tool that the README and the site name, out of a clone and with an index of packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_documentation import COMMANDS, ELSEWHERE, PAGES, ROOT, blocks, source_of
from tools import tree

from fixopenai import __version__

INSTALLED = f"fixopenai {__version__}\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as it is now, committed."""
    folder = tmp_path_factory.mktemp("clone") / "fixopenai"
    for name in done(ROOT, {}, "git ls-files -z").stdout.split("\0"):
        if name.startswith(("tests/", "docs/")) and not name.startswith("tests/fixtures/awaited_sync_call/"):
            continue  # nothing of it is installed
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    commit(folder)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A home of its own, where nothing is installed; `pip` installs into an environment that is empty at first."""
    home = tmp_path_factory.mktemp("home")
    tree(home, {"bin/pip": f'#!/bin/sh\nexec "{sys.executable}" -m pip --python "$HOME/venv" "$@"\n'})
    (home / "bin" / "pip").chmod(0o755)
    owned = ("GIT_", "XDG_", "PIPX_", "UV_TOOL", "UV_CACHE", "PRE_COMMIT", "PYTHON", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(owned)}
    tools = Path(sys.executable).parent
    environment = {**kept, "HOME": str(home), "PATH": f"{home}/bin:{home}/.local/bin:{tools}:{os.environ['PATH']}"}
    done(home, environment, f"'{sys.executable}' -m venv --without-pip venv")
    return environment


def done(folder: Path, environment: dict[str, str], command: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(["sh", "-c", command], cwd=folder, env=environment or None, capture_output=True, text=True)
    assert result.returncode == code, f"{command}\n{result.stdout}\n{result.stderr}"
    return result


def commit(folder: Path) -> None:
    done(
        folder,
        {},
        "git init --quiet && git add --all && "
        "git -c user.name=A -c user.email=a@example.org commit --quiet --message Start",
    )


def head(clone: Path) -> str:
    return done(clone, {}, "git rev-parse HEAD").stdout.strip()


def said(start: str) -> str:
    """The command of a page that begins so."""
    (command,) = (command.text.strip() for command in COMMANDS if command.text.startswith(start))
    assert command.startswith(tuple(name for name, where in ELSEWHERE.items() if where == "tests/test_installing.py"))
    return command


def broken(folder: Path) -> Path:
    """A repository with one finding."""
    tree(folder, {"main.py": source_of("awaited_sync_call")})
    commit(folder)
    return folder


def test_the_first_command_of_the_readme(clone: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    copy = Path(shutil.copytree(clone, tmp_path / "copy"))
    shown = done(copy, environment, said("python3 -m venv .venv && .venv/bin/pip install ."))
    assert "+from openai import AsyncOpenAI\n" in shown.stdout
    assert done(copy, environment, ".venv/bin/fixopenai --version").stdout == INSTALLED


@pytest.mark.parametrize("start", ["pipx run", "uvx"])
def test_without_installing(start: str, clone: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    command = said(start).replace("/path/to/fixopenai", str(clone))
    assert "FOA001" in done(broken(tmp_path), environment, command, code=1).stdout
    assert done(tmp_path, environment, command.replace("--check", "--version")).stdout == INSTALLED


@pytest.mark.parametrize("command", ["pipx install .", "uv tool install ."])
def test_the_command_everywhere(command: str, clone: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    assert f"`{command}`" in PAGES["README.md"]
    done(clone, {**environment, "HOME": str(tmp_path)}, command)
    assert done(tmp_path, environment, f"'{tmp_path}/.local/bin/fixopenai' --version").stdout == INSTALLED


def test_out_of_a_repository(clone: Path, environment: dict[str, str]) -> None:
    command, replaced = re.subn(
        r"https://\S+?/fixopenai@\w+", f"file://{clone}@{head(clone)}", said("pip install git+")
    )
    assert replaced == 1
    done(clone, environment, command)
    assert done(clone, environment, '"$HOME/venv/bin/fixopenai" --version').stdout == INSTALLED


def test_hooks_of_pre_commit(clone: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    (shown,) = (block for _, block in blocks(PAGES["docs/recipes.md"], "yaml") if block.startswith("repos:"))
    configuration = shown.replace("/path/to/fixopenai", str(clone)).replace("0123abc", head(clone))
    tree(tmp_path, {".pre-commit-config.yaml": configuration})
    folder = broken(tmp_path)
    command = said("pre-commit run")
    assert "main.py:32:22: FOA001 " in done(folder, environment, command, code=1).stdout
    done(folder, environment, "git diff --exit-code")

    tree(folder, {".pre-commit-config.yaml": configuration.replace("id: fixopenai", "id: fixopenai-write")})
    done(folder, environment, "git add --all")
    assert "files were modified by this hook" in done(folder, environment, command, code=1).stdout
    done(folder, environment, "git add --all && " + command)
    assert "AsyncOpenAI" in (folder / "main.py").read_text(encoding="utf-8")
