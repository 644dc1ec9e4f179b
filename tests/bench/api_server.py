"""A local server that speaks the part of the OpenAI and Azure OpenAI API that the fixtures use, and answers late.

It counts what it is asked and how many answers are waited for at the same time: a project that blocks its event loop
never waits for more than one, however many requests it is serving. An answer that comes in parts is waited for until it
begins; what is still to come of it may be read by a thread, while the loop stands still with the next request.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute

from bench import answers, events, realtime
from bench.assistants import Assistants

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.websockets import WebSocket
    from typing_extensions import Self

API_KEY = "sk-bench"
AZURE_API_VERSION = "2024-10-21"
_BUSY = re.compile(r"\[busy (\d+)\]")
_START_TIMEOUT_S = 10.0

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came in since the last reset: how many calls, and how many of them waited at the same time."""

    calls: int
    most_in_flight: int


class ApiServer:
    """Use as a context manager. `delay_s` may be changed at any time; it counts from the next request on.

    Every answer is late, and of a stream all that comes behind its first part is late once more.
    A prompt that holds `[busy 2]` is answered with 429 twice before it gets its answer; `reset` starts that anew.
    """

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self._socket = socket.create_server(("127.0.0.1", 0))
        # Left to itself, uvicorn takes an older protocol in some releases, and that one warns.
        config = uvicorn.Config(self._application(), log_level="error", lifespan="off", ws="websockets-sansio")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="api server", daemon=True)
        self._in_flight = 0
        self._open_streams = 0
        self.reset()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment that leads the SDK's clients here."""
        return {
            "OPENAI_BASE_URL": f"{self.origin}/v1",
            "OPENAI_API_KEY": API_KEY,
            "AZURE_OPENAI_ENDPOINT": self.origin,
            "AZURE_OPENAI_API_KEY": API_KEY,
            "OPENAI_API_VERSION": AZURE_API_VERSION,
        }

    @property
    def traffic(self) -> Traffic:
        return Traffic(self._calls, self._most_in_flight)

    @property
    def busy(self) -> bool:
        return self._in_flight > 0 or self._open_streams > 0

    def reset(self) -> None:
        self._calls = 0
        self._most_in_flight = self._in_flight
        self._refusals: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        until = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if time.monotonic() > until:
                raise TimeoutError("the API server did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def _application(self) -> Starlette:
        shared_with_azure: dict[str, Handler] = {
            "chat/completions": self._chat,
            "responses": self._response,
            "embeddings": _json_answer(answers.embeddings),
            "images/generations": _json_answer(answers.images),
            "audio/transcriptions": _transcription,
            "audio/speech": self._speech,
            "moderations": _json_answer(answers.moderation),
        }
        handlers = [
            ("GET", "models", _models),
            ("GET", "files", _files),
            *Assistants(self._named_events).routes,
            *(("POST", path, handler) for path, handler in shared_with_azure.items()),
        ]
        routes: list[BaseRoute] = [
            Route(f"/v1/{path}", self._late(handler), methods=[method]) for method, path, handler in handlers
        ]
        routes.append(WebSocketRoute("/v1/realtime", self._realtime))
        for path, handler in shared_with_azure.items():
            azure = path if path == "responses" else f"deployments/{{deployment}}/{path}"
            routes.append(Route(f"/openai/{azure}", self._late(handler), methods=["POST"]))
        return Starlette(routes=routes)

    def _late(self, handler: Handler) -> Handler:
        async def answer_late(request: Request) -> Response:
            self._calls += 1
            with self._waited_for():
                await self._pass_delay()
                refusal = _unauthorised(request)
                return refusal or await handler(request)

        return answer_late

    @contextlib.contextmanager
    def _waited_for(self) -> Iterator[None]:
        self._in_flight += 1
        self._most_in_flight = max(self._most_in_flight, self._in_flight)
        try:
            yield
        finally:
            self._in_flight -= 1

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        self._open_streams += 1
        try:
            yield
        finally:
            self._open_streams -= 1

    async def _chat(self, request: Request) -> Response:
        payload = await request.json()
        prompt = json.dumps(payload["messages"])
        busy = _BUSY.search(prompt)
        if busy and self._refusals[prompt] < int(busy[1]):
            self._refusals[prompt] += 1
            return JSONResponse(answers.error("Rate limit reached", "rate_limit_exceeded"), 429)
        if payload.get("stream"):
            return self._stream(_event_lines(events.chat_chunks(payload)), "text/event-stream")
        return JSONResponse(answers.chat_completion(payload))

    async def _response(self, request: Request) -> Response:
        payload = await request.json()
        if payload.get("stream"):
            return self._stream(_event_lines(events.response_events(payload)), "text/event-stream")
        return JSONResponse(answers.response(payload))

    async def _speech(self, request: Request) -> Response:
        return self._stream(events.speech_parts(await request.json()), "audio/mpeg")

    async def _realtime(self, websocket: WebSocket) -> None:
        """The connection is accepted late; what is asked for over it is late once more, as with a stream."""
        self._calls += 1
        with self._waited_for():
            await self._pass_delay()
            if _unauthorised(websocket):
                await websocket.close()
                return
            await websocket.accept()
        with self._open():
            await realtime.converse(websocket, self._pass_delay)

    async def _pass_delay(self) -> None:
        await asyncio.sleep(self.delay_s)

    def _named_events(self, parts: Iterator[answers.Json]) -> Response:
        return self._stream(_named_event_lines(parts), "text/event-stream")

    def _stream(self, parts: Iterator[bytes], media_type: str) -> Response:
        return StreamingResponse(self._late_parts(parts), media_type=media_type)

    async def _late_parts(self, parts: Iterator[bytes]) -> AsyncIterator[bytes]:
        """The delay passes between the first part and the rest, with the stream open."""
        with self._open():
            for index, part in enumerate(parts):
                if index == 1:
                    await self._pass_delay()
                yield part


def _unauthorised(request: HTTPConnection) -> Response | None:
    """The refusal that the real API would give, or None: a bearer key there, and on Azure a version and
    either an `api-key` or a bearer token."""
    if request.url.path.startswith("/openai/"):
        if request.headers.get("api-key") != API_KEY and request.headers.get("authorization") != f"Bearer {API_KEY}":
            return JSONResponse(answers.error("Access denied", "401"), 401)
        if "api-version" not in request.query_params:
            return JSONResponse(answers.error("Resource not found", "404"), 404)
    elif request.headers.get("authorization") != f"Bearer {API_KEY}":
        return JSONResponse(answers.error("Incorrect API key", "invalid_api_key"), 401)
    return None


def _json_answer(answer: Callable[[answers.Json], answers.Json]) -> Handler:
    async def handle(request: Request) -> Response:
        return JSONResponse(answer(await request.json()))

    return handle


async def _transcription(request: Request) -> Response:
    async with request.form() as form:
        upload = form["file"]
        if isinstance(upload, str):
            return JSONResponse(answers.error("file is not an upload", "invalid_request_error"), 400)
        return JSONResponse(answers.transcription(upload.filename or "", await upload.read()))


async def _models(_request: Request) -> Response:
    return JSONResponse(answers.models())


async def _files(request: Request) -> Response:
    return JSONResponse(answers.files(request.query_params.get("after")))


def _event_lines(parts: Iterator[answers.Json]) -> Iterator[bytes]:
    """Server-sent events; those of a response have their type as a name, those of a chat have none."""
    for part in parts:
        name = f"event: {part['type']}\n" if "type" in part else ""
        yield f"{name}data: {json.dumps(part)}\n\n".encode()
    yield b"data: [DONE]\n\n"


def _named_event_lines(parts: Iterator[answers.Json]) -> Iterator[bytes]:
    """Server-sent events as the Assistants API writes them: the name stands beside the data, not in it."""
    for part in parts:
        yield f"event: {part['event']}\ndata: {json.dumps(part['data'])}\n\n".encode()
    yield b"event: done\ndata: [DONE]\n\n"
