"""FOA008: `for` and `with` over what an async client returned."""

from __future__ import annotations

from fixopenai.rules.base import Rule

_BAD = """\
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI()


@app.get("/files")
async def files() -> list[str]:
    names = []
    for file in await client.files.list():
        names.append(file.filename)
    return names
"""

_GOOD = """\
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI()


@app.get("/files")
async def files() -> list[str]:
    names = []
    async for file in await client.files.list():
        names.append(file.filename)
    return names
"""

_STREAM = """\
from openai import AsyncOpenAI

client = AsyncOpenAI()


async def ask(prompt: str) -> None:
    for event in client.responses.create(model="gpt-4o-mini", input=prompt, stream=True):
        print(event.type)
"""

_MANAGER = """\
from openai import AsyncOpenAI

client = AsyncOpenAI()


async def ask(prompt: str) -> None:
    with client.responses.stream(model="gpt-4o-mini", input=prompt) as stream:
        async for event in stream:
            print(event.type)
"""

RULE = Rule(
    code="FOA008",
    name="sync-iteration-over-async",
    summary="`for` or `with` over an async OpenAI object",
    message="`{call}` is async: `for` and `with` cannot read it",
    what="""\
Finds `for`, `with`, plain comprehensions, `next`, `list` and the like over what an asynchronous client gives: \
streams, pages, stream managers, streaming responses, and the client itself.""",
    why="""\
Most of it fails: `TypeError: 'AsyncStream' object is not iterable`. A page does not: an async page is a pydantic \
model, so a plain `for` over an awaited one runs, raises nothing, and yields pairs of field names and values instead \
of items.""",
    bad=_BAD,
    good=_GOOD,
    safety="""\
The code fails today, or reads the wrong thing, so there is no behaviour to keep. The fix is made in place, by `auto` \
and `async-client`: `async for`, `async with`, and the await of a call that has none.""",
    by_hand="""\
In an `async def`, read it with `async for` or `async with`, after an `await` where the object needs one. A plain \
function cannot: make it async together with its callers, or give it an `OpenAI` of its own where it runs in a \
thread.""",
    examples=(_BAD, _STREAM, _MANAGER),
    counterexamples=(_GOOD,),
)
