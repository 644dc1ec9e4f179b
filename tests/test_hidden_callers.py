"""Helpers that must stay plain, because something that values do not show calls them, or would stand still."""

from __future__ import annotations

import pytest
from tools import check_left, check_noop, check_transformed

HEAD = """\
import asyncio
import threading
from contextlib import contextmanager

from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


def ask(q):
    return client.responses.create(model="m", input=q).output_text


async def first(q):
    return ask(q)


"""
SERVICE = "class S:\n    def run_it(self, q):\n        return ask(q)\n\n\nservice = S()\n\n\n"
STAYS = [
    pytest.param(
        "from other import P\n\n\n"
        + SERVICE
        + "async def f(q):\n    return (P() if q else service).run_it(q)  # obstacle\n",
        "something else may be called here in the place of S.run_it()",
        id="object-of-a-file-that-is-not-read",
    ),
    pytest.param(
        "try:\n    from other import ask as tell\nexcept ImportError:\n    tell = ask  # obstacle\n\n\n"
        "async def f(q):\n    return tell(q)\n",
        "handed on",
        id="one-of-two-functions",
    ),
    pytest.param(
        "class M:\n    def go(self, q):\n        return self.run_it(q) + '!'  # obstacle\n\n\n"
        + SERVICE
        + "class T(M, S):\n    pass\n\n\nasync def f(q):\n    return T().run_it(q)\n",
        "S.run_it() is also called from M.go()",
        id="mixin",
    ),
    pytest.param(
        "class B:\n    def words(self, q):  \n        return []\n\n\nclass K(B):\n    def words(self, q):\n"
        "        yield ask(q)\n\n\n"
        "async def f(q, b: B):\n    return [x for x in b.words(q)]  # obstacle\n",
        "something else may be called here",
        id="a-generator-and-a-list",
    ),
    pytest.param(
        "from contextlib import contextmanager as cm\n\n\n@cm\ndef session(q):  # obstacle\n    yield ask(q)\n\n\n"
        "async def f(q):\n    with session(q) as s:\n        return s\n",
        "context manager by a decorator of another name",
        id="contextmanager-by-another-name",
    ),
    pytest.param(
        "class C:\n    def __call__(self, q):\n        return ask(q)\n\n\nc = C()\n\n\nasync def f(q):\n"
        "    return c(q)\n\n\n"
        "def g(qs):\n    return list(map(c, qs))  # obstacle\n",
        "C.__call__() may be called by map()",
        id="object-that-is-called-by-others",
    ),
    pytest.param(
        "@contextmanager\ndef alone():\n    with threading.Lock():\n        yield\n\n\n"
        "async def f(q):\n    with alone():  # obstacle\n        return ask(q)\n",
        "must not be held across an await",
        id="lock-behind-a-context-manager",
    ),
    pytest.param(
        "def words(q):\n    ask(q)\n    with threading.Lock():\n        yield q  # obstacle\n\n\n"
        "async def f(q):\n    return [x for x in words(q)]\n",
        "stops while it holds a lock",
        id="generator-that-holds-a-lock",
    ),
    pytest.param(
        "def one(q):\n    return next(iter([ask(q)]))  # obstacle\n\n\nasync def f(q):\n    return one(q)\n",
        "may raise StopIteration",
        id="stop-iteration",
    ),
    pytest.param(
        "def words(q):\n    try:\n        yield ask(q)\n    finally:\n        print('end')\n\n\n"
        "async def f(q):\n    for x in words(q):\n        break  # obstacle\n",
        "would be closed later",
        id="generator-left-early",
    ),
    pytest.param(
        "async def work(q):\n    return ask(q)\n\n\ndef main():\n    for q in 'ab':\n"
        "        asyncio.run(work(q))  # obstacle\n",
        "a new event loop is started for every call",
        id="a-loop-for-each-call",
    ),
    pytest.param(
        "async def work(q):\n    return ask(q)\n\n\ndef run_it(coroutine):\n"
        "    return asyncio.run(coroutine)  # obstacle\n\n\n"
        "@app.get('/')\ndef f(q):\n    return run_it(work(q))\n",
        "a new event loop is started for every call",
        id="a-loop-behind-a-helper",
    ),
    pytest.param(
        SERVICE + "async def f(q):\n    return service.run_it(q)\n\n\ndef g(anything):\n"
        "    return list(map(anything.run_it, 'ab'))  # obstacle\n",
        "may be called through an object that cannot be followed",
        id="method-taken-as-a-value",
    ),
    pytest.param(
        SERVICE + "async def f(q):\n    return service.run_it(q), list(vars(S).items())  # obstacle\n",
        "may be called through vars()",
        id="vars",
    ),
    pytest.param(
        SERVICE
        + "Fake = type('Fake', (S,), {'run_it': len})  # obstacle\n\n\nasync def f(q):\n    return service.run_it(q)\n",
        "may be called through type()",
        id="class-made-by-type",
    ),
    pytest.param(
        "def g(q):\n    return eval('ask(q)')  # obstacle\n",
        "may be called through eval()",
        id="eval",
    ),
    pytest.param(
        "def g(q):\n    return globals()['client'].models.list()  # obstacle\n",
        "is looked up by its name in globals()",
        id="client-out-of-globals",
    ),
    pytest.param(
        "def slow(q):\n    return open(q).read()  # obstacle\n\n\n@app.get('/')\ndef f(q):\n"
        "    return list(map(slow, ask(q)))\n",
        "f() would block the event loop",
        id="callback-that-blocks",
    ),
    pytest.param(
        "def register(cls):\n    return cls\n\n\n@register\nclass S:  # obstacle\n    def run_it(self, q):\n"
        "        return ask(q)\n\n\n"
        "async def f(q):\n    return S().run_it(q)\n",
        "whose class is decorated with @register",
        id="class-decorator",
    ),
]


