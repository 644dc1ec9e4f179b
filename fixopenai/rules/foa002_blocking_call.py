"""FOA002: the silent mistake, a sync call on the event loop."""

from __future__ import annotations

from fixopenai.rules.base import STRATEGY_COSTS, SYNC_BY_HAND, Rule

_BAD = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/chat")
async def chat(prompt: str) -> str:
    completion = client.chat.completions.create(
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

_INJECTED = """\
from typing import Annotated

from fastapi import Depends, FastAPI
from openai import OpenAI

app = FastAPI()


def get_client() -> OpenAI:
    return OpenAI()


@app.get("/embed")
async def embed(text: str, client: Annotated[OpenAI, Depends(get_client)]) -> list[float]:
    return client.embeddings.create(model="text-embedding-3-small", input=text).data[0].embedding
"""

_ON_SELF = """\
from openai import AzureOpenAI


class Assistant:
    def __init__(self) -> None:
        self.client = AzureOpenAI()

    async def answer(self, prompt: str) -> str:
        return self.client.responses.create(model="gpt-4o-mini", input=prompt).output_text
"""

_DEF_ROUTE = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/answer")
def answer(prompt: str) -> str:
    return client.responses.create(model="gpt-4o-mini", input=prompt).output_text
"""

_IN_A_THREAD = """\
import asyncio

from openai import OpenAI

client = OpenAI()


async def answer(prompt: str) -> str:
    response = await asyncio.to_thread(client.responses.create, model="gpt-4o-mini", input=prompt)
    return response.output_text
"""

_NO_REQUEST = """\
from openai import OpenAI

client = OpenAI()


async def patient_client() -> OpenAI:
    return client.with_options(timeout=60)
"""

RULE = Rule(
    code="FOA002",
    name="blocking-call",
    summary="A sync OpenAI call blocks the event loop",
    message="`{call}` is a sync call: it blocks the event loop",
    what="""\
Finds calls on a synchronous client (`OpenAI`, `AzureOpenAI`, or the `openai` module itself) that run on the event \
loop: in the body of an `async def`, without a thread between. Methods that send no request, such as `with_options` \
and `is_closed`, are not meant.""",
    why="""\
Nothing fails, and nothing is reported. The event loop stands still from the request until the answer: no other \
request is served, no websocket or health check is answered, no timeout fires. A model takes seconds to answer; the \
SDK waits up to 600 seconds for it, and by default tries twice more after an error. One slow answer is enough to take \
a whole worker out of service, and requests that should run side by side run one after the other.""",
    bad=_BAD,
    good=_GOOD,
    safety=f"""\
The answers stay the same; when they come, and what else runs meanwhile, does not.

{STRATEGY_COSTS}""",
    by_hand=f"""\
{SYNC_BY_HAND} Or move the call to a thread, `await asyncio.to_thread(client.responses.create, ...)`, after a look at \
what runs between its arguments and its use. A call that runs when a module is imported belongs in the lifespan of the \
application.""",
    examples=(_BAD, _INJECTED, _ON_SELF),
    counterexamples=(_GOOD, _DEF_ROUTE, _IN_A_THREAD, _NO_REQUEST),
)
