"""Classes of the program that are clients of the SDK, with methods of their own."""

from __future__ import annotations

import pytest
from tools import check_findings, check_left, check_noop, check_transformed

HEAD = "import asyncio\n\nfrom openai import AsyncOpenAI, OpenAI\n\n\n"

SYNC = """\
class Assistant(OpenAI):
    def ask(self, question):
        return self.responses.create(input=question).output_text


"""


def test_a_method_of_a_subclass_blocks() -> None:
    code = "assistant = Assistant()\n\n\nasync def f(a: Assistant):\n    a.ask('x')  # FOA005\n"
    check_findings(HEAD + SYNC + code + "    return assistant.ask('x'), assistant.models.list()  # FOA002 FOA005\n")


def test_a_method_of_a_subclass_moves_to_a_thread() -> None:
    code = "assistant = Assistant()\n\n\nasync def f():\n    return assistant.ask('x')\n"
    after = code.replace("assistant.ask('x')", "await asyncio.to_thread(assistant.ask, 'x')")
    check_transformed(HEAD + SYNC + code, HEAD + SYNC + after, "to-thread")


def test_a_subclass_keeps_its_colour() -> None:
    code = "assistant = Assistant()  # obstacle\n\n\nasync def f():\n    return assistant.ask('x')\n"
    check_left(HEAD + SYNC + code, "subclass", "async-client")


def test_an_async_subclass_is_right() -> None:
    check_noop(f"""{HEAD}
class Assistant(AsyncOpenAI):
    async def ask(self, question):
        return (await self.responses.create(input=question)).output_text


async def f():
    return await Assistant().ask("x")
""")


OWN = [
    pytest.param("    responses = {}\n", id="in-the-class"),
    pytest.param("    def __init__(self, responses):\n        self.responses = responses\n", id="in-a-method"),
    pytest.param("    @property\n    def responses(self):\n        return Cache()\n", id="property"),
]


@pytest.mark.parametrize("own", OWN)
def test_what_a_subclass_names_itself_is_its_own(own: str) -> None:
    check_noop(f"""{HEAD}
class Cache:
    def create(self):
        return 1


class Cached(OpenAI):
{own}
    def ask(self):
        return self.responses.create()


cached = Cached()


async def f(given: Cached):
    return cached.ask(), cached.responses.create(), given.responses.create()
""")
