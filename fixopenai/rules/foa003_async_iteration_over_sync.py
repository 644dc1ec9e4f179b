"""FOA003: `async for` and `async with` over what a sync client returned."""

from __future__ import annotations

from fixopenai.rules.base import STRATEGY_COSTS, SYNC_BY_HAND, Rule

_BAD = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/chat")
async def chat(prompt: str) -> str:
    text = ""
    async for event in client.responses.create(model="gpt-4o-mini", input=prompt, stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
    return text
"""

_GOOD = """\
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI()


@app.post("/chat")
async def chat(prompt: str) -> str:
    text = ""
    async for event in await client.responses.create(model="gpt-4o-mini", input=prompt, stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
    return text
"""

_MANAGER = """\
from openai import OpenAI

client = OpenAI()


async def ask(prompt: str) -> str | None:
    async with client.chat.completions.stream(
        model="gpt-4o-mini", messages=[{"role": "user", "content": prompt}]
    ) as stream:
        async for event in stream:
            print(event.type)
    return None
"""

_PAGES = """\
from openai import OpenAI

client = OpenAI()


async def names() -> list[str]:
    return [file.filename async for file in client.files.list()]
"""

_IN_A_THREAD = """\
import asyncio

from fastapi.concurrency import iterate_in_threadpool
from openai import OpenAI

client = OpenAI()


async def ask(prompt: str) -> None:
    stream = await asyncio.to_thread(client.responses.create, model="gpt-4o-mini", input=prompt, stream=True)
    async for event in iterate_in_threadpool(stream):
        print(event.type)
"""

RULE = Rule(
    code="FOA003",
    name="async-iteration-over-sync",
    summary="`async for` or `async with` over a sync OpenAI object",
    message="`{call}` is sync: `async for` and `async with` cannot read it",
    what="""\
Finds `async for`, `async with`, asynchronous comprehensions and `anext` over what a synchronous client gives: streams \
(`stream=True`), pages (`files.list()`), stream managers (`responses.stream(...)`), streaming responses, and the \
client itself.""",
    why="""\
These objects have no asynchronous side, so the first request fails: `TypeError: 'async for' requires an object with \
__aiter__ method, got Stream`, or `object does not support the asynchronous context manager protocol`. The request \
has been sent, and paid for, by then.""",
    bad=_BAD,
    good=_GOOD,
    safety=f"""\
The code fails today, so there is no behaviour to keep.

{STRATEGY_COSTS}""",
    by_hand=f"""\
{SYNC_BY_HAND} Or keep the client, and read what it gives in threads: `iterate_in_threadpool` and \
`contextmanager_in_threadpool` of `fastapi.concurrency` make an `async for` and an `async with` of it.""",
    examples=(_BAD, _MANAGER, _PAGES),
    counterexamples=(_GOOD, _IN_A_THREAD),
)
