"""FOA001: the loud mistake, an `await` on what the sync client returns."""

from __future__ import annotations

from fixopenai.rules.base import STRATEGY_COSTS, SYNC_BY_HAND, Rule

_BAD = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/chat")
async def chat(prompt: str) -> str:
    completion = await client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": prompt}]
    )
    return completion.choices[0].message.content or ""
"""

_GOOD = """\
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI()


@app.post("/chat")
async def chat(prompt: str) -> str:
    completion = await client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": prompt}]
    )
    return completion.choices[0].message.content or ""
"""

_GATHERED = """\
import asyncio

from openai import OpenAI

client = OpenAI()


async def embed(texts: list[str]) -> list[object]:
    return await asyncio.gather(
        *[client.embeddings.create(model="text-embedding-3-small", input=text) for text in texts]
    )
"""

_WITH_TIMEOUT = """\
import asyncio

from openai import OpenAI


async def answer(client: OpenAI, prompt: str) -> str:
    response = await asyncio.wait_for(client.responses.create(model="gpt-4o-mini", input=prompt), timeout=5)
    return response.output_text
"""

_IN_A_THREAD = """\
import asyncio

from openai import OpenAI

client = OpenAI()


async def answer(prompt: str) -> str:
    response = await asyncio.to_thread(client.responses.create, model="gpt-4o-mini", input=prompt)
    return response.output_text
"""

_SOMEONE_ELSES_CLIENT = """\
from llm_gateway import OpenAI

client = OpenAI()


async def answer(prompt: str) -> str:
    return await client.responses.create(prompt)
"""

RULE = Rule(
    code="FOA001",
    name="awaited-sync-call",
    summary="The result of a sync OpenAI call is awaited",
    message="`{call}` is a sync call: what it returns cannot be awaited",
    what="""\
Finds calls on a synchronous client (`OpenAI`, `AzureOpenAI`, or the `openai` module itself) whose result is awaited, \
or is given to `asyncio.gather`, `wait_for`, `create_task` or `shield`.""",
    why="""\
A synchronous client returns the answer, not something that can be awaited. The event loop stands still until the \
answer is there, the answer is paid for, and then the code fails:

- `await`: `TypeError: object ChatCompletion can't be used in 'await' expression`
- `asyncio.gather`: `TypeError: unhashable type: 'ChatCompletion'`
- `asyncio.wait_for`: `TypeError: An asyncio.Future, a coroutine or an awaitable is required`
- `asyncio.create_task`: `TypeError: a coroutine was expected, got ChatCompletion(...)`

Nothing is said before the first request comes in, because the code is valid until it runs.""",
    bad=_BAD,
    good=_GOOD,
    safety=f"""\
The code fails whenever it is reached, so there is no working behaviour that a fix could break at this place; the \
same client may serve other places that do work, and those are what decides between the strategies.

{STRATEGY_COSTS}""",
    by_hand=f"""\
{SYNC_BY_HAND} Or take the call out of what awaits it: `await asyncio.to_thread(client.responses.create, ...)` waits \
for a sync call anywhere in an `async def`.""",
    examples=(_BAD, _GATHERED, _WITH_TIMEOUT),
    counterexamples=(_GOOD, _IN_A_THREAD, _SOMEONE_ELSES_CLIENT),
)
