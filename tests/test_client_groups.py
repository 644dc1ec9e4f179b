"""Which clients must change together: those that meet in a use or under an annotation, and no others."""

from __future__ import annotations

import pytest
from tools import changed, check_left, check_transformed

APART = [
    pytest.param(
        {
            "pyproject.toml": "",
            "app.py": """\
                from openai import AsyncOpenAI, OpenAI


                class Sync:
                    def __init__(self):
                        self.client = OpenAI()

                    async def answer(self, kwargs):
                        answer = self.client.chat.completions.create(**kwargs)
                        return clean(answer.choices)


                class Right:
                    def __init__(self):
                        self.client = AsyncOpenAI()

                    async def answer(self, kwargs):
                        return clean(await self.client.chat.completions.create(**kwargs))


                def clean(value):
                    return type(value)
                """,
        },
        [
            "import AsyncOpenAI, OpenAI -> import AsyncOpenAI",
            "= OpenAI() -> = AsyncOpenAI()",
            "answer = self -> answer = await self",
        ],
        id="answers-meet-in-a-helper",
    ),
    pytest.param(
        {
            "pyproject.toml": "",
            "app.py": """\
                from openai import AsyncOpenAI, OpenAI


                class Model:
                    def __init__(self):
                        self.client = OpenAI()
                        self.other = AsyncOpenAI()

                    async def first(self, kwargs):
                        return self.client.chat.completions.create(**kwargs), True

                    async def second(self, kwargs):
                        answer, flag = await self.first(kwargs)
                        for part in [flag]:
                            print(part)
                        return answer.choices

                    async def third(self, kwargs):
                        flag = (await self.other.chat.completions.create(**kwargs)).choices
                        for part in [flag]:
                            print(part)
                """,
        },
        [
            "import AsyncOpenAI, OpenAI -> import AsyncOpenAI",
            "= OpenAI() -> = AsyncOpenAI()",
            "return self.client -> return await self.client",
        ],
        id="a-tuple-keeps-its-elements-apart",
    ),
    pytest.param(
        {
            "pyproject.toml": "",
            "app.py": """\
                from openai import OpenAI

                client = OpenAI()


                async def answer(kwargs):
                    return client.chat.completions.create(**kwargs)
                """,
            "scripts.py": """\
                from openai import OpenAI


                def main():
                    print(OpenAI().models.list())
                """,
            "tests/test_scripts.py": """\
                from unittest.mock import MagicMock, patch


                def test_main():
                    with patch("scripts.OpenAI", return_value=MagicMock()):
                        pass
                """,
        },
        [
            "import OpenAI -> import AsyncOpenAI",
            "= OpenAI() -> = AsyncOpenAI()",
            "return client -> return await client",
        ],
        id="the-class-is-patched-in-another-module",
    ),
    pytest.param(
        {
            "pyproject.toml": "",
            "app.py": """\
                from openai import OpenAI


                class Model:
                    def __init__(self):
                        self.client = OpenAI()

                    async def answer(self):
                        return self.client.responses.create(model="m", input="x")
                """,
            "tests/test_app.py": """\
                from unittest.mock import AsyncMock, Mock

                from app import Model


                async def test_answer():
                    model = Model()
                    model.client = Mock()
                    model.client.responses.create = AsyncMock(return_value="y")
                    assert await model.answer() == "y"
                """,
        },
        [
            "import OpenAI -> import AsyncOpenAI",
            "= OpenAI() -> = AsyncOpenAI()",
            "return self.client -> return await self.client",
        ],
        id="a-double-that-is-awaited",
    ),
    pytest.param(
        {
            "pyproject.toml": "",
            "app.py": """\
                from dataclasses import dataclass, field

                from openai import OpenAI


                @dataclass
                class Made:
                    client: OpenAI = field(default_factory=OpenAI)

                    def answer(self):
                        return self.client.responses.create(model="m", input="x")


                @dataclass
                class Given:
                    client: OpenAI

                    async def answer(self):
                        answer = self.client.responses.create(model="m", input="x")
                        return answer


                given = Given(OpenAI())
                """,
        },
        [
            "import OpenAI -> import AsyncOpenAI, OpenAI",
            "client: OpenAI\n -> client: AsyncOpenAI\n",
            "Given(OpenAI()) -> Given(AsyncOpenAI())",
            "answer = self -> answer = await self",
        ],
        id="a-factory-that-stays",
    ),
    pytest.param(
        {
            "pyproject.toml": "",
            "app.py": """\
                from dataclasses import dataclass, field

                from openai import OpenAI


                @dataclass
                class Made:
                    client: OpenAI = field(default_factory=OpenAI)

                    async def answer(self):
                        return self.client.responses.create(model="m", input="x")


                @dataclass
                class Given:
                    client: OpenAI

                    async def answer(self):
                        answer = self.client.responses.create(model="m", input="x")
                        return answer


                given = Given(OpenAI())
                """,
        },
        [
            "import OpenAI -> import AsyncOpenAI",
            "client: OpenAI\n -> client: AsyncOpenAI\n",
            "client: OpenAI = -> client: AsyncOpenAI =",
            "factory=OpenAI -> factory=AsyncOpenAI",
            "Given(OpenAI()) -> Given(AsyncOpenAI())",
            "answer = self -> answer = await self",
            "return self -> return await self",
        ],
        id="a-factory-that-changes-as-well",
    ),
]


