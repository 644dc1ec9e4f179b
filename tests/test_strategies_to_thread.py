"""to-thread: the call waits in a thread; where `asyncio` comes from, and where no await can be put."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools import check_left, check_transformed, tree

from fixopenai import migrate_paths

if TYPE_CHECKING:
    from pathlib import Path

ASKED = """\
from openai import OpenAI


async def answer():
    return OpenAI().responses.create(model="m", input="x")
"""
IN_THREAD = ASKED.replace(
    "return OpenAI().responses.create(", "return await asyncio.to_thread(OpenAI().responses.create, "
)

IMPORTED = [
    pytest.param(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer():
            return client.responses.create(model="m", input="x")
        """,
        """\
        import asyncio

        from openai import OpenAI

        client = OpenAI()


        async def answer():
            return await asyncio.to_thread(client.responses.create, model="m", input="x")
        """,
        id="not-yet",
    ),
    pytest.param(
        """\
        import asyncio

        from openai import OpenAI


        async def answer():
            await asyncio.sleep(0)
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        import asyncio

        from openai import OpenAI


        async def answer():
            await asyncio.sleep(0)
            return await asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="already",
    ),
    pytest.param(
        """\
        import asyncio as aio

        from openai import OpenAI


        async def answer():
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        import asyncio as aio

        from openai import OpenAI


        async def answer():
            return await aio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="under-an-alias",
    ),
    pytest.param(
        """\
        from asyncio import gather, to_thread

        from openai import OpenAI


        async def answer():
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        from asyncio import gather, to_thread

        from openai import OpenAI


        async def answer():
            return await to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="the-function-by-name",
    ),
    pytest.param(
        """\
        from asyncio import sleep

        from openai import OpenAI


        async def answer():
            await sleep(0)
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        import asyncio
        from asyncio import sleep

        from openai import OpenAI


        async def answer():
            await sleep(0)
            return await asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="another-function-by-name",
    ),
    pytest.param(
        """\
        try:
            import asyncio
        except ImportError:
            raise

        from openai import OpenAI


        async def answer():
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        try:
            import asyncio
        except ImportError:
            raise

        from openai import OpenAI


        async def answer():
            return await asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="in-a-try",
    ),
    pytest.param(
        """\
        from typing import TYPE_CHECKING

        from openai import OpenAI

        if TYPE_CHECKING:
            import asyncio


        async def answer(loop: "asyncio.AbstractEventLoop"):
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        import asyncio
        from typing import TYPE_CHECKING

        from openai import OpenAI

        if TYPE_CHECKING:
            import asyncio


        async def answer(loop: "asyncio.AbstractEventLoop"):
            return await asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="for-type-checking-only",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def other():
            import asyncio

            await asyncio.sleep(0)


        async def answer():
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        import asyncio

        from openai import OpenAI


        async def other():
            import asyncio

            await asyncio.sleep(0)


        async def answer():
            return await asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="in-another-function",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer():
            import asyncio

            await asyncio.sleep(0)
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        from openai import OpenAI


        async def answer():
            import asyncio

            await asyncio.sleep(0)
            return await asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="in-the-function",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer():
            response = OpenAI().responses.create(model="m", input="x")
            import asyncio

            await asyncio.sleep(0)
            return response
        """,
        """\
        import asyncio as _asyncio

        from openai import OpenAI


        async def answer():
            response = await _asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
            import asyncio

            await asyncio.sleep(0)
            return response
        """,
        id="in-the-function-after-the-call",
    ),
    pytest.param(
        """\
        from openai import OpenAI


        async def answer(asyncio: bool):
            return OpenAI().responses.create(model="m", input=str(asyncio))
        """,
        """\
        import asyncio as _asyncio

        from openai import OpenAI


        async def answer(asyncio: bool):
            return await _asyncio.to_thread(OpenAI().responses.create, model="m", input=str(asyncio))
        """,
        id="hidden-by-a-parameter",
    ),
    pytest.param(
        """\
        import asyncio

        from openai import OpenAI


        async def answer():
            asyncio = True
            return OpenAI().responses.create(model="m", input=str(asyncio))
        """,
        """\
        import asyncio
        import asyncio as _asyncio

        from openai import OpenAI


        async def answer():
            asyncio = True
            return await _asyncio.to_thread(OpenAI().responses.create, model="m", input=str(asyncio))
        """,
        id="hidden-by-a-local-name",
    ),
    pytest.param(
        """\
        from openai import OpenAI

        asyncio = None


        async def answer():
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        import asyncio as _asyncio

        from openai import OpenAI

        asyncio = None


        async def answer():
            return await _asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="another-variable-of-the-module",
    ),
    pytest.param(
        '''\
        """What this module is for."""

        from __future__ import annotations

        import logging
        import os
        from pathlib import Path

        from openai import OpenAI


        async def answer():
            return OpenAI().responses.create(model="m", input="x")
        ''',
        '''\
        """What this module is for."""

        from __future__ import annotations

        import asyncio
        import logging
        import os
        from pathlib import Path

        from openai import OpenAI


        async def answer():
            return await asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        ''',
        id="among-the-standard-library",
    ),
    pytest.param(
        """\
        #!/usr/bin/env python3
        # A script.
        from openai import OpenAI


        async def answer():
            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        #!/usr/bin/env python3
        # A script.
        import asyncio

        from openai import OpenAI


        async def answer():
            return await asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="behind-the-comments-at-the-top",
    ),
    pytest.param(
        """\
        async def answer():
            from openai import OpenAI

            return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        import asyncio


        async def answer():
            from openai import OpenAI

            return await asyncio.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        id="no-imports-at-the-top",
    ),
    pytest.param(
        f'import abc; X = """a\nb"""\n{ASKED}',
        f'import abc; X = """a\nb"""\nimport asyncio\n{IN_THREAD}',
        id="behind-a-text-of-two-lines-on-the-line-of-an-import",
    ),
    pytest.param(
        f"import abc; X = [\n1]; Y = (\n2); # c\n{ASKED}",
        f"import abc; X = [\n1]; Y = (\n2); # c\nimport asyncio\n{IN_THREAD}",
        id="behind-all-statements-of-the-line-of-an-import",
    ),
    pytest.param(
        f"import abc; \\\nimport zlib\n{ASKED}",
        f"import abc; \\\nimport zlib\nimport asyncio\n{IN_THREAD}",
        id="behind-a-continued-line",
    ),
    pytest.param(
        f'"""doc"""; X = """a\nb"""\nif X:\n    import abc\n{ASKED}',
        f'"""doc"""; X = """a\nb"""\n\nimport asyncio\nif X:\n    import abc\n{IN_THREAD}',
        id="behind-a-text-of-two-lines-on-the-line-of-the-docstring",
    ),
    pytest.param(
        f"# Third-party\n{ASKED}",
        f"import asyncio\n\n# Third-party\n{IN_THREAD}",
        id="above-the-heading-of-other-packages",
    ),
    pytest.param(
        f"# main.py\n{ASKED}",
        f"# main.py\nimport asyncio\n\n{IN_THREAD}",
        id="behind-the-comment-on-the-file",
    ),
    pytest.param(
        f"# ruff: noqa: imports\n{ASKED}",
        f"# ruff: noqa: imports\nimport asyncio\n\n{IN_THREAD}",
        id="behind-a-comment-for-a-tool",
    ),
    pytest.param(
        f"# main.py\n\n# the client\n# of the SDK\n{ASKED}",
        f"# main.py\n\nimport asyncio\n\n# the client\n# of the SDK\n{IN_THREAD}",
        id="between-the-file-and-the-heading",
    ),
    pytest.param(
        f"# Standard library\nimport os\n{ASKED}",
        f"# Standard library\nimport asyncio\nimport os\n{IN_THREAD}",
        id="below-the-heading-of-the-standard-library",
    ),
    pytest.param(
        f"\n# os is for the key\nimport os\n{ASKED}",
        f"\nimport asyncio\n# os is for the key\nimport os\n{IN_THREAD}",
        id="above-the-comment-on-one-import",
    ),
    pytest.param(
        f"import abc\n# for the key\nimport os\n{ASKED}",
        f"import abc\nimport asyncio\n# for the key\nimport os\n{IN_THREAD}",
        id="above-the-comment-on-the-next-import",
    ),
    pytest.param(
        f"# main.py\n\n# optional\ntry:\n    import abc\nexcept ImportError:\n    pass\n{ASKED}",
        f"# main.py\n\nimport asyncio\n\n# optional\ntry:\n    import abc\nexcept ImportError:\n    pass\n{IN_THREAD}",
        id="above-the-comment-on-the-first-statement",
    ),
]


