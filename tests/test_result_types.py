"""What SDK calls return: streams, pages, managers and responses, in the colour of their client, by every strategy."""

from __future__ import annotations

import pytest
from tools import check_left, check_noop, check_transformed

from fixopenai.rules import all_rules

HEAD = """\
import asyncio
import time

from fastapi import FastAPI
from fastapi.concurrency import contextmanager_in_threadpool, iterate_in_threadpool, run_in_threadpool
from fastapi.responses import StreamingResponse
from openai import {name}

app = FastAPI()
client = {name}()
chat = client.chat.completions.create


@app.get("/")
{define} answer(lines):
"""
SYNC = HEAD.format(name="OpenAI", define="async def")
ASYNC = HEAD.format(name="AsyncOpenAI", define="async def")
DEF = HEAD.format(name="OpenAI", define="def")
ASYNC_IN_DEF = HEAD.format(name="AsyncOpenAI", define="def")

RUN = "client.beta.threads.runs.stream(thread_id=lines, assistant_id='a')"
ENTERED = f"contextmanager_in_threadpool({RUN})"

# What is written; with async-client; with to-thread; with sync-def.
CASES = [
    pytest.param(
        f"    with {RUN} as s:\n        for event in s: pass\n",
        f"    async with {RUN} as s:\n        async for event in s: pass\n",
        f"    async with {ENTERED} as s:\n        async for event in iterate_in_threadpool(s): pass\n",
        f"    with {RUN} as s:\n        for event in s: pass\n",
        id="events-of-a-run",
    ),
    pytest.param(
        f"    with {RUN} as s:\n        for text in s.text_deltas: pass\n",
        f"    async with {RUN} as s:\n        async for text in s.text_deltas: pass\n",
        f"    async with {ENTERED} as s:\n        async for text in iterate_in_threadpool(s.text_deltas): pass\n",
        f"    with {RUN} as s:\n        for text in s.text_deltas: pass\n",
        id="texts-of-a-run",
    ),
    pytest.param(
        f"    with {RUN} as s:\n        print(list(s.text_deltas))\n",
        f"    async with {RUN} as s:\n        print([item async for item in s.text_deltas])\n",
        f"    async with {ENTERED} as s:\n        print(await asyncio.to_thread(list, s.text_deltas))\n",
        f"    with {RUN} as s:\n        print(list(s.text_deltas))\n",
        id="all-texts-of-a-run",
    ),
    pytest.param(
        "    for chunk in chat(stream=True):\n        print(chunk)\n",
        "    async for chunk in await chat(stream=True):\n        print(chunk)\n",
        "    async for chunk in iterate_in_threadpool(await asyncio.to_thread(chat, stream=True)):\n"
        "        print(chunk)\n",
        "    for chunk in chat(stream=True):\n        print(chunk)\n",
        id="for",
    ),
    pytest.param(
        "    async for chunk in chat(stream=True):\n        print(chunk)\n",
        "    async for chunk in await chat(stream=True):\n        print(chunk)\n",
        "    async for chunk in iterate_in_threadpool(await asyncio.to_thread(chat, stream=True)):\n"
        "        print(chunk)\n",
        "    for chunk in chat(stream=True):\n        print(chunk)\n",
        id="async-for",
    ),
    pytest.param(
        "    async for chunk in await chat(stream=True):\n        print(chunk)\n",
        "    async for chunk in await chat(stream=True):\n        print(chunk)\n",
        "    async for chunk in iterate_in_threadpool(await asyncio.to_thread(chat, stream=True)):\n"
        "        print(chunk)\n",
        "    for chunk in chat(stream=True):\n        print(chunk)\n",
        id="async-for-over-awaited",
    ),
    pytest.param(
        "    stream = chat(stream=True)  # begins\n    for chunk in stream:  # reads\n        print(chunk)\n",
        "    stream = await chat(stream=True)  # begins\n    async for chunk in stream:  # reads\n"
        "        print(chunk)\n",
        "    stream = await asyncio.to_thread(chat, stream=True)  # begins\n"
        "    async for chunk in iterate_in_threadpool(stream):  # reads\n        print(chunk)\n",
        "    stream = chat(stream=True)  # begins\n    for chunk in stream:  # reads\n        print(chunk)\n",
        id="under-a-name",
    ),
    pytest.param(
        "    return [c.choices[0].delta for c in chat(stream=True)]\n",
        "    return [c.choices[0].delta async for c in await chat(stream=True)]\n",
        "    return [c.choices[0].delta async for c in iterate_in_threadpool(await asyncio.to_thread(chat, "
        "stream=True))]\n",
        "    return [c.choices[0].delta for c in chat(stream=True)]\n",
        id="comprehension",
    ),
    pytest.param(
        "    return ''.join(c.id for c in chat(stream=True))\n",
        "    return ''.join([c.id async for c in await chat(stream=True)])\n",
        "    return ''.join([c.id async for c in iterate_in_threadpool(await asyncio.to_thread(chat, stream=True))])\n",
        "    return ''.join(c.id for c in chat(stream=True))\n",
        id="generator-expression-that-is-read-at-once",
    ),
    pytest.param(
        "    return ''.join(chat(messages=line).id for line in lines)\n",
        "    return ''.join([(await chat(messages=line)).id for line in lines])\n",
        "    return ''.join([(await asyncio.to_thread(chat, messages=line)).id for line in lines])\n",
        "    return ''.join(chat(messages=line).id for line in lines)\n",
        id="call-in-a-generator-expression",
    ),
    pytest.param(
        "    stream = chat(stream=True)\n    return list(stream)\n",
        "    stream = await chat(stream=True)\n    return [item async for item in stream]\n",
        "    stream = await asyncio.to_thread(chat, stream=True)\n    return await asyncio.to_thread(list, stream)\n",
        "    stream = chat(stream=True)\n    return list(stream)\n",
        id="list",
    ),
    pytest.param(
        "    return sorted(client.models.list(), key=str)\n",
        "    return sorted([item async for item in client.models.list()], key=str)\n",
        "    return await asyncio.to_thread(sorted, await asyncio.to_thread(client.models.list), key=str)\n",
        "    return sorted(client.models.list(), key=str)\n",
        id="sorted-page",
    ),
    pytest.param(
        "    stream = chat(stream=True)\n    return next(stream, None)\n",
        "    stream = await chat(stream=True)\n    return await anext(stream, None)\n",
        "    stream = await asyncio.to_thread(chat, stream=True)\n"
        "    return await asyncio.to_thread(next, stream, None)\n",
        "    stream = chat(stream=True)\n    return next(stream, None)\n",
        id="next-with-default",
    ),
    pytest.param(
        "    stream = chat(stream=True)\n    return next(stream).id\n",
        "    stream = await chat(stream=True)\n    return (await anext(stream)).id\n",
        "    stream = await asyncio.to_thread(chat, stream=True)\n"
        "    return (await anext(iterate_in_threadpool(stream))).id\n",
        "    stream = chat(stream=True)\n    return next(stream).id\n",
        id="next-never-bare-in-a-thread",
    ),
    pytest.param(
        "    with chat(stream=True) as stream:\n        for chunk in stream:\n            print(chunk)\n"
        "        stream.close()\n",
        "    async with await chat(stream=True) as stream:\n        async for chunk in stream:\n"
        "            print(chunk)\n        await stream.close()\n",
        "    async with contextmanager_in_threadpool(await asyncio.to_thread(chat, stream=True)) as stream:\n"
        "        async for chunk in iterate_in_threadpool(stream):\n            print(chunk)\n        stream.close()\n",
        "    with chat(stream=True) as stream:\n        for chunk in stream:\n            print(chunk)\n"
        "        stream.close()\n",
        id="with",
    ),
    pytest.param(
        "    for file in client.files.list():\n        print(file)\n",
        "    async for file in client.files.list():\n        print(file)\n",
        "    async for file in iterate_in_threadpool(await asyncio.to_thread(client.files.list)):\n"
        "        print(file)\n",
        "    for file in client.files.list():\n        print(file)\n",
        id="page",
    ),
    pytest.param(
        "    page = client.files.list()\n    while page.has_next_page():\n        page = page.get_next_page()\n"
        "    return page.data\n",
        "    page = await client.files.list()\n    while page.has_next_page():\n"
        "        page = await page.get_next_page()\n    return page.data\n",
        "    page = await asyncio.to_thread(client.files.list)\n    while page.has_next_page():\n"
        "        page = await asyncio.to_thread(page.get_next_page)\n    return page.data\n",
        "    page = client.files.list()\n    while page.has_next_page():\n        page = page.get_next_page()\n"
        "    return page.data\n",
        id="page-by-page",
    ),
    pytest.param(
        "    page = client.files.list()\n    for other in page.iter_pages():\n        print(other.data)\n",
        "    page = await client.files.list()\n    async for other in page.iter_pages():\n        print(other.data)\n",
        "    page = await asyncio.to_thread(client.files.list)\n"
        "    async for other in iterate_in_threadpool(page.iter_pages()):\n        print(other.data)\n",
        "    page = client.files.list()\n    for other in page.iter_pages():\n        print(other.data)\n",
        id="iter-pages",
    ),
    pytest.param(
        "    with client.responses.stream(input='x') as stream:\n        for event in stream:\n"
        "            print(event)\n        return stream.get_final_response()\n",
        "    async with client.responses.stream(input='x') as stream:\n        async for event in stream:\n"
        "            print(event)\n        return await stream.get_final_response()\n",
        "    async with contextmanager_in_threadpool(client.responses.stream(input='x')) as stream:\n"
        "        async for event in iterate_in_threadpool(stream):\n            print(event)\n"
        "        return await asyncio.to_thread(stream.get_final_response)\n",
        "    with client.responses.stream(input='x') as stream:\n        for event in stream:\n"
        "            print(event)\n        return stream.get_final_response()\n",
        id="manager",
    ),
    pytest.param(
        "    async with client.responses.stream(input='x') as stream:\n        async for event in stream:\n"
        "            print(event)\n",
        "    async with client.responses.stream(input='x') as stream:\n        async for event in stream:\n"
        "            print(event)\n",
        "    async with contextmanager_in_threadpool(client.responses.stream(input='x')) as stream:\n"
        "        async for event in iterate_in_threadpool(stream):\n            print(event)\n",
        "    with client.responses.stream(input='x') as stream:\n        for event in stream:\n"
        "            print(event)\n",
        id="async-with-over-sync",
    ),
    pytest.param(
        "    with client.audio.speech.with_streaming_response.create(input='x') as response:\n"
        "        response.stream_to_file('x')\n        for part in response.iter_bytes():\n            print(part)\n",
        "    async with client.audio.speech.with_streaming_response.create(input='x') as response:\n"
        "        await response.stream_to_file('x')\n        async for part in response.iter_bytes():\n"
        "            print(part)\n",
        "    async with contextmanager_in_threadpool(client.audio.speech.with_streaming_response.create(input='x')) "
        "as response:\n        await asyncio.to_thread(response.stream_to_file, 'x')\n"
        "        async for part in iterate_in_threadpool(response.iter_bytes()):\n            print(part)\n",
        "    with client.audio.speech.with_streaming_response.create(input='x') as response:\n"
        "        response.stream_to_file('x')\n        for part in response.iter_bytes():\n            print(part)\n",
        id="streaming-response",
    ),
    pytest.param(
        "    return client.responses.with_raw_response.create(input='x').parse()\n",
        "    return (await client.responses.with_raw_response.create(input='x')).parse()\n",
        "    return (await asyncio.to_thread(client.responses.with_raw_response.create, input='x')).parse()\n",
        "    return client.responses.with_raw_response.create(input='x').parse()\n",
        id="raw-response",
    ),
    pytest.param(
        "    return client.files.content('x').read()\n",
        "    return (await client.files.content('x')).read()\n",
        "    return (await asyncio.to_thread(client.files.content, 'x')).read()\n",
        "    return client.files.content('x').read()\n",
        id="binary-response",
    ),
    pytest.param(
        "    run = client.responses.retrieve('r')\n    while run.status == 'queued':\n        time.sleep(1)\n"
        "        run = client.responses.retrieve('r')\n",
        "    run = await client.responses.retrieve('r')\n    while run.status == 'queued':\n"
        "        await asyncio.sleep(1)\n        run = await client.responses.retrieve('r')\n",
        "    run = await asyncio.to_thread(client.responses.retrieve, 'r')\n    while run.status == 'queued':\n"
        "        await asyncio.sleep(1)\n        run = await asyncio.to_thread(client.responses.retrieve, 'r')\n",
        "    run = client.responses.retrieve('r')\n    while run.status == 'queued':\n        time.sleep(1)\n"
        "        run = client.responses.retrieve('r')\n",
        id="polling",
    ),
]


