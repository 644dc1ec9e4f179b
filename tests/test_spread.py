"""async-client over plain functions: they become async up to async callers, in every file, or nothing changes."""

from __future__ import annotations

import pytest
from tools import changed, check_left, check_transformed

LLM = """\
from openai import OpenAI

client = OpenAI()


def complete(prompt):
    return client.responses.create(model="m", input=prompt).output_text
"""
ASYNC_LLM = """\
from openai import AsyncOpenAI

client = AsyncOpenAI()


async def complete(prompt):
    return (await client.responses.create(model="m", input=prompt)).output_text
"""


def _both(main: str, *changes: str) -> tuple[dict[str, str], dict[str, str]]:
    before = {"pyproject.toml": "", "llm.py": LLM, "main.py": main}
    return before, {"llm.py": ASYNC_LLM, "main.py": changed(main, changes)}


SPREADS = [
    pytest.param("async def f():\n    return complete('x')\n", ["return -> return await"], id="one-call"),
    pytest.param(
        "def answer(x):\n    return complete(x).strip()\n\n\nasync def f():\n    return answer('x')\n",
        [
            "def answer -> async def answer",
            "complete(x).strip -> (await complete(x)).strip",
            "return answer -> return await answer",
        ],
        id="two-layers",
    ),
    pytest.param(
        "async def f():\n    return [complete(x) for x in 'ab'] + [sum(len(complete(x)) for x in 'ab')]\n",
        [
            "[complete -> [await complete",
            "sum(len(complete(x)) for x in 'ab') -> sum([len(await complete(x)) for x in 'ab'])",
        ],
        id="comprehensions",
    ),
    pytest.param(
        "def count(n):\n    return count(n - 1) if n else complete('x')\n\n\nasync def f():\n    return count(3)\n",
        [
            "def count -> async def count",
            "return count(n - 1) -> return await count(n - 1)",
            "else complete -> else await complete",
            "return count(3) -> return await count(3)",
        ],
        id="recursion",
    ),
    pytest.param(
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        "@app.get('/')\nasync def f():\n    return complete('x')\n\n\n"
        "@app.get('/g')\ndef g():\n    return complete('y')\n",
        [
            "async def f -> async  def f",
            "    return complete('x') ->     return await complete('x')",
            "\ndef g -> \nasync def g",
            "return complete('y') -> return await complete('y')",
            "async  def f -> async def f",
        ],
        id="shared-with-a-plain-route",
    ),
    pytest.param(
        "class Base:\n    def ask(self, x):\n        raise NotImplementedError\n\n\nclass Real(Base):\n"
        "    def ask(self, x):\n        return complete(x)\n\n\n"
        "async def f(base: Base = Real()):\n    return base.ask('x')\n",
        [
            "def ask(self, x):\n        raise -> async def ask(self, x):\n        raise",
            "def ask(self, x):\n        return complete -> async def ask(self, x):\n        return await complete",
            "return base -> return await base",
        ],
        id="overrides-and-what-they-override",
    ),
    pytest.param(
        "class Base:\n    def ask(self, x):\n        raise NotImplementedError\n\n\nclass Real(Base):\n"
        "    def ask(self, x):\n        return complete(x)\n\n\n"
        "real = Real()\n\n\nasync def f():\n    return real.ask('x')\n",
        [
            "def ask(self, x):\n        raise -> async def ask(self, x):\n        raise",
            "def ask(self, x):\n        return complete -> async def ask(self, x):\n        return await complete",
            "return real -> return await real",
        ],
        id="what-is-only-called-where-it-is-overridden",
    ),
    pytest.param(
        "from abc import ABC, abstractmethod\n\n\n"
        "class Base(ABC):\n    @abstractmethod\n    def ask(self, x): ...\n\n\n"
        "class Real(Base):\n    def ask(self, x):\n        return complete(x)\n\n\n"
        "class Other(Base):\n    def ask(self, x):\n        return 'y'\n\n\n"
        "async def f(base: Base):\n    return base.ask('x')\n",
        [
            "def ask(self, x): ... -> async def ask(self, x): ...",
            "def ask(self, x):\n        return complete -> async def ask(self, x):\n        return await complete",
            "def ask(self, x):\n        return 'y' -> async def ask(self, x):\n        return 'y'",
            "return base -> return await base",
        ],
        id="every-implementation-of-an-interface",
    ),
    pytest.param(
        "from tenacity import retry, stop_after_attempt\n\n\n@retry(stop=stop_after_attempt(3))\ndef g(x):\n"
        "    return complete(x)\n\n\nasync def f():\n    return g('x')\n",
        ["def g -> async def g", "return complete -> return await complete", "return g -> return await g"],
        id="tenacity-retries-both",
    ),
    pytest.param(
        "from typing import overload\n\n\n"
        "@overload\ndef g(x: str) -> str: ...\n@overload\ndef g(x: None) -> None: ...\n"
        "def g(x):\n    return x and complete(x)\n\n\nasync def f(o):\n"
        "    return g('x'), [getattr(o, name) for name in 'ab'], getattr(o, 'do_' + o.name)()\n",
        [
            "def g(x: str) -> async def g(x: str)",
            "def g(x: None) -> async def g(x: None)",
            "def g(x):\n    return x and complete -> async def g(x):\n    return x and await complete",
            "return g( -> return await g(",
        ],
        id="overloads",
    ),
    pytest.param(
        "async def f():\n    def g(x):\n        return complete(x)\n\n    return g('x') + g('y')\n",
        [
            "    def g ->     async def g",
            "return complete -> return await complete",
            "return g('x') + g -> return await g('x') + await g",
        ],
        id="nested-function",
    ),
    pytest.param(
        "from typing import Callable\n\n\ndef run(f: Callable[[str], str | None], x):\n    return f(x)\n\n\n"
        "async def f():\n    return run(complete, 'x') or run(f=complete, x='y')\n",
        [
            "import Callable -> import Awaitable, Callable",
            "def run -> async def run",
            "[[str], str | None] -> [[str], Awaitable[str | None]]",
            "return f(x) -> return await f(x)",
            "return run -> return await run",
            "or run -> or await run",
        ],
        id="handed-to-what-calls-it",
    ),
    pytest.param(
        "from fastapi import BackgroundTasks\n\n\ndef g(x):\n    complete(x)\n\n\n"
        "async def f(tasks: BackgroundTasks):\n    tasks.add_task(g, 'x')\n    return complete('y')\n",
        [
            "def g -> async def g",
            "    complete(x) ->     await complete(x)",
            "return complete -> return await complete",
        ],
        id="background-task",
    ),
    pytest.param(
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\ndef g():\n    complete('x')\n\n\n"
        "app.add_event_handler('startup', g)\n\n\nasync def f():\n    return complete('y')\n",
        [
            "def g -> async def g",
            "    complete('x') ->     await complete('x')",
            "return complete -> return await complete",
        ],
        id="event-handler",
    ),
]


