"""FOA002: a sync call on the event loop; threads, `def` functions and calls without a request are right."""

from __future__ import annotations

import pytest
from tools import check_findings, check_noop

from fixopenai.rules import rule

RULE = rule("FOA002")


@pytest.mark.parametrize("example", RULE.examples)
def test_documented_examples_are_found(example: str) -> None:
    line = next(i for i, text in enumerate(example.splitlines()) if "create(" in text)
    lines = example.splitlines()
    lines[line] += "  # FOA002"
    check_findings("\n".join(lines))


@pytest.mark.parametrize("example", RULE.counterexamples)
def test_documented_counterexamples_are_not(example: str) -> None:
    check_noop(example)


HEAD = """\
from openai import AzureOpenAI, OpenAI

client = OpenAI()
ask = client.responses.create
azure = AzureOpenAI()


"""

FOUND = [
    pytest.param(
        "from functools import partial\n\nbound = partial(partial(ask), model='m')\n\n\n"
        "async def f():\n    return bound(input=1)  # FOA002\n",
        id="partial-of-a-partial",
    ),
    pytest.param(
        "from functools import partial\n\n\nasync def f(words):\n    bound = ask\n    for word in words:\n"
        "        bound = partial(bound, input=word)\n    return bound(model='m')  # FOA002\n",
        id="partial-of-itself",
    ),
    pytest.param(
        "from functools import partial\nfrom openai import AsyncOpenAI\n\nbound = partial(ask, model='m')\n"
        "stream = partial(bound, stream=True)\nbound_async = partial(AsyncOpenAI().responses.create, model='m')\n\n\n"
        "async def f():\n    await bound(input=1)  # FOA001\n    [event for event in stream(input=1)]  # FOA004\n"
        "    await bound_async(input=1)\n    return bound_async(input=1).id  # FOA007\n",
        id="partials-and-their-uses",
    ),
    pytest.param(
        "from functools import partial\n\nchat = client.chat.completions.create\n"
        "kinds = {'a': partial(chat, stream=True), 'b': partial(chat, stream=False)}\n\n\n"
        "async def f(x):\n    [part for part in kinds[x]()]  # FOA002\n    kinds[x]().choices  # FOA002\n",
        id="partials-of-which-one-gives-a-stream",
    ),
    pytest.param("async def f():\n    ask(input=1)  # FOA002\n", id="plain"),
    pytest.param("async def f():\n    azure.responses.create(input=1)  # FOA002\n", id="azure"),
    pytest.param("async def f():\n    client.chat.completions.parse(messages=[])  # FOA002\n", id="parse"),
    pytest.param("async def f():\n    client.responses.with_raw_response.create(input=1)  # FOA002\n", id="raw"),
    pytest.param("async def f():\n    client.files.content('x').read()  # FOA002\n", id="content"),
    pytest.param("async def f():\n    x = client.models.list().data  # FOA002\n", id="page"),
    pytest.param("async def f():\n    client.models.retrieve('m')  # FOA002\n", id="retrieve"),
    pytest.param("async def f():\n    client.post('/x', cast_to=object)  # FOA002\n", id="request-by-hand"),
    pytest.param("async def f():\n    def g(x=ask(input=1)):  # FOA002\n        return x\n", id="default"),
    pytest.param("async def f():\n    return [ask(input=x) for x in 'ab']  # FOA002\n", id="comprehension"),
    pytest.param("async def f():\n    return (ask(input=x) for x in 'ab')  # FOA002\n", id="generator-expression"),
    pytest.param("async def f():\n    yield ask(input=1)  # FOA002\n", id="async-generator"),
    pytest.param(
        "class A:\n    async def __aenter__(self):\n        return ask(input=1)  # FOA002\n", id="async-dunder"
    ),
    pytest.param(
        "class A:\n    @staticmethod\n    async def f():\n        return ask(input=1)  # FOA002\n", id="static-method"
    ),
    pytest.param("def f():\n    async def g():\n        ask(input=1)  # FOA002\n    return g\n", id="nested-in-a-def"),
    pytest.param("async def f():\n    import openai\n    openai.responses.create(input=1)  # FOA002\n", id="module"),
    pytest.param(
        "async def f(x):\n    if x:\n        try:\n            with x:\n                ask(input=1)  # FOA002\n"
        "        finally:\n            ask(input=2)  # FOA002\n",
        id="deep-in-statements",
    ),
    pytest.param(
        "async def f(x):\n    match x:\n        case 1:\n            ask(input=1)  # FOA002\n", id="in-a-case"
    ),
    pytest.param("async def f(x):\n    async with x:\n        ask(input=1)  # FOA002\n", id="in-an-async-with"),
    pytest.param("async def f(x):\n    async for y in x:\n        ask(input=y)  # FOA002\n", id="in-an-async-for"),
    pytest.param("async def f(x=None):\n    x = x or ask(input=1)  # FOA002\n", id="in-an-or"),
    pytest.param("async def f(x):\n    await x(ask(input=1))  # FOA002\n", id="argument-of-what-is-awaited"),
    pytest.param("async def f():\n    print(f'{ask(input=1)}')  # FOA002\n", id="f-string"),
    pytest.param(
        "from fastapi import FastAPI\napp = FastAPI()\n\n\n@app.websocket('/')\nasync def f(socket):\n"
        "    ask(input=1)  # FOA002\n",
        id="websocket",
    ),
    pytest.param(
        "from fastapi import FastAPI\napp = FastAPI()\n\n\n@app.middleware('http')\nasync def f(request, call_next):\n"
        "    ask(input=1)  # FOA002\n    return await call_next(request)\n",
        id="middleware",
    ),
]


