"""--thread-wrapper: what a call is moved to a thread with, where its names come from, and what it cannot take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bench import proof
from bench.repairs import Case, Repairs, read_files
from bench.scenario import Expectation, Scenario, load_scenarios
from bench.tool import ToolServer
from tools import check_findings, check_left, check_transformed, tree

from fixopenai import migrate_source
from fixopenai.migration import migrate
from fixopenai.settings import Settings, ThreadWrapper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.serve import Bench

POOL: ThreadWrapper = "run_in_threadpool"
EXECUTOR: ThreadWrapper = "run_in_executor"
WRAPPERS = (POOL, EXECUTOR)

APP = """\
import asyncio
import functools

from fastapi import FastAPI
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from openai import OpenAI

app = FastAPI()
client = OpenAI()
ask = client.responses.create


def answer(text, *, func=None, **options):
    return ask(model="m", input=text).output_text


@app.get("/")
async def route(text):
"""

# What is written, and what it becomes in AnyIO's threads and in the default executor.
FORMS = [
    pytest.param(
        "return ask(model='m', input=text)",
        "return await run_in_threadpool(ask, model='m', input=text)",
        "return await LOOP.run_in_executor(None, functools.partial(ask, model='m', input=text))",
        id="keywords",
    ),
    pytest.param(
        "return answer(text)",
        "return await run_in_threadpool(answer, text)",
        "return await LOOP.run_in_executor(None, answer, text)",
        id="no-keywords",
    ),
    pytest.param(
        "return answer(*text)",
        "return await run_in_threadpool(answer, *text)",
        "return await LOOP.run_in_executor(None, answer, *text)",
        id="star-arguments",
    ),
    pytest.param(
        "return answer(text, func=1)",
        "return await run_in_threadpool(functools.partial(answer, text, func=1))",
        "return await LOOP.run_in_executor(None, functools.partial(answer, text, func=1))",
        id="keyword-that-is-the-pools-own",
    ),
    pytest.param(
        "return answer(text, **{'func': 1})",
        "return await run_in_threadpool(functools.partial(answer, text, **{'func': 1}))",
        "return await LOOP.run_in_executor(None, functools.partial(answer, text, **{'func': 1}))",
        id="keyword-that-may-be-the-pools-own",
    ),
    pytest.param(
        "return ask(**text)",
        "return await run_in_threadpool(ask, **text)",
        "return await LOOP.run_in_executor(None, functools.partial(ask, **text))",
        id="keywords-of-the-sdk-are-never-the-pools-own",
    ),
    pytest.param(
        "return client.models.list().data",
        "return (await run_in_threadpool(client.models.list)).data",
        "return (await LOOP.run_in_executor(None, client.models.list)).data",
        id="no-arguments",
    ),
    pytest.param(
        "return ask(\n        # the model\n        model='m',  # small\n        input=text,\n    )  # done",
        "return await run_in_threadpool(\n        # the model\n        ask,\n        model='m',  # small\n"
        "        input=text,\n    )  # done",
        "return await LOOP.run_in_executor(None, functools.partial(\n        # the model\n        ask,\n"
        "        model='m',  # small\n        input=text,\n    ))  # done",
        id="layout-and-comments",
    ),
    pytest.param(
        "return answer(\n        text,\n    )",
        "return await run_in_threadpool(\n        answer,\n        text,\n    )",
        "return await LOOP.run_in_executor(\n        None,\n        answer,\n        text,\n    )",
        id="layout-without-keywords",
    ),
    pytest.param(
        "return await asyncio.gather(answer(text), *[answer(word) for word in text])",
        "return await asyncio.gather(run_in_threadpool(answer, text), "
        "*[run_in_threadpool(answer, word) for word in text])",
        "return await asyncio.gather(LOOP.run_in_executor(None, answer, text), "
        "*[LOOP.run_in_executor(None, answer, word) for word in text])",
        id="gather",
    ),
    pytest.param(
        "return await asyncio.shield(asyncio.ensure_future(asyncio.wait_for(ask(model='m'), 5)))",
        "return await asyncio.shield(asyncio.ensure_future(asyncio.wait_for(run_in_threadpool(ask, model='m'), 5)))",
        "return await asyncio.shield(asyncio.ensure_future(asyncio.wait_for("
        "LOOP.run_in_executor(None, functools.partial(ask, model='m')), 5)))",
        id="takers-of-any-awaitable",
    ),
    pytest.param(
        "stream = ask(model='m', stream=True)\n    for event in stream:\n        print(event)",
        "stream = await run_in_threadpool(ask, model='m', stream=True)\n"
        "    async for event in iterate_in_threadpool(stream):\n        print(event)",
        "stream = await LOOP.run_in_executor(None, functools.partial(ask, model='m', stream=True))\n"
        "    async for event in iterate_in_threadpool(stream):\n        print(event)",
        id="stream-is-read-as-ever",
    ),
    pytest.param(
        "return sorted(ask(model='m', stream=True), key=id)",
        "return await run_in_threadpool(sorted, await run_in_threadpool(ask, model='m', stream=True), key=id)",
        "return await LOOP.run_in_executor(None, functools.partial(sorted, "
        "await LOOP.run_in_executor(None, functools.partial(ask, model='m', stream=True)), key=id))",
        id="stream-in-one-visit",
    ),
    pytest.param(
        "return sorted(text, key=lambda word: ask(model=word).id)",
        "return await run_in_threadpool(sorted, text, key=lambda word: ask(model=word).id)",
        "return await LOOP.run_in_executor(None, functools.partial(sorted, text, key=lambda word: ask(model=word).id))",
        id="lambda",
    ),
]


@pytest.mark.parametrize(("before", "pool", "executor"), FORMS)
def test_the_call_moves_into_a_thread(before: str, pool: str, executor: str) -> None:
    after = executor.replace("LOOP", "asyncio.get_running_loop()")
    check_transformed(f"{APP}    {before}\n", f"{APP}    {pool}\n", "to-thread", wrapper=POOL)
    outcomes = check_transformed(f"{APP}    {before}\n", f"{APP}    {after}\n", "to-thread", wrapper=EXECUTOR)
    assert any("no context variables" in (outcome.review or "") for outcome in outcomes)


CALL = """

