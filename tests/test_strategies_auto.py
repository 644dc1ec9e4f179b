"""auto: the client becomes async where all of it can, else the route a `def`, else the call goes into a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools import check_left, check_transformed, tree

from fixopenai.migration import migrate
from fixopenai.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

CASES = [
    pytest.param(
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/")
        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        from fastapi import FastAPI
        from openai import AsyncOpenAI

        app = FastAPI()
        client = AsyncOpenAI()


        @app.get("/")
        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        {"async-client": "every use of the client can be awaited"},
        id="async-client-comes-first",
    ),
    pytest.param(
        """\
        import time

        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/")
        async def answer():
            return client.responses.create(model="m", input="x")


        @app.get("/sync")
        def other():
            time.sleep(1)
            return client.responses.create(model="m", input="x")
        """,
        """\
        import time

        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/")
        def answer():
            return client.responses.create(model="m", input="x")


        @app.get("/sync")
        def other():
            time.sleep(1)
            return client.responses.create(model="m", input="x")
        """,
        {
            "sync-def": "the client stays sync, because other() would block the event loop: time.sleep() blocks "
            "(main.py:17); nothing else in the function is async"
        },
        id="then-a-def-route",
    ),
    pytest.param(
        """\
        import asyncio

        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()
        client.models.list()


        @app.get("/")
        async def answer():
            await asyncio.sleep(0)
            return client.responses.create(model="m", input="x")
        """,
        """\
        import asyncio

        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()
        client.models.list()


        @app.get("/")
        async def answer():
            await asyncio.sleep(0)
            return await asyncio.to_thread(client.responses.create, model="m", input="x")
        """,
        {"to-thread": "the client stays sync, because"},
        id="then-a-thread",
    ),
    pytest.param(
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        shared = OpenAI()
        own = OpenAI()


        def script():
            return shared.responses.create(model="m", input="x")


        @app.get("/")
        async def answer():
            shared.responses.create(model="m", input="x")
            return own.responses.create(model="m", input="x")
        """,
        """\
        import asyncio

        from fastapi import FastAPI
        from openai import AsyncOpenAI, OpenAI

        app = FastAPI()
        shared = OpenAI()
        own = AsyncOpenAI()


        def script():
            return shared.responses.create(model="m", input="x")


        @app.get("/")
        async def answer():
            await asyncio.to_thread(shared.responses.create, model="m", input="x")
            return await own.responses.create(model="m", input="x")
        """,
        {
            "to-thread": "the client stays sync, because the client is also used in script(), which is not async "
            "and of which no call is known "
            "(main.py:10)",
            "async-client": "every use of the client can be awaited",
        },
        id="a-route-that-awaits-another-client-stays-async",
    ),
    pytest.param(
        """\
        import openai
        from fastapi import FastAPI

        app = FastAPI()


        @app.get("/")
        async def answer():
            return openai.responses.create(model="m", input="x")


        async def helper():
            return openai.responses.create(model="m", input="x")
        """,
        """\
        import asyncio

        import openai
        from fastapi import FastAPI

        app = FastAPI()


        @app.get("/")
        def answer():
            return openai.responses.create(model="m", input="x")


        async def helper():
            return await asyncio.to_thread(openai.responses.create, model="m", input="x")
        """,
        {
            "sync-def": "made on the openai module itself, not on a client that could change; nothing else",
            "to-thread": "made on the openai module itself, not on a client that could change",
        },
        id="each-finding-by-itself-where-the-client-stays",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer(client: OpenAI):
            return client.responses.create(model="m", input="x")
        """,
        """\
        import asyncio

        from openai import OpenAI


        async def answer(client: OpenAI):
            return await asyncio.to_thread(client.responses.create, model="m", input="x")
        """,
        {"to-thread": "nobody in the repository makes the client, so its callers may pass a sync one"},
        id="a-library-does-not-change-what-its-callers-pass",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer(client: OpenAI):
            return await client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        async def answer(client: AsyncOpenAI):
            return await client.responses.create(model="m", input="x")
        """,
        {"async-client": "every use of the client can be awaited"},
        id="a-library-that-awaits-every-call-meant-an-async-client",
    ),
]


@pytest.mark.parametrize(("before", "after", "reasons"), CASES)
def test_the_best_that_is_safe(before: str, after: str, reasons: dict[str, str]) -> None:
    outcomes = check_transformed(before, after, "auto")
    assert {outcome.strategy for outcome in outcomes} == set(reasons)
    for outcome in outcomes:
        assert reasons[outcome.strategy or ""] in outcome.reason


LEFT = [
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        def script():
            return client.responses.create(model="m", input="x")


        async def answer(prompts):
            return tally(client.responses.create(model="m", input=x).output_text for x in prompts)  # obstacle
        """,
        "it stands in a generator expression, which an await would make asynchronous, and the client stays sync, "
        "because ",
        id="both-reasons-are-given",
    ),
    pytest.param(
        """\
        from openai import AsyncOpenAI, OpenAI


        def make(flag):
            return AsyncOpenAI() if flag else OpenAI()  # obstacle


        async def answer():
            return make(True).responses.create(model="m", input="x")
        """,
        "either a sync or an async client may reach this place",
        id="either-colour",
    ),
]


@pytest.mark.parametrize(("source", "reason"), LEFT)
def test_left_when_nothing_is_safe(source: str, reason: str) -> None:
    check_left(source, reason, "auto")


def test_the_report_lists_the_group_and_what_each_use_can_be(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "",
        "llm.py": """\
            from openai import OpenAI

            client = OpenAI()


            def complete(prompt):
                return client.responses.create(model="m", input=prompt)


            def count():
                return len(client.models.list().data)


            print(count())
            """,
        "main.py": "from llm import complete\n\n\nasync def f():\n    return complete('x')\n",
    }
    result = migrate([tree(tmp_path, files)], Settings())
    (group,) = result.groups
    assert [(client.name, client.place.line) for client in group.clients] == [("OpenAI", 3)]
    assert [(use.place.line, use.colours) for use in group.uses] == [(7, ("sync", "async")), (11, ("sync",))]
    assert "count()" in (group.uses[1].reason or "")
    (outcome,) = result.outcomes
    assert [other.strategy for other in outcome.untaken] == ["async-client", "sync-def"]
