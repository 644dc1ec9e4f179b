"""The bench itself: every fixture behaves as its scenario says before any repair, and the proofs are able to fail."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from bench import proof
from bench.repairs import Case, Repair, Repairs
from bench.scenario import WEBSOCKET, Before, Expectation, Request, load_scenario, load_scenarios
from bench.serve import Answer, Bench, ServingError
from bench.servings import Servings
from bench.tool import started_by
from bench.type_check import type_problems

SCENARIOS = load_scenarios()
TESTS = Path(__file__).parent


@pytest.mark.parametrize("name", SCENARIOS)
def test_before_is_as_the_scenario_says(bench: Bench, name: str) -> None:
    scenario = SCENARIOS[name]
    served = bench.serve(scenario.project, scenario.app, scenario.requests)
    proof.prove_before(name, scenario.error, served)


def test_every_fixture_has_a_scenario_that_is_played() -> None:
    folders = {path.parent.name for path in (TESTS / "fixtures").glob("*/project")}
    assert folders == set(load_scenarios(python=(3, 99)))
    assert set(load_scenarios(python=(3, 99))) - set(load_scenarios(python=(3, 10))) == {"task_group_and_timeout"}
    assert len(folders) >= 30


# The meter, the clock and the log, on routes whose pace is known.

PACES = """
import asyncio
import time

from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()
lock = asyncio.Lock()


def ask():
    return len(client.models.list().data)


@app.get("/free")
async def free():
    return await asyncio.to_thread(ask)


@app.get("/blocked")
async def blocked():
    return ask()


@app.get("/asleep")
async def asleep():
    time.sleep(0.3)
    return 3


@app.get("/locked")
async def locked():
    async with lock:
        return await asyncio.to_thread(ask)


@app.get("/busy")
def busy():
    until = time.monotonic() + 0.15
    while time.monotonic() < until:
        pass
    return ask()


@app.get("/computing")
async def computing():
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        pass
    return 3


@app.get("/forgetful")
async def forgetful():
    asyncio.sleep(0)
    return 3
"""


@pytest.fixture
def paces(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(PACES, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "stalled", "side_by_side"),
    [
        pytest.param("/free", False, True, id="in threads"),
        pytest.param("/blocked", True, False, id="blocked by the call"),
        pytest.param("/asleep", True, False, id="blocked by something else"),
        pytest.param("/locked", False, False, id="free, but one after the other"),
        pytest.param("/busy", False, True, id="a busy processor is no stall"),
        pytest.param("/computing", False, False, id="a computing loop waits for nobody"),
    ],
)
def test_a_blocked_loop_is_told_from_a_free_one(
    bench: Bench, paces: Path, path: str, stalled: bool, side_by_side: bool
) -> None:
    served = bench.serve(paces, "main:app", (get(path),))
    (exchange,) = served.exchanges
    assert exchange.answer.body == 3, served.log
    assert exchange.stalled is stalled, exchange
    assert exchange.side_by_side is side_by_side, exchange


def test_a_forgotten_await_is_in_the_errors(bench: Bench, paces: Path) -> None:
    served = bench.serve(paces, "main:app", (get("/forgetful"),))
    assert "RuntimeWarning: coroutine 'sleep' was never awaited" in served.errors


TALKS = """
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/{end}")
async def talk(ws: WebSocket, end: str):
    if end == "refuse":
        await ws.close()
        return
    await ws.accept()
    await ws.send_text((await ws.receive_json())["text"])
    if end == "fail":
        1 / 0
    await ws.close()