@FastAPI().get("/")
async def route(text):
    return OpenAI().responses.create(input=text)
"""
# Imports before and after, and how the wrapper and `partial` are called then.
POOL_NAMES = [
    pytest.param("", "from fastapi.concurrency import run_in_threadpool\n", "run_in_threadpool", id="not-yet"),
    pytest.param("from starlette.concurrency import run_in_threadpool\n", "", "run_in_threadpool", id="of-starlette"),
    pytest.param("from fastapi.concurrency import run_in_threadpool as pool\n", "", "pool", id="alias"),
    pytest.param(
        "run_in_threadpool = None\n",
        "from fastapi.concurrency import run_in_threadpool as _run_in_threadpool\n",
        "_run_in_threadpool",
        id="taken",
    ),
    pytest.param(
        "from helpers import *\n",
        "from fastapi.concurrency import run_in_threadpool as _run_in_threadpool\n",
        "_run_in_threadpool",
        id="star-import-that-may-bind-it",
    ),
    pytest.param(
        "if TYPE_CHECKING:\n    from fastapi.concurrency import run_in_threadpool\n",
        "from fastapi.concurrency import run_in_threadpool\n",
        "run_in_threadpool",
        id="only-for-the-type-checker",
    ),
]


@pytest.mark.parametrize(("there", "added", "name"), POOL_NAMES)
def test_the_thread_pool_is_imported(there: str, added: str, name: str) -> None:
    start = "from typing import TYPE_CHECKING\n\nfrom fastapi import FastAPI\n"
    before = f"{start}from openai import OpenAI\n{there}{CALL}"
    in_thread = CALL.replace("OpenAI().responses.create(", f"await {name}(OpenAI().responses.create, ")
    check_transformed(before, f"{start}{added}from openai import OpenAI\n{there}{in_thread}", "to-thread", wrapper=POOL)


def test_a_name_joins_the_list_it_belongs_to() -> None:
    listed = (
        "from fastapi import FastAPI\nfrom fastapi.concurrency import (\n    iterate_in_threadpool,  # of chunks\n)\n"
    )
    joined = listed.replace("(\n", "(\n    run_in_threadpool,\n")
    in_thread = CALL.replace("OpenAI().responses.create(", "await run_in_threadpool(OpenAI().responses.create, ")
    check_transformed(
        f"{listed}from openai import OpenAI\n{CALL}", f"{joined}from openai import OpenAI\n{in_thread}", "to-thread",
        wrapper=POOL,
    )  # fmt: skip


EXECUTOR_NAMES = [
    pytest.param(
        "", "import asyncio\nimport functools\n\n", "asyncio.get_running_loop", "functools.partial", id="none"
    ),
    pytest.param("import os\n", "import asyncio\nimport functools\n", None, None, id="before-another"),
    pytest.param("import asyncio\n", "import functools\n", None, None, id="one-of-two"),
    pytest.param(
        "import asyncio as aio\nfrom functools import partial\n", "", "aio.get_running_loop", "partial", id="both"
    ),
    pytest.param(
        "from asyncio import get_running_loop\nimport functools\n", "", "get_running_loop", None, id="by-name"
    ),
]


@pytest.mark.parametrize(("there", "added", "getter", "partial"), EXECUTOR_NAMES)
def test_the_loop_and_partial_are_imported(there: str, added: str, getter: str | None, partial: str | None) -> None:
    start = f"{there}\n" if there else ""
    imports = "from fastapi import FastAPI\nfrom openai import OpenAI\n"
    call = f"await {getter or 'asyncio.get_running_loop'}().run_in_executor(None, {partial or 'functools.partial'}("
    in_thread = CALL.replace("OpenAI().responses.create(input=text)", f"{call}OpenAI().responses.create, input=text))")
    after = f"{there}{added}\n" if there == "import asyncio\n" else f"{added}{start}"
    check_transformed(f"{start}{imports}{CALL}", f"{after}{imports}{in_thread}", "to-thread", wrapper=EXECUTOR)


TASKS = [
    pytest.param("return await asyncio.create_task(ask())  # obstacle", id="create-task"),
    pytest.param("return await asyncio.get_running_loop().create_task(ask())  # obstacle", id="of-the-loop"),
    pytest.param(
        "async with asyncio.TaskGroup() as group:\n        group.create_task(ask())  # obstacle", id="task-group"
    ),
    pytest.param("task = ask()\n    return await asyncio.create_task(task)  # obstacle", id="by-a-name"),
    pytest.param("return await asyncio.create_task(ask() if text else ask())  # obstacle", id="one-of-two"),
]


@pytest.mark.parametrize("body", TASKS)
def test_a_future_is_no_coroutine(body: str) -> None:
    check_left(
        f"{APP}    {body}\n", "takes a coroutine, and run_in_executor gives a future", "to-thread", wrapper=EXECUTOR
    )
    in_pool = f"{APP}    {body}\n".replace("ask()", "run_in_threadpool(ask)")
    check_transformed(f"{APP}    {body}\n", in_pool, "to-thread", wrapper=POOL)


def test_without_fastapi_there_is_no_thread_pool() -> None:
    check_left(
        "from openai import OpenAI\n\n\nasync def answer():\n    return OpenAI().models.list()  # obstacle\n",
        "it takes fastapi.concurrency, and nothing around it uses FastAPI",
        "to-thread",
        wrapper=POOL,
    )


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_wrapper_that_stands_there_is_kept(wrapper: ThreadWrapper) -> None:
    before = """\
    first = await asyncio.to_thread(ask(model='m'))
    run_in_threadpool(client.models.list)
    return first, await asyncio.get_running_loop().run_in_executor(None, ask(model='m'))