@pytest.mark.parametrize("source", FOUND)
def test_found(source: str) -> None:
    check_findings(HEAD + source)


NOT_FOUND = [
    pytest.param("def f():\n    return ask(input=1)\n", id="def"),
    pytest.param("x = ask(input=1)\n", id="module-level"),
    pytest.param("class A:\n    x = ask(input=1)\n", id="class-body-at-module-level"),
    pytest.param(
        "import asyncio\n\n\nasync def f():\n    return await asyncio.to_thread(ask, input=1)\n", id="to-thread"
    ),
    pytest.param(
        "import asyncio\n\n\nasync def f():\n    return await asyncio.to_thread(lambda: ask(input=1))\n",
        id="to-thread-with-a-lambda",
    ),
    pytest.param(
        "import asyncio\n\n\nasync def f():\n    def work():\n        return ask(input=1)\n\n"
        "    return await asyncio.to_thread(work)\n",
        id="to-thread-with-a-nested-function",
    ),
    pytest.param(
        "from fastapi.concurrency import run_in_threadpool\n\n\nasync def f():\n"
        "    return await run_in_threadpool(lambda: ask(input=1))\n",
        id="run-in-threadpool-with-a-lambda",
    ),
    pytest.param(
        "import asyncio\nfrom functools import partial\n\n\nasync def f():\n"
        "    loop = asyncio.get_running_loop()\n"
        "    return await loop.run_in_executor(None, partial(ask, input=1))\n",
        id="run-in-executor-with-partial",
    ),
    pytest.param(
        "import anyio\n\n\nasync def f():\n    return await anyio.to_thread.run_sync(lambda: ask(input=1))\n",
        id="anyio",
    ),
    pytest.param(
        "from fastapi import BackgroundTasks\n\n\nasync def f(tasks: BackgroundTasks):\n"
        "    tasks.add_task(ask, input=1)\n",
        id="background-task",
    ),
    pytest.param(
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/')\ndef f():\n    return ask(input=1)\n",
        id="def-route",
    ),
    pytest.param(
        "from fastapi.responses import StreamingResponse\n\n\nasync def f():\n"
        "    def read():\n        for part in ask(input=1, stream=True):\n            yield str(part)\n\n"
        "    return StreamingResponse(read())\n",
        id="sync-generator-in-a-streaming-response",
    ),
    pytest.param(
        "import asyncio\nfrom fastapi.responses import StreamingResponse\n\n\nasync def f():\n"
        "    stream = await asyncio.to_thread(ask, input=1, stream=True)\n"
        "    return StreamingResponse((str(part) for part in stream), media_type='text/plain')\n\n\n"
        "async def g():\n    stream = await asyncio.to_thread(ask, input=1, stream=True)\n"
        "    body = (str(part) for part in stream)\n    return StreamingResponse(content=body)\n",
        id="generator-expression-in-a-streaming-response",
    ),
    pytest.param("async def f():\n    return client.with_options(timeout=1).copy().is_closed()\n", id="local-only"),
    pytest.param("async def f():\n    return client.base_url, client.api_key, client.chat\n", id="attributes"),
    pytest.param("async def f():\n    client.close()\n", id="close"),
    pytest.param("async def f():\n    return ask\n", id="not-called"),
    pytest.param("async def f():\n    return lambda: ask(input=1)\n", id="lambda-that-is-handed-on"),
    pytest.param(
        "async def f():\n    def g():\n        return ask(input=1)\n\n    return g\n", id="nested-def-that-is-handed-on"
    ),
    pytest.param(
        "async def f():\n    ask = print\n    client = {}\n    ask(1)\n    client.get('x')\n", id="hidden-by-locals"
    ),
    pytest.param("async def f(client, ask):\n    ask(1)\n    client.responses.create()\n", id="hidden-by-parameters"),
    pytest.param("async def f():\n    for ask in [print]:\n        ask(1)\n", id="hidden-by-a-loop-variable"),
    pytest.param("def f():\n    x = [ask(input=y) for y in 'ab']\n    return x\n", id="comprehension-in-a-def"),
]


