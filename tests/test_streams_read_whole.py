"""Streams that a place reads by itself: `[*stream]`, `a, b = stream`, `xs += stream`, `xs.extend(stream)`, `iter()`."""

from __future__ import annotations

import pytest
from tools import check_findings, check_left, check_noop, check_transformed

APP = """\
import asyncio

from fastapi import FastAPI
from fastapi.concurrency import iterate_in_threadpool
from openai import {client}

app = FastAPI()
client = {client}()


@app.get("/")
async def answer(q: str):
    stream = {awaited}client.responses.create(model="m", input=q, stream=True)
    """
STREAM = 'client.responses.create(model="m", input=q, stream=True)'
SYNC = APP.format(client="OpenAI", awaited="")
THREADED = SYNC.replace("client.responses.create(", "await asyncio.to_thread(client.responses.create, ")
ASYNC = APP.format(client="AsyncOpenAI", awaited="await ")

READ = [
    pytest.param(
        "return [*stream]",
        "return [*await asyncio.to_thread(list, stream)]",
        "return [*[item async for item in stream]]",
        id="display",
    ),
    pytest.param(
        "print('x', *stream)",
        "print('x', *await asyncio.to_thread(list, stream))",
        "print('x', *[item async for item in stream])",
        id="arguments",
    ),
    pytest.param(
        "first, *rest = stream",
        "first, *rest = await asyncio.to_thread(list, stream)",
        "first, *rest = [item async for item in stream]",
        id="unpacked",
    ),
    pytest.param(
        "[first, second] = (\n        stream\n    )  # two",
        "[first, second] = (\n        await asyncio.to_thread(list, stream)\n    )  # two",
        None,
        id="unpacked-over-lines",
    ),
    pytest.param(
        "xs = []\n    xs += stream",
        "xs = []\n    xs += await asyncio.to_thread(list, stream)",
        "xs = []\n    xs += [item async for item in stream]",
        id="added",
    ),
    pytest.param(
        "xs = []\n    xs.extend(stream)",
        "xs = []\n    await asyncio.to_thread(xs.extend, stream)",
        "xs = []\n    xs.extend([item async for item in stream])",
        id="extended",
    ),
    pytest.param(
        "xs = set()\n    xs.update(stream)",
        "xs = set()\n    await asyncio.to_thread(xs.update, stream)",
        "xs = set()\n    xs.update([item async for item in stream])",
        id="set-updated",
    ),
    pytest.param(
        "item = 1\n    return [item, *stream]",
        "item = 1\n    return [item, *await asyncio.to_thread(list, stream)]",
        "item = 1\n    return [item, *[_item async for _item in stream]]",
        id="name-taken",
    ),
]


@pytest.mark.parametrize(("before", "threaded", "awaited"), READ)
def test_what_reads_a_stream_by_itself_reads_it_elsewhere(before: str, threaded: str, awaited: str | None) -> None:
    check_transformed(f"{SYNC}{before}\n", f"{THREADED}{threaded}\n", "to-thread")
    if awaited is not None:
        check_transformed(f"{SYNC}{before}\n", f"{ASYNC}{awaited}\n", "async-client")
        check_transformed(f"{ASYNC}{before}\n", f"{ASYNC}{awaited}\n")
    sync_def = SYNC.replace("async def", "def")
    check_transformed(f"{SYNC}{before}\n", f"{sync_def}{before}\n", "sync-def")


def test_the_executor_gets_its_first_argument() -> None:
    before = f"{SYNC}return [*client.files.list()]\n".replace(STREAM, "1")
    moved = "await asyncio.get_running_loop().run_in_executor(None, "
    after = before.replace("client.files.list()", f"{moved}list, {moved}client.files.list))")
    check_transformed(before, after, "to-thread", wrapper="run_in_executor")


def test_a_call_that_is_spread_where_it_stands_is_one_finding() -> None:
    before = SYNC.replace(f"stream = {STREAM}\n    ", f"return [*{STREAM}]\n")
    moved = STREAM.replace("client.responses.create(", "await asyncio.to_thread(client.responses.create, ")
    (outcome,) = check_transformed(
        before, before.replace(STREAM, f"await asyncio.to_thread(list, {moved})"), "to-thread"
    )
    assert outcome.finding.rule == "FOA004"


ITERATED = [
    pytest.param(
        "items = iter(stream)\n    first = next(items)\n    return [first, *[item for item in items]]",
        "items = iter(stream)\n    first = await anext(iterate_in_threadpool(items))\n"
        "    return [first, *[item async for item in iterate_in_threadpool(items)]]",
        id="kept",
    ),
    pytest.param(
        "return next(iter(stream), None)", "return await asyncio.to_thread(next, iter(stream), None)", id="in-place"
    ),
    pytest.param(
        "items = iter(client.files.list())\n    return next(items, None), list(stream)",
        "items = iter(await asyncio.to_thread(client.files.list))\n"
        "    return await asyncio.to_thread(next, items, None), await asyncio.to_thread(list, stream)",
        id="of-a-page",
    ),
]


