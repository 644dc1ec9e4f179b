"""FOA007: the coroutine of an async call is used as if it were the answer."""

from __future__ import annotations

from fixopenai.rules.base import Rule

_BAD = """\
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI()


@app.post("/chat")
async def chat(prompt: str) -> str:
    response = client.responses.create(model="gpt-4o-mini", input=prompt)
    return response.output_text
"""

_GOOD = """\
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI()


@app.post("/chat")
async def chat(prompt: str) -> str:
    response = await client.responses.create(model="gpt-4o-mini", input=prompt)
    return response.output_text
"""

_TOO_LATE = """\
from openai import AsyncOpenAI

client = AsyncOpenAI()


async def embed(text: str) -> list[float]:
    return await client.embeddings.create(model="text-embedding-3-small", input=text).data[0].embedding
"""

_HELPER = """\
from openai import AsyncOpenAI

client = AsyncOpenAI()


def complete(prompt: str):
    return client.responses.create(model="gpt-4o-mini", input=prompt)


async def ask(prompt: str) -> str:
    return complete(prompt).output_text
"""

_ON_ANOTHER_LOOP = """\
import asyncio

from openai import AsyncOpenAI

client = AsyncOpenAI()


async def ask(prompt: str) -> str:
    response = asyncio.run(client.responses.create(model="gpt-4o-mini", input=prompt))
    return response.output_text
"""

_AWAITED_LATER = """\
import asyncio

from openai import AsyncOpenAI

client = AsyncOpenAI()


async def both(first: str, second: str) -> list[str]:
    one = client.responses.create(model="gpt-4o-mini", input=first)
    two = client.responses.create(model="gpt-4o-mini", input=second)
    return [response.output_text for response in await asyncio.gather(one, two)]
"""

_REALTIME = """\
from openai import AsyncOpenAI

client = AsyncOpenAI()


async def connect() -> None:
    connection = await client.realtime.connect(model="gpt-realtime").enter()
    await connection.close()
"""

RULE = Rule(
    code="FOA007",
    name="unawaited-async-call",
    summary="An async OpenAI call is not awaited, or too late",
    message="`{call}` is an async call: without an await it gives a coroutine, not the answer",
    what="""\
Finds calls on an asynchronous client (`AsyncOpenAI`, `AsyncAzureOpenAI`) in an `async def` whose coroutine is used as \
the answer: attributes and items of it, a statement of its own, the return value of a route, `await f().data` for \
`(await f()).data`, `asyncio.run(...)` where a loop runs already; also through a plain function that gives the \
coroutine back. A coroutine that may be awaited out of sight is not meant.""",
    why="""\
The request is never sent. Using the coroutine fails: `AttributeError: 'coroutine' object has no attribute 'choices'`, \
with `RuntimeWarning: coroutine was never awaited`; a call whose answer nobody looks at just does not happen.""",
    bad=_BAD,
    good=_GOOD,
    safety="""\
The code fails today, or does nothing, so there is no behaviour to keep. The fix is made in place, by `auto` and \
`async-client`; the other strategies leave it.""",
    by_hand="""\
Await the call where its answer is first needed, and once: `response = await client.responses.create(...)`. Several \
that may run side by side are awaited together, by `asyncio.gather` or in an `asyncio.TaskGroup`.""",
    examples=(_BAD, _TOO_LATE, _HELPER, _ON_ANOTHER_LOOP),
    counterexamples=(_GOOD, _AWAITED_LATER, _REALTIME),
)