@pytest.mark.parametrize(("main", "changes"), SPREADS)
def test_helpers_follow_the_client(main: str, changes: list[str]) -> None:
    before, after = _both(f"from llm import complete\n\n\n{main}", *changes)
    outcomes = check_transformed(before, after, "auto", by="async-client")
    assert all("became async" in (outcome.review or "") for outcome in outcomes)


def test_tests_are_callers() -> None:
    before, after = _both(
        "from llm import complete\n\n\nasync def f():\n    return complete('x')\n", "return -> return await"
    )
    test = "from llm import complete\n\n\nasync def test_it():\n    assert complete('x') == 'y'\n"
    before["tests/test_llm.py"] = test
    after["tests/test_llm.py"] = test.replace("complete('x') ==", "await complete('x') ==")
    check_transformed(before, after, "async-client")


STAYS = [
    pytest.param(
        "async def f():\n    return complete('x')\n\n\ndef main():\n    print(complete('x'))  # obstacle\n",
        "complete() is also called from main(), which is not async",
        id="script",
    ),
    pytest.param(
        "async def f():\n    return complete('x')\n\n\nprint(complete('x'))  # obstacle\n",
        "complete() is also called when the module is imported or run",
        id="module-level",
    ),
    pytest.param(
        "class C:\n    @property\n    def text(self):\n        return complete('x')  # obstacle\n\n\n"
        "async def f():\n    return complete('x'), C().text\n",
        "complete() is also called from C.text(), which is a property",
        id="property",
    ),
    pytest.param(
        "class C:\n    def __init__(self):\n        self.text = complete('x')  # obstacle\n\n\n"
        "async def f():\n    return complete('x'), C().text\n",
        "complete() is also called from C.__init__(), which is not async, nor can be",
        id="constructor",
    ),
    pytest.param(
        "import functools\n\n\n@functools.lru_cache  # obstacle\ndef g(x):\n    return complete(x)\n\n\n"
        "async def f():\n    return g('x')\n",
        "decorated with @functools.lru_cache, which keeps results, not coroutines",
        id="cache",
    ),
    pytest.param(
        "from celery import shared_task\n\n\n@shared_task  # obstacle\ndef g(x):\n    return complete(x)\n\n\n"
        "async def f():\n    return complete('x'), g('x')\n",
        "decorated with @shared_task",
        id="celery-task",
    ),
    pytest.param(
        "import asyncio\n\n\nasync def f():\n    return complete('x')\n\n\nasync def g():\n"
        "    return await asyncio.to_thread(complete, 'x')  # obstacle\n",
        "complete() is also run in a thread",
        id="used-in-a-thread",
    ),
    pytest.param(
        "import functools\n\n\n"
        "async def f():\n    return complete('x'), functools.partial(complete, 'x')  # obstacle\n",
        "is handed on",
        id="partial",
    ),
    pytest.param(
        "def run(f, x):\n    return f, f(x)\n\n\nasync def f():\n    return run(complete, 'x')  # obstacle\n",
        "is handed on",
        id="handed-to-what-keeps-it",
    ),
    pytest.param(
        "async def f():\n    return complete('x'), list(map(complete, 'ab'))  # obstacle\n",
        "is handed on",
        id="callback",
    ),
    pytest.param(
        "async def f():\n    return complete('x')\n\n\ndef g():\n    return complete('y')  # obstacle\n",
        "complete() is also called from g(), which is not async and of which no call is known",
        id="function-that-nobody-calls",
    ),
    pytest.param(
        "class Base:\n    @property\n    def ask(self):\n        return len\n\n\nclass Real(Base):\n"
        "    def ask(self, x):\n        return complete(x)  # obstacle\n\n\n"
        "real = Real()\n\n\nasync def f():\n    return real.ask('x')\n",
        "Real.ask() would change together with Base.ask(), which is a property",
        id="what-it-overrides-is-something-else",
    ),
    pytest.param(
        "async def f():\n    return complete('x'), (lambda: complete('y'))()  # obstacle\n",
        "which is not async",
        id="lambda",
    ),
    pytest.param(
        "from vendor import Plugin\n\n\n"
        "class C(Plugin):  # obstacle\n    def run(self):\n        return complete('x')\n\n\n"
        "async def f():\n    return C().run()\n",
        "may be called by vendor.Plugin",
        id="base-class-outside",
    ),
    pytest.param(
        "class C:\n    def run_it(self):\n        return complete('x')\n\n\n"
        "async def f():\n    return C().run_it()\n\n\n"
        "def g(anything):\n    return anything.run_it()  # obstacle\n",
        "C.run_it() may be called through an object that cannot be followed",
        id="unknown-receiver",
    ),
    pytest.param(
        "class C:\n    def run_it(self):\n        return complete('x')\n\n\n"
        "async def f():\n    return C().run_it()\n\n\n"
        "def g(anything):\n    return getattr(anything, 'run_it')  # obstacle\n",
        "C.run_it() is looked up by its name",
        id="getattr",
    ),
    pytest.param(
        "import llm\n\n\nasync def f():\n    return complete('x')\n\n\n"
        "async def g(name):\n    return getattr(llm, name)('x')  # obstacle\n",
        "complete() may be looked up by a name that is computed",
        id="dispatch-over-a-module",
    ),
    pytest.param(
        "async def f():\n    return complete('x')\n\n\n"
        "async def g(name):\n    tool = globals()[name]  # obstacle\n    return tool('x')\n",
        "complete() may be looked up by a name that is computed",
        id="dispatch-over-globals",
    ),
    pytest.param(
        "class C:\n    def on_ask(self, x):\n        return complete(x)\n\n"
        "    async def handle(self, event):\n        return getattr(self, f'on_{event}')('x')  # obstacle\n\n\n"
        "async def f():\n    return C().on_ask('x')\n",
        "C.on_ask() may be looked up by a name that is computed",
        id="dispatch-over-methods",
    ),
    pytest.param(
        "import requests\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/')\ndef r():\n"
        "    requests.get('u')  # obstacle\n    return complete('x')\n\n\nasync def f():\n    return complete('x')\n",
        "r() would block the event loop",
        id="plain-route-that-blocks-otherwise",
    ),
    pytest.param(
        "from fastapi import BackgroundTasks\n\n\ndef g(x):\n    open(x)  # obstacle\n    complete(x)\n\n\n"
        "async def f(tasks: BackgroundTasks):\n    tasks.add_task(g, 'x')\n    return complete('y')\n",
        "g() would block the event loop",
        id="background-task-that-blocks-otherwise",
    ),
    pytest.param(
        "from threading import Lock\n\nlock = Lock()\n\n\n"
        "def g():\n    with lock:  # obstacle\n        return complete('x')\n\n\n"
        "async def f():\n    return g()\n",
        "lock",
        id="under-a-lock",
    ),
]


