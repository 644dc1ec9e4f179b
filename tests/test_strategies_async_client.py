"""async-client: classes, imports and annotations change together with every use, or nothing does and it says why."""

from __future__ import annotations

import pytest
from tools import check_left, check_transformed

NAMES = [
    pytest.param(
        """\
        from openai import OpenAI as Client

        client = Client()


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI as Client

        client = Client()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="an-alias-stays",
    ),
    pytest.param(
        """\
        import openai as ai

        client: ai.OpenAI = ai.OpenAI()


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        import openai as ai

        client: ai.AsyncOpenAI = ai.AsyncOpenAI()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="attribute-of-the-module",
    ),
    pytest.param(
        """\
        import openai

        client = openai.Client()


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        import openai

        client = openai.AsyncClient()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="the-class-under-its-other-name",
    ),
    pytest.param(
        """\
        from openai import (
            # the one and only
            OpenAI,  # sync
            RateLimitError,
        )

        client = OpenAI()


        async def answer():
            try:
                return client.responses.create(model="m", input="x")
            except RateLimitError:
                return None
        """,
        """\
        from openai import (
            # the one and only
            AsyncOpenAI,  # sync
            RateLimitError,
        )

        client = AsyncOpenAI()


        async def answer():
            try:
                return await client.responses.create(model="m", input="x")
            except RateLimitError:
                return None
        """,
        id="parenthesised-import-keeps-its-comments",
    ),
    pytest.param(
        """\
        from openai import (
            APIError,
            OpenAI,
        )

        client = OpenAI()
        other = OpenAI()
        print(other.models.list().data)


        async def answer():
            try:
                return client.responses.create(model="m", input="x")
            except APIError:
                return None
        """,
        """\
        from openai import (
            APIError,
            AsyncOpenAI,
            OpenAI,
        )

        client = AsyncOpenAI()
        other = OpenAI()
        print(other.models.list().data)


        async def answer():
            try:
                return await client.responses.create(model="m", input="x")
            except APIError:
                return None
        """,
        id="the-sync-class-is-still-needed",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()
        other = OpenAI()
        print(other.models.list().data)


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI, OpenAI

        client = AsyncOpenAI()
        other = OpenAI()
        print(other.models.list().data)


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="the-sync-class-is-still-needed-on-one-line",
    ),
    pytest.param(
        """\
        from openai import AsyncOpenAI, OpenAI

        right = AsyncOpenAI()
        client = OpenAI()


        async def answer():
            await right.responses.create(model="m", input="x")
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI

        right = AsyncOpenAI()
        client = AsyncOpenAI()


        async def answer():
            await right.responses.create(model="m", input="x")
            return await client.responses.create(model="m", input="x")
        """,
        id="the-async-class-is-imported-already",
    ),
    pytest.param(
        """\
        from openai import AsyncOpenAI as Async
        from openai import OpenAI, RateLimitError

        right = Async()
        client = OpenAI()


        async def answer():
            try:
                await right.responses.create(model="m", input="x")
                return client.responses.create(model="m", input="x")
            except RateLimitError:
                return None
        """,
        """\
        from openai import AsyncOpenAI as Async
        from openai import RateLimitError

        right = Async()
        client = Async()


        async def answer():
            try:
                await right.responses.create(model="m", input="x")
                return await client.responses.create(model="m", input="x")
            except RateLimitError:
                return None
        """,
        id="the-async-class-is-imported-under-an-alias",
    ),
    pytest.param(
        """\
        from openai import *

        client = OpenAI()


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import *

        client = AsyncOpenAI()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="star-import",
    ),
    pytest.param(
        """\
        from __future__ import annotations

        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from openai import OpenAI


        async def answer(client: OpenAI) -> str:
            return client.responses.create(model="m", input="x").output_text
        """,
        """\
        from __future__ import annotations

        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from openai import AsyncOpenAI


        async def answer(client: AsyncOpenAI) -> str:
            return (await client.responses.create(model="m", input="x")).output_text
        """,
        id="imported-for-type-checking-only",
    ),
    pytest.param(
        """\
        try:
            from openai import OpenAI
        except ImportError:
            OpenAI = None

        client = OpenAI() if OpenAI else None


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        try:
            from openai import AsyncOpenAI
        except ImportError:
            AsyncOpenAI = None

        client = AsyncOpenAI() if AsyncOpenAI else None


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="import-in-a-try",
    ),
    pytest.param(
        """\
        async def answer():
            from openai import OpenAI

            client = OpenAI()
            return client.responses.create(model="m", input="x")
        """,
        """\
        async def answer():
            from openai import AsyncOpenAI

            client = AsyncOpenAI()
            return await client.responses.create(model="m", input="x")
        """,
        id="import-in-a-function",
    ),
    pytest.param(
        """\
        from typing import Dict, Optional, Union

        from openai import AzureOpenAI, OpenAI


        async def one(client: Optional[OpenAI]) -> None:
            client.responses.create(model="m", input="x")


        async def two(client: Union[OpenAI, AzureOpenAI]) -> None:
            client.responses.create(model="m", input="x")


        async def three(client: "OpenAI | None" = None) -> None:
            client.responses.create(model="m", input="x")


        async def four(client: "Optional[OpenAI]", sizes: Dict[str, int]) -> None:
            client.responses.create(model="m", input="x")


        async def five(client: OpenAI | AzureOpenAI | None) -> None:
            client.responses.create(model="m", input="x")
        """,
        """\
        from typing import Dict, Optional, Union

        from openai import AsyncAzureOpenAI, AsyncOpenAI


        async def one(client: Optional[AsyncOpenAI]) -> None:
            await client.responses.create(model="m", input="x")


        async def two(client: Union[AsyncOpenAI, AsyncAzureOpenAI]) -> None:
            await client.responses.create(model="m", input="x")


        async def three(client: "AsyncOpenAI | None" = None) -> None:
            await client.responses.create(model="m", input="x")


        async def four(client: "Optional[AsyncOpenAI]", sizes: Dict[str, int]) -> None:
            await client.responses.create(model="m", input="x")


        async def five(client: AsyncOpenAI | AsyncAzureOpenAI | None) -> None:
            await client.responses.create(model="m", input="x")
        """,
        id="annotations-of-every-form",
    ),
    pytest.param(
        """\
        from openai import OpenAI
        from openai.resources.chat import Completions


        async def answer(completions: Completions) -> None:
            completions.create(model="m", messages=[])


        async def main() -> None:
            await answer(OpenAI().chat.completions)
        """,
        """\
        from openai import AsyncOpenAI
        from openai.resources.chat import AsyncCompletions


        async def answer(completions: AsyncCompletions) -> None:
            await completions.create(model="m", messages=[])


        async def main() -> None:
            await answer(AsyncOpenAI().chat.completions)
        """,
        id="resource-in-an-annotation",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        __all__ = ["client", "OpenAI"]

        client = OpenAI()


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI, OpenAI

        __all__ = ["client", "OpenAI"]

        client = AsyncOpenAI()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="the-sync-class-is-exported",
    ),
    pytest.param(
        """\
        from typing import cast

        from openai import OpenAI

        client = cast(OpenAI, OpenAI())


        async def answer():
            assert isinstance(client, OpenAI)
            return client.responses.create(model="m", input="x")
        """,
        """\
        from typing import cast

        from openai import AsyncOpenAI

        client = cast(AsyncOpenAI, AsyncOpenAI())


        async def answer():
            assert isinstance(client, AsyncOpenAI)
            return await client.responses.create(model="m", input="x")
        """,
        id="cast-and-isinstance",
    ),
    pytest.param(
        """\
        from openai import OpenAI, OpenAI as Other

        client = OpenAI()
        other = Other()


        async def answer():
            return client.responses.create(model="m", input="x")


        def answer_others():
            return other.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI, OpenAI as Other

        client = AsyncOpenAI()
        other = Other()


        async def answer():
            return await client.responses.create(model="m", input="x")


        def answer_others():
            return other.responses.create(model="m", input="x")
        """,
        id="two-aliases-of-one-class",
    ),
    pytest.param(
        """\
        from openai import OpenAI, OpenAI as Other

        client = OpenAI()
        other = Other()


        async def answer():
            return other.responses.create(model="m", input="x")


        def answer_others():
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import OpenAI, AsyncOpenAI as Other

        client = OpenAI()
        other = Other()


        async def answer():
            return await other.responses.create(model="m", input="x")


        def answer_others():
            return client.responses.create(model="m", input="x")
        """,
        id="the-second-of-two-aliases",
    ),
    pytest.param(
        """\
        from openai import OpenAI, OpenAI as Other

        client = OpenAI()
        other = Other()


        async def answer():
            other.responses.create(model="m", input="x")
            return client.responses.create(model="m", input="x")


        def answer_others():
            return OpenAI().responses.create(model="m", input=Other().models.list())
        """,
        """\
        from openai import AsyncOpenAI, OpenAI, OpenAI as Other

        client = AsyncOpenAI()
        other = AsyncOpenAI()


        async def answer():
            await other.responses.create(model="m", input="x")
            return await client.responses.create(model="m", input="x")


        def answer_others():
            return OpenAI().responses.create(model="m", input=Other().models.list())
        """,
        id="two-aliases-of-one-class-that-are-still-needed",
    ),
    pytest.param(
        """\
        from openai import OpenAI as OpenAI


        async def answer(client: OpenAI):
            return client.responses.create(model="m", input="x")


        async def main():
            return await answer(OpenAI())
        """,
        """\
        from openai import AsyncOpenAI, OpenAI as OpenAI


        async def answer(client: AsyncOpenAI):
            return await client.responses.create(model="m", input="x")


        async def main():
            return await answer(AsyncOpenAI())
        """,
        id="exported-by-its-own-name-again",
    ),
    pytest.param(
        """\
        import openai


        async def answer(client: "openai.OpenAI"):
            return client.responses.create(model="m", input="x")


        async def main():
            return await answer(openai.OpenAI())
        """,
        """\
        import openai


        async def answer(client: "openai.AsyncOpenAI"):
            return await client.responses.create(model="m", input="x")


        async def main():
            return await answer(openai.AsyncOpenAI())
        """,
        id="quoted-through-the-package",
    ),
    pytest.param(
        """\
        import openai as sdk


        async def answer(client: "sdk.OpenAI | None"):
            return client.responses.create(model="m", input="x")


        async def main():
            return await answer(sdk.OpenAI())
        """,
        """\
        import openai as sdk


        async def answer(client: "sdk.AsyncOpenAI | None"):
            return await client.responses.create(model="m", input="x")


        async def main():
            return await answer(sdk.AsyncOpenAI())
        """,
        id="quoted-through-an-alias-of-the-package",
    ),
    pytest.param(
        """\
        from openai import OpenAI as Client


        async def answer(client: "Client"):
            return client.responses.create(model="m", input="x")


        async def main():
            return await answer(Client())
        """,
        """\
        from openai import AsyncOpenAI as Client


        async def answer(client: "Client"):
            return await client.responses.create(model="m", input="x")


        async def main():
            return await answer(Client())
        """,
        id="quoted-by-an-alias",
    ),
    pytest.param(
        """\
        import openai
        from openai import OpenAI


        async def answer(client: "openai.OpenAI | OpenAI"):
            return client.responses.create(model="m", input="x")


        async def main():
            return await answer(OpenAI())
        """,
        """\
        import openai
        from openai import AsyncOpenAI


        async def answer(client: "openai.AsyncOpenAI | AsyncOpenAI"):
            return await client.responses.create(model="m", input="x")


        async def main():
            return await answer(AsyncOpenAI())
        """,
        id="quoted-through-the-package-beside-the-name",
    ),
    pytest.param(
        """\
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            import openai


        def make():
            import openai

            return openai.OpenAI()


        async def answer(client: "openai.OpenAI"):
            return client.responses.create(model="m", input="x")


        async def main():
            return await answer(make())
        """,
        """\
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            import openai


        def make():
            import openai

            return openai.AsyncOpenAI()


        async def answer(client: "openai.AsyncOpenAI"):
            return await client.responses.create(model="m", input="x")


        async def main():
            return await answer(make())
        """,
        id="quoted-and-imported-for-type-checking-only",
    ),
]


@pytest.mark.parametrize(("before", "after"), NAMES)
def test_names_change_wherever_they_are_written(before: str, after: str) -> None:
    check_transformed(before, after, "async-client")


REMOVED = [
    pytest.param(
        "from openai import (\n    APIError,  # a\n    AsyncOpenAI,  # b\n    OpenAI,  # c\n)\n",
        "from openai import (\n    APIError,  # a\n    AsyncOpenAI,  # b\n)\n",
        id="last-of-the-lines",
    ),
    pytest.param(
        "from openai import (\n    # zero\n    OpenAI,  # a\n    # one\n    AsyncOpenAI,  # b\n)\n",
        "from openai import (\n    # zero\n    # one\n    AsyncOpenAI,  # b\n)\n",
        id="first-of-the-lines",
    ),
    pytest.param(
        "from openai import (\n    AsyncOpenAI,  # a\n    # two\n    OpenAI,\n    # three\n    APIError,\n)\n",
        "from openai import (\n    AsyncOpenAI,  # a\n    # two\n    # three\n    APIError,\n)\n",
        id="between-lines",
    ),
    pytest.param(
        "from openai import (\n    AsyncOpenAI,  # b\n    OpenAI  # c\n)\n",
        "from openai import (\n    AsyncOpenAI  # b\n)\n",
        id="no-comma-at-the-end",
    ),
    pytest.param(
        "from openai import (\n    AsyncOpenAI, OpenAI,  # both\n    APIError,\n)\n",
        "from openai import (\n    AsyncOpenAI,  # both\n    APIError,\n)\n",
        id="end-of-a-shared-line",
    ),
    pytest.param(
        "from openai import (\n    APIError,\n    OpenAI, AsyncOpenAI,  # both\n)\n",
        "from openai import (\n    APIError,\n    AsyncOpenAI,  # both\n)\n",
        id="start-of-a-shared-line",
    ),
    pytest.param(
        "from openai import (OpenAI,  # a\n                    AsyncOpenAI)\n",
        "from openai import (AsyncOpenAI)\n",
        id="first-of-hanging-lines",
    ),
    pytest.param(
        "from openai import (OpenAI,  # a\n                    # b\n                    AsyncOpenAI)\n",
        "from openai import (\n                    # b\n                    AsyncOpenAI)\n",
        id="first-of-hanging-lines-with-a-comment-between",
    ),
    pytest.param(
        "from openai import (APIError,\n                    AsyncOpenAI,\n                    OpenAI)\n",
        "from openai import (APIError,\n                    AsyncOpenAI)\n",
        id="last-of-hanging-lines",
    ),
    pytest.param(
        "from openai import OpenAI, \\\n    AsyncOpenAI\n",
        "from openai import AsyncOpenAI\n",
        id="first-before-a-backslash",
    ),
    pytest.param(
        "from openai import AsyncOpenAI, \\\n    OpenAI\n",
        "from openai import AsyncOpenAI\n",
        id="last-behind-a-backslash",
    ),
    pytest.param(
        "import os\n\nfrom openai import OpenAI\n\nfrom openai import AsyncOpenAI\n",
        "import os\n\nfrom openai import AsyncOpenAI\n",
        id="statement-of-its-own",
    ),
    pytest.param(
        "from openai import AsyncOpenAI\nfrom openai import (\n    OpenAI,\n)\n",
        "from openai import AsyncOpenAI\n",
        id="statement-of-its-own-over-lines",
    ),
    pytest.param(
        "from openai import AsyncOpenAI\nfrom openai import OpenAI  # noqa: F401\n",
        "from openai import AsyncOpenAI\nfrom openai import OpenAI  # noqa: F401\n",
        id="statement-with-a-comment-stays",
    ),
    pytest.param(
        "from openai import AsyncOpenAI; from openai import OpenAI\n",
        "from openai import AsyncOpenAI; from openai import OpenAI\n",
        id="statement-on-a-shared-line-stays",
    ),
]


@pytest.mark.parametrize(("before", "after"), REMOVED)
def test_an_import_that_nobody_needs_goes_without_a_trace(before: str, after: str) -> None:
    use = """
client = {cls}()


async def answer():
    return {wait}client.responses.create(model="m", input="x")
"""
    check_transformed(
        before + use.format(cls="OpenAI", wait=""), after + use.format(cls="AsyncOpenAI", wait="await "), "async-client"
    )


USES = [
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        async def answer():
            return await client.responses.create(model="m", input="x")
        """,
        id="an-await-that-is-there-stays-alone",
    ),
    pytest.param(
        """\
        import asyncio

        from openai import OpenAI

        client = OpenAI()


        async def answers():
            return await asyncio.gather(*[client.responses.create(model="m", input=x) for x in "ab"])
        """,
        """\
        import asyncio

        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        async def answers():
            return await asyncio.gather(*[client.responses.create(model="m", input=x) for x in "ab"])
        """,
        id="gathered-calls-get-no-await",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer(prompt):
            stream = client.chat.completions.create(model="m", messages=[], stream=True)
            for chunk in stream:
                print(chunk)
        """,
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        async def answer(prompt):
            stream = await client.chat.completions.create(model="m", messages=[], stream=True)
            async for chunk in stream:
                print(chunk)
        """,
        id="stream-in-a-for-loop",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def names():
            for model in client.models.list():
                print(model.id)
        """,
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        async def names():
            async for model in client.models.list():
                print(model.id)
        """,
        id="page-in-a-for-loop",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer():
            with OpenAI() as client:
                return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        async def answer():
            async with AsyncOpenAI() as client:
                return await client.responses.create(model="m", input="x")
        """,
        id="client-in-a-with",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer():
            return client.responses.create(model="m", input="x")


        async def shutdown():
            client.close()
        """,
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        async def answer():
            return await client.responses.create(model="m", input="x")


        async def shutdown():
            await client.close()
        """,
        id="close-is-awaited-too",
    ),
]


@pytest.mark.parametrize(("before", "after"), USES)
def test_uses_change_with_the_client(before: str, after: str) -> None:
    check_transformed(before, after, "async-client")


def test_two_clients_change_apart() -> None:
    """One of them cannot change; the import serves both."""
    before = """\
        from openai import OpenAI

        one = OpenAI()
        two = OpenAI()


        async def first():
            return one.responses.create(model="m", input="x")


        def second():
            return two.responses.create(model="m", input="x")
        """
    after = """\
        from openai import AsyncOpenAI, OpenAI

        one = AsyncOpenAI()
        two = OpenAI()


        async def first():
            return await one.responses.create(model="m", input="x")


        def second():
            return two.responses.create(model="m", input="x")
        """
    check_transformed(before, after, "async-client")


LLM = """\
    from openai import OpenAI

    client = OpenAI()
    """

ACROSS = [
    pytest.param(
        {
            "app/__init__.py": "",
            "app/llm.py": LLM,
            "app/main.py": """\
                from app.llm import client


                async def answer():
                    return client.responses.create(model="m", input="x")
                """,
            "app/other.py": """\
                from . import llm


                async def answer():
                    return llm.client.responses.create(model="m", input="x")
                """,
        },
        {
            "app/llm.py": """\
                from openai import AsyncOpenAI

                client = AsyncOpenAI()
                """,
            "app/main.py": """\
                from app.llm import client


                async def answer():
                    return await client.responses.create(model="m", input="x")
                """,
            "app/other.py": """\
                from . import llm


                async def answer():
                    return await llm.client.responses.create(model="m", input="x")
                """,
        },
        id="used-in-two-other-files",
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/types.py": "from openai import OpenAI\n",
            "app/main.py": """\
                from app.types import OpenAI

                client = OpenAI()


                async def answer():
                    return client.responses.create(model="m", input="x")
                """,
        },
        {
            "app/main.py": """\
                from openai import AsyncOpenAI

                client = AsyncOpenAI()


                async def answer():
                    return await client.responses.create(model="m", input="x")
                """,
        },
        id="class-imported-through-a-module-of-the-program",
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/llm.py": LLM,
            "app/main.py": """\
                from app.llm import client


                async def answer():
                    return client.responses.create(model="m", input="x")
                """,
            "app/script.py": """\
                from app.llm import OpenAI

                print(OpenAI().models.list().data)
                """,
        },
        {
            "app/llm.py": """\
                from openai import AsyncOpenAI, OpenAI

                client = AsyncOpenAI()
                """,
            "app/main.py": """\
                from app.llm import client


                async def answer():
                    return await client.responses.create(model="m", input="x")
                """,
        },
        id="another-module-imports-the-sync-class-from-here",
    ),
]


@pytest.mark.parametrize(("before", "after"), ACROSS)
def test_all_files_change_together(before: dict[str, str], after: dict[str, str]) -> None:
    check_transformed(before, after, "async-client")


REFUSED = [
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()
        greeting = client.responses.create(model="m", input="hi")  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "also used when the module is imported",
        id="module-level",
    ),
    pytest.param(
        """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        client = OpenAI()


        @app.get("/sync")
        def sync_answer():
            rows = database.fetch()  # obstacle
            return client.responses.create(model="m", input=rows)


        @app.get("/async")
        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "sync_answer() would block the event loop: database.fetch() may block",
        id="def-route",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()
        ask = lambda prompt: client.responses.create(model="m", input=prompt)  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "also used in <lambda>(), which is not async",
        id="lambda",
    ),
    pytest.param(
        """\
        from metering import watch
        from openai import OpenAI

        client = OpenAI()
        watch(client)  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "the client is handed to watch(), which cannot be followed",
        id="handed-to-unknown-code",
    ),
    pytest.param(
        """\
        from metering import watch
        from openai import OpenAI

        client = OpenAI()
        watch(client.responses.create)  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "the client is handed to watch(), which cannot be followed",
        id="method-handed-to-unknown-code",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()
        clients = {"main": client}  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "the client is kept in a container",
        id="container",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        clients = {}
        client = OpenAI()
        clients["main"] = client  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "the client is kept in a container",
        id="put-into-a-container",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def pages():
            return {"models": client.models.list()}  # obstacle
        """,
        "the client returns something that is kept in a container",
        id="page-in-a-container",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        class Client(OpenAI):
            pass


        client = Client()  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "subclass",
        id="subclass",
    ),
    pytest.param(
        """\
        from functools import partial

        from openai import OpenAI

        client = OpenAI()
        ask = partial(client.responses.create, model="m")  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "the client is bound with functools.partial",
        id="partial",
    ),
    pytest.param(
        """\
        import asyncio

        from openai import OpenAI

        client = OpenAI()


        async def right():
            return await asyncio.to_thread(client.responses.create, model="m", input="x")  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "the client is used in a thread",
        id="thread",
    ),
    pytest.param(
        """\
        from concurrent.futures import ThreadPoolExecutor

        from openai import OpenAI

        client = OpenAI()
        pool = ThreadPoolExecutor()


        def start():
            return pool.submit(client.responses.create, model="m", input="x")  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "the client is used in a thread",
        id="thread-pool",
    ),
    pytest.param(
        """\
        import httpx
        from openai import OpenAI

        client = OpenAI(
            http_client=httpx.Client(transport=transport),  # obstacle
        )


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "`http_client=` would have to become async as well",
        id="http-client",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        def fresh_key():
            return "key"


        client = OpenAI(api_key=fresh_key)  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "`api_key=` is a function",
        id="api-key-is-a-function",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI(api_key=lambda: "key")  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "`api_key=` is a function",
        id="api-key-is-a-lambda",
    ),
    pytest.param(
        """\
        from azure.identity import DefaultAzureCredential, get_bearer_token_provider
        from openai import AzureOpenAI

        token_provider = get_bearer_token_provider(DefaultAzureCredential(), "scope")
        client = AzureOpenAI(azure_ad_token_provider=token_provider)  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "`azure_ad_token_provider=`",
        id="token-provider-that-cannot-be-followed",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        def make(**options):
            return OpenAI(**options)  # obstacle


        import httpx

        client = make(http_client=httpx.Client())


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "the arguments may hold an `http_client`",
        id="http-client-behind-keyword-arguments",
    ),
    pytest.param(
        """\
        import openai


        async def answer():
            return openai.chat.completions.create(model="m", messages=[])
        """,
        "made on the openai module itself, not on a client that could change",
        id="module-as-client",
    ),
    pytest.param(
        """\
        from openai import AsyncOpenAI, OpenAI


        def make(flag):
            if flag:
                return AsyncOpenAI()  # obstacle
            return OpenAI()


        async def answer():
            return make(False).responses.create(model="m", input="x")
        """,
        "async client",
        id="mixed-colours",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def meant():
            return client.responses.create(model="m", input="x")  # noqa: FOA002  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "one of its calls is silenced by a comment",
        id="silenced-call",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        def read():
            for chunk in client.chat.completions.create(model="m", messages=[], stream=True):  # obstacle
                yield chunk


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "also used in read(), which is not async",
        id="stream-in-a-sync-generator",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer():
            return first(client.moderations.create(input=x).results[0].flagged for x in "ab")  # obstacle
        """,
        "generator expression",
        id="generator-expression",
    ),
    pytest.param(
        """\
        import threading

        from openai import OpenAI

        client = OpenAI()
        lock = threading.Lock()


        async def answer():
            with lock:  # obstacle
                return client.responses.create(model="m", input="x")
        """,
        "thread lock",
        id="thread-lock",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        AsyncOpenAI = object
        client = OpenAI()  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "the name AsyncOpenAI is taken",
        id="the-new-name-is-taken",
    ),
    pytest.param(
        """\
        import importlib

        from openai import OpenAI

        client = OpenAI()


        class Assistant:
            def __init__(self):
                self.client = client

            def __enter__(self):
                return self.client.responses.create(model="m", input="x")  # obstacle


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        "also used in Assistant.__enter__(), which is not async",
        id="dunder-method",
    ),
    pytest.param(
        """\
        from typing import Annotated

        from openai import OpenAI


        async def answer(client: "Annotated[OpenAI, 'the OpenAI client']"):  # obstacle
            return client.responses.create(model="m", input="x")


        async def main():
            return await answer(OpenAI())
        """,
        "is quoted in a way that cannot be followed",
        id="quoted-beside-text-of-the-same-word",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer():
            print(f"{client.responses.create(model=1)=}")  # obstacle
        """,
        "prints the code as it is written",
        id="code-that-prints-itself",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer():
            print(f"x {client.responses.create(model=1).id = !s:>10}")  # obstacle
        """,
        "prints the code as it is written",
        id="code-that-prints-itself-in-a-format",
    ),
    pytest.param(
        """\
        import instructor
        from openai import OpenAI

        client = instructor.from_openai(OpenAI())


        async def answer():
            await client.chat.completions.create_iterable(response_model=dict)
            print(client.__doc__, client._base_url)
            parts = client.chat.completions.create_partial(response_model=dict)  # obstacle
            return client.chat.completions.create(response_model=dict)
        """,
        "is used for .create_partial, which is not the SDK's own",
        id="member-that-only-a-wrapper-has",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer():
            http = client._client  # obstacle
            http.get("https://example.com")
            return client.responses.create(model="m", input=str(client._base_url.host))
        """,
        "is used for ._client, which is not the SDK's own",
        id="http-client-that-has-a-colour-too",
    ),
    pytest.param(
        """\
        from dependency_injector import containers, providers
        from openai import OpenAI


        class Chat:
            def __init__(self, client: OpenAI) -> None:
                self.client = client

            async def answer(self):
                return self.client.responses.create(model="m", input="x")


        class Container(containers.DeclarativeContainer):
            client = providers.Singleton(OpenAI)  # obstacle
            chat = providers.Factory(Chat, client=client)
        """,
        "a sync client that cannot be followed from there may be the one that is used",
        id="class-handed-to-a-container",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        class Chat:
            client: OpenAI
            shared = None

            def __new__(cls):
                if cls.shared is None:
                    cls.shared = super().__new__(cls)
                    cls.shared.client = OpenAI()  # obstacle
                return cls.shared

            async def answer(self):
                return self.client.responses.create(model="m", input="x")
        """,
        "a sync client that cannot be followed from there may be the one that is used",
        id="client-set-on-an-object-that-cannot-be-followed",
    ),
]


