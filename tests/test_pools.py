"""Pools of threads: who waits on the event loop for what a pool does blocks it, though the call is in a thread."""

from __future__ import annotations

import pytest
from tools import check_findings, check_left, check_noop, check_transformed

LLM = """\
from openai import OpenAI

client = OpenAI()


def ask(question, tone=""):
    return client.responses.create(model="m", input=question).output_text


def quick(question):
    return question
"""

# Nothing in it leads to the SDK: it is read only because of what is handed to it.
PARALLEL = """\
from concurrent.futures import ThreadPoolExecutor


def run_all(work, items):
    with ThreadPoolExecutor() as workers:
        return list(workers.map(work, items))
"""

HEAD = """\
import asyncio
import concurrent.futures
import multiprocessing.pool
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

from fastapi.responses import StreamingResponse

from llm import ask, client, quick
from parallel import run_all

pool = ThreadPoolExecutor()
total = 0


"""


def project(code: str) -> dict[str, str]:
    return {"llm.py": LLM, "parallel.py": PARALLEL, "main.py": HEAD + code}


HELPERS = [
    pytest.param("def all_of(qs):\n    with ThreadPoolExecutor() as ex:\n        return list(ex.map(ask, qs))\n",
                 id="map"),
    pytest.param("def all_of(qs):\n    with ThreadPoolExecutor() as ex:\n        for q in qs:\n"
                 "            ex.submit(ask, q)\n", id="end-of-with"),
    pytest.param("def all_of(qs):\n    with pool as ex:\n        ex.submit(lambda: client.models.list())\n",
                 id="lambda"),
    pytest.param("def all_of(qs):\n    return pool.submit(ask, qs[0]).result()\n", id="result"),
    pytest.param("def all_of(qs):\n    future = pool.submit(ask, qs[0])\n    return future.result()\n", id="named"),
    pytest.param("def all_of(qs):\n    futures = []\n    for q in qs:\n        futures.append(pool.submit(ask, q))\n"
                 "    return [future.result() for future in futures]\n", id="in-a-list"),
    pytest.param("def all_of(qs):\n    futures = {pool.submit(ask, q): q for q in qs}\n"
                 "    return [f.result() for f in concurrent.futures.as_completed(futures)]\n", id="as-completed"),
    pytest.param("def all_of(qs):\n    concurrent.futures.wait([pool.submit(partial(ask, tone='x'), q) for q in qs])\n",
                 id="wait-for-partials"),
    pytest.param("def all_of(qs):\n    with ProcessPoolExecutor() as ex:\n        return list(ex.map(ask, qs))\n",
                 id="processes"),
    pytest.param("def all_of(qs):\n    with multiprocessing.pool.ThreadPool(4) as ex:\n"
                 "        return ex.map(ask, qs)\n",
                 id="thread-pool"),
    pytest.param("def all_of(qs):\n    return run_all(ask, qs)\n", id="handed-to-a-helper"),
    pytest.param("def all_of(qs):\n    return pool.submit(client.responses.create, input=qs[0]).result()\n",
                 id="method-of-the-client"),
    pytest.param("def all_of(qs):\n    with ThreadPoolExecutor() as ex:\n        for q in qs:\n"
                 "            ex.submit(partial(client.responses.create, input=q))\n", id="partial-of-a-method"),
    pytest.param("class Asker:\n    def __init__(self):\n        self.pool = ThreadPoolExecutor()\n\n"
                 "    def ask(self, qs):\n        return self.pool.submit(ask, qs[0]).result()\n\n\n"
                 "def all_of(qs):\n    return Asker().ask(qs)\n", id="pool-of-an-object"),
]  # fmt: skip


@pytest.mark.parametrize("helper", HELPERS)
def test_a_helper_that_waits_for_a_pool_blocks(helper: str) -> None:
    check_findings(project(f"{helper}\n\nasync def f(qs):\n    return all_of(qs)  # FOA005\n"))