@pytest.mark.parametrize(("before", "by_async_client", "by_to_thread", "by_sync_def"), CASES)
def test_the_client_and_what_it_returns_change_together(
    before: str, by_async_client: str, by_to_thread: str, by_sync_def: str
) -> None:
    check_transformed(SYNC + before, ASYNC + by_async_client, "async-client")
    check_transformed(SYNC + before, SYNC + by_to_thread, "to-thread")
    check_transformed(SYNC + before, DEF + by_sync_def, "sync-def")


BODY = "    def tokens():\n        for chunk in {0}chat(stream=True):\n            yield chunk.id\n\n"
ASYNC_BODY = BODY.replace("def tokens", "async def tokens").replace("for chunk", "async for chunk").format("await ")


@pytest.mark.parametrize(
    "rest",
    [
        "    return StreamingResponse(tokens())\n",
        "    body = tokens()\n    return StreamingResponse(body, media_type='text/event-stream')\n",
        "    return StreamingResponse(content=tokens())\n",
    ],
    ids=["given", "under-a-name", "by-keyword"],
)
def test_the_body_of_a_response_follows_its_client(rest: str) -> None:
    asking = "    chat(messages=lines)\n"
    check_transformed(
        SYNC + asking + BODY.format("") + rest,
        ASYNC + asking.replace("chat", "await chat") + ASYNC_BODY + rest,
        "async-client",
    )
    check_transformed(
        SYNC + asking + BODY.format("") + rest,
        SYNC + "    await asyncio.to_thread(chat, messages=lines)\n" + BODY.format("") + rest,
        "to-thread",
    )


