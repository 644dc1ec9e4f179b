"""Where a client is held and how it gets to a call: each form is found, and changes as a whole."""

from __future__ import annotations

import pytest
from tools import check_findings, check_noop, check_transformed

HELD = [
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer() -> str:
            return client.responses.create(model="m", input="x").output_text
        """,
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        async def answer() -> str:
            return (await client.responses.create(model="m", input="x")).output_text
        """,
        id="module-global",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer() -> str:
            client = OpenAI()
            response = client.responses.create(model="m", input="x")
            return response.output_text
        """,
        """\
        from openai import AsyncOpenAI


        async def answer() -> str:
            client = AsyncOpenAI()
            response = await client.responses.create(model="m", input="x")
            return response.output_text
        """,
        id="local",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer() -> str:
            return OpenAI().responses.create(model="m", input="x").output_text
        """,
        """\
        from openai import AsyncOpenAI


        async def answer() -> str:
            return (await AsyncOpenAI().responses.create(model="m", input="x")).output_text
        """,
        id="not-held-at-all",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer(client: OpenAI) -> str:
            return client.responses.create(model="m", input="x").output_text


        async def main() -> str:
            return await answer(OpenAI())
        """,
        """\
        from openai import AsyncOpenAI


        async def answer(client: AsyncOpenAI) -> str:
            return (await client.responses.create(model="m", input="x")).output_text


        async def main() -> str:
            return await answer(AsyncOpenAI())
        """,
        id="annotated-parameter",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer(client, prompt):
            return client.responses.create(model="m", input=prompt)


        async def main():
            return await answer(prompt="x", client=OpenAI())
        """,
        """\
        from openai import AsyncOpenAI


        async def answer(client, prompt):
            return await client.responses.create(model="m", input=prompt)


        async def main():
            return await answer(prompt="x", client=AsyncOpenAI())
        """,
        id="parameter-known-by-its-calls",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer(*, client=OpenAI()):
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        async def answer(*, client=AsyncOpenAI()):
            return await client.responses.create(model="m", input="x")
        """,
        id="default-of-a-parameter",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        def make() -> OpenAI:
            return OpenAI()


        async def answer():
            return make().responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        def make() -> AsyncOpenAI:
            return AsyncOpenAI()


        async def answer():
            return await make().responses.create(model="m", input="x")
        """,
        id="annotated-factory",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        def make(timeout=10):
            client = OpenAI(timeout=timeout)
            return client


        async def answer():
            client = make()
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        def make(timeout=10):
            client = AsyncOpenAI(timeout=timeout)
            return client


        async def answer():
            client = make()
            return await client.responses.create(model="m", input="x")
        """,
        id="factory-without-annotation",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def make():
            return OpenAI()


        async def answer():
            client = await make()
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        async def make():
            return AsyncOpenAI()


        async def answer():
            client = await make()
            return await client.responses.create(model="m", input="x")
        """,
        id="async-factory",
    ),
    pytest.param(
        """\
        from functools import lru_cache

        from openai import OpenAI


        @lru_cache(maxsize=1)
        def get_client() -> OpenAI:
            return OpenAI()


        async def answer():
            return get_client().responses.create(model="m", input="x")
        """,
        """\
        from functools import lru_cache

        from openai import AsyncOpenAI


        @lru_cache(maxsize=1)
        def get_client() -> AsyncOpenAI:
            return AsyncOpenAI()


        async def answer():
            return await get_client().responses.create(model="m", input="x")
        """,
        id="lru-cache",
    ),
    pytest.param(
        """\
        import functools

        import openai


        @functools.cache
        def get_client():
            return openai.OpenAI()


        async def answer():
            return get_client().responses.create(model="m", input="x")
        """,
        """\
        import functools

        import openai


        @functools.cache
        def get_client():
            return openai.AsyncOpenAI()


        async def answer():
            return await get_client().responses.create(model="m", input="x")
        """,
        id="functools-cache-as-an-attribute",
    ),
    pytest.param(
        """\
        from typing import Optional

        from openai import OpenAI

        _client: Optional[OpenAI] = None


        def get_client() -> OpenAI:
            global _client
            if _client is None:
                _client = OpenAI()
            return _client


        async def answer():
            return get_client().responses.create(model="m", input="x")
        """,
        """\
        from typing import Optional

        from openai import AsyncOpenAI

        _client: Optional[AsyncOpenAI] = None


        def get_client() -> AsyncOpenAI:
            global _client
            if _client is None:
                _client = AsyncOpenAI()
            return _client


        async def answer():
            return await get_client().responses.create(model="m", input="x")
        """,
        id="lazy-global",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        class Holder:
            _instance: "OpenAI | None" = None

            @classmethod
            def get(cls) -> "OpenAI":
                if cls._instance is None:
                    cls._instance = OpenAI()
                return cls._instance


        async def answer():
            return Holder.get().responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        class Holder:
            _instance: "AsyncOpenAI | None" = None

            @classmethod
            def get(cls) -> "AsyncOpenAI":
                if cls._instance is None:
                    cls._instance = AsyncOpenAI()
                return cls._instance


        async def answer():
            return await Holder.get().responses.create(model="m", input="x")
        """,
        id="lazy-class-attribute-behind-a-classmethod",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        class Assistant:
            def __init__(self) -> None:
                self.client = OpenAI()

            async def answer(self) -> str:
                return self.client.responses.create(model="m", input="x").output_text
        """,
        """\
        from openai import AsyncOpenAI


        class Assistant:
            def __init__(self) -> None:
                self.client = AsyncOpenAI()

            async def answer(self) -> str:
                return (await self.client.responses.create(model="m", input="x")).output_text
        """,
        id="attribute-of-self",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        class Assistant:
            def __init__(self, client: OpenAI) -> None:
                self._client = client

            async def answer(self) -> str:
                return self._client.responses.create(model="m", input="x").output_text


        assistant = Assistant(OpenAI())
        """,
        """\
        from openai import AsyncOpenAI


        class Assistant:
            def __init__(self, client: AsyncOpenAI) -> None:
                self._client = client

            async def answer(self) -> str:
                return (await self._client.responses.create(model="m", input="x")).output_text


        assistant = Assistant(AsyncOpenAI())
        """,
        id="handed-to-init",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        class Assistant:
            @property
            def client(self) -> OpenAI:
                return OpenAI()

            async def answer(self) -> str:
                return self.client.responses.create(model="m", input="x").output_text
        """,
        """\
        from openai import AsyncOpenAI


        class Assistant:
            @property
            def client(self) -> AsyncOpenAI:
                return AsyncOpenAI()

            async def answer(self) -> str:
                return (await self.client.responses.create(model="m", input="x")).output_text
        """,
        id="property",
    ),
    pytest.param(
        """\
        from functools import cached_property

        from openai import OpenAI


        class Assistant:
            @cached_property
            def client(self):
                return OpenAI()

            async def answer(self) -> str:
                return self.client.responses.create(model="m", input="x").output_text
        """,
        """\
        from functools import cached_property

        from openai import AsyncOpenAI


        class Assistant:
            @cached_property
            def client(self):
                return AsyncOpenAI()

            async def answer(self) -> str:
                return (await self.client.responses.create(model="m", input="x")).output_text
        """,
        id="cached-property",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        class Assistant:
            client = OpenAI()

            async def answer(self) -> str:
                return self.client.responses.create(model="m", input="x").output_text

            @classmethod
            async def ask(cls) -> str:
                return cls.client.responses.create(model="m", input="x").output_text


        async def ask() -> str:
            return Assistant.client.responses.create(model="m", input="x").output_text
        """,
        """\
        from openai import AsyncOpenAI


        class Assistant:
            client = AsyncOpenAI()

            async def answer(self) -> str:
                return (await self.client.responses.create(model="m", input="x")).output_text

            @classmethod
            async def ask(cls) -> str:
                return (await cls.client.responses.create(model="m", input="x")).output_text


        async def ask() -> str:
            return (await Assistant.client.responses.create(model="m", input="x")).output_text
        """,
        id="class-attribute",
    ),
    pytest.param(
        """\
        from dataclasses import dataclass, field

        from openai import OpenAI


        @dataclass
        class Services:
            name: str
            client: OpenAI = field(default_factory=OpenAI)


        async def answer(services: Services) -> str:
            return services.client.responses.create(model="m", input="x").output_text
        """,
        """\
        from dataclasses import dataclass, field

        from openai import AsyncOpenAI


        @dataclass
        class Services:
            name: str
            client: AsyncOpenAI = field(default_factory=AsyncOpenAI)


        async def answer(services: Services) -> str:
            return (await services.client.responses.create(model="m", input="x")).output_text
        """,
        id="dataclass-field-with-a-default-factory",
    ),
    pytest.param(
        """\
        from dataclasses import dataclass

        from openai import OpenAI


        @dataclass
        class Services:
            name: str
            client: OpenAI


        services = Services("main", OpenAI())


        async def answer() -> str:
            return services.client.responses.create(model="m", input="x").output_text
        """,
        """\
        from dataclasses import dataclass

        from openai import AsyncOpenAI


        @dataclass
        class Services:
            name: str
            client: AsyncOpenAI


        services = Services("main", AsyncOpenAI())


        async def answer() -> str:
            return (await services.client.responses.create(model="m", input="x")).output_text
        """,
        id="dataclass-field",
    ),
    pytest.param(
        """\
        from openai import OpenAI
        from pydantic import BaseModel, ConfigDict


        class Services(BaseModel):
            model_config = ConfigDict(arbitrary_types_allowed=True)

            client: OpenAI


        services = Services(client=OpenAI())


        async def answer() -> str:
            return services.client.responses.create(model="m", input="x").output_text
        """,
        """\
        from openai import AsyncOpenAI
        from pydantic import BaseModel, ConfigDict


        class Services(BaseModel):
            model_config = ConfigDict(arbitrary_types_allowed=True)

            client: AsyncOpenAI


        services = Services(client=AsyncOpenAI())


        async def answer() -> str:
            return (await services.client.responses.create(model="m", input="x")).output_text
        """,
        id="pydantic-field",
    ),
    pytest.param(
        """\
        from fastapi import FastAPI, Request
        from openai import OpenAI

        app = FastAPI()
        app.state.openai = OpenAI()


        @app.get("/")
        async def answer(request: Request) -> str:
            return request.app.state.openai.responses.create(model="m", input="x").output_text


        @app.get("/other")
        async def other() -> str:
            return app.state.openai.responses.create(model="m", input="x").output_text
        """,
        """\
        from fastapi import FastAPI, Request
        from openai import AsyncOpenAI

        app = FastAPI()
        app.state.openai = AsyncOpenAI()


        @app.get("/")
        async def answer(request: Request) -> str:
            return (await request.app.state.openai.responses.create(model="m", input="x")).output_text


        @app.get("/other")
        async def other() -> str:
            return (await app.state.openai.responses.create(model="m", input="x")).output_text
        """,
        id="app-state",
    ),
    pytest.param(
        """\
        from contextlib import asynccontextmanager

        from fastapi import FastAPI, Request
        from openai import OpenAI


        @asynccontextmanager
        async def lifespan(app: FastAPI):
            app.state.llm = OpenAI()
            yield


        app = FastAPI(lifespan=lifespan)


        @app.get("/")
        async def answer(request: Request) -> str:
            client = getattr(request.app.state, "llm")
            return client.responses.create(model="m", input="x").output_text
        """,
        """\
        from contextlib import asynccontextmanager

        from fastapi import FastAPI, Request
        from openai import AsyncOpenAI


        @asynccontextmanager
        async def lifespan(app: FastAPI):
            app.state.llm = AsyncOpenAI()
            yield


        app = FastAPI(lifespan=lifespan)


        @app.get("/")
        async def answer(request: Request) -> str:
            client = getattr(request.app.state, "llm")
            return (await client.responses.create(model="m", input="x")).output_text
        """,
        id="app-state-set-in-the-lifespan-and-read-with-getattr",
    ),
    pytest.param(
        """\
        import os

        from openai import AzureOpenAI, OpenAI

        client = AzureOpenAI() if os.environ.get("AZURE") else OpenAI()


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        import os

        from openai import AsyncAzureOpenAI, AsyncOpenAI

        client = AsyncAzureOpenAI() if os.environ.get("AZURE") else AsyncOpenAI()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="either-of-two-classes-in-an-expression",
    ),
    pytest.param(
        """\
        import os

        from openai import AzureOpenAI, OpenAI

        if os.environ.get("AZURE"):
            client = AzureOpenAI()
        else:
            client = OpenAI()


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        import os

        from openai import AsyncAzureOpenAI, AsyncOpenAI

        if os.environ.get("AZURE"):
            client = AsyncAzureOpenAI()
        else:
            client = AsyncOpenAI()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="either-of-two-classes-in-statements",
    ),
    pytest.param(
        """\
        import os

        from openai import AzureOpenAI, OpenAI

        client = (AzureOpenAI if os.environ.get("AZURE") else OpenAI)()


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        import os

        from openai import AsyncAzureOpenAI, AsyncOpenAI

        client = (AsyncAzureOpenAI if os.environ.get("AZURE") else AsyncOpenAI)()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="class-chosen-in-place",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer():
            return client.with_options(timeout=60).with_options(max_retries=1).responses.create(input="x")
        """,
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        async def answer():
            return await client.with_options(timeout=60).with_options(max_retries=1).responses.create(input="x")
        """,
        id="with-options-chained",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()
        patient = client.with_options(timeout=60)
        copied = patient.copy()


        async def answer():
            return copied.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()
        patient = client.with_options(timeout=60)
        copied = patient.copy()


        async def answer():
            return await copied.responses.create(model="m", input="x")
        """,
        id="with-options-and-copy-stored",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()
        create = client.chat.completions.create


        async def answer():
            return create(model="m", messages=[])
        """,
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()
        create = client.chat.completions.create


        async def answer():
            return await create(model="m", messages=[])
        """,
        id="bound-method-under-another-name",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        completions = OpenAI().chat.completions


        async def answer():
            return completions.create(model="m", messages=[])
        """,
        """\
        from openai import AsyncOpenAI

        completions = AsyncOpenAI().chat.completions


        async def answer():
            return await completions.create(model="m", messages=[])
        """,
        id="resource-under-another-name",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        name, client = "main", OpenAI()


        async def answer():
            return client.responses.create(model="m", input=name)
        """,
        """\
        from openai import AsyncOpenAI

        name, client = "main", AsyncOpenAI()


        async def answer():
            return await client.responses.create(model="m", input=name)
        """,
        id="tuple-unpacking",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer(key: str):
            if client := OpenAI(api_key=key):
                return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        async def answer(key: str):
            if client := AsyncOpenAI(api_key=key):
                return await client.responses.create(model="m", input="x")
        """,
        id="walrus",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        def get(given: OpenAI | None = None):
            return given or OpenAI()


        async def answer():
            return get().responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        def get(given: AsyncOpenAI | None = None):
            return given or AsyncOpenAI()


        async def answer():
            return await get().responses.create(model="m", input="x")
        """,
        id="either-given-or-made",
    ),
    pytest.param(
        """\
        import instructor
        from openai import OpenAI

        client = instructor.from_openai(OpenAI())


        async def answer():
            client.create(response_model=dict, messages=[])
            client.chat.completions.create_with_completion(response_model=dict, messages=[])
            return client.chat.completions.create(model="m", messages=[])
        """,
        """\
        import instructor
        from openai import AsyncOpenAI

        client = instructor.from_openai(AsyncOpenAI())


        async def answer():
            await client.create(response_model=dict, messages=[])
            await client.chat.completions.create_with_completion(response_model=dict, messages=[])
            return await client.chat.completions.create(model="m", messages=[])
        """,
        id="wrapper-that-keeps-the-colour",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def outer():
            client = OpenAI()

            async def inner():
                return client.responses.create(model="m", input="x")

            return await inner()
        """,
        """\
        from openai import AsyncOpenAI


        async def outer():
            client = AsyncOpenAI()

            async def inner():
                return await client.responses.create(model="m", input="x")

            return await inner()
        """,
        id="closure",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        try:
            client = OpenAI()
        except Exception:
            client = None


        async def answer():
            return client.responses.create(model="m", input="x") if client else None
        """,
        """\
        from openai import AsyncOpenAI

        try:
            client = AsyncOpenAI()
        except Exception:
            client = None


        async def answer():
            return await client.responses.create(model="m", input="x") if client else None
        """,
        id="made-in-a-try",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        class Base:
            def __call__(self):
                return OpenAI()


        async def answer():
            return Base()().responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        class Base:
            def __call__(self):
                return AsyncOpenAI()


        async def answer():
            return await Base()().responses.create(model="m", input="x")
        """,
        id="callable-object",
    ),
]


