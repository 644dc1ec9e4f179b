"""Functions that are handed to a parameter which is called: who hands a blocking one over is who blocks."""

from __future__ import annotations

import pytest
from tools import check_findings, check_noop, check_transformed

LLM = """\
from openai import OpenAI

client = OpenAI()


def answer(question="x"):
    return client.responses.create(input=question).output_text


def quick():
    return 1
"""

# Nothing in it leads to the SDK: it is read only because of what is handed to it.
RETRY = """\
def retry(run, times=3):
    for _ in range(times):
        try:
            return run()
        except Exception:
            pass


def logged(*, run):
    return retry(run)


class Queue:
    def run(self, task, *args):
        return task(*args)

    def ask(self, client):
        return client.responses.create(input="x")


queue = Queue()
"""

HEAD = """\
import asyncio
from functools import partial

from llm import answer, client, quick
from retry import Queue, logged, queue, retry


"""

FOUND = [
    pytest.param("async def f():\n    return retry(answer)  # FOA005\n", id="function"),
    pytest.param("async def f(x):\n    return retry(lambda: answer(x))  # FOA005\n", id="lambda"),
    pytest.param("async def f(x):\n    return retry(run=lambda: client.models.retrieve(x))  # FOA005\n", id="keyword"),
    pytest.param(
        "async def f(x):\n    def run():\n        return answer(x)\n\n    return retry(run)  # FOA005\n",
        id="closure",
    ),
    pytest.param("async def f():\n    return retry(partial(answer, 'x'))  # FOA005\n", id="partial"),
    pytest.param("async def f():\n    return retry(client.models.list)  # FOA005\n", id="method-of-the-sdk"),
    pytest.param("async def f():\n    return logged(run=answer)  # FOA005\n", id="handed-on"),
    pytest.param("async def f():\n    return queue.run(answer, 'x')  # FOA005\n", id="object-of-a-module"),
    pytest.param("async def f():\n    return Queue().run(lambda: answer())  # FOA005\n", id="new-object"),
    pytest.param(
        "class A:\n    def __init__(self):\n        self.queue = Queue()\n\n"
        "    async def f(self):\n        return self.queue.run(answer)  # FOA005\n",
        id="object-in-an-attribute",
    ),
    pytest.param("async def f():\n    return queue.ask(client)  # FOA005\n", id="client-for-a-method"),
    pytest.param(
        "class Ask:\n    def __call__(self):\n        return answer()\n\n\n"
        "async def f():\n    return retry(Ask())  # FOA005\n",
        id="object-that-is-called",
    ),
    pytest.param(
        "class Ask:\n    def __init__(self):\n        self.text = answer()\n\n\n"
        "def call(run):\n    return run()\n\n\nasync def f():\n    return call(Ask)  # FOA005\n",
        id="class",
    ),
    pytest.param(
        "def g():\n    return retry(answer)\n\n\nasync def f():\n    return g()  # FOA005\n",
        id="over-a-function-that-hands-it-over",
    ),
    pytest.param("async def f(x):\n    later = lambda: answer(x)\n    return later()  # FOA005\n", id="named-lambda"),
    pytest.param(
        "async def f(x):\n    return {'a': lambda: answer(x), 'b': quick}[x]()  # FOA005\n", id="lambda-in-a-table"
    ),
    pytest.param(
        "def g(run=answer):\n    return run()\n\n\nasync def f():\n    return g(quick), g()  # FOA005\n",
        id="default",
    ),
    pytest.param(
        "def g(*, get=client.models.list):\n    return get()\n\n\nasync def f():\n    return g()  # FOA005\n",
        id="default-method-of-the-sdk",
    ),
    pytest.param(
        "def g(run):\n    return run()\n\n\ngo = partial(g, answer)\n\n\nasync def f():\n    return go()  # FOA005\n",
        id="bound-before",
    ),
    pytest.param(
        "class A:\n    def go(self, run):\n        return run()\n\n\n"
        "async def f():\n    go = A().go\n    return go(answer)  # FOA005\n",
        id="bound-method",
    ),
    pytest.param("async def f():\n    return Queue.run(queue, answer)  # FOA005\n", id="method-of-the-class"),
    pytest.param(
        "class A:\n    def __init__(self, run):\n        self.text = run()\n\n    def __call__(self, run):\n"
        "        return run()\n\n    @staticmethod\n    def go(run):\n        return run()\n\n\n"
        "async def f():\n    a = A(answer)  # FOA005\n    a(answer)  # FOA005\n    A.go(answer)  # FOA005\n"
        "    return A(quick)(quick), A.go(quick)\n",
        id="constructor-object-and-static-method",
    ),
    pytest.param(
        "def words():\n    yield answer()\n\n\ndef g(run):\n    return list(run())\n\n\n"
        "async def f():\n    return g(words)  # FOA005\n",
        id="generator-that-is-read",
    ),
    pytest.param(
        "async def f(xs):\n    return sorted(xs, key=lambda x: retry(answer))  # FOA005\n", id="in-a-lambda-that-is-run"
    ),
]