def test_a_body_that_reads_files_stays_in_its_thread() -> None:
    body = BODY.format("").replace("            yield", "            open('log').read()  # obstacle\n            yield")
    source = SYNC + "    chat(messages=lines)\n" + body + "    return StreamingResponse(tokens())\n"
    check_left(source, "would block the event loop: open('log').read() may block", "async-client")


REFUSED = [
    pytest.param(
        "    for n, chunk in enumerate(chat(stream=True)):  # obstacle\n        print(chunk)\n",
        "it is read through enumerate()",
        "async-client",
        id="enumerate",
    ),
    pytest.param(
        "    with chat(stream=True) as s, lines as t:  # obstacle\n        print(s)\n",
        "entered together with something else",
        "to-thread",
        id="two-managers",
    ),
    pytest.param(
        "    stream = chat(stream=True)\n    try:\n        return next(stream)  # obstacle\n"
        "    except StopIteration:\n        return None\n",
        "StopIteration is caught",
        "async-client",
        id="stop-iteration-is-caught",
    ),
    pytest.param(
        "    return tally(c.id for c in chat(stream=True))  # obstacle\n",
        "generator expression",
        "to-thread",
        id="generator-expression-that-is-handed-on",
    ),
]


@pytest.mark.parametrize(("source", "reason", "strategy"), REFUSED)
def test_left_with_reason_and_place(source: str, reason: str, strategy: str) -> None:
    check_left(SYNC + source, reason, strategy)  # type: ignore[arg-type]