@pytest.mark.parametrize(("files", "changes"), APART)
def test_switched_alone(files: dict[str, str], changes: list[str]) -> None:
    check_transformed(files, {"app.py": changed(files["app.py"], changes)}, "async-client")


def test_a_shared_base_class_that_awaits_wants_every_client_async() -> None:
    check_transformed(
        """\
        import httpx
        from openai import AsyncOpenAI, OpenAI


        def shared() -> httpx.AsyncClient:
            return build()


        class Base:
            async def answer(self):
                return await self.client.responses.create(model="m", input="x")


        class Right(Base):
            def __init__(self):
                self.client = AsyncOpenAI()


        class Wrong(Base):
            def __init__(self):
                http_client = shared()
                self.client = OpenAI(http_client=http_client, **({"max_retries": 0} if http_client else {}))

            async def list(self):
                return self.client.embeddings.create(model="m", input="x")
        """,
        """\
        import httpx
        from openai import AsyncOpenAI


        def shared() -> httpx.AsyncClient:
            return build()


        class Base:
            async def answer(self):
                return await self.client.responses.create(model="m", input="x")


        class Right(Base):
            def __init__(self):
                self.client = AsyncOpenAI()


        class Wrong(Base):
            def __init__(self):
                http_client = shared()
                self.client = AsyncOpenAI(http_client=http_client, **({"max_retries": 0} if http_client else {}))

            async def list(self):
                return await self.client.embeddings.create(model="m", input="x")
        """,
        "async-client",
    )


MIXED = [
    pytest.param(
        """\
        from openai import AsyncOpenAI, OpenAI


        class Base:
            async def answer(self):
                return self.client.responses.create(model="m", input="x")


        class Right(Base):
            def __init__(self):
                self.client = AsyncOpenAI()  # obstacle


        class Other(Base):
            def __init__(self):
                self.client = OpenAI()
        """,
        "either a sync or an async client",
        id="one-call-of-both-colours",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        class Model:
            def __init__(self):
                self.client = OpenAI()

            async def answer(self, kwargs):
                return self.client.chat.completions.create(**kwargs), True  # obstacle


        async def main():
            print(*(await Model().answer({})))
        """,
        "kept in a container",
        id="a-tuple-that-is-not-unpacked",
    ),
]


@pytest.mark.parametrize(("source", "reason"), MIXED)
def test_left(source: str, reason: str) -> None:
    check_left(source, reason, "async-client")


def test_a_stream_of_a_client_that_an_annotation_promises_wrongly() -> None:
    before = """\
        from openai import AsyncOpenAI, OpenAI


        class Chat:
            def __init__(self, client: AsyncOpenAI):
                self.client = client


        chat = Chat(OpenAI())


        async def answer(prompt):
            stream = chat.client.responses.create(model="m", input=prompt, stream=True)
            for event in stream:
                yield event
        """
    after = before.replace("import AsyncOpenAI, OpenAI", "import AsyncOpenAI").replace("Chat(O", "Chat(AsyncO")
    check_transformed(
        before,
        after.replace("= chat.client", "= await chat.client").replace("    for", "    async for"),
        by="async-client",
    )
