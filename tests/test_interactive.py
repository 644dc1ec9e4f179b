"""`--interactive`: what is asked, what the answers do, and that what was refused leaves the rest right."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from terminal import environment
from test_cli import git
from tools import contents, tree

from fixopenai.configuration import Configuration
from fixopenai.migration import migrate
from fixopenai.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fixopenai.results import Proposal

CLIENT = "from openai import OpenAI\n\nclient = OpenAI()\n"
USER = "from {} import client\n\n\nasync def {}():\n    return client.models.list()\n"
# Two clients, one of them over two files; and a third that two functions of one file make for themselves.
PROJECT = {
    "llm.py": CLIENT,
    "a.py": USER.format("llm", "first"),
    "b.py": USER.format("llm", "second"),
    "other.py": CLIENT + "\n\nasync def third():\n    return client.models.list()\n",
    "own.py": """\
from openai import OpenAI


async def fourth():
    return OpenAI().models.list()


async def fifth():
    return OpenAI().models.list()
""",
}


def ask(folder: Path, answers: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fixopenai", "-i", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), input=answers, capture_output=True, text=True)


def changed(folder: Path) -> set[str]:
    return {name for name, data in contents(folder).items() if name in PROJECT and data.decode() != PROJECT[name]}


@pytest.mark.parametrize(
    ("answers", "files", "questions", "code"),
    [
        pytest.param("y\ny\ny\ny\n", {"llm.py", "a.py", "b.py", "other.py", "own.py"}, 4, 0, id="all"),
        pytest.param("n\ny\nn\nn\n", {"other.py"}, 4, 1, id="one"),
        pytest.param("y\nq\n", {"llm.py", "a.py", "b.py"}, 2, 1, id="quit"),
        pytest.param("y\n", {"llm.py", "a.py", "b.py"}, 2, 1, id="nobody-answers-any-more"),
        pytest.param("n\nn\na\n", {"own.py"}, 3, 1, id="the-rest-of-a-file"),
        pytest.param("n\nn\nn\ny\n", {"own.py"}, 4, 1, id="the-second-in-a-file"),
        pytest.param("\nwhat\n?\nN\nq\n", set(), 5, 1, id="help-and-quit"),
    ],
)
def test_answers(tmp_path: Path, answers: str, files: set[str], questions: int, code: int) -> None:
    tree(tmp_path, PROJECT)
    result = ask(tmp_path, answers, "-f", "json")
    assert changed(tmp_path) == files
    assert result.returncode == code, result.stderr
    assert result.stderr.count("[y,n,a,q,e,?]?") == questions
    left = [finding for finding in json.loads(result.stdout)["findings"] if finding["status"] == "left"]
    assert {finding["reason"] for finding in left} <= {"its change was not agreed to"}
    assert len(left) == len(migrate([tmp_path], Settings()).outcomes)
    for path in tmp_path.glob("*.py"):
        compile(path.read_text(), path, "exec")


def test_what_is_refused_keeps_its_class_and_what_is_agreed_to_gets_the_other(tmp_path: Path) -> None:
    tree(tmp_path, PROJECT)
    ask(tmp_path, "n\nn\nn\ny\n")
    assert (tmp_path / "own.py").read_text() == PROJECT["own.py"].replace(
        "import OpenAI", "import AsyncOpenAI, OpenAI"
    ).replace("fifth():\n    return OpenAI", "fifth():\n    return await AsyncOpenAI")


def test_an_explanation_says_why_and_what_it_costs(tmp_path: Path) -> None:
    tree(tmp_path, PROJECT)
    result = ask(tmp_path, "e\nq\n")
    assert "would be fixed by async-client" in result.stderr
    assert "async-client: changes every place that the client reaches" in result.stderr
    assert "1 of 4: 2 findings, 3 files. Apply" in result.stderr


def test_nothing_is_asked_for_nothing(tmp_path: Path) -> None:
    tree(tmp_path, {"app.py": CLIENT})
    result = ask(tmp_path, "")
    assert (result.returncode, result.stderr) == (0, "No findings in 1 file.\nNo file changed.\n")


def test_uncommitted_changes_are_refused_before_the_first_question(tmp_path: Path) -> None:
    tree(tmp_path, PROJECT)
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "all")
    (tmp_path / "a.py").write_text(PROJECT["a.py"] + "\n")
    result = ask(tmp_path, "y\n" * 4)
    assert result.returncode == 2
    assert result.stderr.startswith("error: nothing is written: uncommitted changes in a.py; ")
    assert result.stderr.count("\n") == 1
    assert ask(tmp_path, "n\nn\ny\nn\n", "--allow-dirty").returncode == 1
    assert changed(tmp_path) == {"a.py", "own.py"}


@pytest.mark.parametrize("refused", range(4))
def test_each_proposal_shows_its_own_changes_alone(tmp_path: Path, refused: int) -> None:
    tree(tmp_path, PROJECT)
    seen: list[Proposal] = []

    def decide(proposals: Sequence[Proposal]) -> list[int]:
        seen.extend(proposals)
        return [refused]

    result = migrate([tmp_path], Configuration({}), decide=decide)
    kept = [proposal for number, proposal in enumerate(seen) if number != refused]
    assert [outcome for outcome in result.outcomes if outcome.status == "fixed"] == [
        outcome for proposal in kept for outcome in proposal.outcomes
    ]