"""
    after = """\
    first = await asyncio.to_thread(ask, model='m')
    await run_in_threadpool(client.models.list)
    return first, await asyncio.get_running_loop().run_in_executor(None, functools.partial(ask, model='m'))
"""
    check_transformed(f"{APP}{before}", f"{APP}{after}", "to-thread", wrapper=wrapper)


def test_auto_uses_the_wrapper_where_it_comes_to_threads(tmp_path: Path) -> None:
    script = "from main import client\n\nprint(client.models.list())\n"
    project = tree(tmp_path, {"main.py": f"{APP}    await asyncio.sleep(0)\n    return ask()\n", "script.py": script})
    result = migrate([project], Settings(thread_wrapper=POOL))
    assert [outcome.strategy for outcome in result.outcomes] == ["to-thread"]
    assert [change.new_text.splitlines()[-1] for change in result.changes] == [
        "    return await run_in_threadpool(ask)"
    ]


def test_what_a_partial_gives_in_a_thread_is_known() -> None:
    check_findings(
        APP
        + """\
    pages = functools.partial(client.models.list, timeout=5)
    first = await asyncio.get_running_loop().run_in_executor(None, pages)
    print(first.get_next_page())  # FOA002
    print((await run_in_threadpool(functools.partial(ask, stream=False))).id)
    return (await asyncio.to_thread(functools.partial(client.models.list))).get_next_page()  # FOA002
