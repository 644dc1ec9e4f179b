"""FOA005: plain functions that reach a blocking call, over functions, methods and files."""

from __future__ import annotations

import pytest
from tools import check_findings, check_left, check_noop, check_transformed

LLM = """\
from openai import OpenAI

client = OpenAI()


def complete(prompt):
    return client.responses.create(input=prompt).output_text


def answer(question):
    return complete(f"Answer: {question}") + "!"
"""

FOUND = [
    pytest.param("from llm import complete\n\n\nasync def f():\n    complete('x')  # FOA005\n", id="one-step"),
    pytest.param("from llm import answer\n\n\nasync def f():\n    return answer('x')  # FOA005\n", id="two-steps"),
    pytest.param("import llm\n\n\nasync def f():\n    return [llm.answer(x) for x in 'ab']  # FOA005\n", id="module"),
    pytest.param(
        "from llm import answer\n\n\nclass A:\n    def ask(self):\n        return answer('x')\n\n"
        "    async def f(self):\n        return self.ask()  # FOA005\n",
        id="method",
    ),
    pytest.param(
        "from llm import answer\n\n\nclass A:\n    def __init__(self):\n        self.x = answer('x')\n\n\n"
        "async def f():\n    return A()  # FOA005\n",
        id="constructor",
    ),
    pytest.param(
        "from llm import client\n\n\ndef read():\n    return [f.id for f in client.files.list()]\n\n\n"
        "async def f():\n    return read()  # FOA005\n",
        id="iteration",
    ),
    pytest.param(
        "import functools\nfrom llm import answer\n\n\n@functools.lru_cache\ndef cached(x):\n    return answer(x)\n\n\n"
        "async def f():\n    return cached('x')  # FOA005\n",
        id="cached",
    ),
]


@pytest.mark.parametrize("main", FOUND)
def test_found(main: str) -> None:
    check_findings({"llm.py": LLM, "main.py": main})


NOT_FOUND = [
    pytest.param("from llm import answer\n\n\ndef f():\n    return answer('x')\n", id="not-on-the-loop"),
    pytest.param(
        "import asyncio\nfrom llm import answer\n\n\nasync def f():\n    return await asyncio.to_thread(answer, 'x')\n",
        id="in-a-thread",
    ),
    pytest.param(
        "from fastapi import Depends, FastAPI\nfrom llm import answer\n\napp = FastAPI()\n\n\n@app.get('/')\n"
        "async def f(x: str = Depends(answer)):\n    return x\n",
        id="dependency",
    ),
    pytest.param(
        "from fastapi import BackgroundTasks\nfrom llm import answer\n\n\n"
        "async def f(tasks: BackgroundTasks):\n    tasks.add_task(answer, 'x')\n",
        id="background-task",
    ),
    pytest.param(
        "from llm import answer\n\n\ndef g():\n    yield answer('x')\n\n\nasync def f():\n    return g()\n",
        id="generator",
    ),
    pytest.param("from other import answer\n\n\nasync def f():\n    return answer('x')\n", id="another-function"),
]


@pytest.mark.parametrize("main", NOT_FOUND)
def test_not_found(main: str) -> None:
    check_noop({"llm.py": LLM, "main.py": main, "other.py": "def answer(x):\n    return x\n"})


def test_a_test_keeps_nobody_waiting() -> None:
    check_noop({"llm.py": LLM, "tests/test_llm.py": "from llm import answer\n\n\nasync def test():\n    answer('x')\n"})
    sleeps = "import time\nfrom openai import AsyncOpenAI\n\n\nasync def test():\n    time.sleep(1)\n"
    check_noop({"tests/test_llm.py": sleeps + "    await AsyncOpenAI().models.retrieve('x')\n"})


def test_the_whole_way_is_told() -> None:
    main = "from llm import answer\n\n\nasync def f():\n    return answer('x')  # FOA005\n"
    (outcome,) = check_findings({"llm.py": LLM, "main.py": main}).outcomes
    way = [(step.function, step.path, step.line) for step in outcome.finding.calls]
    assert way == [("f", "main.py", 5), ("answer", "llm.py", 11), ("complete", "llm.py", 7)]
    assert "client.responses.create" in outcome.finding.message


def test_the_helper_is_called_in_a_thread_and_marked_for_review() -> None:
    before = "import asyncio\n\nfrom llm import answer\n\n\nasync def f():\n    return answer('x').strip()\n"
    after = before.replace("answer('x').strip()", "(await asyncio.to_thread(answer, 'x')).strip()")
    outcomes = check_transformed({"llm.py": LLM, "main.py": before}, {"main.py": after}, "to-thread")
    assert "sqlite" in (outcomes[0].review or "")


def test_a_route_with_nothing_else_async_becomes_a_def() -> None:
    before = """\
        from fastapi import FastAPI
        from llm import answer

        app = FastAPI()


        @app.get("/")
        async def f():
            return answer("x")
        """
    after = before.replace("async def", "def")
    check_transformed({"llm.py": LLM, "main.py": before}, {"main.py": after}, "sync-def")


def test_a_helper_that_uses_the_loop_is_left() -> None:
    llm = LLM.replace("from openai", "import asyncio\n\nfrom openai").replace(
        "def answer(question):", "def answer(question):  # obstacle\n    asyncio.get_event_loop()"
    )
    main = "from llm import answer\n\n\nasync def f():\n    return answer('x')\n"
    check_left({"llm.py": llm, "main.py": main}, "uses the event loop", "to-thread")
