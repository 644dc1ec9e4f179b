"""FOA004: what a sync client returned is read on the event loop, and every step of that waits for the network."""

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
    for event in client.responses.create(model="gpt-4o-mini", input=prompt, stream=True):
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


async def save(text: str) -> None:
    with client.audio.speech.with_streaming_response.create(model="tts-1", voice="alloy", input=text) as response:
        print(response.status_code)
"""

_PAGES = """\
from openai import OpenAI

client = OpenAI()


async def names() -> list[str]:
    return [file.filename for file in client.files.list()]
"""

_SYNC_GENERATOR = """\
from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/chat")
async def chat(prompt: str) -> StreamingResponse:
    def tokens() -> Iterator[str]:
        for event in client.responses.create(model="gpt-4o-mini", input=prompt, stream=True):
            if event.type == "response.output_text.delta":
                yield event.delta

    return StreamingResponse(tokens())
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
    code="FOA004",
    name="blocking-iteration",
    summary="Reading a sync stream, page or manager blocks the event loop",
    message="reading `{call}` blocks the event loop",
    what="""\
Finds `for`, `with`, comprehensions, `next`, `list` and the like over what a synchronous client gives, in code that \
runs on the event loop: streams (`stream=True`), pages (`files.list()`, which fetches the next page while it is \
iterated), stream managers (`responses.stream(...)`) and streaming responses. A plain generator that is given to \
`StreamingResponse` is not meant: Starlette reads it in a thread.""",
    why="""\
A stream takes as long as the answer takes to be written, often half a minute, and the event loop stands still \
between any two chunks: nothing else is served, and the chunks themselves do not reach the user either, since the \
loop has no time to send them.""",
    bad=_BAD,
    good=_GOOD,
    safety=f"""\
The items stay the same and come in the same order. With `to-thread` each of them is fetched by \
`fastapi.concurrency.iterate_in_threadpool`, one visit to a thread an item.

{STRATEGY_COSTS}""",
    by_hand=f"""\
{SYNC_BY_HAND} Or keep the client, and read what it gives in threads: `iterate_in_threadpool` and \
`contextmanager_in_threadpool` of `fastapi.concurrency` make an `async for` and an `async with` of it. What is read \
as a whole can be read by a plain function that `asyncio.to_thread` calls.""",
    examples=(_BAD, _MANAGER, _PAGES),
    counterexamples=(_GOOD, _SYNC_GENERATOR, _IN_A_THREAD),
)
