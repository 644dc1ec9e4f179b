"""The proof before anything is written: a fix that does not stand it is taken back with its reason, others are made."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tools import tree

from fixopenai.migration import migrate
from fixopenai.rewriting.edits import AddAwait, CallInThread, Edit, MakeAsync, MakeSync, Rename
from fixopenai.settings import Settings
from fixopenai.strategies import choice
from fixopenai.strategies.async_client import plan_async_client
from fixopenai.strategies.plans import Fix
from fixopenai.strategies.to_thread import plan_to_thread
from fixopenai.verification import compile_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function
    from fixopenai.analysis.uses import CallUse
    from fixopenai.results import MigrationResult
    from fixopenai.settings import ThreadWrapper
    from fixopenai.strategies.limits import Limits
    from fixopenai.strategies.plans import Refusal

SOURCE = """\
from openai import OpenAI

client = OpenAI()


async def answer():
    return client.responses.create(model="m", input="x")
"""
REPAIRED = """\
import asyncio

from openai import OpenAI

client = OpenAI()


async def answer():
    return await asyncio.to_thread(client.responses.create, model="m", input="x")
"""

OTHER = """\
async def answer_twice():
    return client.responses.create(model="m", input="y")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tree(tmp_path, {"bad.py": SOURCE, "good.py": SOURCE})


def with_edits_of_bad(monkeypatch: pytest.MonkeyPatch, edits: Callable[[CallUse], Iterable[Edit]]) -> None:
    """Let to-thread plan other edits for `bad.py`, and claim that they mend the call."""

    def plan(program: Program, use: CallUse, wrapper: ThreadWrapper, reason: str, _: object) -> Fix | Refusal:
        if use.scope.module.path != "bad.py":
            return plan_to_thread(program, use, wrapper, reason)
        return Fix("to-thread", (use,), frozenset(edits(use)), reason)

    monkeypatch.setattr(choice, "plan_to_thread", plan)


def check_taken_back(result: MigrationResult, reason: str) -> None:
    """`bad.py` is left for this reason, `good.py` is repaired."""
    bad, good = result.outcomes
    assert (bad.finding.place.path, bad.status, bad.strategy) == ("bad.py", "left", None)
    assert bad.reason.startswith("to-thread did not stand the check of bad.py: ")
    assert reason in bad.reason
    assert (good.finding.place.path, good.status) == ("good.py", "fixed")
    assert [(change.source.display, change.new_text) for change in result.changes] == [("good.py", REPAIRED)]
    assert result.units == (frozenset({"good.py"}),)