def test_enumerate_is_read_in_a_thread() -> None:
    check_transformed(
        SYNC + "    for n, chunk in enumerate(chat(stream=True)):\n        print(chunk)\n",
        SYNC
        + "    async for n, chunk in iterate_in_threadpool(enumerate(await asyncio.to_thread(chat, stream=True))):\n"
        "        print(chunk)\n",
        "to-thread",
    )


def test_imports_that_are_missing_are_added_in_one_line() -> None:
    before = """\
        from fastapi import FastAPI
        from openai import OpenAI

        client = OpenAI()


        async def answer(app: FastAPI):
            with client.responses.stream(input="x") as stream:
                for event in stream:
                    print(event)
        """
    after = """\
        from fastapi import FastAPI
        from fastapi.concurrency import contextmanager_in_threadpool, iterate_in_threadpool
        from openai import OpenAI

        client = OpenAI()


        async def answer(app: FastAPI):
            async with contextmanager_in_threadpool(client.responses.stream(input="x")) as stream:
                async for event in iterate_in_threadpool(stream):
                    print(event)
        """
    check_transformed(before, after, "to-thread")


MISUSED = [
    pytest.param("    return chat(messages=1).id\n", "    return (await chat(messages=1)).id\n", id="attribute"),
    pytest.param("    chat(messages=1)\n", "    await chat(messages=1)\n", id="statement"),
    pytest.param(
        "    x = chat(messages=1)\n    return x.id\n", "    x = await chat(messages=1)\n    return x.id\n", id="name"
    ),
    pytest.param("    return chat(messages=1)\n", "    return await chat(messages=1)\n", id="returned-by-a-route"),
    pytest.param("    return {'a': chat(messages=1)}\n", "    return {'a': await chat(messages=1)}\n", id="in-a-dict"),
    pytest.param(
        "    return await chat(messages=1).choices[0].message\n",
        "    return (await chat(messages=1)).choices[0].message\n",
        id="awaited-too-late",
    ),
    pytest.param(
        "    return await client.responses.with_raw_response.create(input=1).parse()\n",
        "    return (await client.responses.with_raw_response.create(input=1)).parse()\n",
        id="awaited-too-late-through-a-method",
    ),
    pytest.param("    return asyncio.run(chat(messages=1)).id\n", "    return (await chat(messages=1)).id\n", id="run"),
    pytest.param("    return f'{chat(messages=1)}'\n", "    return f'{await chat(messages=1)}'\n", id="f-string"),
    pytest.param("    print(chat(messages=1))\n", "    print(await chat(messages=1))\n", id="printed"),
    pytest.param(
        "    return client.files.list().data\n", "    return (await client.files.list()).data\n", id="page-attribute"
    ),
    pytest.param(
        "    for file in await client.files.list():\n        print(file)\n",
        "    async for file in await client.files.list():\n        print(file)\n",
        id="page-that-would-yield-fields",
    ),
    pytest.param(
        "    for chunk in chat(stream=True):\n        print(chunk)\n",
        "    async for chunk in await chat(stream=True):\n        print(chunk)\n",
        id="stream-with-for",
    ),
    pytest.param(
        "    with client.responses.stream(input=1) as s:\n        print(s)\n",
        "    async with client.responses.stream(input=1) as s:\n        print(s)\n",
        id="manager-with-with",
    ),
    pytest.param(
        "    return await asyncio.to_thread(chat, messages=1)\n",
        "    return await chat(messages=1)\n",
        id="in-a-thread",
    ),
]