@pytest.mark.parametrize(("body", "reason"), STAYS)
def test_left(body: str, reason: str) -> None:
    files = {
        "pyproject.toml": "",
        "main.py": HEAD + body,
        "other.py": "class P:\n    def run_it(self, q):\n        return q\n",
    }
    check_left(files, reason, "async-client")


def test_a_name_of_another_import_is_still_that_function() -> None:
    files = {
        "pyproject.toml": "",
        "main.py": HEAD,
        "other.py": "from main import ask as tell\n\n\ndef g(qs):\n    return list(map(tell, qs))  # obstacle\n",
    }
    check_left(files, "handed on", "async-client")


def test_a_command_of_the_project_stays_plain() -> None:
    settings = '[project.scripts]\nask = "main:ask"  # obstacle\n'
    check_left({"pyproject.toml": settings, "main.py": HEAD}, "cannot be followed", "async-client")


def test_a_retry_that_sleeps_waits_for_others_too() -> None:
    before = """\
        import time

        from openai import OpenAI

        client = OpenAI()


        def ask(q):
            for n in range(3):
                try:
                    return client.responses.create(model="m", input=q)
                except ConnectionError:
                    time.sleep(2**n)


        async def f(q):
            return ask(q)
        """
    after = (
        before.replace("import time\n", "import asyncio\n        import time\n")
        .replace("OpenAI", "AsyncOpenAI")
        .replace("def ask", "async def ask")
        .replace("return client", "return await client")
        .replace("time.sleep(2", "await asyncio.sleep(2")
        .replace("return ask", "return await ask")
    )
    check_transformed(before, after, "auto", by="async-client")


NO_THREAD = [
    pytest.param(
        "async def f(q):\n    done = asyncio.get_running_loop().create_future()\n\n    def one():\n"
        "        done.set_result(ask(q))  # obstacle\n\n    one()\n    return await done\n",
        "f.one() reaches done.set_result, which belongs to the event loop",
        id="future-of-the-loop",
    ),
    pytest.param(
        "texts = ''\n\n\ndef one(q):\n    global texts\n    texts += ask(q)  # obstacle\n\n\n"
        "def two(q):\n    return one(q)\n\n\nasync def f(q):\n    return two(q)\n",
        "in one(), it stands in an augmented assignment",
        id="update-that-another-thread-would-lose",
    ),
    pytest.param(
        "def one(q):\n    return next(iter([ask(q)]))  # obstacle\n\n\nasync def f(q):\n    return one(q)\n",
        "may raise StopIteration, which never leaves a thread",
        id="stop-iteration",
    ),
    pytest.param(
        "from state import notify\n\n\ndef one(q):\n    notify()  # obstacle\n    return ask(q)\n\n\n"
        "async def f(q):\n    return one(q)\n",
        "one() reaches notify, which belongs to the event loop",
        id="loop-in-a-file-that-is-not-read",
    ),
]


@pytest.mark.parametrize(("body", "reason"), NO_THREAD)
def test_what_cannot_run_in_a_thread_is_left(body: str, reason: str) -> None:
    head = HEAD.replace("async def first(q):\n    return ask(q)\n\n\n", "")
    state = "import asyncio\n\n\ndef notify():\n    asyncio.get_running_loop()\n"
    check_left({"pyproject.toml": "", "main.py": head + body, "state.py": state}, reason, "to-thread")


def test_a_stream_that_the_loop_would_read_stays_where_it_is() -> None:
    source = """\
        from openai import OpenAI

        client = OpenAI()


        def call(q, stream=False):
            made = client.chat.completions.create(model="m", messages=q, stream=stream)
            return made if stream else made.choices[0]


        async def f(q):
            return [x for x in call(q, True)]  # obstacle
        """
    check_left(source, "may be a stream", "to-thread")


def test_data_that_is_handed_to_a_thread_is_awaited() -> None:
    before = (
        "import asyncio\n\nfrom llm import ask\n\n\nasync def f(q):\n"
        "    return await asyncio.to_thread(str.upper, ask(q))\n"
    )
    llm = HEAD.split("async def first", maxsplit=1)[0].rstrip() + "\n"
    after = before.replace("ask(q))", "await asyncio.to_thread(ask, q))")
    check_transformed({"llm.py": llm, "main.py": before}, {"main.py": after}, "to-thread")
    check_noop({"llm.py": llm, "main.py": after})
