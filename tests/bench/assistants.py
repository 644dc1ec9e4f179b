"""The part of the API that remembers: threads, their messages, and runs that end after two polls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from bench.answers import CREATED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from bench.answers import Json

POLLS = 2


@dataclass(slots=True)
class _Thread:
    messages: list[tuple[str, str]] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)


class Assistants:
    """Each thread has a number of its own: threads that are used at the same time know nothing of each other."""

    def __init__(self) -> None:
        self._threads: list[_Thread] = []

    @property
    def routes(self) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
        """Method, path and handler."""
        thread = "threads/{thread}"
        return [
            ("POST", "threads", self._create_thread),
            ("POST", f"{thread}/messages", self._create_message),
            ("GET", f"{thread}/messages", self._list_messages),
            ("POST", f"{thread}/runs", self._create_run),
            ("GET", f"{thread}/runs/{{run}}", self._retrieve_run),
        ]

    async def _create_thread(self, request: Request) -> Response:
        payload = await request.json()
        thread = _Thread([(message["role"], message["content"]) for message in payload.get("messages", [])])
        self._threads.append(thread)
        name = f"thread_{len(self._threads) - 1}"
        return JSONResponse({"id": name, "object": "thread", "created_at": CREATED, "metadata": {}})

    async def _create_message(self, request: Request) -> Response:
        payload = await request.json()
        messages = self._thread(request).messages
        messages.append((payload["role"], payload["content"]))
        return JSONResponse(_message(request, len(messages) - 1, payload["role"], payload["content"]))

    async def _list_messages(self, request: Request) -> Response:
        """All messages on one page, the newest first unless they are asked for the other way round."""
        messages = self._thread(request).messages
        data = [_message(request, index, role, text) for index, (role, text) in enumerate(messages)]
        if request.query_params.get("order") != "asc":
            data.reverse()
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
        return JSONResponse({"object": "list", "data": data, "has_more": False, **ends})

    async def _create_run(self, request: Request) -> Response:
        payload = await request.json()
        runs = self._thread(request).runs
        runs.append(0)
        return JSONResponse(_run(request, len(runs) - 1, "queued") | {"assistant_id": payload["assistant_id"]})

    async def _retrieve_run(self, request: Request) -> Response:
        thread = self._thread(request)
        number = _number(request, "run")
        thread.runs[number] += 1
        if thread.runs[number] == POLLS:
            asked = next(text for role, text in reversed(thread.messages) if role == "user")
            thread.messages.append(("assistant", f"You said: {asked}"))
        status = "in_progress" if thread.runs[number] < POLLS else "completed"
        return JSONResponse(_run(request, number, status))

    def _thread(self, request: Request) -> _Thread:
        return self._threads[_number(request, "thread")]


def _number(request: Request, kind: str) -> int:
    return int(request.path_params[kind].removeprefix(f"{kind}_"))


def _message(request: Request, index: int, role: str, text: str) -> Json:
    return {
        "id": f"msg_{index}",
        "object": "thread.message",
        "created_at": CREATED,
        "thread_id": request.path_params["thread"],
        "status": "completed",
        "role": role,
        "content": [{"type": "text", "text": {"value": text, "annotations": []}}],
        "attachments": [],
        "metadata": {},
    }


def _run(request: Request, number: int, status: str) -> dict[str, Any]:
    return {
        "id": f"run_{number}",
        "object": "thread.run",
        "created_at": CREATED,
        "thread_id": request.path_params["thread"],
        "assistant_id": "asst_bench",
        "status": status,
        "model": "gpt-4o-mini",
        "instructions": "",
        "tools": [],
        "metadata": {},
        "parallel_tool_calls": True,
    }