@pytest.mark.parametrize(("before", "after"), MISUSED)
def test_an_async_client_is_used_rightly_in_place(before: str, after: str) -> None:
    check_transformed(ASYNC + before, ASYNC + after, "auto", by="async-client")
    check_transformed(ASYNC + before, ASYNC + after, "async-client")
    for strategy in ("to-thread", "sync-def"):
        # The finding itself is the obstacle, whichever of its lines that is.
        with pytest.raises(AssertionError, match="wanted: set"):
            check_left(ASYNC + before, "async already", strategy)


def test_a_route_that_only_waits_for_openai_becomes_async() -> None:
    check_transformed(
        ASYNC_IN_DEF + "    return chat(messages=1).id.strip()\n",
        ASYNC + "    return (await chat(messages=1)).id.strip()\n",
        "auto",
        by="async-client",
    )


@pytest.mark.parametrize(
    ("work", "why"),
    [
        ("time.sleep(1)", "time.sleep() blocks"),
        ("open(lines)", "open() may block"),
        ("requests.get(lines)", "requests.get() may block"),
        ("db.commit()", "db.commit() may block"),
    ],
)
def test_a_route_that_may_block_stays_plain(work: str, why: str) -> None:
    head = "import requests\n" + ASYNC_IN_DEF
    check_left(head + f"    {work}  # obstacle\n    return chat(messages=1).id\n", why)


def test_a_helper_that_gives_the_coroutine_back_is_awaited_by_its_caller() -> None:
    helper = "def ask(text):\n    return client.responses.create(input=text)\n\n\nasync def other():\n"
    head = "from openai import AsyncOpenAI\n\nclient = AsyncOpenAI()\n\n\n"
    check_transformed(
        head + helper + "    return ask('x').output_text\n",
        head + helper + "    return (await ask('x')).output_text\n",
        by="async-client",
    )


RIGHT = [
    pytest.param("    return await chat(messages=1)\n", id="awaited"),
    pytest.param("    x = chat(messages=1)\n    y = chat(messages=2)\n    await asyncio.gather(x, y)\n", id="gathered"),
    pytest.param("    task = asyncio.create_task(chat(messages=1))\n    return await task\n", id="task"),
    pytest.param("    x = chat(messages=1)\n    return await x\n", id="awaited-later"),
    pytest.param("    todo = [chat(messages=1)]\n    return await asyncio.gather(*todo)\n", id="kept-in-a-list"),
    pytest.param("    return await limited(chat(messages=1))\n", id="handed-on"),
    pytest.param("    return await client.realtime.connect(model='m').enter()\n", id="realtime"),
    pytest.param("    async for file in client.files.list():\n        print(file)\n", id="paginator"),
    pytest.param("    return (await client.files.content('x')).read()\n", id="binary"),
    pytest.param(
        "    async with client.audio.speech.with_streaming_response.create(input=1) as r:\n"
        "        async for b in r.iter_bytes():\n            print(b)\n",
        id="streaming-response",
    ),
]


