"""Every command in the README and in the pages of the site does what is said, and the site builds without a warning."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tools import tree

from sitegen.configuration import keys_example

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "tests" / "fixtures"
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
# What is not run here, by how it begins, and where it is.
ELSEWHERE = {
    "python3 -m venv .venv && .venv/bin/pip install -e": ".ci/run does the same: tests/test_readme.py",
    "python3 -m venv .venv && .venv/bin/pip install .": "tests/test_installing.py",
    "pipx run": "tests/test_installing.py",
    "uvx": "tests/test_installing.py",
    "pre-commit run": "tests/test_installing.py",
    "pip install git+": "tests/test_installing.py",
}
UNCHANGED = "git diff --quiet"


@dataclass(frozen=True, slots=True)
class Command:
    """`text` is a line, or a block that is run as a whole; `place` is the page and the line of its block."""

    place: str
    text: str

    @property
    def elsewhere(self) -> str | None:
        """How it begins, if it is proven elsewhere."""
        return next((start for start in ELSEWHERE if self.text.startswith(start)), None)

    @property
    def result(self) -> Result:
        found = [RESULTS[line] for line in map(str.strip, self.text.splitlines()) if line in RESULTS]
        assert len(found) <= 1, f"{self} has several results"
        return found[0] if found else Result(1 if "--check" in self.text else 0)


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ends, and another one that succeeds if it has done what it should: most change nothing."""

    code: int = 0
    proof: str = UNCHANGED


# By a line of the command.
RESULTS = {
    "fixopenai --write": Result(proof="test $(git diff --name-only | wc -l) = 2"),
    "fixopenai --interactive": Result(proof="test $(git diff --name-only | wc -l) = 2"),
    "fixopenai > fix.patch": Result(proof=f"{UNCHANGED} && git apply fix.patch && ! {UNCHANGED}"),
    "fixopenai --output-format patch --output-file fix.patch": Result(proof="git apply --check fix.patch"),
    "fixopenai --check --output-format json --output-file findings.json": Result(1, "grep -q FOA002 findings.json"),
    "fixopenai --output-format sarif --output-file fixopenai.sarif": Result(
        proof="git diff --quiet && grep -q FOA002 fixopenai.sarif"
    ),
    "fixopenai --write --output-format markdown --output-file pull-request.md": Result(
        proof="git diff --quiet && git log -1 --format=%s | grep -q colour && grep -q FOA002 pull-request.md"
    ),
    "git diff -z --name-only --diff-filter=d main -- '*.py' | xargs -0 -r fixopenai --check": Result(123),
    "git ls-files -z 'app/routers/*.py' | xargs -0 fixopenai --write": Result(
        proof='test "$(git diff --name-only)" = app/routers/chat.py'
    ),
    'git diff --quiet || git commit --quiet --all --message "Repair $rule"': Result(
        proof=f"{UNCHANGED} && git log -2 --format=%s | tr '\\n' ' ' | grep -q 'FOA002 Repair FOA001'"
    ),
    "git bisect reset": Result(proof="test $(git branch --show-current) = work"),
    "parallel 'cd {} && fixopenai --quiet --output-format patch --output-file ../../results/{/}.patch' "
    "::: repositories/*": Result(
        proof="test $(ls results | wc -l) = 2 && git -C repositories/chat apply --check ../../results/chat.patch"
    ),
    "parallel 'cd {} && fixopenai --check --output-format json > ../../results/{/}.json' ::: repositories/*": Result(
        proof="test $(ls results | wc -l) = 3"
    ),
    '{ git diff --quiet || git commit --quiet --all --message "Call the OpenAI SDK in the right colour"; }': Result(
        proof="for name in chat summaries; do"
        " git -C repositories/$name diff --quiet main fixopenai; test $? = 1 || exit 1; done;"
        " git -C repositories/right diff --quiet main fixopenai"
    ),
    'fixopenai --output-format patch; code=$?; rm -rf "$folder"; exit $code': Result(
        proof="cat results/*/*chat.git/stdout | git -C repositories/chat apply --check"
    ),
    "{ git diff --quiet || {": Result(
        proof="for name in chat summaries; do"
        " git -C remote/$name.git diff --quiet main fixopenai; test $? = 1 || exit 1; done;"
        " ! git -C remote/right.git rev-parse --quiet --verify fixopenai"
    ),
}


def blocks(text: str, language: str) -> Iterator[tuple[int, str]]:
    """The blocks of a language, each with the number of its first line."""
    for found in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text.count("\n", 0, found.start()) + 2, found[1]


def commands() -> Iterator[Command]:
    """Each line of a block that only starts the tool, which are alternatives; any other block is one thing to do."""
    for name, text in PAGES.items():
        for number, block in blocks(text, "sh"):
            lines = block.splitlines()
            if all(re.match(r"(?:fixopenai|pipx|uvx) ?", line) for line in lines):
                yield from (Command(f"{name}:{number}", line.partition("# ")[0].strip()) for line in lines)
            else:
                yield Command(f"{name}:{number}", block)
        for number, block in blocks(text, "yaml"):
            for line in re.findall(r"^ +(?:- )?run: (.+)$", block, re.MULTILINE):
                yield Command(f"{name}:{number}", line)


# Several pages may say the same.
COMMANDS = tuple({command.text: command for command in commands()}.values())
RUN = [command for command in COMMANDS if command.elsewhere is None]


