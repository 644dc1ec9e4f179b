"""A name that is bound to several results: each call is judged by the reads that see its own."""

from __future__ import annotations

import pytest
from tools import check_findings, check_noop, check_transformed

HEAD = """\
import asyncio
import inspect

from openai import AsyncOpenAI, OpenAI

plain = OpenAI()
client = AsyncOpenAI()


async def answer(prompt, fast):
"""
SYNC = 'plain.responses.create(model="m", input=prompt)'
ASYNC = 'client.responses.create(model="m", input=prompt)'

# What awaits is for the other one: the sync call is waited for where it stands.
TAKEN = [
    pytest.param(f"reply = {SYNC}; x = reply.id; reply = {ASYNC}; return (await reply).id", id="one-after-the-other"),
    pytest.param(f"reply = {SYNC}; x = reply.id; reply = asyncio.create_task({ASYNC}); await reply", id="task"),
    pytest.param(
        f"if fast:\n reply = {SYNC}\n return reply.id\nreply = {ASYNC}\nreturn (await reply).id", id="returned"
    ),
    pytest.param(
        f"if fast:\n reply = {SYNC}\n return reply.id\nelse:\n reply = {ASYNC}\n return (await reply).id", id="branches"
    ),
    pytest.param(
        f"try:\n reply = {SYNC}\n return reply.id\nexcept KeyError:\n reply = {ASYNC}\n return (await reply).id",
        id="handler",
    ),
    pytest.param(
        f"if fast:\n reply = {SYNC}\nelse:\n reply = {ASYNC}\nif not fast:\n reply = await reply\nreturn reply.id",
        id="asked-twice",
    ),
    pytest.param(
        f"reply = {SYNC}\nif inspect.isawaitable(reply):\n reply = await reply\nreturn reply.id", id="question"
    ),
    pytest.param(
        f"for _ in prompt:\n reply = {SYNC}\n x = reply.id\n reply = {ASYNC}\n await reply", id="again-and-again"
    ),
]


def program(body: str) -> str:
    lines = body.replace("; ", "\n").splitlines()
    return HEAD + "".join(f"    {line.replace(' ', '    ', 1) if line.startswith(' ') else line}\n" for line in lines)


@pytest.mark.parametrize("body", TAKEN)
@pytest.mark.parametrize("strategy", ["async-client", "to-thread"])
def test_it_is_awaited_at_once(body: str, strategy: str) -> None:
    before = program(body)
    check_findings(before.replace(SYNC, f"{SYNC}  # FOA002"))
    if strategy == "async-client":
        after = before.replace(SYNC, f"await {SYNC}").replace("plain = OpenAI", "plain = AsyncOpenAI")
        after = after.replace("import AsyncOpenAI, OpenAI", "import AsyncOpenAI")
        check_transformed(before, after, "async-client")
    else:
        after = before.replace(SYNC, 'await asyncio.to_thread(plain.responses.create, model="m", input=prompt)')
        check_transformed(before, after, "to-thread")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"reply = {SYNC}  # FOA001\nreply = await reply\nreturn reply.id", id="same-name"),
        pytest.param(f"reply = None\nif fast:\n reply = {SYNC}  # FOA001\nreturn await reply", id="one-of-two"),
        pytest.param(f"reply: object = {SYNC}  # FOA001\nreturn await reply", id="annotated"),
        pytest.param(
            f"found = []\nfound.append({SYNC})  # FOA001\nfound = await asyncio.gather(*found)\nreturn found[0].id",
            id="collected",
        ),
        pytest.param(f"while fast:\n if prompt:\n  await reply\n reply = {SYNC}  # FOA001", id="next-round"),
    ],
)
def test_it_is_what_is_awaited(body: str) -> None:
    check_findings(program(body))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"reply = {ASYNC}  # FOA007\nreply = reply.output_text\nreturn reply", id="same-name"),
        pytest.param(
            f"reply = {ASYNC}  # FOA007\nx = reply.id\nreply = {ASYNC}\nreturn await reply", id="first-of-two"
        ),
    ],
)
def test_a_coroutine_is_taken_for_the_answer(body: str) -> None:
    check_findings(program(body))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"reply = {ASYNC}\nreply = await reply\nreturn reply.id", id="same-name"),
        pytest.param(f"reply = None\nif fast:\n reply = {ASYNC}\nif reply is not None:\n await reply", id="one-of-two"),
        pytest.param(f"while fast:\n if prompt:\n  await reply\n reply = {ASYNC}", id="next-round"),
        pytest.param(f"reply = {ASYNC}\ndef use():\n return reply\nreply = {ASYNC}\nawait use()", id="closure"),
    ],
)
def test_a_coroutine_that_is_awaited_is_right(body: str) -> None:
    check_noop(program(body))
