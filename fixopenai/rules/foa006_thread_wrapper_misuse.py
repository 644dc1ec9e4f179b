"""FOA006: a thread wrapper that is given a result, that nobody awaits, or that is given an async method."""

from __future__ import annotations

from fixopenai.rules.base import Rule

_BAD = """\
import asyncio

from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/chat")
async def chat(prompt: str) -> str:
    response = await asyncio.to_thread(client.responses.create(model="gpt-4o-mini", input=prompt))
    return response.output_text
"""

_GOOD = """\
import asyncio

from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/chat")
async def chat(prompt: str) -> str:
    response = await asyncio.to_thread(client.responses.create, model="gpt-4o-mini", input=prompt)
    return response.output_text
"""

_EXECUTOR = """\
import asyncio

from openai import OpenAI

client = OpenAI()


async def ask(prompt: str) -> str:
    loop = asyncio.get_running_loop()
    response = await loop.run_in_executor(None, client.responses.create(model="gpt-4o-mini", input=prompt))
    return response.output_text
"""

_FORGOTTEN = """\
from fastapi.concurrency import run_in_threadpool
from openai import OpenAI

client = OpenAI()


async def warm_up() -> None:
    run_in_threadpool(client.models.list)
"""

_ASYNC_METHOD = """\
import asyncio

from openai import AsyncOpenAI

client = AsyncOpenAI()


async def ask(prompt: str) -> str:
    response = await asyncio.to_thread(client.responses.create, model="gpt-4o-mini", input=prompt)
    return response.output_text
"""

_COROUTINE = """\
import asyncio

from openai import AsyncOpenAI

client = AsyncOpenAI()


async def ask(prompt: str) -> str:
    response = await asyncio.to_thread(client.responses.create(model="gpt-4o-mini", input=prompt))
    return response.output_text
"""

RULE = Rule(
    code="FOA006",
    name="thread-wrapper-misuse",
    summary="A thread is given the result of an OpenAI call, or is not awaited",
    message="`{call}` is given a call to OpenAI in a way that does not run it in a thread",
    what="""\
Finds `asyncio.to_thread`, `loop.run_in_executor`, `run_in_threadpool`, `anyio.to_thread.run_sync` and their like \
where they are given the result of a call instead of the function, where nobody awaits them, and where they are given \
a method of an async client.""",
    why="""\
`to_thread(f(x))` calls `f` on the event loop, which stands still until the answer is there, and then fails: \
`TypeError: 'ChatCompletion' object is not callable`. Without an await nothing runs at all, or nobody sees how it \
ended. An async method in a thread gives back a coroutine instead of the answer, and a coroutine is no \
function that a thread could call.""",
    bad=_BAD,
    good=_GOOD,
    safety="""\
The fix is made in place, by `auto` and `to-thread`. The function and its arguments are handed over as they are, and \
the arguments are still evaluated before the thread starts. Wrappers that pass no keyword arguments on get a \
`functools.partial`. An async call is awaited without the thread, by `auto` and `async-client`. The code fails \
today, so there is no behaviour to keep.""",
    by_hand="""\
Give the wrapper the function and its arguments apart, `await asyncio.to_thread(f, x)` for `to_thread(f(x))`, and \
await it. An async client needs no thread: `await client.responses.create(...)`.""",
    examples=(_BAD, _EXECUTOR, _FORGOTTEN, _ASYNC_METHOD, _COROUTINE),
    counterexamples=(_GOOD,),
)