@pytest.mark.parametrize(("before", "after"), IMPORTED)
def test_asyncio_is_imported(before: str, after: str) -> None:
    check_transformed(before, after, "to-thread")


HIDDEN = [
    pytest.param("import asyncio\n{asked}\n\ndel asyncio\n", id="deleted"),
    pytest.param("import asyncio\n{asked}\n\ndef f():\n    global asyncio\n    del asyncio\n", id="deleted-elsewhere"),
    pytest.param("import asyncio\nfrom helpers import *\n{asked}", id="star-import-that-may-bind-it"),
    pytest.param("import asyncio\nfrom own import *\n{asked}", id="star-import-that-binds-it"),
    pytest.param("import asyncio\nfrom again import *\n{asked}", id="star-import-of-a-star-import"),
]
OTHERS = {
    "own.py": "asyncio = None\n",
    "again.py": "from own import *\n",
    "plain.py": "import asyncio\nfrom abc import *\n",
}


@pytest.mark.parametrize("before", HIDDEN)
def test_a_name_that_may_be_something_else_is_not_relied_upon(before: str) -> None:
    after = before.replace("import asyncio\n", "import asyncio\nimport asyncio as _asyncio\n")
    in_thread = IN_THREAD.replace("await asyncio", "await _asyncio")
    check_transformed(
        {**OTHERS, "main.py": before.format(asked=ASKED)}, {"main.py": after.format(asked=in_thread)}, "to-thread"
    )