@pytest.mark.parametrize(("before", "after"), HELD)
def test_a_client_is_followed_and_all_of_it_changes(before: str, after: str) -> None:
    check_transformed(before, after, "async-client")


INJECTED = [
    pytest.param(
        """\
        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        def get_client() -> OpenAI:
            return OpenAI()


        @app.get("/")
        async def answer(client: OpenAI = Depends(get_client)) -> str:
            return client.responses.create(model="m", input="x").output_text
        """,
        """\
        from fastapi import Depends, FastAPI
        from openai import AsyncOpenAI

        app = FastAPI()


        def get_client() -> AsyncOpenAI:
            return AsyncOpenAI()


        @app.get("/")
        async def answer(client: AsyncOpenAI = Depends(get_client)) -> str:
            return (await client.responses.create(model="m", input="x")).output_text
        """,
        id="annotated-default",
    ),
    pytest.param(
        """\
        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        def get_client():
            return OpenAI()


        @app.get("/")
        async def answer(client=Depends(get_client)):
            return client.responses.create(model="m", input="x")
        """,
        """\
        from fastapi import Depends, FastAPI
        from openai import AsyncOpenAI

        app = FastAPI()


        def get_client():
            return AsyncOpenAI()


        @app.get("/")
        async def answer(client=Depends(get_client)):
            return await client.responses.create(model="m", input="x")
        """,
        id="default-without-annotation",
    ),
    pytest.param(
        """\
        from typing import Annotated

        import fastapi
        from openai import OpenAI

        app = fastapi.FastAPI()


        def get_client() -> OpenAI:
            return OpenAI()


        @app.get("/")
        async def answer(client: Annotated[OpenAI, fastapi.Depends(get_client)]) -> str:
            return client.responses.create(model="m", input="x").output_text
        """,
        """\
        from typing import Annotated

        import fastapi
        from openai import AsyncOpenAI

        app = fastapi.FastAPI()


        def get_client() -> AsyncOpenAI:
            return AsyncOpenAI()


        @app.get("/")
        async def answer(client: Annotated[AsyncOpenAI, fastapi.Depends(get_client)]) -> str:
            return (await client.responses.create(model="m", input="x")).output_text
        """,
        id="annotated",
    ),
    pytest.param(
        """\
        from typing import Annotated

        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        def get_client() -> OpenAI:
            return OpenAI()


        ClientDep = Annotated[OpenAI, Depends(get_client)]


        @app.get("/")
        async def answer(client: ClientDep) -> str:
            return client.responses.create(model="m", input="x").output_text
        """,
        """\
        from typing import Annotated

        from fastapi import Depends, FastAPI
        from openai import AsyncOpenAI

        app = FastAPI()


        def get_client() -> AsyncOpenAI:
            return AsyncOpenAI()


        ClientDep = Annotated[AsyncOpenAI, Depends(get_client)]


        @app.get("/")
        async def answer(client: ClientDep) -> str:
            return (await client.responses.create(model="m", input="x")).output_text
        """,
        id="alias",
    ),
    pytest.param(
        """\
        from typing import Annotated

        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()
        Client = OpenAI


        def get_client() -> Client:
            return Client()


        Inner = Annotated[Client, Depends(get_client)]
        Outer = Annotated[Inner, "described"]


        @app.get("/")
        async def answer(client: Outer) -> str:
            return client.responses.create(model="m", input="x").output_text  # FOA002
        """,
        None,
        id="nested-alias",
    ),
    pytest.param(
        """\
        from typing import Annotated

        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        class Services:
            def __init__(self) -> None:
                self.client = OpenAI()


        @app.get("/")
        async def answer(services: Annotated[Services, Depends()]) -> str:
            return services.client.responses.create(model="m", input="x").output_text
        """,
        """\
        from typing import Annotated

        from fastapi import Depends, FastAPI
        from openai import AsyncOpenAI

        app = FastAPI()


        class Services:
            def __init__(self) -> None:
                self.client = AsyncOpenAI()


        @app.get("/")
        async def answer(services: Annotated[Services, Depends()]) -> str:
            return (await services.client.responses.create(model="m", input="x")).output_text
        """,
        id="class-as-its-own-dependency",
    ),
    pytest.param(
        """\
        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        def get_client() -> OpenAI:
            return OpenAI()


        class Services:
            def __init__(self, client: OpenAI = Depends(get_client)) -> None:
                self.client = client


        @app.get("/")
        async def answer(services: Services = Depends(Services)) -> str:
            return services.client.responses.create(model="m", input="x").output_text
        """,
        """\
        from fastapi import Depends, FastAPI
        from openai import AsyncOpenAI

        app = FastAPI()


        def get_client() -> AsyncOpenAI:
            return AsyncOpenAI()


        class Services:
            def __init__(self, client: AsyncOpenAI = Depends(get_client)) -> None:
                self.client = client


        @app.get("/")
        async def answer(services: Services = Depends(Services)) -> str:
            return (await services.client.responses.create(model="m", input="x")).output_text
        """,
        id="class-with-dependencies-of-its-own",
    ),
    pytest.param(
        """\
        from collections.abc import Iterator

        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        def get_client() -> Iterator[OpenAI]:
            yield OpenAI()


        @app.get("/")
        async def answer(client=Depends(get_client)) -> str:
            return client.responses.create(model="m", input="x").output_text
        """,
        """\
        from collections.abc import Iterator

        from fastapi import Depends, FastAPI
        from openai import AsyncOpenAI

        app = FastAPI()


        def get_client() -> Iterator[AsyncOpenAI]:
            yield AsyncOpenAI()


        @app.get("/")
        async def answer(client=Depends(get_client)) -> str:
            return (await client.responses.create(model="m", input="x")).output_text
        """,
        id="generator",
    ),
    pytest.param(
        """\
        from fastapi import Depends, FastAPI
        from openai import OpenAI

        app = FastAPI()


        class Provider:
            def __call__(self):
                return OpenAI()


        provider = Provider()


        @app.get("/")
        async def answer(client=Depends(provider)):
            return client.responses.create(model="m", input="x")
        """,
        """\
        from fastapi import Depends, FastAPI
        from openai import AsyncOpenAI

        app = FastAPI()


        class Provider:
            def __call__(self):
                return AsyncOpenAI()


        provider = Provider()


        @app.get("/")
        async def answer(client=Depends(provider)):
            return await client.responses.create(model="m", input="x")
        """,
        id="callable-object",
    ),
]


