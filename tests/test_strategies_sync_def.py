"""sync-def: a route or dependency with nothing else async in it becomes a `def`; all else stays and says why."""

from __future__ import annotations

import pytest
from tools import check_left, check_transformed

FIXED = [
    pytest.param(
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/")
        async def answer(prompt: str) -> str:
            response = client.responses.create(model="m", input=prompt)
            return response.output_text
        """,
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/")
        def answer(prompt: str) -> str:
            response = client.responses.create(model="m", input=prompt)
            return response.output_text
        """,
        id="route",
    ),
    pytest.param(
        """\
        from fastapi import APIRouter
        from openai import OpenAI

        router = APIRouter(prefix="/v1")
        client = OpenAI()


        @router.post(
            "/",  # the root: of this router
            tags=["a"],
        )
        async  def  answer(
            prompt: str = "async def: x",  # async def f():
        ) -> "dict[str, str]":
            response = (await client.responses.create(model="m", input=prompt))
            return {"text": (await client.responses.create(model="m", input=prompt)).output_text}
        """,
        """\
        from fastapi import APIRouter
        from openai import OpenAI

        router = APIRouter(prefix="/v1")
        client = OpenAI()


        @router.post(
            "/",  # the root: of this router
            tags=["a"],
        )
        def  answer(
            prompt: str = "async def: x",  # async def f():
        ) -> "dict[str, str]":
            response = (client.responses.create(model="m", input=prompt))
            return {"text": client.responses.create(model="m", input=prompt).output_text}
        """,
        id="awaits-on-the-calls-go-and-layout-stays",
    ),
    pytest.param(
        """\
        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        async def moderated(prompt: str) -> bool:
            return OpenAI().moderations.create(input=prompt).results[0].flagged


        @app.get("/")
        def answer(flagged: bool = Depends(moderated)) -> bool:
            return flagged
        """,
        """\
        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        def moderated(prompt: str) -> bool:
            return OpenAI().moderations.create(input=prompt).results[0].flagged


        @app.get("/")
        def answer(flagged: bool = Depends(moderated)) -> bool:
            return flagged
        """,
        id="dependency",
    ),
    pytest.param(
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        async def answer(prompt: str) -> str:
            return client.responses.create(model="m", input=prompt).output_text


        app.add_api_route("/", answer)
        """,
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        def answer(prompt: str) -> str:
            return client.responses.create(model="m", input=prompt).output_text


        app.add_api_route("/", answer)
        """,
        id="route-added-by-a-call",
    ),
    pytest.param(
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/a")
        @app.post("/b")
        async def answer(prompt: str) -> list[str]:
            def clean(text):
                return text.strip()

            return [clean(client.responses.create(model="m", input=x).output_text) for x in prompt]
        """,
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/a")
        @app.post("/b")
        def answer(prompt: str) -> list[str]:
            def clean(text):
                return text.strip()

            return [clean(client.responses.create(model="m", input=x).output_text) for x in prompt]
        """,
        id="two-routes-and-a-nested-function",
    ),
    pytest.param(
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/")
        async def answer(prompt: str):
            for chunk in client.responses.create(model="m", input=prompt, stream=True):
                print(chunk)
        """,
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/")
        def answer(prompt: str):
            for chunk in client.responses.create(model="m", input=prompt, stream=True):
                print(chunk)
        """,
        id="stream-is-read-in-the-thread",
    ),
]


@pytest.mark.parametrize(("before", "after"), FIXED)
def test_becomes_a_def(before: str, after: str) -> None:
    outcomes = check_transformed(before, after, "sync-def")
    assert all("40 threads" in (outcome.review or "") for outcome in outcomes)


DROPPED = [
    pytest.param("return await ask(input=1)", "return ask(input=1)", id="returned"),
    pytest.param("return (await ask(input=1)).id", "return ask(input=1).id", id="attribute"),
    pytest.param("return print(await ask(input=1))", "return print(ask(input=1))", id="argument"),
    pytest.param("return print((await ask(input=1)))", "return print(ask(input=1))", id="argument-in-parentheses"),
    pytest.param("return print(1, await ask(input=1))", "return print(1, ask(input=1))", id="second-argument"),
    pytest.param("return not(await ask(input=1))", "return not(ask(input=1))", id="word-before-the-parenthesis"),
    pytest.param(
        "return 1if(await ask(input=1))else 2", "return 1if(ask(input=1))else 2", id="words-around-the-parentheses"
    ),
    pytest.param('return f"{(await ask(input=1)).id}"', 'return f"{ask(input=1).id}"', id="f-string"),
    pytest.param(
        "return (\n        await ask(input=1)  # why\n    )",
        "return (\n        ask(input=1)  # why\n    )",
        id="lines-of-their-own",
    ),
]