def run(folder: Path, command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What asks is told yes."""
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, input="y\n" * 9, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tool on PATH, git with a name, and an `ssh` that stays on this machine."""
    folder = tmp_path_factory.mktemp("environment")
    tree(
        folder,
        {
            "bin/fixopenai": f'#!/bin/sh\nexec "{sys.executable}" -m fixopenai "$@"\n',
            # Whatever the host: what follows it are the words of the command. It sets SHELL, as sshd does: without it,
            # what GNU parallel starts on a host does nothing, and ends with 0.
            "bin/ssh": '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift 2\nSHELL=/bin/sh exec sh -c "$*"\n',
            "gitconfig": "[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n",
        },
    )
    for program in (folder / "bin").iterdir():
        program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PARALLEL"))}
    return {
        **kept,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        "HOME": str(folder),
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """A repository that was right at v1.0, and on its branch `work` has two findings in two files."""
    folder = tmp_path_factory.mktemp("template") / "project"
    commit = "git add --all && git commit --quiet --message"
    tree(folder, {"app/right.py": source_of("right_async_client")})
    assert run(folder, f"git init --quiet && {commit} Right && git tag v1.0", environment).returncode == 0
    broken = {
        "app/summaries.py": source_of("awaited_sync_call"),
        "app/routers/chat.py": source_of("silent_blocking_call"),
    }
    tree(folder, broken)
    assert run(folder, f"git switch --quiet --create work && {commit} Broken", environment).returncode == 0
    return folder


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """Three repositories, one of them right, their origins, and the list of these."""
    folder = tmp_path_factory.mktemp("template") / "many"
    fixtures = {"right": "right_async_client", "summaries": "awaited_sync_call", "chat": "silent_blocking_call"}
    tree(folder, {f"repositories/{name}/main.py": source_of(fixture) for name, fixture in fixtures.items()})
    (folder / "results").mkdir()
    make = (
        "for name in right summaries chat; do (cd repositories/$name && git init --quiet && git add --all && "
        "git commit --quiet --message Start) && git clone --quiet --bare repositories/$name remote/$name.git || exit 1;"
        " echo remote/$name.git >> repositories.txt; done"
    )
    made = run(folder, make, environment)
    assert made.returncode == 0, made.stderr
    return folder


def source_of(fixture: str) -> str:
    return (FIXTURES / fixture / "project" / "main.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", RUN, ids=lambda command: command.place)
def test_commands_do_what_is_said(
    command: Command, tmp_path: Path, request: pytest.FixtureRequest, environment: dict[str, str]
) -> None:
    template = request.getfixturevalue("repositories" if "repositories" in command.text else "project")
    folder = Path(shutil.copytree(template, tmp_path / "copy", symlinks=True))
    done = run(folder, command.text, environment)
    assert done.returncode == command.result.code, f"{command.text}\n{done.stdout}\n{done.stderr}"
    assert "error:" not in done.stderr
    proof = run(folder, command.result.proof, environment)
    assert proof.returncode == 0, f"{command.text}\n{proof.args}\n{done.stdout}\n{done.stderr}\n{proof.stderr}"


def test_no_exception_and_no_result_is_left_over() -> None:
    assert {command.elsewhere for command in COMMANDS} - {None} == ELSEWHERE.keys()
    lines = {line.strip() for command in RUN for line in command.text.splitlines()}
    assert RESULTS.keys() <= lines


def test_the_hooks_find_and_repair(tmp_path: Path, project: Path, environment: dict[str, str]) -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    check, write = re.findall(r"^  entry: (.+)$", hooks, re.MULTILINE)
    folder = Path(shutil.copytree(project, tmp_path / "copy"))
    assert run(folder, f"{check} && exit 3; {write} && {check}", environment).returncode == 0
    for page in (PAGES["docs/recipes.md"],):
        used = [hook for _, block in blocks(page, "yaml") for hook in re.findall(r"- id: (\S+)", block)]
        assert set(used) <= set(re.findall(r"^- id: (\S+)$", hooks, re.MULTILINE))
        assert used


def test_configurations_mean_something(tmp_path: Path, project: Path, environment: dict[str, str]) -> None:
    shown = [block for page in (*PAGES.values(), keys_example()) for _, block in blocks(page, "toml")]
    assert len(shown) >= 2
    for number, block in enumerate(shown):
        folder = Path(shutil.copytree(project, tmp_path / str(number)))
        tree(folder, {"pyproject.toml": block})
        done = run(folder, "fixopenai --exit-zero --check", environment)
        assert (done.returncode, "FOA0" in done.stdout) == (0, True), done.stderr


# -- the site


class Resources(HTMLParser):
    """What a page loads by itself, and what it links to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "a":
            self.loaded += [value for name, value in attrs if value and name in ("src", "href", "data", "srcset")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    built = subprocess.run(build, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    return folder


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 20
    resources = Resources()
    for page in pages:
        resources.feed(page.read_text(encoding="utf-8"))
        resources.close()
        outside = [name for name in resources.loaded if re.match(r"(?:[a-z]+:)?//", name)]
        assert outside == [], page
    assert resources.loaded
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style


def test_no_place_is_left_open(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert "<!-- put:" not in page.read_text(encoding="utf-8"), page
