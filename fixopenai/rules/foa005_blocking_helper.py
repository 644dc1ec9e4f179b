"""FOA005: async code calls a plain function that makes a blocking SDK call, at any depth and in any file."""

from __future__ import annotations

from fixopenai.rules.base import STRATEGY_COSTS, SYNC_BY_HAND, Rule

_BAD = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


def complete(prompt: str) -> str:
    return client.responses.create(model="gpt-4o-mini", input=prompt).output_text


@app.post("/chat")
async def chat(prompt: str) -> str:
    return complete(prompt)
"""

_GOOD = """\
import asyncio

from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


def complete(prompt: str) -> str:
    return client.responses.create(model="gpt-4o-mini", input=prompt).output_text


@app.post("/chat")
async def chat(prompt: str) -> str:
    return await asyncio.to_thread(complete, prompt)
"""

_METHOD = """\
from openai import OpenAI


class Assistant:
    def __init__(self) -> None:
        self.client = OpenAI()

    def complete(self, prompt: str) -> str:
        return self.client.responses.create(model="gpt-4o-mini", input=prompt).output_text

    def answer(self, question: str) -> str:
        return self.complete(f"Answer briefly: {question}")


async def ask(question: str) -> str:
    return Assistant().answer(question)
"""

_DEF_ROUTE = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


def complete(prompt: str) -> str:
    return client.responses.create(model="gpt-4o-mini", input=prompt).output_text


@app.post("/chat")
def chat(prompt: str) -> str:
    return complete(prompt)
"""

RULE = Rule(
    code="FOA005",
    name="blocking-helper",
    summary="Async code calls a plain function that reaches a blocking OpenAI call",
    message="`{call}` blocks the event loop: it reaches `{sdk}`, a sync call",
    what="""\
Finds calls, in an `async def`, of plain functions and methods of the program that make a sync call to OpenAI \
themselves or through others, in any file. The finding names every step on the way. Such a call whose result is \
awaited, or given to `asyncio.gather` and the like, is found where the result surely cannot be awaited. A function \
that is given to a pool of threads is found where the event loop waits for the pool: by `list(pool.map(f, xs))`, \
`future.result()`, or at the end of `with ThreadPoolExecutor()`.""",
    why="""\
The event loop does not care how deep the call stands: nothing else is served until the answer is there. In the code \
of the helper nothing is wrong, and in the code of the route nothing is to be seen, which is why this is the most \
common form of the mistake.""",
    bad=_BAD,
    good=_GOOD,
    safety=f"""\
Where the client becomes async, so do the helper and whoever calls it; if one of them cannot, none does. Otherwise \
the call of the helper, where the event loop makes it, moves to a thread, and with it whatever else the helper does. \
The helper itself is not changed then, so its other callers are not either.

{STRATEGY_COSTS}""",
    by_hand=f"""\
{SYNC_BY_HAND} Or call the helper in a thread where async code first calls it, `await asyncio.to_thread(helper, ...)`, \
if nothing that it reaches belongs to the event loop or to one thread.""",
    examples=(_BAD, _METHOD),
    counterexamples=(_GOOD, _DEF_ROUTE),
)