@pytest.mark.parametrize(("source", "reason"), REFUSED)
def test_refused_with_reason_and_place(source: str, reason: str) -> None:
    check_left(source, reason, "async-client")


APP = {
    "app/__init__.py": "",
    "app/llm.py": """\
        from openai import OpenAI

        client = OpenAI()


        def get_client() -> OpenAI:
            return client
        """,
    "app/main.py": """\
        from fastapi import Depends, FastAPI

        from app.llm import get_client

        app = FastAPI()


        @app.get("/")
        async def answer(client=Depends(get_client)):
            return client.responses.create(model="m", input="x")
        """,
}

TESTED = [
    pytest.param(
        """\
        from unittest.mock import patch


        def test_answer():
            with patch("app.llm.client"):  # obstacle
                pass
        """,
        'is patched by name ("app.llm.client")',
        id="patch-by-string",
    ),
    pytest.param(
        """\
        def test_answer(mocker):
            mocker.patch("app.llm.client.responses.create")  # obstacle
        """,
        'is patched by name ("app.llm.client.responses.create")',
        id="mocker-patches-a-method",
    ),
    pytest.param(
        """\
        from app import llm


        def test_answer(monkeypatch):
            monkeypatch.setattr(llm, "client", object())  # obstacle
        """,
        'is patched by name ("client")',
        id="monkeypatch-on-the-module",
    ),
    pytest.param(
        """\
        def test_answer(monkeypatch):
            monkeypatch.setattr("app.llm.client", object())  # obstacle
        """,
        'is patched by name ("app.llm.client")',
        id="monkeypatch-by-string",
    ),
    pytest.param(
        """\
        from app.llm import get_client
        from app.main import app


        def test_answer():
            app.dependency_overrides[get_client] = lambda: None  # obstacle
        """,
        "is replaced through dependency_overrides[get_client]",
        id="dependency-overrides",
    ),
    pytest.param(
        """\
        from unittest.mock import MagicMock

        from app import llm


        def test_answer():
            llm.client = MagicMock()  # obstacle
        """,
        "is replaced by a mock",
        id="magic-mock",
    ),
    pytest.param(
        """\
        from unittest import mock


        @mock.patch("app.llm.OpenAI")  # obstacle
        def test_answer(openai):
            pass
        """,
        'is patched by name ("app.llm.OpenAI")',
        id="class-is-patched",
    ),
]


