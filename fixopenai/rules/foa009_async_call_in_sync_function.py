"""FOA009: an async call in a plain function, which cannot await it."""

from __future__ import annotations

from fixopenai.rules.base import Rule

_BAD = """\
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI()


@app.post("/chat")
def chat(prompt: str) -> str:
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

_SCRIPT = """\
import asyncio

from openai import AsyncOpenAI

client = AsyncOpenAI()


def main() -> None:
    response = asyncio.run(client.responses.create(model="gpt-4o-mini", input="Hello"))
    print(response.output_text)
"""

RULE = Rule(
    code="FOA009",
    name="async-call-in-sync-function",
    summary="An async OpenAI call in a plain function",
    message="`{call}` is an async call in a plain function, which cannot await it",
    what="""\
Finds calls on an asynchronous client in a `def` whose coroutine is used as the answer. A plain function that hands \
the coroutine on, for its caller to await, is right, and so is `asyncio.run` where no loop runs.""",
    why="""\
The request is never sent, and using the coroutine fails: `AttributeError: 'coroutine' object has no attribute \
'output_text'`. A route that returns the coroutine ends in an error of FastAPI's encoder.""",
    bad=_BAD,
    good=_GOOD,
    safety="""\
The fix is made by `auto` and `async-client`. A route or dependency becomes `async def` only if nothing else in it \
may block: then it leaves its thread for the event loop, where a blocking call would stop every other request. Any \
other function is left, because its callers would have to await it.""",
    by_hand="""\
Make the function and all its callers async. A `def` route, a worker or a script may rather use an `OpenAI` of its \
own, as these may wait. A program that is a script from top to bottom starts its one event loop by \
`asyncio.run(main())`.""",
    examples=(_BAD,),
    counterexamples=(_GOOD, _SCRIPT),
)