def test_a_result_that_does_not_compile(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edits(use: CallUse) -> Iterable[Edit]:
        yield Edit(use.scope.module, use.node.func, Rename("create", "class"))

    with_edits_of_bad(monkeypatch, edits)
    result = migrate([project], Settings(strategy="to-thread"))
    check_taken_back(result, "the result does not compile: ")


def test_a_result_with_the_finding_still_in_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edits(use: CallUse) -> Iterable[Edit]:
        """A change elsewhere in the file, which mends nothing."""
        names = (node for node in ast.walk(use.scope.module.tree) if isinstance(node, ast.Name))
        name = next(node for node in names if node.id == "client")
        yield Edit(use.scope.module, name, Rename("client", "client"))

    with_edits_of_bad(monkeypatch, edits)
    result = migrate([project], Settings(strategy="to-thread"))
    check_taken_back(result, "client.responses.create would be blocking in answer")


def test_a_result_with_another_finding(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edits(use: CallUse) -> Iterable[Edit]:
        yield Edit(use.scope.module, use.node, AddAwait(parenthesize=False))

    with_edits_of_bad(monkeypatch, edits)
    result = migrate([project], Settings(strategy="to-thread"))
    check_taken_back(result, "client.responses.create would be awaited although it is sync in answer")


def test_a_result_with_a_name_that_nothing_binds(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edits(use: CallUse) -> Iterable[Edit]:
        """The call goes into a thread, the import is forgotten."""
        yield Edit(use.scope.module, use.node, CallInThread("asyncio.to_thread", add_await=True, parenthesize=False))

    with_edits_of_bad(monkeypatch, edits)
    result = migrate([project], Settings(strategy="to-thread"))
    check_taken_back(result, "the name asyncio would not be bound")


def test_an_edit_that_cannot_be_carried_out(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edits(use: CallUse) -> Iterable[Edit]:
        yield Edit(use.scope.module, use.node, MakeAsync())

    with_edits_of_bad(monkeypatch, edits)
    result = migrate([project], Settings(strategy="to-thread"))
    check_taken_back(result, "its exact position in the statement cannot be told")


def test_other_fixes_of_the_file_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tree(tmp_path, {"bad.py": f"{SOURCE}\n\n{OTHER}"})

    def plan(program: Program, use: CallUse, wrapper: ThreadWrapper, reason: str, _: object) -> Fix | Refusal:
        fix = plan_to_thread(program, use, wrapper, reason)
        assert isinstance(fix, Fix)
        bad = Edit(use.scope.module, use.node, MakeAsync())
        return fix if use.function is None or use.function.name == "answer" else replace(fix, edits=fix.edits | {bad})

    monkeypatch.setattr(choice, "plan_to_thread", plan)
    result = migrate([project], Settings(strategy="to-thread"))
    assert [(outcome.finding.function, outcome.status) for outcome in result.outcomes] == [
        ("answer", "fixed"),
        ("answer_twice", "left"),
    ]
    assert [change.new_text for change in result.changes] == [f"{REPAIRED}\n\n{OTHER}"]


def test_the_next_strategy_serves_where_one_cannot_be_carried_out(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan_group(program: Program, group: Group, limits: Limits, *, asked_for: bool) -> Fix | Refusal:
        fix = plan_async_client(program, group, limits, asked_for=asked_for)
        assert isinstance(fix, Fix)
        use = group.calls[0]
        if use.scope.module.path != "bad.py":
            return fix
        return replace(fix, edits=fix.edits | {Edit(use.scope.module, use.node, MakeAsync())})

    def plan_def(program: Program, function: Function, uses: Sequence[CallUse], reason: str) -> Fix | Refusal:
        return Fix("sync-def", tuple(uses), frozenset({Edit(function.module, uses[0].node, MakeSync())}), reason)

    monkeypatch.setattr(choice, "plan_async_client", plan_group)
    monkeypatch.setattr(choice, "plan_sync_def", plan_def)
    result = migrate([project], Settings())
    assert [(outcome.status, outcome.strategy) for outcome in result.outcomes] == [
        ("fixed", "to-thread"),
        ("fixed", "async-client"),
    ]
    assert "async-client did not stand the check of bad.py: its exact position" in result.outcomes[0].reason
    assert result.changes[0].new_text == REPAIRED


def test_a_fix_that_breaks_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The class changes under code that was right: no fix can be blamed for that file, so none is made."""
    project = tree(
        tmp_path,
        {
            "bad.py": SOURCE,
            "right.py": "from bad import client\n\n\ndef answer():\n    return client.responses.create(model='m')\n",
        },
    )

    def edits(use: CallUse) -> Iterable[Edit]:
        module = use.scope.module
        yield Edit(module, use.node, AddAwait(parenthesize=False))
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Name) and node.id == "OpenAI":
                yield Edit(module, node, Rename("OpenAI", "__import__('openai').AsyncOpenAI"))

    with_edits_of_bad(monkeypatch, edits)
    result = migrate([project], Settings(strategy="to-thread"))
    assert result.changes == ()
    assert [outcome.status for outcome in result.outcomes] == ["left"]


def test_nothing_is_claimed_when_the_text_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fix without edits fixes nothing, and must not be reported as if it did."""
    with_edits_of_bad(monkeypatch, lambda _: ())
    result = migrate([project], Settings(strategy="to-thread"))
    bad, good = result.outcomes
    assert (bad.status, good.status) == ("left", "fixed")


@pytest.mark.parametrize(
    ("text", "compiles"),
    [
        pytest.param("x = 1\n", True, id="python"),
        pytest.param("def f(:\n", False, id="syntax"),
        pytest.param("def f():\n    await x\n", False, id="await-outside-async"),
        pytest.param("return 1\n", False, id="return-outside-a-function"),
        pytest.param("x = '\\d' is 1\n", True, id="warnings-are-no-errors"),
        pytest.param("from __future__ import annotations\nx: y\n", True, id="future"),
        pytest.param("import os\nfrom __future__ import annotations\n", False, id="future-too-late"),
        pytest.param("x = '\0'\n", False, id="nul"),
    ],
)
def test_compiling(text: str, compiles: bool) -> None:
    assert (compile_error(text, "main.py") is None) is compiles
