"""Every message to the user, in one list and in one voice: what, where, what to do.

`pytest -s tests/test_messages.py` prints the list, to be read as a whole.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixopenai.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[1] / "fixopenai"
# Where a message is made: by raising one of these, or by giving one of these a reason.
ERRORS = {"FixOpenAIError", "UsageError", "SourceError"}
REASONS = {"Refusal", "EditError", "Escape", "Obstacle"}
# Documents have headings, links and markup; the stubs of the SDK are for those who work on this package.
DOCUMENTS = re.compile(r"reporting/(?:html|markdown|sarif|github)_|rules/foa|rules/base|sdk/|config_keys|__main__")
CODE = re.compile(r"^(?:from |import )|^[\w.\[\], |\"{}]+$(?<=\])|[\\^(]\?|\(\?|^<\{|-> *$|\| ast\.|Slot \||^@@|^\[ ")
STYLES = {"bold red", "red reverse", "green reverse"}


@dataclass(frozen=True, slots=True)
class Message:
    """`text` as it is written, `{...}` in the place of what is filled in."""

    place: str
    text: str


def template(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{...}" for part in node.values)
    return None


def sentences(path: Path) -> Iterator[Message]:
    """Strings of several words that are neither docstrings nor parts of others."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = template(node)
        if text is None or node in inner or node in docstrings or " " not in text.strip():
            continue
        if not CODE.search(text) and text not in STYLES:
            assert isinstance(node, ast.expr)
            yield Message(f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}", text)


def raised(path: Path, names: set[str]) -> Iterator[Message]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            for text in filter(None, map(template, node.args)):
                yield Message(f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}", text)


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if not DOCUMENTS.search(path.relative_to(PACKAGE).as_posix())]
SAID = [Message(rule.code, rule.message) for rule in all_rules()]
SAID += [message for path in FILES for message in sentences(path)]
PARTS = [message for path in FILES for message in raised(path, ERRORS | REASONS)]


def test_all_of_them() -> None:
    sys.stdout.writelines(f"{message.place}: {message.text}\n" for message in SAID)
    assert {message.text for message in PARTS if " " in message.text} <= {message.text for message in SAID}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param(r"\b\w+n't\b|\b(?:it|that|there|let)'s\b|'(?:re|ll|ve|d)\b", "short forms", id="short-forms"),
        pytest.param(r"\b(?:please(?! report)|sorry|unfortunately|simply|just|easily)\b|!(?!r)", "talk", id="talk"),
        pytest.param(r"\b(?:invalid|illegal|fatal|abort\w*)\b", "does not say what is wrong", id="blame"),
        pytest.param(r"\b(?:could not(?! open)|failed to|unable to)\b", "say cannot, and why", id="cannot"),
        pytest.param(r"\b(?:event-loop|coroutine function|sync function)\b", "another term", id="terms"),
        pytest.param(r"[\u2018\u2019\u201c\u201d\u2013\u2014]", "marks that plain encodings lack", id="marks"),
    ],
)
def test_one_voice(words: str, why: str) -> None:
    assert [message for message in SAID if re.search(words, message.text, re.IGNORECASE)] == [], why


@pytest.mark.parametrize("message", PARTS, ids=lambda message: message.place)
def test_reasons_and_errors_are_parts_of_a_line(message: Message) -> None:
    """They follow `error: <place>: ` or `left: `, and are followed by a place."""
    assert "\n" not in message.text
    assert not message.text.endswith((".", ",", ":"))
    assert not re.match(r"[A-Z][a-z]+ [a-z]", message.text), "begins as a sentence of its own"
    assert len(message.text) <= 120