@pytest.mark.parametrize(("test", "reason"), TESTED)
def test_refused_when_a_test_relies_on_the_sync_client(test: str, reason: str) -> None:
    check_left({**APP, "tests/test_answer.py": test}, reason, "async-client")


def test_refused_when_a_file_is_taken_out_by_a_comment() -> None:
    check_left(
        {
            "llm.py": LLM,
            "skipped.py": """\
                # fixopenai: skip-file
                from llm import client


                async def other():
                    return client.responses.create(model="m", input="x")  # obstacle
                """,
            "main.py": """\
                from llm import client


                async def answer():
                    return client.responses.create(model="m", input="x")
                """,
        },
        "`# fixopenai: skip-file`",
        "async-client",
    )


def test_refused_when_a_file_outside_the_given_path_would_change() -> None:
    check_left(
        {
            "pyproject.toml": "",
            "llm.py": """\
                from openai import OpenAI

                client = OpenAI()  # obstacle
                """,
            "main.py": """\
                from llm import client


                async def answer():
                    return client.responses.create(model="m", input="x")
                """,
        },
        "outside the given paths",
        "async-client",
        only=["main.py"],
    )


def test_one_file_of_a_project_changes_alone_when_it_can() -> None:
    check_transformed(
        {
            "pyproject.toml": "",
            "other.py": """\
                from openai import OpenAI


                async def other():
                    return OpenAI().responses.create(model="m", input="x")
                """,
            "main.py": """\
                from openai import OpenAI


                async def answer():
                    return OpenAI().responses.create(model="m", input="x")
                """,
        },
        {
            "main.py": """\
                from openai import AsyncOpenAI


                async def answer():
                    return await AsyncOpenAI().responses.create(model="m", input="x")
                """,
        },
        "async-client",
        only=["main.py"],
    )


