"""Streams that are kept in attributes of objects, or in `contextlib.closing`, and read elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools import changed, check_findings, check_left, check_noop, check_transformed

if TYPE_CHECKING:
    from fixopenai.settings import Strategy

HEAD = """\
import asyncio
from contextlib import closing
from dataclasses import dataclass
from logging import StreamHandler

from fastapi import FastAPI
from openai import OpenAI, Stream
from pydantic import BaseModel

app = FastAPI()
client = OpenAI()


"""

CHAT = """\
class Chat:
    def __init__(self):
        self.stream = None

    async def start(self, question):
        self.stream = client.responses.create(input=question, stream=True)  # FOA002

    async def words(self):
        for event in self.stream:  # FOA004
            yield event.delta
"""


@pytest.mark.parametrize("base", ["", "(object)", "(ABC)", "(Generic[T])"])
def test_a_stream_in_an_attribute_is_followed_to_its_readers(base: str) -> None:
    check_findings(
        "from abc import ABC\nfrom typing import Generic, TypeVar\n\nT = TypeVar('T')\n"
        + HEAD
        + CHAT.replace("class Chat", f"class Chat{base}")
        + "\n\nasync def f():\n    chat = Chat()\n    await chat.start('x')\n"
        "    return [event.delta for event in chat.stream]  # FOA004\n"
    )


TURNED = [
    pytest.param(
        "to-thread",
        ["client.responses.create( -> await asyncio.to_thread(client.responses.create, ",
         "for event in self.stream -> async for event in iterate_in_threadpool(self.stream)",
         "import FastAPI\n -> import FastAPI\nfrom fastapi.concurrency import iterate_in_threadpool\n"],
        id="in-threads",
    ),
    pytest.param(
        "async-client",
        ["import OpenAI, -> import AsyncOpenAI,", "client = OpenAI -> client = AsyncOpenAI",
         "client.responses.create( -> await client.responses.create(", "for event -> async for event"],
        id="async",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("strategy", "changes"), TURNED)
def test_its_readers_change_with_it(strategy: Strategy, changes: list[str]) -> None:
    before = HEAD + CHAT.replace("  # FOA002", "").replace("  # FOA004", "")
    outcomes = check_transformed(before, changed(before, changes), strategy)
    assert [outcome.review for outcome in outcomes] == [None, None]


UNSURE = [
    pytest.param("    def fake(self):\n        self.stream = []\n", id="a-list-elsewhere"),
    pytest.param("    def load(self):\n        with open('x') as self.stream:\n            pass\n", id="a-file"),
    pytest.param("\ndef fake(chat):\n    chat.stream = []\n", id="set-on-an-object-that-is-not-known"),
    pytest.param("    def load(self, **given):\n        for name, value in given.items():\n"
                 "            setattr(self, name, value)\n", id="whatever-is-given"),
    pytest.param("    def load(self, **given):\n        self.__dict__.update(given)\n", id="dict"),
    pytest.param("\ndef test_words(monkeypatch):\n    monkeypatch.setattr(Chat(), 'stream', [])\n", id="patched"),
    pytest.param("\ndef test_words(mocker):\n    mocker.patch('app.Chat.stream', [])\n", id="patched-by-its-path"),
]  # fmt: skip


@pytest.mark.parametrize("other", UNSURE)
def test_an_attribute_that_may_hold_something_else_is_not_reported(other: str) -> None:
    check_findings(HEAD + CHAT.replace("  # FOA004", "") + "\n" + other)


FIELDS = [
    pytest.param("@dataclass\nclass Chat:\n    stream: Stream | None = None\n", id="dataclass"),
    pytest.param("class Chat:\n    stream = ()\n", id="class-attribute"),
    pytest.param(
        "class Chat(BaseModel):\n    stream: object = None\n\n    async def start(self):\n"
        "        self.stream = await asyncio.to_thread(client.responses.create, stream=True)\n",
        id="model",
    ),
    pytest.param(
        "class Chat(StreamHandler):\n    async def start(self):\n"
        "        self.stream = await asyncio.to_thread(client.responses.create, stream=True)\n",
        id="set-by-a-base-class",
    ),
    pytest.param("class Chat:\n    @property\n    def stream(self):\n        return []\n", id="property"),
]


@pytest.mark.parametrize("fields", FIELDS)
def test_a_field_may_be_given_something_else(fields: str) -> None:
    check_noop(HEAD + fields + "\n\nasync def f(chat: Chat):\n    return [event for event in chat.stream]\n")


def test_a_helper_that_reads_an_attribute_blocks() -> None:
    check_findings(
        HEAD + "class Chat:\n    def __init__(self):\n        self.stream = client.responses.create(stream=True)\n\n"
        "    def words(self):\n        for event in self.stream:\n            yield event.delta\n\n\n"
        "async def f():\n    chat = Chat()  # FOA005\n    return [word for word in chat.words()]  # FOA005\n"
    )


def test_an_object_that_a_thread_makes_is_followed() -> None:
    check_findings(
        HEAD + "class Chat:\n    def __init__(self):\n        self.client = OpenAI()\n\n"
        "    def ask(self):\n        return self.client.models.list()\n\n\n"
        "async def f():\n    chat = await asyncio.to_thread(Chat)\n    return chat.ask()  # FOA005\n"
    )


CLOSED = """\
async def f(question):
    with closing(client.responses.create(input=question, stream=True)) as events:
        for event in events:
            print(event)
"""


def test_what_closes_a_stream_gives_it() -> None:
    after = [
        "client.responses.create( -> await asyncio.to_thread(client.responses.create, ",
        "for event in events -> async for event in iterate_in_threadpool(events)",
        "import FastAPI\n -> import FastAPI\nfrom fastapi.concurrency import iterate_in_threadpool\n",
    ]
    check_transformed(HEAD + CLOSED, changed(HEAD + CLOSED, after), "to-thread")
    # The `close` of an async stream has to be awaited.
    check_left(HEAD + CLOSED.replace("True)) as events:", "True)) as events:  # obstacle"), "closing()", "async-client")