SEEN = [
    pytest.param("from helpers import *\nimport asyncio\n", id="imported-behind-a-star-import"),
    pytest.param("import asyncio\nfrom plain import *\n", id="star-import-of-the-same"),
    pytest.param("import asyncio\nfrom fastapi import *\n", id="star-import-of-a-package-that-is-known"),
]


@pytest.mark.parametrize("start", SEEN)
def test_a_name_that_surely_is_bound_serves(start: str) -> None:
    check_transformed({**OTHERS, "main.py": start + ASKED}, {"main.py": start + IN_THREAD}, "to-thread")


def test_a_name_that_a_class_would_mangle_is_not_made() -> None:
    check_transformed(
        """\
        from openai import OpenAI

        asyncio, _asyncio = 1, 2


        class Answers:
            async def answer(self):
                return OpenAI().responses.create(model="m", input="x")
        """,
        """\
        import asyncio as _asyncio_

        from openai import OpenAI

        asyncio, _asyncio = 1, 2


        class Answers:
            async def answer(self):
                return await _asyncio_.to_thread(OpenAI().responses.create, model="m", input="x")
        """,
        "to-thread",
    )


HEAD = """\
import asyncio
import threading

from openai import OpenAI

client = OpenAI()
ask = client.responses.create
lock = threading.Lock()


async def answer(prompt, prompts, options):
"""

