"""FOA010: `time.sleep` on the event loop, between calls to OpenAI."""

from __future__ import annotations

from fixopenai.rules.base import Rule

_BAD = """\
import time

from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI()


@app.get("/batches/{batch_id}")
async def finished(batch_id: str) -> str:
    batch = await client.batches.retrieve(batch_id)
    while batch.status == "in_progress":
        time.sleep(1)
        batch = await client.batches.retrieve(batch_id)
    return batch.status
"""

_GOOD = """\
import asyncio

from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI()


@app.get("/batches/{batch_id}")
async def finished(batch_id: str) -> str:
    batch = await client.batches.retrieve(batch_id)
    while batch.status == "in_progress":
        await asyncio.sleep(1)
        batch = await client.batches.retrieve(batch_id)
    return batch.status
"""

_IN_A_THREAD = """\
import time

from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.get("/batches/{batch_id}")
def finished(batch_id: str) -> str:
    batch = client.batches.retrieve(batch_id)
    while batch.status == "in_progress":
        time.sleep(1)
        batch = client.batches.retrieve(batch_id)
    return batch.status
"""

RULE = Rule(
    code="FOA010",
    name="blocking-sleep",
    summary="`time.sleep` between OpenAI calls blocks the event loop",
    message="`{call}` blocks the event loop between calls to OpenAI",
    what="""\
Finds `time.sleep` in an `async def` that makes calls to OpenAI: polling of runs and batches, retry loops.""",
    why="""\
Nothing else is served while it sleeps: polling once a second keeps the event loop shut almost all of the time.""",
    bad=_BAD,
    good=_GOOD,
    safety="""\
With `async-client` and `to-thread` it becomes `await asyncio.sleep(...)` and lasts as long as before; other requests \
run meanwhile, so state that several of them share may change. With `sync-def` the whole function moves to a thread, \
and the sleep stays as it is.""",
    by_hand="""\
In an `async def`, `await asyncio.sleep(...)` waits as long and lets others run. Polling of runs has a method that \
waits by itself: `create_and_poll`.""",
    examples=(_BAD,),
    counterexamples=(_GOOD, _IN_A_THREAD),
)
