"""What a helper uses of modules that do not speak of the SDK decides whether it can run in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools import check_left, check_transformed, tree

from fixopenai import migrate_paths

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
import asyncio

from openai import OpenAI

{statement}

client = OpenAI()


def ask(q):
    {use}
    return client.responses.create(model="m", input=q)


async def f(q):
    return ask(q)
"""
STORE = """\
import asyncio
from functools import partial

from database import Rows, open_rows as opened
import parts.loop


class Store(Rows):
    def __init__(self):
        self.path = "x"
        self.done = asyncio.Event()
        self.notify = partial(asyncio.get_running_loop)

    async def __aenter__(self):
        await asyncio.sleep(1)

    @staticmethod
    def home():
        return "x"

    @classmethod
    def shared(cls):
        return opened

    def load(self):
        return self.path

    def fetch(self):
        return asyncio.run(self.fetch_soon())

    async def fetch_soon(self):
        path = asyncio.get_running_loop()
        await asyncio.sleep(1)

    def finish(self):
        self._tell()

    def _tell(self):
        self.done.set()

    def rows(self):
        return opened("rows")


def of_name(name):
    return Store()


def plain(name):
    return name.strip() or parts.loop.word(name)


def tell(name):
    return parts.loop.tell(name)


storage = object.__new__(Store)
by_name = {"x": storage}
"""
DATABASE = """\
import sqlite3


class Rows:
    def count(self):
        return 1

    def first(self):
        return opened.execute("select 1")


def open_rows(path):
    return sqlite3.connect(path)


opened = open_rows("x")
"""
LOOP = """\
from asyncio import get_running_loop as running


def word(name):
    return name.strip()


def tell(name):
    return running().time()
"""
FILES = {"pyproject.toml": "", "store.py": STORE, "database.py": DATABASE, "parts/loop.py": LOOP}

ANYWHERE = [
    pytest.param("plain(q)", id="function"),
    pytest.param("storage.load()", id="method"),
    pytest.param("store.storage.load()", id="method-of-an-object-of-a-module"),
    pytest.param("text = storage.load()\n    print(text)", id="answer-of-a-method"),
    pytest.param("storage.fetch()", id="loop-of-its-own"),
    pytest.param("Store.home()", id="method-of-a-class"),
    pytest.param("storage.fetch_soon().close()", id="coroutine-that-is-not-run"),
]
LEFT = [
    pytest.param("storage.notify()", id="attribute"),
    pytest.param("storage.finish()", id="method-below-a-method"),
    pytest.param("of_name(q).finish()", id="what-a-function-gives"),
    pytest.param("store.of_name(q).load()", id="what-a-constructor-makes"),
    pytest.param("by_name[q].finish()", id="element"),
    pytest.param("Store.shared()", id="class-method"),
    pytest.param("tell(q)", id="module-in-a-folder"),
    pytest.param("storage.rows()", id="one-file-further"),
    pytest.param("storage.first()", id="base-class-one-file-further"),
]


def program(use: str) -> dict[str, str]:
    names = ("store.", "Store", "plain", "tell", "storage", "of_name", "by_name")
    name = next(name for name in names if name in use).rstrip(".")
    statement = "import store" if name == "store" else f"from store import {name}"
    return {**FILES, "main.py": HEAD.format(statement=statement, use=use)}


@pytest.mark.parametrize("use", ANYWHERE)
def test_what_any_thread_can_run_moves_to_one(use: str) -> None:
    before = program(use)
    after = {"main.py": before["main.py"].replace("return ask(q)", "return await asyncio.to_thread(ask, q)")}
    check_transformed(before, after, "to-thread")


@pytest.mark.parametrize("use", LEFT)
def test_what_belongs_to_the_loop_or_to_one_thread_is_left(use: str) -> None:
    files = program(use)
    check_left({**files, "main.py": files["main.py"].replace(use, f"{use}  # obstacle")}, "belongs to the", "to-thread")


def test_what_was_read_for_one_helper_is_known_for_the_next() -> None:
    asks = "".join(
        f"def ask_{number}(q):\n    store.parts.loop.tell(q)  # obstacle\n    return client.models.retrieve(q)\n\n\n"
        for number in (1, 2)
    )
    head = "import store.parts.loop\nfrom openai import OpenAI\n\nclient = OpenAI()\n\n\n"
    files = {
        "pyproject.toml": "",
        "store/parts/loop.py": LOOP,
        "main.py": f"{head}{asks}async def f(q):\n    return ask_1(q), ask_2(q)\n",
    }
    check_left(files, "belongs to the", "to-thread")


def test_what_comes_out_of_a_file_that_cannot_be_parsed_is_left(tmp_path: Path) -> None:
    files = {
        "store.py": "import openai\n\n\nclass Store:\n    def save(self:\n",
        "main.py": """\
        from openai import OpenAI
        from store import Store

        client = OpenAI()
        store = Store()


        def ask(prompt):
            store.save(prompt)
            return client.responses.create(model="m", input=prompt)


        async def answer(prompt):
            return ask(prompt)
        """,
    }
    (outcome,) = migrate_paths(tree(tmp_path, files), strategy="to-thread").outcomes
    wanted = "ask() reaches store, which is of a file that cannot be parsed, and may belong to the event loop"
    assert outcome.reason.startswith(wanted)