@pytest.mark.parametrize(("before", "after"), DROPPED)
def test_an_await_goes_with_the_parentheses_that_only_it_needed(before: str, after: str) -> None:
    head = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
ask = OpenAI().responses.create


@app.get("/")
"""
    check_transformed(f"{head}async def answer():\n    {before}\n", f"{head}def answer():\n    {after}\n", "sync-def")


HEAD = """\
import asyncio
import contextlib
import functools

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Request, WebSocket
from openai import OpenAI

client = OpenAI()
ask = client.responses.create


"""
APP = f"{HEAD}app = FastAPI()\n\n\n"

REFUSED = [
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer():
    await asyncio.sleep(0)  # obstacle
    return ask(model="m", input="x")
""",
        "answer() awaits something else",
        id="awaits-something-else",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer(request: Request):
    async for part in request.stream():  # obstacle
        ask(model="m", input=part)
""",
        "answer() uses async for",
        id="async-for",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer(pool):
    async with pool:  # obstacle
        return ask(model="m", input="x")
""",
        "answer() uses async with",
        id="async-with",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer(request: Request):
    return [ask(model="m", input=x) async for x in request.stream()]  # obstacle
""",
        "asynchronous comprehension",
        id="async-comprehension",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer():
    started = asyncio.get_running_loop().time()  # obstacle
    return ask(model="m", input=str(started))
""",
        "answer() uses asyncio",
        id="uses-asyncio",
    ),
    pytest.param(
        APP
        + """\
async def log():
    pass


@app.get("/")
async def answer():
    coroutine = log()  # obstacle
    return ask(model="m", input=str(coroutine))
""",
        "answer() calls an async function",
        id="calls-an-async-function",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer():
    return ask(model="m", input="x")


@app.get("/other")
async def other():
    return await answer()  # obstacle
""",
        "answer() is called, and awaited, by other code",
        id="called-by-another-route",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer():
    return ask(model="m", input="x")


handlers = [answer]  # obstacle
""",
        "answer() is handed on",
        id="handed-on",
    ),
    pytest.param(
        APP
        + """\
from cachetools import cached


@app.get("/")
@cached  # obstacle
async def answer():
    return ask(model="m", input="x")
""",
        "answer() is decorated with cached, which may await it",
        id="unknown-decorator",
    ),
    pytest.param(
        APP
        + """\
@app.websocket("/")
async def answer(socket: WebSocket):  # obstacle
    ask(model="m", input="x")
""",
        "answer() is a websocket, which stays async",
        id="websocket",
    ),
    pytest.param(
        APP
        + """\
@app.middleware("http")
async def answer(request: Request, call_next):  # obstacle
    ask(model="m", input="x")
""",
        "answer() is a middleware, which stays async",
        id="middleware",
    ),
    pytest.param(
        APP
        + """\
@app.exception_handler(ValueError)
async def answer(request: Request, error):  # obstacle
    return ask(model="m", input="x")
""",
        "answer() is an exception handler, which stays async",
        id="exception-handler",
    ),
    pytest.param(
        APP
        + """\
@app.on_event("startup")
async def answer():  # obstacle
    ask(model="m", input="x")
""",
        "answer() is an event handler, which stays async",
        id="event-handler",
    ),
    pytest.param(
        HEAD
        + """\
async def answer(app: FastAPI):  # obstacle
    ask(model="m", input="x")
    yield


app = FastAPI(lifespan=contextlib.asynccontextmanager(answer))
""",
        "answer() is",
        id="lifespan-wrapped-in-place",
    ),
    pytest.param(
        HEAD
        + """\
@contextlib.asynccontextmanager
async def answer(app: FastAPI):  # obstacle
    ask(model="m", input="x")
    yield


app = FastAPI(lifespan=answer)
""",
        "answer() is a lifespan, which stays async",
        id="lifespan",
    ),
    pytest.param(
        APP
        + """\
async def answer():  # obstacle
    return ask(model="m", input="x")
""",
        "answer() is neither a route nor a dependency",
        id="helper",
    ),
    pytest.param(
        APP
        + """\
class Assistant:
    async def answer(self):  # obstacle
        return ask(model="m", input="x")
""",
        "Assistant.answer() is neither a route nor a dependency",
        id="method",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer(tasks: BackgroundTasks):
    async def later():  # obstacle
        pass

    tasks.add_task(later)
    return ask(model="m", input="x")
""",
        "answer() defines an async function",
        id="defines-an-async-function",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer():
    return await asyncio.gather(ask(model="m", input="x"))  # obstacle
""",
        "the call's result is handed to asyncio",
        id="gathered",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer():
    ask(model="m", input="x")  # noqa: FOA002  # obstacle
    return ask(model="m", input="x")
""",
        "another call in the function is silenced or not selected",
        id="another-call-is-silenced",
    ),
    pytest.param(
        HEAD
        + """\
from thread_things import thing

app = thing()


@app.task
async def answer():  # obstacle
    return ask(model="m", input="x")
""",
        "answer() is neither a route nor a dependency",
        id="decorator-of-another-framework",
    ),
    pytest.param(
        APP
        + """\
@app.get("/")
async def answer():
    return f"{await ask(model='m', input='x')=}"  # obstacle
""",
        "prints the code as it is written",
        id="code-that-prints-itself",
    ),
    pytest.param(
        APP
        + """\
tokens = 0


@app.get("/")
async def answer():
    global tokens
    tokens += ask(model="m", input="x").usage.total_tokens  # obstacle
""",
        "an augmented assignment, which would lose updates",
        id="update-that-another-thread-would-lose",
    ),
    pytest.param(
        APP
        + """\
def count(seen):
    seen["tokens"] += ask(model="m", input="x").usage.total_tokens  # obstacle


@app.get("/")
async def answer(request: Request):
    count(request.app.state.seen)
""",
        "in count(), it stands in an augmented assignment",
        id="update-in-a-helper",
    ),
    pytest.param(
        APP
        + """\
import sqlite3

db = sqlite3.connect("answers.db")
rows = db.cursor()


@app.get("/")
async def answer():
    rows.execute("insert into answers values (?)", (ask(model="m", input="x").id,))  # obstacle
""",
        "answer() uses rows.execute",
        id="connection-of-one-thread",
    ),
    pytest.param(
        APP
        + """\
import threading

current = threading.local()
current.model = "m"


@app.get("/")
async def answer():
    return ask(model=current.model, input="x")  # obstacle
""",
        "answer() uses current.model",
        id="what-only-the-thread-of-the-loop-has",
    ),
]


@pytest.mark.parametrize(("source", "reason"), REFUSED)
def test_refused_with_reason_and_place(source: str, reason: str) -> None:
    check_left(source, reason, "sync-def")


def test_a_variable_of_a_comprehension_is_no_route_of_its_name() -> None:
    before = (
        APP
        + """\
@app.get("/items")
async def items():
    pages = client.models.list()
    return [item for item in pages]


@app.get("/item")
async def item():
    return ask(model="m", input="x")
"""
    )
    check_transformed(before, before.replace("async def", "def"), "sync-def")


def test_a_nested_async_function_is_not_its_route() -> None:
    """The call stands in the inner function, which is no route itself."""
    check_left(
        APP
        + """\
@app.get("/")
async def answer():
    async def inner():  # obstacle
        return ask(model="m", input="x")

    return await inner()
""",
        "answer.inner() is neither a route nor a dependency",
        "sync-def",
    )


def test_a_caller_in_another_file_is_seen() -> None:
    check_left(
        {
            "main.py": APP
            + """\
@app.get("/")
async def answer():
    return ask(model="m", input="x")
""",
            "jobs.py": """\
                import main


                async def nightly():
                    await main.answer()  # obstacle
                """,
        },
        "answer() is called, and awaited, by other code",
        "sync-def",
    )


def test_a_test_that_awaits_the_route_is_seen() -> None:
    check_left(
        {
            "main.py": APP
            + """\
@app.get("/")
async def answer():
    return ask(model="m", input="x")
""",
            "tests/test_main.py": """\
                import asyncio

                from main import answer


                def test_answer():
                    asyncio.run(answer())  # obstacle
                """,
        },
        "answer() is called, and awaited, by other code",
        "sync-def",
    )


STORE = """\
import sqlite3


class Store:
    def __init__(self) -> None:
        self.db = sqlite3.connect("answers.db")

    def add(self, answer: str) -> None:
        self.db.execute("insert into answers values (?)", (answer,))
"""
STORING = """\
from store import Store

store = Store()


@app.get("/")
async def answer():
    store.add(ask(model="m", input="x").id)  # obstacle
"""


def test_an_object_of_one_thread_that_another_file_makes_is_seen() -> None:
    check_left({"main.py": APP + STORING, "store.py": STORE}, "may use the event loop", "sync-def")


def test_a_connection_for_all_threads_is_no_obstacle() -> None:
    before = (
        APP
        + """\
import sqlite3

db = sqlite3.connect("answers.db", check_same_thread=False)


@app.get("/")
async def answer():
    db.execute("insert into answers values (?)", (ask(model="m", input="x").id,))
"""
    )
    check_transformed(before, before.replace("async def", "def"), "sync-def")