"""


@pytest.mark.parametrize(
    ("end", "answer"),
    [
        pytest.param("close", Answer(200, ["Hello"]), id="closed as it should be"),
        pytest.param("fail", Answer(500, ["Hello"]), id="broken off"),
        pytest.param("refuse", Answer(403, []), id="refused"),
    ],
)
def test_how_a_websocket_ends_is_its_status(bench: Bench, tmp_path: Path, end: str, answer: Answer) -> None:
    (tmp_path / "main.py").write_text(TALKS, encoding="utf-8")
    request = replace(get(f"/{end}"), method=WEBSOCKET, json={"text": "Hello"})
    served = bench.serve(tmp_path, "main:app", (request,))
    assert served.exchanges[0].answer == answer
    assert served.exchanges[0].repeats == (answer,) * 3


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("app = (", "SyntaxError", id="does not compile"),
        pytest.param("import nothing_of_that_name", "ModuleNotFoundError", id="does not import"),
        pytest.param(
            "import fastapi\n\nasync def start(app):\n    1 / 0\n    yield\n\napp = fastapi.FastAPI(lifespan=start)",
            "ZeroDivisionError",
            id="does not start",
        ),
    ],
)
def test_a_project_that_does_not_come_up_says_why(bench: Bench, tmp_path: Path, source: str, said: str) -> None:
    (tmp_path / "main.py").write_text(source, encoding="utf-8")
    with pytest.raises(ServingError, match=said):
        bench.serve(tmp_path, "main:app", (get("/"),))


# Scenarios that say something the bench would not look at.

SCENARIO = """
app = "main:app"
before = "blocks"
requests = [{ path = "/", answer = {} }]
strategies = { auto = "fixed", async-client = "fixed", to-thread = "fixed", sync-def = { left = "because" } }
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param('before = "blocks"', 'before = "sleeps"', "'sleeps' is none of", id="an unknown state"),
        pytest.param("path =", "headers = {}, path =", "unknown headers", id="an unknown key of a request"),
        pytest.param("app =", 'error = "Error"\napp =', "`error` belongs to", id="an error that nothing raises"),
        pytest.param('"blocks"', '"broken"', "`error` belongs to", id="a broken project without its error"),
        pytest.param('"blocks"', '"right"', "unknown", id="strategies for a right project"),
        pytest.param('auto = "fixed",', "", "must name each of", id="a strategy left out"),
        pytest.param('{ left = "because" }', '"left"', "a strategy is", id="left without a reason"),
    ],
)
def test_a_scenario_is_read_strictly(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    assert load_scenario(path).expectations["sync-def"] == Expectation("left", "because")
    path.write_text(SCENARIO.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        load_scenario(path)


# The proofs, on repairs made by hand: a good one passes them all, each bad one fails the proof that is for it.

Edit = tuple[str, str]

CLASS: tuple[Edit, ...] = (
    ("import OpenAI, OpenAIError", "import AsyncOpenAI, OpenAIError"),
    ("client = OpenAI()", "client = AsyncOpenAI()"),
)
AWAIT: Edit = ("completion = client", "completion = await client")
REPAIRED = (*CLASS, AWAIT)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the scripted tool does to main.py of `silent_blocking_call`, and what it says about it."""

    edits: tuple[Edit, ...] = REPAIRED
    status: str = "fixed"
    statuses_without_edits: tuple[str, ...] = ()
    dry_run_writes: bool = False

    def repair(self, folder: Path, case: Case) -> Repair:
        document = {
            "edits": [("main.py", old, new) for old, new in self.edits],
            "status": self.status,
            "statuses_without_edits": self.statuses_without_edits,
            "dry_run_writes": self.dry_run_writes,
        }
        folder.mkdir(exist_ok=True)
        plan = folder / "plan.json"
        plan.write_text(json.dumps(document), encoding="utf-8")
        script = TESTS / "bench" / "scripted_tool.py"
        return Repairs(folder / "repairs", started_by(sys.executable, str(script), str(plan))).of(case)


BLOCKING = Case(SCENARIOS["silent_blocking_call"], "async-client")
BLOCKING_LEFT = replace(
    BLOCKING,
    scenario=replace(BLOCKING.scenario, expectations={"async-client": Expectation("left", "planned")}),
)


def test_a_good_repair_passes_every_proof(bench: Bench, tmp_path: Path) -> None:
    repair = Plan().repair(tmp_path, BLOCKING)
    proof.prove_report(repair)
    proof.prove_bytes(repair)
    proof.prove_second_run(repair)
    proof.prove_served(BLOCKING, serve(bench, repair))


def test_a_good_refusal_passes_every_proof(tmp_path: Path) -> None:
    repair = Plan(edits=(), statuses_without_edits=("left",)).repair(tmp_path, BLOCKING_LEFT)
    proof.prove_report(repair)
    proof.prove_bytes(repair)
    proof.prove_second_run(repair)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        pytest.param(CLASS, "Answer\\(status=500", id="await forgotten"),
        pytest.param((AWAIT,), "Answer\\(status=500", id="class forgotten"),
        pytest.param((("Our", "our"),), "the loop stood still", id="nothing repaired"),
        pytest.param((*REPAIRED, ("question.message}", "'?'}")), "You said: \\?", id="another answer"),
        pytest.param(
            (
                *REPAIRED,
                ("import logging\n", "import asyncio\nimport logging\n"),
                ("    try:\n        completion", "    async with lock:\n        completion"),
                ("    except OpenAIError as e:\n", "    if False:\n"),
                ("app = FastAPI()\n", "app = FastAPI()\nlock = asyncio.Lock()\n"),
            ),
            "not served side by side",
            id="one after the other",
        ),
    ],
)
def test_a_bad_repair_is_found_out_when_served(
    bench: Bench, tmp_path: Path, edits: tuple[Edit, ...], said: str
) -> None:
    repair = Plan(edits=edits).repair(tmp_path, BLOCKING)
    with pytest.raises(AssertionError, match=said):
        proof.prove_served(BLOCKING, serve(bench, repair))


def test_only_what_is_the_same_byte_for_byte_is_served_once(bench: Bench, tmp_path: Path) -> None:
    servings = Servings(tmp_path / "servings", bench)
    served = servings.of(Plan().repair(tmp_path / "one", BLOCKING))
    assert servings.of(Plan().repair(tmp_path / "same", BLOCKING)) == served, "the clocks of two servings differ"
    other = servings.of(Plan(edits=(*REPAIRED, ("question.message}", "'?'}"))).repair(tmp_path / "other", BLOCKING))
    assert other.exchanges[0].answer.body["answer"] == "You said: ?"


CREATE = "client.chat.completions.create"
ASYNCIO: Edit = ("from fastapi import FastAPI", "import asyncio\n\nfrom fastapi import FastAPI")
MANAGER = "client.responses.stream(model=MODEL, input=body.question)"


@pytest.mark.parametrize(
    ("name", "path", "edits"),
    [
        pytest.param(
            "chat_stream_for",
            "/summarize",
            (ASYNCIO, (f"stream = {CREATE}(", f"stream = await asyncio.to_thread({CREATE},")),
            id="a stream",
        ),
        pytest.param(
            "responses_stream_manager",
            "/ask",
            (
                ("import FastAPI", "import FastAPI, concurrency"),
                (f"with {MANAGER}", f"async with concurrency.contextmanager_in_threadpool({MANAGER})"),
            ),
            id="a manager",
        ),
        pytest.param(
            "files_page_data",
            "/second",
            (ASYNCIO, ("client.files.list(limit=3)", "await asyncio.to_thread(client.files.list, limit=3)")),
            id="a page",
        ),
    ],
)
def test_a_call_in_a_thread_is_not_enough_when_its_result_is_read_on_the_loop(
    bench: Bench, tmp_path: Path, name: str, path: str, edits: tuple[Edit, ...]
) -> None:
    scenario = SCENARIOS[name]
    shutil.copytree(scenario.project, tmp_path / "project")
    rewrite(tmp_path / "project" / "main.py", *(text for edit in edits for text in edit))
    requests = tuple(request for request in scenario.requests if request.path == path)
    served = bench.serve(tmp_path / "project", scenario.app, requests)
    with pytest.raises(AssertionError, match="the loop stood still"):
        proof.prove_served(Case(scenario, "to-thread"), served)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        pytest.param(Plan(dry_run_writes=True), "the dry run touched", id="a dry run that writes"),
        pytest.param(Plan((*REPAIRED, ("  # reads OPENAI_API_KEY", ""))), "comments lost", id="a comment lost"),
        pytest.param(Plan((*REPAIRED, ("\n\n\n", "\r\n\n\n"))), "line ends", id="a line end of another kind"),
        pytest.param(Plan((*REPAIRED, ("    try", "\ttry"), ("    except", "\texcept"))), "tabs", id="a tab"),
        pytest.param(Plan(edits=()), "changed nothing", id="nothing done"),
    ],
)
def test_bad_bytes_are_found_out(tmp_path: Path, plan: Plan, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        proof.prove_bytes(plan.repair(tmp_path, BLOCKING))


def test_a_refusal_that_writes_is_found_out(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="though everything is left"):
        proof.prove_bytes(Plan(status="left").repair(tmp_path, BLOCKING_LEFT))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        pytest.param(Plan(edits=()), "0 findings for 1 requests", id="nothing found"),
        pytest.param(Plan(status="left"), "exit code 1, not 0", id="left, where it is to be fixed"),
    ],
)
def test_a_bad_report_is_found_out(tmp_path: Path, plan: Plan, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        proof.prove_report(plan.repair(tmp_path, BLOCKING))


def test_a_refusal_for_another_reason_is_found_out(tmp_path: Path) -> None:
    repair = Plan(edits=(), statuses_without_edits=("left",)).repair(tmp_path, BLOCKING_LEFT)
    scenario = replace(BLOCKING.scenario, expectations={"async-client": Expectation("left", "a lambda")})
    with pytest.raises(AssertionError, match="'a lambda' is in none of"):
        proof.prove_report(replace(repair, case=replace(BLOCKING, scenario=scenario)))


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(
            Plan((*REPAIRED, ("import logging", "import  logging"), ("import  l", "import l"))), id="changes again"
        ),
        pytest.param(Plan(statuses_without_edits=("fixed",)), id="finds again what it has fixed"),
    ],
)
def test_a_second_run_that_does_something_is_found_out(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(AssertionError):
        proof.prove_second_run(plan.repair(tmp_path, BLOCKING))


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(Plan((("# the generator", "# The generator"),)), id="a byte changed"),
        pytest.param(Plan(edits=(), statuses_without_edits=("left",)), id="something found"),
    ],
)
def test_a_hand_on_a_right_project_is_found_out(tmp_path: Path, plan: Plan) -> None:
    right = Case(SCENARIOS["right_def_routes"], "auto")
    proof.prove_untouched(Plan(edits=()).repair(tmp_path / "unharmed", right))
    with pytest.raises(AssertionError):
        proof.prove_untouched(plan.repair(tmp_path / "harmed", right))


def test_the_type_checker_tells_a_repair_from_a_mistake(tmp_path: Path) -> None:
    source = SCENARIOS["awaited_sync_call"].project
    for name in ("before", "good", "bad"):
        shutil.copytree(source, tmp_path / name)
    rewrite(tmp_path / "good" / "main.py", "OpenAI", "AsyncOpenAI")
    rewrite(tmp_path / "bad" / "main.py", "await ", "", "OpenAI", "AsyncOpenAI")

    problems = type_problems({name: tmp_path / name for name in ("before", "good", "bad")}, tmp_path)
    assert [problem.is_await_of_nothing for problem in problems["before"]] == [True]
    assert not problems["good"]
    assert ["choices" in problem.message for problem in problems["bad"]] == [True]


def get(path: str, before: Before = "right") -> Request:
    return Request("GET", path, answer=None, before=before)


def serve(bench: Bench, repair: Repair) -> Any:
    scenario = repair.case.scenario
    return bench.serve(repair.folder, scenario.app, scenario.requests)


def rewrite(path: Path, *old_and_new: str) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in zip(old_and_new[::2], old_and_new[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