@pytest.mark.parametrize("source", RIGHT)
def test_right_async_code_is_not_touched(source: str) -> None:
    check_noop(ASYNC + source)


WRAPPED = [
    pytest.param(
        "    await asyncio.to_thread(chat(messages=1))\n",
        "    await asyncio.to_thread(chat, messages=1)\n",
        id="to-thread",
    ),
    pytest.param(
        "    await asyncio.to_thread(\n        chat(\n            messages=1,  # one\n        )\n    )\n",
        "    await asyncio.to_thread(\n            chat,\n            messages=1,  # one\n        )\n",
        id="several-lines",
    ),
    pytest.param(
        "    await run_in_threadpool(client.models.list())\n", "    await run_in_threadpool(client.models.list)\n"
    ),
    pytest.param("    run_in_threadpool(chat, messages=1)\n", "    await run_in_threadpool(chat, messages=1)\n"),
    pytest.param("    asyncio.to_thread(chat(messages=1))\n", "    await asyncio.to_thread(chat, messages=1)\n"),
    pytest.param(
        "    a = asyncio.to_thread(chat, messages=1)\n    return a.id, a.choices[0]\n",
        "    a = await asyncio.to_thread(chat, messages=1)\n    return a.id, a.choices[0]\n",
        id="kept-under-a-name",
    ),
    pytest.param(
        "    a = asyncio.get_running_loop().run_in_executor(None, client.models.list)\n    return a.data\n",
        "    a = await asyncio.get_running_loop().run_in_executor(None, client.models.list)\n    return a.data\n",
        id="future-under-a-name",
    ),
]


@pytest.mark.parametrize(("before", "after"), WRAPPED)
def test_a_thread_gets_the_function(before: str, after: str) -> None:
    check_transformed(SYNC + before, SYNC + after, "auto", by="to-thread")


MEANT = [
    pytest.param("    a = asyncio.to_thread(chat, messages=1)\n    return (await a).id\n", id="awaited-later"),
    pytest.param("    a = asyncio.to_thread(chat, messages=1)\n    a.close()\n", id="coroutine-that-is-closed"),
    pytest.param(
        "    a = asyncio.get_running_loop().run_in_executor(None, client.models.list)\n    return a.done()\n",
        id="future-that-is-looked-at",
    ),
    pytest.param("    a = asyncio.to_thread(chat, messages=1)\n    print(a)\n    return a.id\n", id="handed-on"),
]


@pytest.mark.parametrize("source", MEANT)
def test_a_thread_that_may_be_awaited_is_not_touched(source: str) -> None:
    check_noop(SYNC + source)


RUNNERS = [
    pytest.param("asyncio.run({})", "asyncio.run", id="run"),
    pytest.param("asyncio.get_event_loop().run_until_complete({})", "run_until_complete", id="until-complete"),
]


@pytest.mark.parametrize(("around", "runner"), RUNNERS)
def test_a_sync_call_is_not_awaited_inside_what_runs_a_loop(around: str, runner: str) -> None:
    before = SYNC + f"    return {around.format('chat(messages=1)')}.id"
    check_transformed(before + "\n", ASYNC + "    return (await chat(messages=1)).id\n", "async-client")
    check_left(before + "  # obstacle\n", f"{runner}(), which cannot run", "to-thread")


def test_a_handler_of_shutdown_closes_an_async_client() -> None:
    handler = """\


@app.on_event("shutdown")
{0}def stop():
    {1}client.close()
"""
    check_transformed(
        SYNC + "    return chat(messages=1)\n" + handler.format("", ""),
        ASYNC + "    return await chat(messages=1)\n" + handler.format("async ", "await "),
        "auto",
        by="async-client",
    )


def test_an_executor_gets_a_partial() -> None:
    before = "    loop = asyncio.get_running_loop()\n    await loop.run_in_executor(None, chat(messages=1))\n"
    after = before.replace("chat(messages=1)", "functools.partial(chat, messages=1)")
    check_transformed(SYNC + before, SYNC.replace("import time", "import functools\nimport time") + after, "to-thread")


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_each_rule_finds_its_examples_and_nothing_else(rule: object) -> None:
    from tools import findings_of

    from fixopenai.rules import Rule
    from fixopenai.settings import Settings

    assert isinstance(rule, Rule)
    for example in rule.examples:
        assert rule.code in findings_of(example, Settings()), example
    for example in rule.counterexamples:
        assert not findings_of(example, Settings()), example


