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
        "import backoff\nfrom llm import answer\n\n\n@observe(name='answer-task')\n@factory.part\n"
        "@backoff.on_exception(backoff.expo, ValueError, factor=2)\ndef patient(x):\n    return answer(x)\n\n\n"
        "async def f():\n    return patient('x')  # FOA005\n",
        id="decorator-with-words-that-mean-nothing",
    ),
    pytest.param(
        "from llm import client\n\n\ndef read():\n    return [f.id for f in client.files.list()]\n\n\n"
        "async def f():\n    return read()  # FOA005\n",
        id="iteration",
    ),
    pytest.param(
        "import functools\nfrom llm import answer\n\n\n@functools.lru_cache\ndef cached(x):\n"
        "    return answer(x)\n\n\n"
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


AWAITED = [
    pytest.param("    return await answer('x')\n", "await asyncio.to_thread(answer, 'x')", id="awaited"),
    pytest.param(
        "    return await asyncio.gather(answer('x'), *[answer(y) for y in 'ab'])\n",
        "await asyncio.gather(asyncio.to_thread(answer, 'x'), *[asyncio.to_thread(answer, y) for y in 'ab'])",
        id="gathered",
    ),
    pytest.param(
        "    return await asyncio.wait_for(answer('x'), 1)\n",
        "await asyncio.wait_for(asyncio.to_thread(answer, 'x'), 1)",
        id="with-a-timeout",
    ),
]


@pytest.mark.parametrize(("line", "thread"), AWAITED)
def test_a_helper_whose_answer_is_awaited_by_mistake(line: str, thread: str) -> None:
    before = f"import asyncio\n\nfrom llm import answer\n\n\nasync def f():\n{line}"
    head, _, _ = before.partition("await")
    check_transformed({"llm.py": LLM, "main.py": before}, {"main.py": f"{head}{thread}\n"}, "to-thread")
    llm = LLM.replace("OpenAI", "AsyncOpenAI").replace("def ", "async def ")
    llm = llm.replace("client.responses.create(input=prompt)", "(await client.responses.create(input=prompt))")
    llm = llm.replace("return complete(f", "return await complete(f")
    after = {"pyproject.toml": "", "llm.py": llm, "main.py": before}
    check_transformed({**after, "llm.py": LLM}, after, "async-client")


def test_what_a_helper_gives_besides_may_be_awaited() -> None:
    llm = """\
        from openai import OpenAI

        client = OpenAI()


        async def store(text):
            return text


        def complete(prompt):
            text = client.responses.create(input=prompt).output_text
            return store(text)


        def begin(prompt, when_done):
            return when_done(client.responses.create(input=prompt).output_text)
        """
    asks = (
        "import inspect\nfrom llm import begin\n\n\n"
        "async def f():\n    text = begin('x', str)\n    return await text if inspect.isawaitable(text) else text\n"
    )
    check_noop({"llm.py": llm, "main.py": asks})
    main = "from llm import begin, complete\n\n\nasync def f(g):\n    await begin('x', g)\n    await complete('x')\n"
    check_noop({"llm.py": llm, "main.py": main})
    loud = f"from llm import client\n{main}".replace("await begin('x', g)", "client.models.retrieve('m')")
    loud = loud.replace("complete('x')", "complete('x')  # obstacle")
    check_left({"pyproject.toml": "", "llm.py": llm, "main.py": loud}, "is awaited already", "async-client")


def test_a_helper_that_uses_the_loop_is_left() -> None:
    llm = LLM.replace("from openai", "import asyncio\n\nfrom openai").replace(
        "def answer(question):", "def answer(question):\n    asyncio.get_event_loop()  # obstacle"
    )
    main = "from llm import answer\n\n\nasync def f():\n    return answer('x')\n"
    check_left(
        {"llm.py": llm, "main.py": main},
        "answer() reaches asyncio.get_event_loop, which belongs to the event loop",
        "to-thread",
    )


GENERATORS = """\
from contextlib import contextmanager
from typing import Iterator

from fastapi import FastAPI
from openai import OpenAI

client = OpenAI()
app = FastAPI()


def words(prompt) -> Iterator[str]:
    for chunk in client.chat.completions.create(model="m", messages=[], stream=True):
        yield chunk.choices[0].delta.content


@contextmanager
def session() -> Iterator[str]:
    yield client.beta.threads.create().id


def collect(prompt):
    return "".join(words(prompt))


async def f():
    for word in words("x"):  # FOA005
        print(word)
    with session() as s:  # FOA005
        print(s)
    named = words("n")  # FOA005
    for word in named:
        print(word)
    later = words("w")
    return collect("y"), [w for w in words("z")], later  # FOA005 FOA005
"""


def test_generators_and_context_managers_block_where_they_are_read() -> None:
    check_findings(GENERATORS)


def test_generators_and_context_managers_are_read_in_threads() -> None:
    changes = {
        "from fastapi import FastAPI\n": "from fastapi import FastAPI\n"
        "from fastapi.concurrency import contextmanager_in_threadpool, iterate_in_threadpool\n",
        "from contextlib": "import asyncio\nfrom contextlib",
        '    for word in words("x")': '    async for word in iterate_in_threadpool(words("x"))',
        "    with session()": "    async with contextmanager_in_threadpool(session())",
        "    for word in named": "    async for word in iterate_in_threadpool(named)",
        'return collect("y"), [w for w in words("z")]': 'return await asyncio.to_thread(collect, "y"), '
        '[w async for w in iterate_in_threadpool(words("z"))]',
    }
    after = GENERATORS
    for old, new in changes.items():
        assert after.count(old) == 1, old
        after = after.replace(old, new)
    check_transformed(GENERATORS, after, "to-thread")


def test_generators_and_context_managers_become_async() -> None:
    before = GENERATORS.replace(", later  # FOA005 FOA005", "").replace('    later = words("w")\n', "")
    changes = {
        "import contextmanager": "import asynccontextmanager",
        "@contextmanager": "@asynccontextmanager",
        "import Iterator": "import AsyncIterator",
        "-> Iterator": "-> AsyncIterator",
        "OpenAI()": "AsyncOpenAI()",
        "import OpenAI": "import AsyncOpenAI",
        "def words": "async def words",
        "def session": "async def session",
        "def collect": "async def collect",
        "for chunk in client": "async for chunk in await client",
        "client.beta.threads.create()": "(await client.beta.threads.create())",
        "words(prompt))": "[item async for item in words(prompt)])",
        "    for word in words": "    async for word in words",
        "    with": "    async with",
        "    for word in named": "    async for word in named",
        'collect("y"), [w for': 'await collect("y"), [w async for',
    }
    after = before
    for old, new in changes.items():
        assert old in after, old
        after = after.replace(old, new)
    check_transformed(before, after, "async-client")


RUN_BY_OTHERS = """\
from llm import answer


class Report:
    @property
    def text(self):
        return answer("x")


async def f(xs):
    print(Report().text)  # FOA005
    xs.sort(key=answer)  # FOA005
    kept = sorted(xs, key=lambda x: answer(x) + answer(x))  # FOA005
    later = map(answer, xs)
    return kept, list(map(answer, xs)), later  # FOA005
"""


def test_properties_and_callbacks_that_are_run_at_once_block() -> None:
    check_findings({"llm.py": LLM, "main.py": RUN_BY_OTHERS})


def test_lambdas_that_a_plain_function_hands_over_block_its_caller() -> None:
    check_findings(
        """\
        from openai import OpenAI

        client = OpenAI()


        def rank(xs):
            return sorted(xs, key=lambda x: client.responses.create(model="m", input=x).output_text)


        def read(xs):
            return list(map(lambda x: client.responses.create(model="m", input=x), xs))


        async def f(xs):
            kept = sorted(xs, key=lambda x: client.responses.create(model="m", input=x).output_text)  # FOA002
            return kept, rank(xs), read(xs)  # FOA005 FOA005
        """
    )


def test_callbacks_move_to_a_thread_with_what_runs_them() -> None:
    before = RUN_BY_OTHERS.replace("    print(Report().text)  # FOA005\n", "").replace("  # FOA005", "")
    after = (
        before.replace("from llm", "import asyncio\n\nfrom llm")
        .replace("xs.sort(key=answer)", "await asyncio.to_thread(xs.sort, key=answer)")
        .replace("sorted(xs, key", "await asyncio.to_thread(sorted, xs, key")
        .replace("list(map(answer, xs))", "await asyncio.to_thread(list, map(answer, xs))")
    )
    check_transformed({"llm.py": LLM, "main.py": before}, {"main.py": after}, "to-thread")


def test_a_property_is_left() -> None:
    main = RUN_BY_OTHERS.split("    xs.sort", maxsplit=1)[0].replace("# FOA005", "# obstacle")
    check_left({"llm.py": LLM, "main.py": main}, "make it a method", "to-thread")


SHARED_BASE = """\
from openai import OpenAI


class Base:
    def run(self, prompt):
        return {call}


class Asking{of_base}:
    def __init__(self):
        self.client = OpenAI()

    def ask(self, prompt):
        return self.client.responses.create(model="m", input=prompt)


class Echoing{of_base}:
    def ask(self, prompt):
        return prompt


{classes}
asking, echoing = Real(), Fake()


async def f(prompt, either: Base):
    asking.run(prompt)  # FOA005
    echoing.run(prompt)
    either.run(prompt)  # FOA005
    (Real() if prompt else Fake()).run(prompt)  # FOA005
    return (Fake() if prompt else Own()).run(prompt)  # FOA005


class Own:
    def run(self, prompt):
        return asking.run(prompt)
"""


@pytest.mark.parametrize(
    ("call", "of_base", "classes"),
    [
        pytest.param(
            "self.ask(prompt)",
            "(Base)",
            "class Real(Asking): ...\n\n\nclass Fake(Echoing): ...\n\n",
            id="template-method",
        ),
        pytest.param(
            "super().ask(prompt)",
            "",
            "class Real(Base, Asking): ...\n\n\nclass Fake(Base, Echoing): ...\n\n",
            id="mixin",
        ),
    ],
)
def test_a_method_of_a_base_blocks_for_those_whose_own_methods_do(call: str, of_base: str, classes: str) -> None:
    check_findings(SHARED_BASE.format(call=call, of_base=of_base, classes=classes))