@pytest.mark.parametrize(("before", "after"), ITERATED)
def test_an_iterator_of_a_stream_is_read_in_a_thread(before: str, after: str) -> None:
    check_transformed(f"{SYNC}{before}\n", f"{THREADED}{after}\n", "to-thread")


def test_an_iterator_keeps_a_client_sync() -> None:
    check_left(
        f"{SYNC}items = iter(stream)  # obstacle\n    return next(items, None)\n",
        "is handed to iter(), which cannot be followed",
        "async-client",
    )


def test_an_iterator_in_an_attribute_is_found() -> None:
    check_findings(
        """\
        from openai import OpenAI

        client = OpenAI()


        class Tokens:
            def __init__(self, q):
                self.items = iter(client.responses.create(model="m", input=q, stream=True))

            async def __anext__(self):
                return next(self.items)  # FOA004
        """
    )


LEFT = [
    pytest.param("kept = first, *rest = stream", "it is unpacked where another name is given it as well", id="kept"),
    pytest.param(
        "app.state.seen += stream", "it stands in an augmented assignment, which would lose updates", id="shared"
    ),
    pytest.param("list = 3\n    return [*stream]", "the name list is taken", id="name-of-list-taken"),
]


@pytest.mark.parametrize(("code", "reason"), LEFT)
def test_what_cannot_be_read_elsewhere_is_left_with_a_reason(code: str, reason: str) -> None:
    check_left(f"{THREADED}{code}  # obstacle\n", reason, "to-thread")


GENERATOR = """\
from openai import OpenAI

client = OpenAI()


def words(q):
    for event in client.responses.create(model="m", input=q, stream=True):
        yield event.type


async def joined(q):
    xs = []
    {}
    return xs
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("xs += words(q)", "xs += await asyncio.to_thread(list, words(q))", id="added"),
        pytest.param("xs.extend(words(q))", "await asyncio.to_thread(xs.extend, words(q))", id="extended"),
        pytest.param("xs = [*words(q)]", "xs = [*await asyncio.to_thread(list, words(q))]", id="display"),
    ],
)
def test_a_generator_that_blocks_is_read_in_a_thread(before: str, after: str) -> None:
    imported = f"import asyncio\n\n{GENERATOR}"
    check_transformed(imported.format(before), imported.format(after), "to-thread")


RIGHT = [
    pytest.param("return [*[event async for event in stream]]", id="read-async-before"),
    pytest.param("xs = []\n    xs.extend([event async for event in stream])", id="extended-by-a-list"),
    pytest.param(
        "page = await client.files.list()\n    return [*page], *stream.response.headers", id="fields-of-a-page"
    ),
    pytest.param("log = app.state.log\n    log.update(stream)", id="update-of-who-knows-what"),
    pytest.param("pair = (stream, 1)\n    kept, one = pair\n    return one", id="element-of-a-pair"),
    pytest.param("kept, one = stream, 1\n    return one", id="unpacked-by-name"),
    pytest.param("text = (await client.files.content(q)).text\n    first, *rest = text\n    text += text", id="text"),
]


@pytest.mark.parametrize("code", RIGHT)
def test_what_reads_no_stream_stays(code: str) -> None:
    check_noop(f"{ASYNC}{code}\n")


def test_an_object_of_the_program_takes_what_it_likes() -> None:
    check_noop(
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        class Sink:
            def extend(self, stream):
                self.stream = stream

            def __iadd__(self, stream):
                self.stream = stream
                return self


        class Sinks:
            def __init__(self):
                self.one = Sink()


        sinks = Sinks()


        async def answer(q):
            sink = Sink()
            sink.extend(await client.responses.create(model="m", input=q, stream=True))
            sinks.one += await client.responses.create(model="m", input=q, stream=True)
        """
    )


POOL = """\
import asyncio
from concurrent.futures import ThreadPoolExecutor

from openai import OpenAI

client = OpenAI()
pool = ThreadPoolExecutor()


def ask(q):
    return client.responses.create(model="m", input=q).output_text


async def both(q):
    first, second = {}
    return [first, second]
"""


def test_what_a_pool_gives_is_unpacked_in_a_thread() -> None:
    mapped = "pool.map(ask, [q, q])"
    after = POOL.format(f"await asyncio.to_thread(list, {mapped})")
    check_transformed(POOL.format(mapped), after, "to-thread")


def test_a_tuple_that_a_helper_gives_is_no_stream() -> None:
    before = """\
        from openai import OpenAI

        client = OpenAI()


        def call(function):
            return function()


        def read(prompt):
            return call(lambda: client.responses.create(model="m", input=prompt, stream=True))


        def ask(prompt):
            return call(lambda: (client.responses.create(model="m", input=prompt).output_text, 1))


        async def answer(prompt):
            text, number = ask(prompt)
            return text
        """
    after = before.replace("from openai", "import asyncio\n\n        from openai")
    check_transformed(before, after.replace("= ask(prompt)", "= await asyncio.to_thread(ask, prompt)"), "to-thread")