@pytest.mark.parametrize(("before", "after"), INJECTED)
def test_an_injected_client_is_followed(before: str, after: str | None) -> None:
    if after is None:
        check_findings(before)
    else:
        check_transformed(before, after, "async-client")


def test_a_client_in_a_base_class_of_another_package() -> None:
    check_transformed(
        {
            "core/__init__.py": "",
            "core/base.py": """\
                from openai import OpenAI


                class Base:
                    def __init__(self) -> None:
                        self.client = OpenAI()
                """,
            "agents/__init__.py": "",
            "agents/writer.py": """\
                from core.base import Base


                class Writer(Base):
                    async def write(self) -> str:
                        return self.client.responses.create(model="m", input="x").output_text
                """,
        },
        {
            "core/base.py": """\
                from openai import AsyncOpenAI


                class Base:
                    def __init__(self) -> None:
                        self.client = AsyncOpenAI()
                """,
            "agents/writer.py": """\
                from core.base import Base


                class Writer(Base):
                    async def write(self) -> str:
                        return (await self.client.responses.create(model="m", input="x")).output_text
                """,
        },
        "async-client",
    )


def test_a_client_that_only_subclasses_have() -> None:
    check_findings(
        """\
        from openai import OpenAI


        class Base:
            async def answer(self):
                return self.client.responses.create(model="m", input="x")  # FOA002


        class Real(Base):
            def __init__(self):
                self.client = OpenAI()
        """
    )


LIES = [
    pytest.param(
        """\
        from openai import AsyncOpenAI, OpenAI


        async def answer(client: OpenAI):
            return await client.responses.create(model="m", input="x")


        async def main():
            return await answer(AsyncOpenAI())
        """,
        id="annotated-sync-given-async",
    ),
    pytest.param(
        """\
        from openai import AsyncOpenAI, OpenAI

        client: OpenAI = AsyncOpenAI()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="variable-annotated-sync",
    ),
    pytest.param(
        """\
        from openai import AsyncOpenAI, OpenAI


        def get_client() -> OpenAI:
            return AsyncOpenAI()


        async def answer():
            return await get_client().responses.create(model="m", input="x")
        """,
        id="factory-annotated-sync",
    ),
]


@pytest.mark.parametrize("source", LIES)
def test_what_is_made_outranks_what_an_annotation_says(source: str) -> None:
    check_noop(source)


def test_an_annotation_that_says_async_hides_no_sync_client() -> None:
    check_findings(
        """\
        from openai import AsyncOpenAI, OpenAI


        async def answer(client: AsyncOpenAI):
            return await client.responses.create(model="m", input="x")  # FOA001


        async def main():
            return await answer(OpenAI())
        """
    )