@pytest.mark.parametrize("source", NOT_FOUND)
def test_not_found(source: str) -> None:
    check_noop(HEAD + source)


LOOK_ALIKES = [
    pytest.param(
        {
            "openai.py": """\
                class OpenAI:
                    async def create(self):
                        return 1


                client = OpenAI()
                """,
            "main.py": """\
                from openai import OpenAI, client


                async def f():
                    OpenAI().create()
                    client.create()
                """,
        },
        id="module-of-the-repository-called-openai",
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/openai.py": "class OpenAI:\n    pass\n",
            "app/main.py": """\
                import openai

                from .openai import OpenAI

                client = OpenAI()


                async def f():
                    client.responses.create(model=openai.__version__)
                """,
        },
        id="relative-module-called-openai",
    ),
    pytest.param(
        """\
        from gateway import OpenAI
        import openai.types


        class Service:
            def __init__(self, openai):
                self.openai = openai

            async def f(self, openai):
                OpenAI().responses.create(input=1)
                self.openai.responses.create(input=1)
                openai.chat.completions.create(messages=[])
        """,
        id="names-that-only-look-like-it",
    ),
    pytest.param(
        """\
        from openai import OpenAI as _OpenAI


        class OpenAI:
            def responses(self):
                return _OpenAI


        async def f():
            OpenAI().responses.create(input=1)
        """,
        id="class-that-hides-the-sdk",
    ),
    pytest.param(
        """\
        import openai
        from unittest.mock import MagicMock

        client = MagicMock()


        async def f():
            client.responses.create(model=openai.__version__)
        """,
        id="mock",
    ),
    pytest.param(
        """\
        from openai.types.chat import ChatCompletion


        async def f(client, completion: ChatCompletion):
            client.chat.completions.create(messages=[])
            return completion.model_dump()
        """,
        id="types-only",
    ),
]


@pytest.mark.parametrize("files", LOOK_ALIKES)
def test_look_alikes_are_not_found(files: str | dict[str, str]) -> None:
    check_noop(files)


def test_a_finding_in_full() -> None:
    outcome = check_findings(
        """\
        import openai


        async def outer():
            async def inner():
                text = "é"; return openai.chat.completions.create(messages=[text])  # FOA002
        """
    ).outcomes[0]
    finding = outcome.finding
    place = finding.place
    assert (place.path, place.line, place.column, place.end_line, place.end_column) == ("main.py", 6, 28, 6, 75)
    assert finding.function == "outer.inner"
    assert finding.message == "`openai.chat.completions.create` is a sync call: it blocks the event loop"


def test_a_long_call_is_shortened_in_the_message() -> None:
    source = f"from openai import OpenAI\n\n\nasync def f():\n    OpenAI({'x' * 100}='').responses.create()  # FOA002\n"
    message = check_findings(source).outcomes[0].finding.message
    assert ".responses.create` is a sync call" in message
    assert len(message) < 140


def test_annotations_of_types_do_no_harm() -> None:
    check_findings(
        {
            "main.py": """\
                from openai import AsyncOpenAI, OpenAI


                async def one(client: OpenAI):
                    client.responses.create(input=1)  # FOA002


                async def two(client: AsyncOpenAI):
                    await client.responses.create(input=1)
                """
        }
    )