LAYOUTS = [
    pytest.param(
        "    options.answers += [ask(model='m', input=prompt)]\n"
        "    options.last = ask(model='m', input=options.last)\n",
        "    options.answers += [await asyncio.to_thread(ask, model='m', input=prompt)]\n"
        "    options.last = await asyncio.to_thread(ask, model='m', input=options.last)\n",
        id="list-that-grows-in-place",
    ),
    pytest.param(
        """\
    return client.responses.create(
        model="m",  # the small one
        input=prompt,
    )
""",
        """\
    return await asyncio.to_thread(
        client.responses.create,
        model="m",  # the small one
        input=prompt,
    )
""",
        id="one-argument-a-line",
    ),
    pytest.param(
        """\
    return client.responses.create(  # costs money
        model="m", input=prompt
    )
""",
        """\
    return await asyncio.to_thread(  # costs money
        client.responses.create,
        model="m", input=prompt
    )
""",
        id="comment-behind-the-parenthesis",
    ),
    pytest.param(
        """\
    return client.responses.create(model="m",
                                   input=prompt)
""",
        """\
    return await asyncio.to_thread(client.responses.create, model="m",
                                   input=prompt)
""",
        id="arguments-that-hang",
    ),
    pytest.param(
        """\
    return (
        client
        .responses  # the new interface
        .create(model="m", input=prompt)
    )
""",
        """\
    return (
        await asyncio.to_thread(client
        .responses  # the new interface
        .create, model="m", input=prompt)
    )
""",
        id="chain-of-lines",
    ),
    pytest.param(
        """\
    return (
        client
        .responses
        .create(
            model="m",
            input=prompt,
        )
        .output_text
    )
""",
        """\
    return (
        (await asyncio.to_thread(
            client.responses.create,
            model="m",
            input=prompt,
        ))
        .output_text
    )
""",
        id="chain-of-lines-without-comments",
    ),
    pytest.param(
        """\
    return client.responses \\
        .create(model="m", input=prompt)
""",
        """\
    return await asyncio.to_thread(client.responses.create, model="m", input=prompt)
""",
        id="chain-over-backslashes",
    ),
    pytest.param(
        """\
    return (client.with_options(timeout=1)
        .responses.create(model="m", input=prompt))
""",
        """\
    return (await asyncio.to_thread(client.with_options(timeout=1).responses.create, model="m", input=prompt))
""",
        id="chain-over-a-call",
    ),
    pytest.param(
        """\
    return ask(
    )
""",
        """\
    return await asyncio.to_thread(ask)
""",
        id="no-arguments-but-a-line-break",
    ),
    pytest.param(
        """\
    return ask(  # nothing
        # at all
    )
""",
        """\
    return await asyncio.to_thread(  # nothing
        # at all
        ask
    )
""",
        id="no-arguments-but-a-comment",
    ),
    pytest.param(
        """\
    text = (client.responses.create(model="m", input=prompt)).output_text
    return text
""",
        """\
    text = (await asyncio.to_thread(client.responses.create, model="m", input=prompt)).output_text
    return text
""",
        id="parentheses-that-are-there-serve",
    ),
    pytest.param(
        """\
    return ask(model="m", input=prompt).output_text
""",
        """\
    return (await asyncio.to_thread(ask, model="m", input=prompt)).output_text
""",
        id="parentheses-that-are-needed",
    ),
    pytest.param(
        """\
    return f"answer={ask(model='m', input=prompt)!r}"
""",
        """\
    return f"answer={await asyncio.to_thread(ask, model='m', input=prompt)!r}"
""",
        id="f-string-with-a-sign-that-is-text",
    ),
    pytest.param(
        """\
    return ask(**options)
""",
        """\
    return await asyncio.to_thread(ask, **options)
""",
        id="keyword-arguments-from-a-variable",
    ),
    pytest.param(
        """\
    return ask(**{"model": "m", "input": prompt})
""",
        """\
    return await asyncio.to_thread(ask, **{"model": "m", "input": prompt})
""",
        id="keyword-arguments-from-a-dict",
    ),
    pytest.param(
        """\
    return ask(input=[ask(input=x).output_text for x in prompts])
""",
        """\
    return await asyncio.to_thread(ask, input=[(await asyncio.to_thread(ask, input=x)).output_text for x in prompts])
""",
        id="call-inside-a-call",
    ),
    pytest.param(
        """\
    return client.with_options(timeout=60).responses.create(model="m", input=prompt)
""",
        """\
    return await asyncio.to_thread(client.with_options(timeout=60).responses.create, model="m", input=prompt)
""",
        id="with-options-stays-outside",
    ),
    pytest.param(
        """\
    return await ask(model="m", input=prompt)
""",
        """\
    return await asyncio.to_thread(ask, model="m", input=prompt)
""",
        id="await-that-is-there-serves",
    ),
    pytest.param(
        """\
    return await asyncio.gather(ask(model="m", input=prompt), asyncio.sleep(0))
""",
        """\
    return await asyncio.gather(asyncio.to_thread(ask, model="m", input=prompt), asyncio.sleep(0))
""",
        id="gather-adds-no-await",
    ),
    pytest.param(
        """\
    return await asyncio.gather(*[ask(model="m", input=x) for x in prompts])
""",
        """\
    return await asyncio.gather(*[asyncio.to_thread(ask, model="m", input=x) for x in prompts])
""",
        id="gather-of-a-list-comprehension",
    ),
    pytest.param(
        """\
    return await asyncio.gather(*(ask(model="m", input=x) for x in prompts))
""",
        """\
    return await asyncio.gather(*(asyncio.to_thread(ask, model="m", input=x) for x in prompts))
""",
        id="gather-of-a-generator-expression",
    ),
    pytest.param(
        """\
    tasks = [ask(model="m", input=x) for x in prompts]
    return await asyncio.gather(*tasks)
""",
        """\
    tasks = [asyncio.to_thread(ask, model="m", input=x) for x in prompts]
    return await asyncio.gather(*tasks)
""",
        id="gather-of-a-list-with-a-name",
    ),
    pytest.param(
        """\
    return await asyncio.wait_for(ask(model="m", input=prompt), timeout=5)
""",
        """\
    return await asyncio.wait_for(asyncio.to_thread(ask, model="m", input=prompt), timeout=5)
""",
        id="wait-for",
    ),
    pytest.param(
        """\
    task = asyncio.create_task(ask(model="m", input=prompt))
    return await asyncio.shield(task)
""",
        """\
    task = asyncio.create_task(asyncio.to_thread(ask, model="m", input=prompt))
    return await asyncio.shield(task)
""",
        id="create-task",
    ),
    pytest.param(
        """\
    return [ask(model="m", input=x) for x in prompts]
""",
        """\
    return [await asyncio.to_thread(ask, model="m", input=x) for x in prompts]
""",
        id="list-comprehension",
    ),
    pytest.param(
        """\
    return sum(x.index for x in client.embeddings.create(model="m", input=prompt).data)
""",
        """\
    return sum(x.index for x in (await asyncio.to_thread(client.embeddings.create, model="m", input=prompt)).data)
""",
        id="first-source-of-a-generator-expression",
    ),
]