ON_THE_LOOP = [
    pytest.param("    return list(pool.map(ask, qs))  # FOA005\n", id="list"),
    pytest.param("    for answer in pool.map(ask, qs):  # FOA005\n        print(answer)\n", id="for"),
    pytest.param("    future = pool.submit(ask, qs)  # FOA005\n    return future.result()\n", id="result"),
    pytest.param("    future = pool.submit(client.responses.create, input=qs)  # FOA005\n    return future.result()\n",
                 id="method-of-the-client"),
    pytest.param("    with ThreadPoolExecutor() as ex:\n        futures = [ex.submit(ask, q) for q in qs]  # FOA005\n"
                 "        for future in concurrent.futures.as_completed(futures):\n"
                 "            print(future.result())\n",
                 id="as-completed"),
    pytest.param("    answers = {}\n    with ThreadPoolExecutor() as ex:\n"
                 "        futures = {ex.submit(ask, q): q for q in qs}  # FOA005\n"
                 "        for future in concurrent.futures.as_completed(futures):\n"
                 "            question = futures[future]\n            answers[question] = future.result()\n"
                 "            await asyncio.sleep(0, question)\n    return await asyncio.sleep(0, answers)\n",
                 id="other-things-are-awaited"),
    pytest.param("    with ThreadPoolExecutor() as ex:\n        answers = ex.map(ask, qs)  # FOA005\n"
                 "    return list(answers)\n", id="read-behind-with"),
    pytest.param("    with multiprocessing.pool.ThreadPool(4) as ex:\n        return ex.map(ask, qs)  # FOA005\n",
                 id="thread-pool"),
    pytest.param("    return run_all(ask, qs)  # FOA005\n", id="helper"),
]  # fmt: skip


@pytest.mark.parametrize("body", ON_THE_LOOP)
def test_the_event_loop_waits_for_a_pool(body: str) -> None:
    check_findings(project(f"async def f(qs):\n{body}"))


RIGHT = [
    pytest.param("    return StreamingResponse(answer for answer in pool.map(ask, qs))\n", id="sent-by-a-response"),
    pytest.param("    return run_all(quick, qs)\n\n\ndef g(qs):\n    return run_all(ask, qs)\n", id="another-function"),
    pytest.param("    return await asyncio.to_thread(run_all, ask, qs)\n", id="in-a-thread"),
    pytest.param("    return await asyncio.to_thread(list, pool.map(ask, qs))\n", id="read-in-a-thread"),
    pytest.param("    return await asyncio.wrap_future(pool.submit(ask, qs))\n", id="wrapped"),
    pytest.param("    return await asyncio.wrap_future(pool.submit(client.responses.create, input=qs))\n", id="method"),
    pytest.param("    with ThreadPoolExecutor() as ex:\n        futures = [ex.submit(ask, q) for q in qs]\n"
                 "        return await asyncio.gather(*map(asyncio.wrap_future, futures))\n", id="all-wrapped"),
    pytest.param("    with ThreadPoolExecutor() as ex:\n        future = ex.submit(ask, qs)\n"
                 "        while not future.done():\n            await asyncio.sleep(0.1)\n"
                 "        return future.result()\n",
                 id="polled"),
    pytest.param("    loop = asyncio.get_running_loop()\n    with ThreadPoolExecutor() as ex:\n"
                 "        return await loop.run_in_executor(ex, ask, qs)\n", id="executor-of-the-loop"),
    pytest.param("    pool.submit(ask, qs)\n    pool.map(ask, qs)\n", id="nobody-waits"),
    pytest.param("    task = asyncio.create_task(g())\n    pool.submit(ask, qs)\n    await asyncio.wait([task])\n"
                 "    return task.result()\n\n\nasync def g():\n    return 1\n", id="result-of-a-task"),
    pytest.param("    answers = pool.map(ask, qs)\n    return await asyncio.to_thread(list, answers)\n", id="kept"),
    pytest.param("    futures = [pool.submit(ask, q) for q in qs]\n"
                 "    await asyncio.to_thread(concurrent.futures.wait, futures)\n"
                 "    return [future.result() for future in futures]\n",
                 id="waited-for-in-a-thread"),
    pytest.param("    with ThreadPoolExecutor() as ex:\n        future = ex.submit(ask, qs)\n"
                 "        loop = asyncio.get_running_loop()\n"
                 "        return await loop.run_in_executor(None, future.result, 10)\n",
                 id="result-in-a-thread"),
    pytest.param("    with ThreadPoolExecutor() as ex:\n        futures = [ex.submit(ask, q) for q in qs]\n"
                 "        return [await answer_of(future) for future in futures]\n",
                 id="awaited-elsewhere"),
    pytest.param("    pool.submit(ask, qs)\n    others = [pool.submit(quick, q) for q in qs]\n"
                 "    return [future.result() for future in concurrent.futures.as_completed(others)]\n",
                 id="other-futures"),
]  # fmt: skip


