"""Clients that are waited for by one function become async together, or one of them does not and it says why."""

from __future__ import annotations

import pytest
from tools import changed, check_left, check_transformed

EMBED = """\
from openai import OpenAI

client = OpenAI()


def embed(text):
    return client.embeddings.create(model="m", input=text).data[0].embedding
"""
CHAT = """\
from embed import embed
from openai import OpenAI

client = OpenAI()


def answer(prompt):
    vector = embed(prompt)
    return client.responses.create(model="m", input=str(vector)).output_text
"""
MAIN = """\
from chat import answer
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def ask(prompt: str):
    return {"answer": answer(prompt)}
"""
FILES = {"embed.py": EMBED, "chat.py": CHAT, "main.py": MAIN}
SCRIPT = "from embed import embed\n\nfor line in open('corpus.txt'):\n    print(embed(line))\n"
STAYS = "answer() would be async and still wait for embed(), whose client stays sync"
ASYNC = {
    "embed.py": changed(
        EMBED,
        [
            "import OpenAI -> import AsyncOpenAI",
            "= OpenAI -> = AsyncOpenAI",
            "def embed -> async def embed",
            "return client -> return (await client",
            "input=text).data -> input=text)).data",
        ],
    ),
    "chat.py": changed(
        CHAT,
        [
            "import OpenAI -> import AsyncOpenAI",
            "= OpenAI -> = AsyncOpenAI",
            "def answer -> async def answer",
            "= embed(prompt) -> = await embed(prompt)",
            "return client -> return (await client",
            "input=str(vector)).output -> input=str(vector))).output",
        ],
    ),
    "main.py": changed(MAIN, ["answer(prompt)} -> await answer(prompt)}"]),
}


def test_they_become_async_together() -> None:
    (outcome,) = check_transformed(FILES, ASYNC, by="async-client")
    assert outcome.review is not None
    assert outcome.review.startswith("answer, embed became async: ")
    assert outcome.review.count("became") == 1


def test_three_become_async_together() -> None:
    more = {"more.py": EMBED.replace("embed(", "more(").replace("embeddings", "moderations")}
    chat = CHAT.replace("from openai", "from more import more\nfrom openai").replace(
        "    return", "    more(prompt)\n    return"
    )
    after = ASYNC | {"more.py": ASYNC["embed.py"].replace("embed(", "more(").replace("embeddings", "moderations")}
    after["chat.py"] = (
        after["chat.py"]
        .replace("from openai", "from more import more\nfrom openai")
        .replace("    return", "    await more(prompt)\n    return")
    )
    check_transformed(FILES | more | {"chat.py": chat}, after, by="async-client")


def test_one_that_stays_keeps_the_others() -> None:
    chat = CHAT.replace("embed(prompt)", "embed(prompt)  # obstacle")
    check_left(FILES | {"chat.py": chat, "ingest.py": SCRIPT}, STAYS, "async-client")


def test_the_next_strategy_serves_where_one_stays() -> None:
    files = FILES | {"ingest.py": SCRIPT}
    (outcome,) = check_transformed(files, {"main.py": MAIN.replace("async def", "def")}, by="sync-def")
    assert STAYS in outcome.reason
    busy = files | {"main.py": changed(MAIN, ["    return -> \n    await later()\n    return"])}
    busy["main.py"] = (
        busy["main.py"].replace("\n\n    await later", "\n    await later") + "\n\nasync def later(): ...\n"
    )
    after = busy["main.py"].replace("from chat", "import asyncio\n\nfrom chat")
    after = after.replace("answer(prompt)}", "await asyncio.to_thread(answer, prompt)}")
    check_transformed(busy, {"main.py": after}, by="to-thread")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        pytest.param("other.embeddings.create(model='m', input=prompt)", "`other.embeddings.create`", id="call"),
        pytest.param("list(other.models.list())", "`other.models.list`", id="page"),
        pytest.param("(lambda: other.models.list())()", "answer.<lambda>()", id="lambda"),
    ],
)
def test_what_it_waits_for_itself(line: str, what: str) -> None:
    chat = changed(CHAT, ["from embed import embed -> from embed import client as other", "embed(prompt) -> 1"])
    chat = changed(chat, ["return client -> reply = client", ").output_text -> )"])
    chat += f"    {line}  # obstacle\n    return reply.output_text\n"
    reason = f"answer() would be async and still wait for {what}, whose client stays sync"
    check_left(FILES | {"chat.py": chat, "ingest.py": SCRIPT}, reason, "async-client")


def test_two_clients_of_one_function() -> None:
    before = """\
        from fastapi import FastAPI
        from openai import OpenAI

        app = FastAPI()
        embeddings = OpenAI()
        chat = OpenAI(timeout=5)


        def answer(prompt):
            vector = embeddings.embeddings.create(model="m", input=prompt)
            return chat.responses.create(model="m", input=str(vector))


        @app.get("/")
        async def ask(prompt: str):
            return answer(prompt)
        """
    after = before.replace("OpenAI", "AsyncOpenAI").replace("def answer", "async def answer")
    after = after.replace("= embeddings.e", "= await embeddings.e").replace("return chat", "return await chat")
    check_transformed(before, after.replace("return answer", "return await answer"), by="async-client")