"""
    )


# -- the real thing

# What `create_task` needs, an executor does not give.
_BY_TASK = "/task"
SERVED = [
    "blocking_generator_and_manager",
    "call_in_odd_places",
    "helpers_in_gather",
    "stream_forms",
    "stream_list_and_next",
    "task_wrappers",
]
SCENARIOS = load_scenarios()


@pytest.fixture(scope="module")
def tool() -> Iterator[ToolServer]:
    with ToolServer() as server:
        yield server


def expected(scenario: Scenario, wrapper: ThreadWrapper) -> Scenario:
    """The scenario as it is with a wrapper: what it says of to-thread is said of the default one."""
    if scenario.name != "task_wrappers" or wrapper != EXECUTOR:
        return scenario
    requests = tuple(replace(r, left_by=("to-thread",)) if r.path == _BY_TASK else r for r in scenario.requests)
    partly = {**scenario.expectations, "to-thread": Expectation("partly", "takes a coroutine")}
    return replace(scenario, requests=requests, expectations=partly)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("name", SERVED)
def test_repaired_project_serves_side_by_side(
    bench: Bench, tool: ToolServer, tmp_path: Path, name: str, wrapper: ThreadWrapper
) -> None:
    case = Case(expected(SCENARIOS[name], wrapper), "to-thread")
    repair = Repairs(tmp_path, lambda arguments: tool.run(["--thread-wrapper", wrapper, *arguments])).of(case)
    proof.prove_report(repair)
    proof.prove_bytes(repair)
    proof.prove_second_run(repair)
    changed = b"".join(content for content, _ in read_files(repair.folder).values())
    assert wrapper.encode() in changed
    assert b"asyncio.to_thread" not in changed
    proof.prove_served(case, bench.serve(repair.folder, case.scenario.app, case.scenario.requests))


def test_the_wrapper_is_configured_and_typed(tmp_path: Path, tool: ToolServer) -> None:
    configuration = '[tool.fixopenai]\nstrategy = "to-thread"\nthread-wrapper = "run_in_threadpool"\n'
    project = tree(tmp_path, {"pyproject.toml": configuration, "main.py": f"{APP}    return ask()\n"})
    configured = tool.run([str(project)])
    assert b"+    return await run_in_threadpool(ask)\n" in configured.stdout
    typed = tool.run([str(project), "--thread-wrapper", "run_in_executor"])
    assert b"+    return await asyncio.get_running_loop().run_in_executor(None, ask)\n" in typed.stdout
    # Where nothing goes to a thread, it is of no matter.
    turned = tool.run([str(project), "-s", "async-client", "--thread-wrapper", "run_in_executor"])
    assert (turned.exit_code, b"run_in_executor" in turned.stdout) == (0, False)


def test_an_unknown_wrapper_is_refused(tool: ToolServer) -> None:
    refused = tool.run(["--thread-wrapper", "to-thread", "."])
    assert (refused.exit_code, refused.stdout) == (2, b"")
    assert refused.stderr == (
        b"error: --thread-wrapper: 'to-thread' is not one of to_thread, run_in_threadpool, run_in_executor\n"
    )


def test_scripts_name_a_wrapper_as_well() -> None:
    result = migrate_source(f"{APP}    return ask()\n", strategy="to-thread", thread_wrapper=POOL)
    assert result.text == f"{APP}    return await run_in_threadpool(ask)\n"
