"""The page on production says what is true of the installed SDK, and its application does what is said of it."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import httpx
import openai
import pytest
from bench.api_server import ApiServer
from tools import check_noop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "production.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def api() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


@pytest.fixture
def application(api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module on the page."""
    api.reset()
    for name, value in api.environment.items():
        monkeypatch.setenv(name, value)
    module: Any = ModuleType("production")
    monkeypatch.setitem(sys.modules, "production", module)
    exec(compile(EXAMPLE, "production.md", "exec", dont_inherit=True), module.__dict__)
    return module


async def answers(application: Any, *requests: tuple[str, str]) -> AsyncIterator[httpx.Response]:
    transport = httpx.ASGITransport(application.app)
    async with (
        application.lifespan(application.app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        for path, prompt in requests:
            yield await client.post(path, params={"prompt": prompt})


def test_the_application_answers_and_tells_what_went_wrong(api: ApiServer, application: Any) -> None:
    requests = (("/chat", "Hi"), ("/chat", "[busy 1] x"), ("/stream", "Hi you"), ("/stream", "[busy 4] x"))

    async def play() -> list[tuple[int, str]]:
        return [(answer.status_code, answer.text) async for answer in answers(application, *requests)]

    assert asyncio.run(play()) == [
        (200, '"You said: Hi"'),
        (200, '"You said: [busy 1] x"'),
        (200, "You said: Hi you"),
        (503, '{"detail":"too many requests, try again later"}'),
    ]
    # Of these, one needs a retry, and one is not saved by three of them.
    assert api.traffic.calls == 1 + 2 + 1 + 4
    assert application.app.state.openai.is_closed()


def test_there_is_nothing_to_repair_in_it() -> None:
    check_noop(EXAMPLE)


def test_numbers_are_those_of_the_sdk() -> None:
    timeout, limits = openai.DEFAULT_TIMEOUT, openai.DEFAULT_CONNECTION_LIMITS
    assert f"`max_retries` is {openai.DEFAULT_MAX_RETRIES} where you do not say otherwise" in PAGE
    assert f"{timeout.connect:.0f} seconds for a connection and {timeout.read:.0f} seconds for an answer" in PAGE
    assert f"{timeout.pool:.0f} seconds by default" in PAGE
    assert f"{limits.max_connections:,} connections and keeps {limits.max_keepalive_connections} of them open" in PAGE


def test_threads_are_as_many_as_said() -> None:
    async def tokens() -> float:
        return anyio.to_thread.current_default_thread_limiter().total_tokens

    assert f"share {asyncio.run(tokens()):.0f} threads of AnyIO" in PAGE


def test_classes_of_errors_are_what_is_said() -> None:
    named = re.findall(r"^\| `(\w+)` \|.*\| `(\w+)` \|$", PAGE, re.MULTILINE)
    assert len(named) == 5
    for name, base in named:
        assert issubclass(getattr(openai, name), getattr(openai, base)), name