def test_dependencies_that_yield_the_client_and_what_they_promise_change_with_it() -> None:
    before = """\
        from collections.abc import Generator, Iterator
        from typing import Annotated

        import httpx
        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        def get_client() -> Iterator[OpenAI]:
            with OpenAI(http_client=httpx.Client(timeout=3)) as client:
                yield client


        def get_other() -> Generator[OpenAI, None, None]:
            client = OpenAI()
            try:
                yield client
            finally:
                client.close()


        @app.get("/")
        async def answer(client: Annotated[OpenAI, Depends(get_client)], other: OpenAI = Depends(get_other)):
            other.responses.create(input="x")
            return client.responses.create(input="x")
        """
    after = """\
        from collections.abc import AsyncGenerator, AsyncIterator
        from typing import Annotated

        import httpx
        from fastapi import Depends, FastAPI
        from openai import AsyncOpenAI

        app = FastAPI()


        async def get_client() -> AsyncIterator[AsyncOpenAI]:
            async with AsyncOpenAI(http_client=httpx.AsyncClient(timeout=3)) as client:
                yield client


        async def get_other() -> AsyncGenerator[AsyncOpenAI, None]:
            client = AsyncOpenAI()
            try:
                yield client
            finally:
                await client.close()


        @app.get("/")
        async def answer(client: Annotated[AsyncOpenAI, Depends(get_client)], other: AsyncOpenAI = Depends(get_other)):
            await other.responses.create(input="x")
            return await client.responses.create(input="x")
        """
    check_transformed(before, after, "async-client")


def test_an_http_client_that_has_a_transport_keeps_its_colour() -> None:
    source = """\
        import httpx
        from openai import OpenAI

        client = OpenAI(http_client=httpx.Client(transport=httpx.HTTPTransport()))  # obstacle


        async def answer():
            return client.responses.create(input="x")
        """
    check_left(source, "`http_client=` would have to become async as well", "async-client")


def test_a_sync_client_among_async_ones_follows_them_where_all_is_awaited() -> None:
    before = """\
        from openai import AsyncOpenAI, OpenAI

        client = AsyncOpenAI() if input() else OpenAI()


        async def answer():
            return await client.responses.create(input="x")


        own = OpenAI()


        async def other():
            return await own.responses.create(input="x")
        """
    after = before.replace("own = OpenAI()", "own = AsyncOpenAI()")
    check_transformed(before, after, "async-client")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "lines.sort(key=lambda x: {0})", "await asyncio.to_thread(lines.sort, key=lambda x: {0})", id="sort"
        ),
        pytest.param(
            "return sorted(lines, key=lambda x: {0})[0]",
            "return (await asyncio.to_thread(sorted, lines, key=lambda x: {0}))[0]",
            id="sorted",
        ),
        pytest.param(
            "return list(map(lambda x: {0}, lines))",
            "return await asyncio.to_thread(list, map(lambda x: {0}, lines))",
            id="map",
        ),
    ],
)
def test_the_call_that_runs_a_callback_moves_to_a_thread(before: str, after: str) -> None:
    asks = "chat(messages=x).id"
    check_transformed(SYNC + f"    {before.format(asks)}\n", SYNC + f"    {after.format(asks)}\n", "to-thread")
    source = SYNC + f"    {before.format(asks)}  # obstacle\n"
    check_left(source, "is not async", "async-client")


RIGHT_AS_A_WHOLE = [
    pytest.param("    x = await ask(lines)\n    await timed(x)\n", id="awaited-by-a-helper"),
    pytest.param("    return await {'c': await ask(lines)}['c']\n", id="kept-in-a-dict"),
    pytest.param("    return dict(await client.files.list())\n", id="fields-of-a-page"),
    pytest.param(
        "    for name, value in await client.files.list():\n        print(name, value)\n", id="pairs-of-a-page"
    ),
    pytest.param("    await lines.board.add_task(ask(lines))\n", id="another-add-task"),
]


@pytest.mark.parametrize("source", RIGHT_AS_A_WHOLE)
def test_what_may_be_meant_is_not_touched(source: str) -> None:
    check_noop(ASYNC + source + "\n\nasync def ask(x):\n    return chat(messages=x)\n")