@pytest.mark.parametrize(("main", "reason"), STAYS)
def test_nothing_changes_where_one_caller_cannot_await(main: str, reason: str) -> None:
    files = {"pyproject.toml": "", "llm.py": LLM, "main.py": f"from llm import complete\n\n\n{main}"}
    check_left(files, reason, "async-client")


PATCHED = [
    pytest.param("monkeypatch.setattr('llm.complete', lambda x: 'y')", id="by-path"),
    pytest.param("monkeypatch.setattr(llm, 'complete', lambda x: 'y')", id="by-object"),
    pytest.param("patch('llm.complete', new=lambda x: 'y').start()", id="patch-with-new"),
    pytest.param("patch.object(llm, 'complete', MagicMock())", id="patch-object"),
]
MAIN = "from llm import complete\n\n\nasync def f():\n    return complete('x')\n"


@pytest.mark.parametrize("line", PATCHED)
def test_a_test_that_replaces_a_helper_keeps_it_sync(line: str) -> None:
    test = (
        "from unittest.mock import MagicMock, patch\n\nimport llm\n\n\n"
        f"def test_it(monkeypatch):\n    {line}  # obstacle\n"
    )
    files = {"pyproject.toml": "", "llm.py": LLM, "main.py": MAIN, "tests/test_main.py": test}
    check_left(files, "is patched by name", "async-client")


