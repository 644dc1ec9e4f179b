"""The part of the API that remembers: threads, their messages, and runs and batches that end after two polls.

A run that is streamed needs no polls: it ends with its stream.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from bench import events
from bench.answers import CREATED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from bench.answers import Json

POLLS = 2


@dataclass(slots=True)
class _Thread:
    messages: list[tuple[str, str]] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)

    def answer(self) -> None:
        """What every run comes to: a message from the assistant."""
        asked = next(text for role, text in reversed(self.messages) if role == "user")
        self.messages.append(("assistant", f"You said: {asked}"))


class Assistants:
    """Each thread has a number of its own: threads that are used at the same time know nothing of each other."""

    def __init__(self, stream: Callable[[Iterator[Json]], Response]) -> None:
        """`stream` makes a response of events."""
        self._stream = stream
        self._threads: list[_Thread] = []
        self._batches: list[int] = []

    @property
    def routes(self) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
        """Method, path and handler."""
        thread = "threads/{thread}"
        return [
            ("POST", "threads", self._create_thread),
            ("POST", f"{thread}/messages", self._create_message),
            ("GET", f"{thread}/messages", self._list_messages),
            ("POST", "threads/runs", self._create_thread_and_run),
            ("POST", f"{thread}/runs", self._create_run),
            ("GET", f"{thread}/runs/{{run}}", self._retrieve_run),
            ("POST", "batches", self._create_batch),
            ("GET", "batches/{batch}", self._retrieve_batch),
        ]

    async def _create_thread(self, request: Request) -> Response:
        name = self._new_thread(await request.json())
        return JSONResponse({"id": name, "object": "thread", "created_at": CREATED, "metadata": {}})

    def _new_thread(self, payload: Json) -> str:
        thread = _Thread([(message["role"], message["content"]) for message in payload.get("messages", [])])
        self._threads.append(thread)
        return f"thread_{len(self._threads) - 1}"

    async def _create_message(self, request: Request) -> Response:
        payload = await request.json()
        messages = self._thread(request).messages
        messages.append((payload["role"], payload["content"]))
        name = request.path_params["thread"]
        return JSONResponse(_message(name, len(messages) - 1, payload["role"], payload["content"]))

    async def _list_messages(self, request: Request) -> Response:
        """All messages on one page, the newest first unless they are asked for the other way round."""
        messages = self._thread(request).messages
        name = request.path_params["thread"]
        data = [_message(name, index, role, text) for index, (role, text) in enumerate(messages)]
        if request.query_params.get("order") != "asc":
            data.reverse()
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
        return JSONResponse({"object": "list", "data": data, "has_more": False, **ends})

    async def _create_thread_and_run(self, request: Request) -> Response:
        payload = await request.json()
        return self._run(self._new_thread(payload["thread"]), payload)

    async def _create_run(self, request: Request) -> Response:
        return self._run(request.path_params["thread"], await request.json())

    def _run(self, name: str, payload: Json) -> Response:
        thread = self._threads[_number(name)]
        thread.runs.append(0)
        number, assistant = len(thread.runs) - 1, {"assistant_id": payload["assistant_id"]}
        if not payload.get("stream"):
            return JSONResponse(_run(name, number, "queued") | assistant)
        thread.answer()
        message = _message(name, len(thread.messages) - 1, *thread.messages[-1])
        return self._stream(events.run_events(_run(name, number, "completed") | assistant, message))

    async def _retrieve_run(self, request: Request) -> Response:
        thread = self._thread(request)
        number = _number(request.path_params["run"])
        thread.runs[number] += 1
        if thread.runs[number] == POLLS:
            thread.answer()
        status = "in_progress" if thread.runs[number] < POLLS else "completed"
        return JSONResponse(_run(request.path_params["thread"], number, status))

    async def _create_batch(self, request: Request) -> Response:
        payload = await request.json()
        self._batches.append(0)
        return JSONResponse(_batch(len(self._batches) - 1, "validating") | payload)

    async def _retrieve_batch(self, request: Request) -> Response:
        number = _number(request.path_params["batch"])
        self._batches[number] += 1
        return JSONResponse(_batch(number, "in_progress" if self._batches[number] < POLLS else "completed"))

    def _thread(self, request: Request) -> _Thread:
        return self._threads[_number(request.path_params["thread"])]


def _number(name: str) -> int:
    return int(name.rpartition("_")[2])


def _message(thread: str, index: int, role: str, text: str) -> Json:
    return {
        "id": f"msg_{index}",
        "object": "thread.message",
        "created_at": CREATED,
        "thread_id": thread,
        "status": "completed",
        "role": role,
        "content": [{"type": "text", "text": {"value": text, "annotations": []}}],
        "attachments": [],
        "metadata": {},
    }


def _run(thread: str, number: int, status: str) -> dict[str, Any]:
    return {
        "id": f"run_{number}",
        "object": "thread.run",
        "created_at": CREATED,
        "thread_id": thread,
        "assistant_id": "asst_bench",
        "status": status,
        "model": "gpt-4o-mini",
        "instructions": "",
        "tools": [],
        "metadata": {},
        "parallel_tool_calls": True,
    }


def _batch(number: int, status: str) -> Json:
    return {
        "id": f"batch_{number}",
        "object": "batch",
        "created_at": CREATED,
        "completion_window": "24h",
        "endpoint": "/v1/responses",
        "input_file_id": "file-1",
        "output_file_id": "file-2" if status == "completed" else None,
        "status": status,
    }