def test_a_client_that_nobody_makes_is_marked_for_review() -> None:
    outcomes = check_transformed(
        """\
        from openai import OpenAI


        async def answer(client: OpenAI):
            return client.responses.create(model="m", input="x")
        """,
        """\
        from openai import AsyncOpenAI


        async def answer(client: AsyncOpenAI):
            return await client.responses.create(model="m", input="x")
        """,
        "async-client",
    )
    assert all("callers elsewhere" in (outcome.review or "") for outcome in outcomes)


HEAD_OF_COROUTINES = """\
import asyncio

from openai import AsyncOpenAI

client = AsyncOpenAI()


async def ask(prompt: str):
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "    return await asyncio.to_thread(client.models.list())\n",
            "    return await client.models.list()\n",
            id="awaited",
        ),
        pytest.param(
            "    return asyncio.to_thread(client.responses.create(input=prompt, model='m')).output_text\n",
            "    return (await client.responses.create(input=prompt, model='m')).output_text\n",
            id="not-awaited",
        ),
        pytest.param(
            "    call = asyncio.to_thread(client.responses.create(input=prompt, model='m'))\n    return await call\n",
            "    call = client.responses.create(input=prompt, model='m')\n    return await call\n",
            id="awaited-later",
        ),
        pytest.param(
            "    return await asyncio.to_thread(client.responses.create(input=prompt, model='m')).output_text\n",
            "    return (await client.responses.create(input=prompt, model='m')).output_text\n",
            id="awaited-too-late",
        ),
    ],
)
def test_a_coroutine_needs_no_thread(before: str, after: str) -> None:
    check_transformed(HEAD_OF_COROUTINES + before, HEAD_OF_COROUTINES + after, "async-client")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(
            "    return await asyncio.to_thread(client.responses.create(model='m'), prompt)  # obstacle\n",
            "other arguments",
            id="more-arguments",
        ),
        pytest.param(
            "    return await asyncio.to_thread(  # obstacle\n        client.responses.create(model='m')\n    )\n",
            "comment",
            id="comment",
        ),
        pytest.param(
            "    call = asyncio.get_running_loop().run_in_executor(None, client.responses.create(model='m'))\n"
            "    call.add_done_callback(print)  # obstacle\n"
            "    return await call\n",
            "otherwise than by awaiting",
            id="future-of-an-executor",
        ),
    ],
)
def test_a_wrapper_that_says_more_stays(body: str, reason: str) -> None:
    check_left(HEAD_OF_COROUTINES + body, reason, "async-client")


@pytest.mark.parametrize(
    ("taken", "after"),
    [
        pytest.param(
            "await client.audio.speech.create(model='m').aread()",
            "await (await client.audio.speech.create(model='m')).aread()",
            id="async-method-of-the-answer",
        ),
        pytest.param(
            "await client.responses.parse(model='m', text_format=Plan).output_parsed.run()",
            "await (await client.responses.parse(model='m', text_format=Plan)).output_parsed.run()",
            id="method-of-an-own-type",
        ),
        pytest.param(
            "await client.responses.parse(model='m', text_format=Plan).output_parsed",
            "(await client.responses.parse(model='m', text_format=Plan)).output_parsed",
            id="item",
        ),
    ],
)
@pytest.mark.parametrize("name", ["OpenAI", "AsyncOpenAI"])
def test_what_a_method_of_the_answer_gives_may_be_awaited(name: str, taken: str, after: str) -> None:
    head = "from openai import {0}\nfrom plans import Plan\n\nclient = {0}()\n\n\nasync def ask():\n    return {1}\n"
    check_transformed(head.format(name, taken), head.format("AsyncOpenAI", after), "async-client")


def test_a_manager_loses_its_await() -> None:
    check_transformed(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def ask():
            with (await client.responses.with_streaming_response.create(model="m")) as answer:
                return answer.read()
        """,
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        async def ask():
            async with client.responses.with_streaming_response.create(model="m") as answer:
                return await answer.read()
        """,
        "async-client",
    )


def test_the_object_that_shares_the_clients_name_is_told() -> None:
    service = """\
from openai import OpenAI


class Service:
    def __init__(self):
        self.client = OpenAI()

    async def ask(self):
        return self.client.responses.create(input="x")  # obstacle
"""
    double = (
        "from service import Service\n\n\nclass Fake:\n    pass\n\n\nservice = Service()\nservice.client = Fake()\n"
    )
    reason = "the client shares its name with an object of Fake"
    check_left({"service.py": service, "tests/test_service.py": double}, reason, "async-client")
