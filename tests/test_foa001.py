"""FOA001: the result of a sync call is awaited, or handed to something that awaits it."""

from __future__ import annotations

import pytest
from tools import check_findings, check_noop, check_transformed

from fixopenai.rules import rule

RULE = rule("FOA001")


@pytest.mark.parametrize("example", RULE.examples)
def test_documented_examples_are_found(example: str) -> None:
    line = next(i for i, text in enumerate(example.splitlines()) if "create(" in text)
    lines = example.splitlines()
    lines[line] += "  # FOA001"
    check_findings("\n".join(lines))


@pytest.mark.parametrize("example", RULE.counterexamples)
def test_documented_counterexamples_are_not(example: str) -> None:
    check_noop(example)


HEAD = """\
import asyncio
from asyncio import gather as together

from openai import OpenAI

client = OpenAI()
ask = client.responses.create


async def answer(prompts, loop, group):
"""

FOUND = [
    pytest.param("await ask(input=1)  # FOA001", id="awaited"),
    pytest.param("x = (await ask(input=1)).output_text  # FOA001", id="awaited-inside"),
    pytest.param("await (ask(input=1))  # FOA001", id="awaited-in-parentheses"),
    pytest.param("await client.with_options(timeout=1).responses.create(input=1)  # FOA001", id="with-options"),
    pytest.param("await client.chat.completions.create(messages=[])  # FOA001", id="chat"),
    pytest.param("await client.embeddings.create(input='x')  # FOA001", id="embeddings"),
    pytest.param("await client.responses.with_raw_response.create(input=1)  # FOA001", id="raw-response"),
    pytest.param("await client.beta.threads.runs.create_and_poll(thread_id='x')  # FOA001", id="polled"),
    pytest.param("await client.images.generate(prompt='x')  # FOA001", id="images"),
    pytest.param("await client.audio.transcriptions.create(file=b'')  # FOA001", id="audio"),
    pytest.param("await client.files.retrieve('x')  # FOA001", id="files"),
    pytest.param("await client.close()  # FOA001", id="close"),
    pytest.param("await asyncio.gather(ask(input=1), ask(input=2))  # FOA001 FOA001", id="gather"),
    pytest.param("await together(ask(input=1))  # FOA001", id="gather-under-an-alias"),
    pytest.param("await asyncio.gather(*[ask(input=x) for x in prompts])  # FOA001", id="gather-of-a-list"),
    pytest.param("await asyncio.gather(*(ask(input=x) for x in prompts))  # FOA001", id="gather-of-a-generator"),
    pytest.param("await asyncio.gather(*[ask(input=1), ask(input=2)])  # FOA001 FOA001", id="gather-of-a-display"),
    pytest.param("await asyncio.wait_for(ask(input=1), 5)  # FOA001", id="wait-for"),
    pytest.param("await asyncio.wait_for(fut=ask(input=1), timeout=5)  # FOA001", id="wait-for-by-keyword"),
    pytest.param("await asyncio.shield(ask(input=1))  # FOA001", id="shield"),
    pytest.param("x = asyncio.create_task(ask(input=1))  # FOA001", id="create-task"),
    pytest.param("x = asyncio.create_task(ask(input=1), name='x')  # FOA001", id="named-task"),
    pytest.param("x = asyncio.ensure_future(ask(input=1))  # FOA001", id="ensure-future"),
    pytest.param("x = asyncio.get_running_loop().create_task(ask(input=1))  # FOA001", id="task-of-the-loop"),
    pytest.param(
        "async with asyncio.TaskGroup() as tasks: tasks.create_task(ask(input=1))  # FOA001", id="task-of-a-group"
    ),
    pytest.param("x = [await ask(input=y) for y in prompts]  # FOA001", id="in-a-comprehension"),
    pytest.param("x = ask(input=1)  # FOA001\n    await x", id="awaited-later"),
    pytest.param("x = [ask(input=y) for y in prompts]  # FOA001\n    await asyncio.gather(*x)", id="gathered-later"),
]


@pytest.mark.parametrize("body", FOUND)
def test_found(body: str) -> None:
    check_findings(f"{HEAD}    {body}\n")


def test_a_finding_in_full() -> None:
    outcome = check_findings(
        """\
        from openai import OpenAI


        class Assistant:
            async def answer(self, client: OpenAI):
                é = await client.responses.create(  # FOA001
                    input="x",
                )
        """
    ).outcomes[0]
    finding = outcome.finding
    place = finding.place
    assert (place.path, place.line, place.column, place.end_line, place.end_column) == ("main.py", 6, 19, 8, 10)
    assert finding.function == "Assistant.answer"
    assert finding.message == "`client.responses.create` is a sync call: what it returns cannot be awaited"


NOT_FOUND = [
    pytest.param(
        """\
        from openai import AsyncOpenAI

        client = AsyncOpenAI()


        async def answer():
            return (await client.responses.create(model="m", input="x")).output_text
        """,
        id="async-client",
    ),
    pytest.param(
        """\
        import asyncio

        from openai import AsyncAzureOpenAI, AsyncOpenAI

        one, two = AsyncOpenAI(), AsyncAzureOpenAI()


        async def answer():
            return await asyncio.gather(one.responses.create(input=1), two.responses.create(input=2))
        """,
        id="async-clients-gathered",
    ),
    pytest.param(
        """\
        from openai import AsyncOpenAI


        async def answer(client: AsyncOpenAI):
            return await client.responses.create(model="m", input="x")
        """,
        id="async-by-annotation",
    ),
    pytest.param(
        """\
        class OpenAI:
            def __init__(self):
                self.responses = self

            async def create(self, **options):
                return options


        client = OpenAI()


        async def answer():
            import openai

            return await client.responses.create(model=openai.__version__)
        """,
        id="class-of-the-same-name",
    ),
    pytest.param(
        """\
        import openai as sdk
        from gateway import OpenAI

        client = OpenAI()


        async def answer():
            return await client.responses.create(model=sdk.__version__)
        """,
        id="class-of-another-package",
    ),
    pytest.param(
        """\
        from gateway import llm as openai
        from openai_helpers import OpenAI


        async def answer():
            await OpenAI().responses.create()
            return await openai.chat.completions.create(messages=[])
        """,
        id="another-thing-called-openai",
    ),
    pytest.param(
        """\
        import asyncio

        from openai import OpenAI

        client = OpenAI()


        async def answer():
            return await asyncio.wait_for(asyncio.to_thread(client.responses.create, model="m", input="x"), 5)
        """,
        id="thread-with-a-timeout",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def patient():
            return client.with_options(timeout=60)


        async def answer():
            return (await patient()).is_closed()
        """,
        id="what-is-awaited-is-no-request",
    ),
]


@pytest.mark.parametrize("source", NOT_FOUND)
def test_not_found(source: str) -> None:
    check_noop(source)


def test_awaited_later_is_repaired_where_the_call_stands() -> None:
    """Two awaits would fail as well: the one at the call is not wanted, the coroutine is."""
    check_transformed(
        f"{HEAD}    x = [ask(input=y) for y in prompts]\n    return await asyncio.gather(*x)\n",
        f"{HEAD}    x = [ask(input=y) for y in prompts]\n    return await asyncio.gather(*x)\n".replace(
            "OpenAI", "AsyncOpenAI"
        ),
        "async-client",
    )