@pytest.mark.parametrize(("before", "after"), LAYOUTS)
def test_the_call_moves_into_a_thread(before: str, after: str) -> None:
    check_transformed(HEAD + before, HEAD + after, "to-thread")


REFUSED = [
    pytest.param(
        "    for chunk in ask(model='m', input=prompt, stream=True):  # obstacle\n        print(chunk)\n",
        "it takes fastapi.concurrency, and nothing around it uses FastAPI",
        id="stream-without-fastapi",
    ),
    pytest.param(
        "    with lock:  # obstacle\n        return ask(model='m', input=prompt)\n",
        "thread lock",
        id="lock-held",
    ),
    pytest.param(
        "    with threading.Lock():  # obstacle\n        return ask(model='m', input=prompt)\n",
        "thread lock",
        id="lock-made-in-place",
    ),
    pytest.param(
        "    return await asyncio.wait([ask(model='m', input=x) for x in prompts])  # obstacle\n",
        "takes tasks alone",
        id="tasks-wanted",
    ),
    pytest.param(
        "    tasks = {ask(model='m', input=x) for x in prompts}\n    return await asyncio.wait(tasks)  # obstacle\n",
        "takes tasks alone",
        id="tasks-wanted-later",
    ),
    pytest.param(
        "    tasks = set()\n    for x in prompts:\n        tasks.add(ask(model='m', input=x))\n"
        "    return await asyncio.wait(tasks)  # obstacle\n",
        "takes tasks alone",
        id="tasks-wanted-one-by-one",
    ),
    pytest.param(
        "    options['text'] += ask(model='m', input=prompt).output_text  # obstacle\n",
        "an augmented assignment, which would lose updates",
        id="update",
    ),
    pytest.param(
        "    options.text = options.text + ' ' + ask(model='m', input=prompt).output_text  # obstacle\n",
        "an augmented assignment, which would lose updates",
        id="update-spelled-out",
    ),
    pytest.param(
        "    options[prompt] = options.get(prompt, '') + ask(model='m', input=prompt).output_text  # obstacle\n",
        "an augmented assignment, which would lose updates",
        id="update-of-what-may-be-missing",
    ),
    pytest.param(
        "    return (ask(model='m', input=x).output_text for x in prompts)  # obstacle\n",
        "generator expression",
        id="generator-expression",
    ),
    pytest.param(
        "    return [[ask(model='m', input=x) for x in y] for y in prompts]  # obstacle\n",
        "nested comprehensions",
        id="nested-comprehensions",
    ),
    pytest.param(
        "    print(f\"{ask(model='m', input=1).id=}\")  # obstacle\n",
        "prints the code as it is written",
        id="code-that-prints-itself",
    ),
]


@pytest.mark.parametrize(("body", "reason"), REFUSED)
def test_refused_with_reason_and_place(body: str, reason: str) -> None:
    check_left(HEAD + body, reason, "to-thread")


