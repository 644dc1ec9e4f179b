"""Links to files: which terminals get them, where they lead, and that no name breaks out of them."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from rich.text import Text
from terminal import environment, run_on_terminal
from tools import tree

from fixopenai.reporting.links import Links, file_uri, wants_links

if TYPE_CHECKING:
    from fixopenai.reporting.streams import ColorChoice

LINK = re.compile(r"\x1b\]8;id=\w+;([^\x1b]*)\x1b\\(.*?)\x1b\]8;;\x1b\\", re.DOTALL)
SGR = re.compile(r"\x1b\[[\d;]*m")
HOSTILE = "a b;c\x1b]8;;http:evil\x1b\\\x07\n%41日\u202e.py"
SHARED = "from openai import OpenAI\n\nclient = OpenAI()\n"
ROUTE = "from llm import client\n\n\nasync def f():\n    return client.responses.create(model='m')\n"
SCRIPT = "from llm import client\n\n\ndef main():\n    client.models.list()\n\n\nmain()\n"
PROJECT = {"llm.py": SHARED, "script.py": SCRIPT, "route.py": ROUTE, HOSTILE: ROUTE}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def linked(output: str) -> dict[str, str]:
    """What leads where: the text of each link and its target."""
    return {SGR.sub("", text): uri for uri, text in LINK.findall(output)}


# -- terminals


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({"TERM": "xterm-256color"}, False, id="nothing-is-known"),
        pytest.param({"TERM": "xterm-kitty"}, True, id="kitty"),
        pytest.param({"TERM": "foot"}, True, id="foot"),
        pytest.param({"VTE_VERSION": "7603"}, True, id="gnome-terminal"),
        pytest.param({"VTE_VERSION": "5000"}, False, id="a-gnome-terminal-that-crashes"),
        pytest.param({"KONSOLE_VERSION": "230804"}, True, id="konsole"),
        pytest.param({"WT_SESSION": "0f1a-22"}, True, id="windows-terminal"),
        pytest.param({"TERM_PROGRAM": "WezTerm"}, True, id="wezterm"),
        pytest.param({"TERM_PROGRAM": "vscode"}, False, id="vscode-finds-places-itself"),
        pytest.param({"TERM_PROGRAM": "vscode", "VTE_VERSION": "7603"}, False, id="vscode-out-of-gnome-terminal"),
        pytest.param({"TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True, id="tmux"),
        pytest.param({"TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"}, False, id="older-tmux"),
        pytest.param({"TERM": "screen", "VTE_VERSION": "7603"}, False, id="screen-in-gnome-terminal"),
        pytest.param({"TERM": "screen", "TERM_PROGRAM": "WezTerm"}, False, id="screen-in-wezterm"),
        pytest.param({"TERM": "dumb", "VTE_VERSION": "7603"}, False, id="dumb"),
        pytest.param({"TERM": "linux"}, False, id="console"),
        pytest.param({"TERM": "xterm-kitty", "CI": "true"}, False, id="continuous-integration"),
        pytest.param({"FORCE_HYPERLINK": "1"}, True, id="forced"),
        pytest.param({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False, id="forbidden"),
    ],
)
def test_terminals(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: bool) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert wants_links(Terminal(), "always", variables) is expected
    assert not wants_links(io.StringIO(), "always", variables)
    assert not wants_links(Terminal(), "never", variables)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_links(Terminal(), "auto", variables)


# -- where they lead


@pytest.mark.parametrize("name", ["app.py", "a b/c.py", HOSTILE, "100%.py", "a#b?c.py", "caf\udce9.py"])
def test_a_uri_holds_plain_characters_only_and_leads_to_the_file(name: str) -> None:
    uri = file_uri(Path("/tmp") / name, 7)
    assert re.fullmatch(r"file://[\w.-]*/[\w./%~-]*#7", uri, re.ASCII)
    assert unquote(urlsplit(uri).path, errors="surrogateescape") == f"/tmp/{name}"
    assert urlsplit(uri).netloc != ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("at a.py:7:1", {"a.py:7:1": "/x/a.py#7"}, id="line-and-column"),
        pytest.param("by main() (a.py:7); so", {"a.py:7": "/x/a.py#7"}, id="in-parentheses"),
        pytest.param("a.py:1 or b/a.py:15", {"a.py:1": "/x/a.py#1", "b/a.py:15": "/x/b/a.py#15"}, id="two-places"),
        pytest.param("at c d/a.py:7", {"c d/a.py:7": "/x/c d/a.py#7"}, id="space-in-the-name"),
        pytest.param("at unknown.py:7", {}, id="no-file-of-the-program"),
        pytest.param("xa.py:7 or a.py or :7", {}, id="no-place"),
        pytest.param("at \\x1b.py:2", {"\\x1b.py:2": "/x/\x1b.py#2"}, id="escaped-name"),
    ],
)
def test_places_in_a_text(text: str, expected: dict[str, str]) -> None:
    names = ("a.py", "b/a.py", "c d/a.py", "\x1b.py")
    shown = Text(text)
    Links({name: Path("/x") / name for name in names}, {"TERM": "xterm-kitty"}).add_to_places(shown)
    found = {}
    for span in shown.spans:
        assert not isinstance(span.style, str)
        uri = urlsplit(span.style.link or "")
        found[text[span.start : span.end]] = f"{unquote(uri.path)}#{uri.fragment}"
    assert found == expected


# -- the command


def test_names_and_places_lead_to_their_files(tmp_path: Path) -> None:
    tree(tmp_path, PROJECT)
    _, output = run_on_terminal(tmp_path, columns=200, variables={"TERM": "xterm-kitty"})
    found = linked(output)
    host = urlsplit(found["route.py"]).netloc
    assert found["route.py"] == f"file://{host}{tmp_path}/route.py"
    assert found["route.py:5:12"] == f"file://{host}{tmp_path}/route.py#5"
    assert found["script.py:5"].endswith("/script.py#5")
    assert {Path(unquote(urlsplit(uri).path)) for uri in found.values()} <= {tmp_path / name for name in PROJECT}
    hostile = [uri for name, uri in found.items() if "evil" in name]
    assert len(hostile) == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", SGR.sub("", LINK.sub(r"\2", output)))


def test_links_follow_the_folder_that_was_given(tmp_path: Path) -> None:
    tree(tmp_path, {"a/llm.py": SHARED, "a/route.py": ROUTE, "b/script.py": SCRIPT, "here/route.py": "x = 1\n"})
    _, output = run_on_terminal(tmp_path / "here", "../a", "--check", columns=200, variables={"VTE_VERSION": "7603"})
    assert linked(output)["route.py:5:12"].endswith(f"{tmp_path}/a/route.py")


def test_a_name_that_two_files_share_is_no_link(tmp_path: Path) -> None:
    busy = ROUTE.replace("    return", "    await g()\n    return")
    tree(tmp_path, {f"{n}/{name}": text for n in "ab" for name, text in (("llm.py", SHARED), ("route.py", busy))})
    tree(tmp_path, {"here/note": ""})
    _, output = run_on_terminal(
        tmp_path / "here", "../a", "../b", "-s", "sync-def", columns=200, variables={"TERM": "xterm-kitty"}
    )
    assert "route.py:6:12" in SGR.sub("", output)
    assert linked(output) == {}


@pytest.mark.parametrize("color", ["always", "auto"])
def test_pipes_get_no_links(tmp_path: Path, color: ColorChoice) -> None:
    tree(tmp_path, {"llm.py": SHARED, "route.py": ROUTE})
    command = [sys.executable, "-m", "fixopenai", "--color", color]
    variables = environment(TERM="xterm-kitty", FORCE_HYPERLINK="1", FORCE_COLOR="1")
    result = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert "route.py" in result.stdout
    assert "\x1b]" not in result.stdout + result.stderr


def test_findings_beside_a_patch_lead_to_their_files_on_a_terminal(tmp_path: Path) -> None:
    tree(tmp_path, {"llm.py": SHARED, "route.py": ROUTE})
    _, output = run_on_terminal(
        tmp_path, "-o", "fix.patch", columns=200, errors=True, variables={"TERM": "xterm-kitty"}
    )
    assert linked(output)["route.py:5:12"].endswith("/route.py#5")
    assert "\x1b" not in (tmp_path / "fix.patch").read_text()