SWITCHES_NOTHING = [
    pytest.param(
        "@app.get('/r')\n@functools.lru_cache  # obstacle\ndef r():\n    return chat(messages=1)\n",
        "decorated with @functools.lru_cache, which keeps results",
        id="cached-route",
    ),
    pytest.param(
        "@app.get('/r')\ndef r():\n    asyncio.run(lines)  # obstacle\n    return chat(messages=1)\n",
        "asyncio.run() blocks",
        id="route-with-a-loop-of-its-own",
    ),
    pytest.param(
        "@app.get('/r')\ndef r(db):\n    db.get(1)  # obstacle\n    return chat(messages=1)\n",
        "db.get() may block",
        id="route-with-a-session",
    ),
    pytest.param(
        "async def r():\n    x = a, b = chat(stream=True)  # obstacle\n", "unpacked", id="stream-that-is-unpacked"
    ),
]


@pytest.mark.parametrize(("other", "reason"), SWITCHES_NOTHING)
def test_the_client_stays_sync_for_what_cannot_follow(other: str, reason: str) -> None:
    source = "import functools\n" + SYNC + "    return chat(messages=lines)\n\n\n" + other
    check_left(source, reason, "async-client")


HANDLER = """\
from fastapi import FastAPI
from openai import {0}AssistantEventHandler, {0}OpenAI

app = FastAPI()
client = {0}OpenAI()


class Handler({0}AssistantEventHandler):
    def __init__(self):
        super().__init__()
        self.text = ""

    {1}def on_text_delta(self, delta, snapshot):
        self.text += delta.value


@app.get("/")
async def answer(thread):
    handler = Handler()
    {1}with client.beta.threads.runs.stream(thread_id=thread, assistant_id="a", event_handler=handler) as stream:
        {2}
    return handler.text
"""


def test_the_handler_of_a_stream_follows_it() -> None:
    check_transformed(
        HANDLER.format("", "", "stream.until_done()"),
        HANDLER.format("Async", "async ", "await stream.until_done()"),
        "async-client",
    )


@pytest.mark.parametrize("module", ["typing", "typing_extensions"])
def test_an_override_says_nothing_against_an_async_hook(module: str) -> None:
    marked = f"from {module} import override\n" + HANDLER.replace("    {1}def on_", "    @override\n    {1}def on_")
    check_transformed(
        marked.format("", "", "stream.until_done()"),
        marked.format("Async", "async ", "await stream.until_done()"),
        "async-client",
    )


def test_a_hook_that_is_wrapped_stays() -> None:
    wrapped = HANDLER.replace("    {1}def on_", "    @logged\n    {1}def on_")
    wrapped = wrapped.replace("snapshot):", "snapshot):  # obstacle")
    check_left(wrapped.format("", "", "stream.until_done()"), "`event_handler=`", "async-client")


def test_a_handler_that_is_waited_for_itself_stays() -> None:
    source = HANDLER.format("", "", "handler.until_done()  # obstacle")
    check_left(source, "the handler's own until_done() is used", "async-client")


def test_a_list_under_any_is_marked_for_review() -> None:
    before = SYNC + "    return any(c.id for c in chat(stream=True))\n"
    after = ASYNC + "    return any([c.id async for c in await chat(stream=True)])\n"
    (outcome,) = check_transformed(before, after, "async-client")
    assert "no longer stop" in (outcome.review or "")


def test_a_stream_that_is_made_in_two_places_is_followed() -> None:
    check_transformed(
        SYNC + "    if lines:\n        s = chat(stream=True)\n    else:\n        s = chat(stream=True, n=2)\n"
        "    for chunk in s:\n        print(chunk)\n",
        ASYNC
        + "    if lines:\n        s = await chat(stream=True)\n    else:\n        s = await chat(stream=True, n=2)\n"
        "    async for chunk in s:\n        print(chunk)\n",
        "async-client",
    )


def test_what_may_be_a_list_is_not_read_as_a_stream() -> None:
    source = SYNC + "    s = chat(stream=True)\n    if lines:\n        s = []\n"
    source += "    for chunk in s:  # obstacle\n        print(chunk)\n"
    check_left(source, "may be something else", "async-client")
    check_left(source, "may be something else", "to-thread")


def test_what_may_be_a_stream_is_left_where_it_is_read_together_with_a_list() -> None:
    source = SYNC + "    a = chat(stream=bool(lines))\n    for chunk in a if lines else [a]:  # obstacle\n"
    check_left(source + "        print(chunk)\n", "what it returns may be a stream", "to-thread")