def test_refused_where_another_client_may_be_async() -> None:
    check_left(
        """\
        from openai import AsyncOpenAI, OpenAI


        def make(flag):
            return AsyncOpenAI() if flag else OpenAI()  # obstacle


        async def answer():
            return make(True).responses.create(model="m", input="x")
        """,
        "either a sync or an async client may reach this place",
        "to-thread",
    )


STREAM = """\
from openai import OpenAI

client = OpenAI()


async def ask(prompt: str) -> list[str]:
    return [event.type for event in client.responses.create(model="m", input=prompt, stream=True)]
"""
ROUTE_ABOVE = """\
from fastapi import FastAPI
from {package} import ask

app = FastAPI()
app.get("/")(ask)
"""


@pytest.mark.parametrize(
    ("files", "is_fixed"),
    [
        pytest.param({"api/main.py": ROUTE_ABOVE}, True, id="imported-by-a-service"),
        pytest.param({"main.py": "import fastapi\nimport openai\n"}, True, id="folder-above"),
        pytest.param({"api/main.py": "import fastapi\nimport openai\n"}, False, id="another-service"),
        pytest.param({"rag/notes.py": "import openai  # not fastapi\n"}, False, id="only-spoken-of"),
    ],
)
def test_fastapi_is_taken_where_it_is_installed(files: dict[str, str], is_fixed: bool, tmp_path: Path) -> None:
    tree(tmp_path, {"rag/llm.py": STREAM, **{name: text.format(package="rag.llm") for name, text in files.items()}})
    outcomes = migrate_paths(tmp_path, strategy="to-thread").outcomes
    assert [outcome.status for outcome in outcomes] == ["fixed" if is_fixed else "left"]


NEW = "from fastapi.concurrency import iterate_in_threadpool\n"
OPENAI = "from openai import OpenAI\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(f"{OPENAI}\nfrom llm import x\n", f"{NEW}{OPENAI}\nfrom llm import x\n", id="first-of-its-group"),
        pytest.param(f"import openai\nfrom anyio import run\n{OPENAI}from .x import y\n",
                     f"import openai\nfrom anyio import run\n{NEW}{OPENAI}from .x import y\n", id="in-order"),
        pytest.param(f"from pydantic import BaseModel\n{OPENAI}", f"from pydantic import BaseModel\n{OPENAI}{NEW}",
                     id="behind-what-has-no-order"),
    ],
)  # fmt: skip
def test_an_import_from_fastapi_goes_where_isort_puts_it(before: str, after: str) -> None:
    files = {"routes.py": ROUTE_ABOVE.format(package="main"), "llm.py": "x = 1\n", "x.py": "y = 1\n"}
    code = STREAM.removeprefix(OPENAI)
    call = "client.responses.create(model="
    read = code.replace("for event", "async for event").replace("stream=True)", "stream=True))")
    read = read.replace(call, f"iterate_in_threadpool(await asyncio.to_thread({call.replace('(', ', ')}")
    head = "import asyncio\n\n"
    check_transformed({**files, "main.py": head + before + code}, {"main.py": head + after + read}, "to-thread")


def test_a_manager_loses_its_await() -> None:
    head = (
        "from fastapi.concurrency import contextmanager_in_threadpool\nfrom openai import OpenAI\n\nclient = OpenAI()\n"
    )
    head += "\n\nasync def ask():\n"
    entered = "client.chat.completions.stream(model='m')"
    check_transformed(
        head + f"    with await {entered} as answer:\n        return answer\n",
        head + f"    async with contextmanager_in_threadpool({entered}) as answer:\n        return answer\n",
        "to-thread",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "return await client.audio.speech.create(model='m').aread()",
            "return await (await asyncio.to_thread(client.audio.speech.create, model='m')).aread()",
            id="method-of-the-answer-that-is-async",
        ),
        pytest.param(
            "return await asyncio.to_thread(client.responses.create(model='m')).output_text",
            "return (await asyncio.to_thread(client.responses.create, model='m')).output_text",
            id="late-await-of-a-wrapper-given-a-result",
        ),
    ],
)
def test_an_await_on_what_is_taken_from_the_answer(before: str, after: str) -> None:
    head = "import asyncio\n\nfrom openai import OpenAI\n\nclient = OpenAI()\n\n\nasync def ask():\n    "
    check_transformed(f"{head}{before}\n", f"{head}{after}\n", "to-thread")
