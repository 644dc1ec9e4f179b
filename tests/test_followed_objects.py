"""Clients are followed through what Python makes of objects: named tuples, copies, patterns, `super()`, generics."""

from __future__ import annotations

import pytest
from tools import check_findings, check_transformed

HEAD = """\
from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from fastapi import Depends
from openai import OpenAI
from pydantic import BaseModel

T = TypeVar("T")


class Named(NamedTuple):
    llm: OpenAI
    model: str = "m"


@dataclass
class Data:
    llm: OpenAI
    model: str = "m"


class Model(BaseModel):
    llm: object
    model: str = "m"


class Own:
    def __init__(self):
        self.llm = OpenAI()

    def __getitem__(self, key):
        return self.llm

    def __iter__(self):
        yield self.llm


class Steps:
    def __init__(self):
        self.llm = OpenAI()

    def __iter__(self):
        return self

    def __next__(self):
        return self.llm


class Box(Generic[T]):
    def __init__(self, llm):
        self.llm = llm


def get_client():
    return OpenAI()


named, data, model, own, steps = Named(OpenAI()), Data(OpenAI()), Model(llm=OpenAI()), Own(), Steps()


@dataclass
class Injected:
    llm: OpenAI = Depends(get_client)


async def second(injected: Injected = Depends()):
"""
CALL = "responses.create(input=1)"
READ = [
    pytest.param("llm, name = named", "llm", id="unpacked"),
    pytest.param("pass", "named[0]", id="index"),
    pytest.param("pass", "named._replace(model='n').llm", id="named-tuple-replaced"),
    pytest.param("pass", "dataclasses.replace(data, model='n').llm", id="dataclass-replaced"),
    pytest.param("pass", "model.model_copy().llm", id="model-copied"),
    pytest.param("pass", "own['x']", id="own-getitem"),
    pytest.param("pass", "next(iter([own['x']]))", id="element-of-own"),
    pytest.param("for llm in own:", "    llm", id="own-iter"),
    pytest.param("for llm in steps:", "    llm", id="own-next"),
    pytest.param("match data:\n        case Data(llm=llm):", "        llm", id="keyword-pattern"),
    pytest.param("match data:\n        case Data(llm):", "        llm", id="positional-pattern"),
    pytest.param("match data:\n        case Data() as found:", "        found.llm", id="captured"),
    pytest.param("match [named.llm]:\n        case [llm, *_]:", "        llm", id="sequence-pattern"),
    pytest.param("match {'x': named.llm}:\n        case {'x': llm} | {'y': llm}:", "        llm", id="mapping-pattern"),
    pytest.param("ask = lambda llm=data.llm: llm", "ask()", id="default-of-a-lambda"),
    pytest.param("pass", "Box[int](OpenAI()).llm", id="generic"),
    pytest.param("pass", "injected.llm", id="injected-field"),
]


@pytest.mark.parametrize(("statement", "client"), READ)
def test_the_client_is_known(statement: str, client: str) -> None:
    before = f"{HEAD}    {statement}\n    {client}.{CALL}\n"
    check_findings(before.replace(CALL, f"{CALL}  # FOA002"))
    indent, receiver = " " * (len(client) - len(client.lstrip())), client.lstrip()
    called = f"    {indent}await asyncio.to_thread({receiver}.responses.create, input=1)\n"
    after = before.replace(f"    {client}.{CALL}\n", called).replace(
        "import dataclasses", "import asyncio\nimport dataclasses"
    )
    check_transformed(before, after, "to-thread")


MIXIN = """\
from openai import OpenAI


class Base:
    def __init__(self):
        self.client = OpenAI()

    def ask(self, prompt):
        return self.client.responses.create(input=prompt)


class Loud:
    def ask(self, prompt):
        return {call}


class Both(Loud, Base): ...


both = Both()


async def answer(prompt):
    return both.ask(prompt)
"""


@pytest.mark.parametrize("call", ["super().ask(prompt)", "super(Loud, self).ask(prompt)"])
def test_a_mixin_calls_what_stands_beside_it(call: str) -> None:
    before = MIXIN.format(call=call)
    after = before.replace("OpenAI", "AsyncOpenAI").replace("def ask", "async def ask")
    after = after.replace("return self", "return await self").replace("return super", "return await super")
    check_transformed(before, after.replace("return both", "return await both"), by="async-client")


@pytest.mark.parametrize("call", ["type(self).ask(self, prompt)", "self.__class__.ask(self, prompt)"])
def test_a_method_is_called_over_the_class_of_its_object(call: str) -> None:
    before = MIXIN.partition("class Loud")[0] + (
        f"    def loud(self, prompt):\n        return {call}\n\n\nbase = Base()\n\n\n"
        "async def answer(prompt):\n    return base.loud(prompt)\n"
    )
    before = before.replace("prompt)\n\n\n    def", "prompt)\n\n    def")
    after = before.replace("OpenAI", "AsyncOpenAI").replace("def ask", "async def ask").replace("def l", "async def l")
    for called in ("self.client", call, "base.loud"):
        after = after.replace(f"return {called}", f"return await {called}")
    check_transformed(before, after, by="async-client")


def test_a_function_under_a_name_in_a_class() -> None:
    check_findings(
        """\
        from openai import OpenAI

        client = OpenAI()


        def ask(prompt):
            return client.responses.create(input=prompt)


        class Tools:
            ask = staticmethod(ask)


        async def answer(prompt):
            return Tools.ask(prompt), Tools().ask(prompt)  # FOA005 FOA005
        """
    )


@pytest.mark.parametrize(
    ("head", "make"),
    [
        pytest.param("*args, **kwargs): super().__init__(*args, **kwargs)", "Logged(OpenAI())", id="position"),
        pytest.param("*args, **kwargs): super().__init__(*args, **kwargs)", "Logged(client=OpenAI())", id="keyword"),
        pytest.param("name, *rest): super().__init__(*rest)", "Logged('x', OpenAI())", id="behind-another"),
        pytest.param("**rest): super().__init__(**rest)", "Logged(client=OpenAI())", id="keywords-alone"),
        pytest.param("*args): Base.__init__(self, *args)", "Logged(OpenAI())", id="base-by-name"),
    ],
)
def test_what_is_handed_on_as_it_came(head: str, make: str) -> None:
    before = f"""\
        from openai import OpenAI


        class Base:
            def __init__(self, client, model="m"):
                self.client, self.model = client, model

            async def ask(self, prompt):
                return self.client.responses.create(model=self.model, input=prompt)


        class Logged(Base):
            def __init__(self, {head}


        logged = {make}
        """
    after = before.replace("OpenAI", "AsyncOpenAI").replace("return self.client", "return await self.client")
    check_transformed(before, after, by="async-client")


def test_a_class_pattern_tells_objects_apart() -> None:
    check_findings(
        """\
        from openai import AsyncOpenAI, OpenAI


        class Slow:
            def __init__(self):
                self.client = OpenAI()


        class Quick:
            def __init__(self):
                self.client = AsyncOpenAI()


        async def answer(fast):
            match Quick() if fast else Slow():
                case Quick(client=c):
                    return await c.responses.create(input=1)
                case Slow(client=d) as slow:
                    slow.client.responses.create(input=1)  # FOA002
                    return d.responses.create(input=1)  # FOA002
                case Quick() as quick:
                    return await quick.client.responses.create(input=1)
        """
    )