@pytest.mark.parametrize("body", RIGHT)
def test_a_pool_that_the_loop_does_not_wait_for_is_right(body: str) -> None:
    check_noop(project(f"async def f(qs):\n{body}"))


READ = [
    pytest.param("return list(pool.map(ask, qs))", "return await asyncio.to_thread(list, pool.map(ask, qs))",
                 id="list"),
    pytest.param("return dict(zip(qs, pool.map(ask, qs)))",
                 "return await asyncio.to_thread(dict, zip(qs, pool.map(ask, qs)))", id="zip"),
    pytest.param("return ' '.join(pool.map(ask, qs))", "return await asyncio.to_thread(' '.join, pool.map(ask, qs))",
                 id="join"),
    pytest.param("answers = pool.map(ask, qs)\n    return list(answers)",
                 "answers = pool.map(ask, qs)\n    return await asyncio.to_thread(list, answers)", id="kept"),
    pytest.param("with multiprocessing.pool.ThreadPool() as ex:\n        return ex.map(ask, qs)",
                 "with multiprocessing.pool.ThreadPool() as ex:\n"
                 "        return await asyncio.to_thread(ex.map, ask, qs)",
                 id="thread-pool"),
    pytest.param("return run_all(ask, qs)", "return await asyncio.to_thread(run_all, ask, qs)", id="helper"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), READ)
def test_the_results_are_read_in_a_thread(before: str, after: str) -> None:
    code = f"async def f(qs):\n    {before}\n"
    check_transformed(project(code), {"main.py": HEAD + code.replace(before, after)}, "to-thread")


def test_the_results_are_read_one_by_one() -> None:
    head = f"from fastapi import FastAPI\n{HEAD}app = FastAPI()\n\n\n"
    before = (
        "async def f(qs):\n    for q, answer in zip(qs, pool.map(ask, qs)):\n"
        "        for word in answer:\n            print(q, word)\n            break\n"
    )
    after = before.replace("for q, answer in zip(qs, pool.map(ask, qs))",
                           "async for q, answer in iterate_in_threadpool(zip(qs, pool.map(ask, qs)))")  # fmt: skip
    imported = head.replace("FastAPI\n", "FastAPI\nfrom fastapi.concurrency import iterate_in_threadpool\n", 1)
    check_transformed({**project(""), "main.py": head + before}, {"main.py": imported + after}, "to-thread")


LEFT = [
    pytest.param("    future = pool.submit(ask, qs)\n    return future.result()  # obstacle\n",
                 "waits for the pool that runs ask()", id="result"),
    pytest.param("    return pool.submit(client.responses.create, input=qs).result()  # obstacle\n",
                 "waits for the pool that runs the call", id="method-of-the-client"),
    pytest.param("    with ThreadPoolExecutor() as ex:  # obstacle\n        answers = ex.map(ask, qs)\n"
                 "    return list(answers)\n", "waits for the pool that runs ask()", id="end-of-with"),
    pytest.param("    for answer in pool.map(ask, qs):\n        return answer  # obstacle\n", "ends early", id="early"),
    pytest.param("    for answer in answers(qs):\n        break  # obstacle\n\n\ndef answers(qs):\n"
                 "    with ThreadPoolExecutor() as ex:\n        yield from ex.map(ask, qs)\n",
                 "where its reading ends early", id="generator-with-a-pool"),
    pytest.param("    lock = threading.Lock()\n    with lock:  # obstacle\n"
                 "        return sum(len(answer) for answer in pool.map(ask, qs))\n", "thread lock", id="lock-held"),
    pytest.param("    global total\n    total += sum(len(answer) for answer in pool.map(ask, qs))  # obstacle\n",
                 "would lose updates", id="update"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "reason"), LEFT)
def test_what_waits_otherwise_is_left_with_its_place(body: str, reason: str) -> None:
    check_left(project(f"async def f(qs):\n{body}"), reason, "to-thread")


def test_a_function_that_a_pool_runs_stays_sync() -> None:
    check_left(project("async def f(qs):\n    return list(pool.map(ask, qs))  # obstacle\n"), "also run in a thread",
               "async-client")  # fmt: skip