@pytest.mark.parametrize("main", FOUND)
def test_who_hands_a_blocking_function_over_blocks(main: str) -> None:
    check_findings({"llm.py": LLM, "retry.py": RETRY, "main.py": HEAD + main})


NOT_FOUND = [
    pytest.param("async def f():\n    return retry(quick)\n\n\ndef g():\n    return retry(answer)\n", id="quick-one"),
    pytest.param("async def f():\n    return logged(run=quick), queue.run(quick)\n\n\n"
                 "def g():\n    return logged(run=answer), queue.run(answer)\n", id="quick-one-handed-on"),
    pytest.param("async def f():\n    return await asyncio.to_thread(retry, answer)\n", id="in-a-thread"),
    pytest.param("async def f(x):\n    return await asyncio.to_thread(lambda: retry(lambda: answer(x)))\n",
                 id="in-a-lambda-in-a-thread"),
    pytest.param("async def f(x):\n    return lambda: answer(x)\n", id="lambda-that-is-not-called"),
    pytest.param("def words():\n    yield answer()\n\n\nasync def f():\n    return retry(words)\n", id="generator"),
    pytest.param("async def ask():\n    return 1\n\n\nasync def f():\n    return await retry(ask)\n\n\n"
                 "def g():\n    return retry(answer)\n", id="async-one"),
]  # fmt: skip


@pytest.mark.parametrize("main", NOT_FOUND)
def test_who_hands_another_function_over_does_not(main: str) -> None:
    check_noop({"llm.py": LLM, "retry.py": RETRY, "main.py": HEAD + main})


def test_the_way_leads_through_the_function_that_was_handed_over() -> None:
    main = HEAD + "async def f():\n    return logged(run=lambda: answer())  # FOA005\n\n\ndef g():\n    retry(answer)\n"
    (outcome,) = check_findings({"llm.py": LLM, "retry.py": RETRY, "main.py": main}).outcomes
    way = [(step.function, step.path, step.line) for step in outcome.finding.calls]
    assert way == [
        ("f", "main.py", 9),
        ("logged", "retry.py", 10),
        ("retry", "retry.py", 4),
        ("f.<lambda>", "main.py", 9),
        ("answer", "llm.py", 7),
    ]


def test_the_call_that_runs_a_lambda_moves_to_a_thread_with_it() -> None:
    before = HEAD + "async def f(x):\n    return retry(lambda: answer(x)).strip()\n"
    after = before.replace("retry(lambda: answer(x))", "(await asyncio.to_thread(retry, lambda: answer(x)))")
    check_transformed({"llm.py": LLM, "retry.py": RETRY, "main.py": before}, {"main.py": after}, "to-thread")


def test_the_function_becomes_async_with_what_calls_its_parameter() -> None:
    main = HEAD + "async def f():\n    return retry(answer)\n"
    retry = RETRY.partition("\n\ndef logged")[0]
    after = {
        "main.py": main.replace("return retry", "return await retry"),
        "llm.py": LLM.replace("OpenAI", "AsyncOpenAI")
        .replace("def answer", "async def answer")
        .replace("client.responses.create(input=question)", "(await client.responses.create(input=question))"),
        "retry.py": retry.replace("def retry", "async def retry").replace("return run()", "return await run()"),
    }
    check_transformed({"llm.py": LLM, "retry.py": retry, "main.py": main}, after, "async-client")