@pytest.mark.parametrize(
    "line",
    ["patch('llm.complete', return_value='y').start()", "patch('llm.complete', new_callable=AsyncMock).start()"],
)
def test_a_double_that_fits_an_async_function_is_no_obstacle(line: str) -> None:
    before, after = _both(MAIN, "return -> return await")
    before["tests/test_main.py"] = f"from unittest.mock import AsyncMock, patch\n\n\ndef test_it():\n    {line}\n"
    check_transformed(before, after, "async-client")


def test_a_method_that_a_file_without_openai_may_call_stays() -> None:
    main = (
        "from llm import complete\n\n\nclass C:\n    def run_it(self):\n        return complete('x')\n\n\n"
        "async def f():\n    return C().run_it()\n"
    )
    other = "def g(anything):\n    return anything.run_it()  # obstacle\n"
    check_left(
        {"pyproject.toml": "", "llm.py": LLM, "main.py": main, "other.py": other}, "cannot be followed", "async-client"
    )


SERVICE = """\
from fastapi import Depends, FastAPI
from openai import OpenAI


class Service:
    def __init__(self):
        self.client = OpenAI()

    def complete(self, prompt):
        return self.client.responses.create(model="m", input=prompt).output_text


def get_service():
    return Service()


service = get_service()
app = FastAPI()


@app.get("/")
async def f(given: Service = Depends(get_service)):
    return given.complete("x") + service.complete("y")
"""
DOUBLES = """\
from unittest.mock import AsyncMock, MagicMock, patch

import main
from main import Service, app, get_service


class Fake:
    def complete(self, prompt):
        return "y"


class Loud(Service):
    def complete(self, prompt):
        return "Y"


def fake():
    return Fake()


def test_it(monkeypatch):
    """


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("patch('main.service').start()", id="patch"),
        pytest.param("patch.object(main, 'service').start()", id="patch-object"),
        pytest.param("patch('main.Service').start()", id="its-class"),
        pytest.param("monkeypatch.setattr(main, 'service', Fake())", id="fake-object"),
        pytest.param("monkeypatch.setattr('main.service', MagicMock())", id="mock"),
        pytest.param("app.dependency_overrides[get_service] = Fake", id="override"),
        pytest.param("app.dependency_overrides[get_service] = fake", id="override-by-a-function"),
        pytest.param("app.dependency_overrides[get_service] = lambda: MagicMock()", id="override-by-a-lambda"),
        pytest.param("app.dependency_overrides = {get_service: Fake}", id="all-overrides"),
        pytest.param("app.dependency_overrides.update({get_service: Fake})", id="overrides-updated"),
    ],
)
def test_a_plain_double_of_an_object_keeps_its_methods_sync(line: str) -> None:
    files = {"pyproject.toml": "", "main.py": SERVICE, "tests/test_main.py": f"{DOUBLES}{line}  # obstacle\n"}
    check_left(files, "Service.complete() belongs to an object that is", "async-client")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("patch('main.service', autospec=True).start()", id="autospec"),
        pytest.param("patch('main.service', new_callable=AsyncMock).start()", id="async-mock"),
        pytest.param("monkeypatch.setattr(main, 'service', MagicMock(spec=Service))", id="mock-with-a-spec"),
        pytest.param("monkeypatch.setattr(main, 'service', Loud())", id="subclass"),
        pytest.param("app.dependency_overrides[get_service] = Loud", id="override-by-a-subclass"),
        pytest.param("app.dependency_overrides[get_service] = lambda: AsyncMock()", id="override-by-an-async-mock"),
    ],
)
def test_a_double_of_an_object_with_async_methods_is_no_obstacle(line: str) -> None:
    before = {"pyproject.toml": "", "main.py": SERVICE, "tests/test_main.py": f"{DOUBLES}{line}\n"}
    after = SERVICE.replace("OpenAI", "AsyncOpenAI").replace("def complete", "async def complete")
    after = after.replace("return self", "return (await self").replace(").output_text", ")).output_text")
    after = after.replace('given.complete("x") + service', 'await given.complete("x") + await service')
    tests = before["tests/test_main.py"]
    head, loud, rest = tests.partition("class Loud(Service):\n    ")
    check_transformed(before, {"main.py": after, "tests/test_main.py": f"{head}{loud}async {rest}"}, "async-client")
