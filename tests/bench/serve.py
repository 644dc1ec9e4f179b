"""Serves a project and plays its scenario: each request alone for the answer, then side by side with itself.

The first round is for the answers: the API answers at once. In the second the API answers late; that is when the
longest stall of the loop is measured, and whether the project really serves several requests at the same time.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from bench.api_server import ApiServer, Traffic
from bench.job import Job
from bench.scenario import WEBSOCKET
from bench.websockets import converse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from typing_extensions import Self

    from bench.scenario import Request

DELAY_S = 0.3
# Tries, before what a busy machine did to a measure is taken for what the project does.
_MEASURES = 3
SIDE_BY_SIDE = 3
_QUICK_S = 0.01
_PATIENCE_S = 30.0
_TESTS = Path(__file__).resolve().parents[1]
_COMPLAINT = re.compile(r"^[\s|]*(?:\S+:\d+: )?((?:\w+\.)*[A-Z]\w*(?:Error|Exception|Warning|InV1)\b.*)$", re.MULTILINE)


class ServingError(Exception):
    """The project does not start, or its process ended; the text is its log."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the decoded JSON, or the text of anything else."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one request met: alone (`answer`), and side by side with itself (`repeats` and all the measures)."""

    request: Request
    answer: Answer
    repeats: tuple[Answer, ...]
    delay_s: float
    longest_stall_s: float
    wall_s: float
    traffic: Traffic

    @property
    def stalled(self) -> bool:
        """The loop stood still for as long as the API takes, or close to it."""
        return self.longest_stall_s > self.delay_s / 2

    @property
    def side_by_side(self) -> bool:
        """The API had calls of several requests at the same time.

        Two are enough: where making the client takes as long as the call, the third may come late.
        """
        return self.traffic.most_in_flight >= 2


@dataclass(frozen=True, slots=True)
class Served:
    """`errors` are the last lines of the tracebacks in the log, and warnings such as "was never awaited"."""

    exchanges: tuple[Exchange, ...]
    errors: tuple[str, ...]
    log: str


@dataclass(frozen=True, slots=True)
class Crowd:
    """What many requests met, each alone and then all, or the first of them, at the same time, in their order."""

    alone: tuple[Answer, ...]
    together: tuple[Answer, ...]
    longest_stall_s: float
    delay_s: float
    log: str

    @property
    def stalled(self) -> bool:
        return self.longest_stall_s > self.delay_s / 2


class Bench:
    """An API server and a fork server, for as many servings as wanted. Use as a context manager."""

    def __init__(self, delay_s: float = DELAY_S) -> None:
        self._delay_s = delay_s
        self._api = ApiServer()
        self._forks: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """For the programs of a project: the same as its server gets."""
        return {**os.environ, **self._api.environment}

    def __enter__(self) -> Self:
        self._api.__enter__()
        self._forks = subprocess.Popen(
            [sys.executable, "-m", "bench.fork_server"],
            cwd=_TESTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._forks is not None
        self._forks.communicate(timeout=_PATIENCE_S)
        self._api.__exit__(kind, error, at)

    def serve(self, project: Path, app: str, requests: tuple[Request, ...]) -> Served:
        """Raises `ServingError` when the project does not come up."""
        with tempfile.TemporaryDirectory() as scratch:
            log = Path(scratch) / "log.txt"
            log.touch()
            with _ServedProcess(self._fork, project, app, self._api.environment, log) as process:
                answers = [self._alone(process, request) for request in requests]
                exchanges = [
                    self._together(process, request, answer) for request, answer in zip(requests, answers, strict=True)
                ]
            text = log.read_text(encoding="utf-8", errors="replace")
        return Served(tuple(exchanges), tuple(_COMPLAINT.findall(text)), text)

    def serve_at_once(self, project: Path, app: str, requests: Sequence[Request], most: int | None = None) -> Crowd:
        """Each request alone, then all of them, or the first `most`, together.

        `ServingError` when the project does not come up.
        """
        with tempfile.TemporaryDirectory() as scratch:
            log = Path(scratch) / "log.txt"
            log.touch()
            with _ServedProcess(self._fork, project, app, self._api.environment, log) as process:
                answers = [self._alone(process, request) for request in requests]
                self._api.delay_s = self._delay_s
                process.order("reset")
                together = process.ask_all(requests[:most])
                stall_s = float(process.order("stall"))
            return Crowd(tuple(answers), together, stall_s, self._delay_s, log.read_text(encoding="utf-8"))

    def _fork(self, job: Job) -> None:
        assert self._forks is not None
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        print(job.to_json(), file=self._forks.stdin, flush=True)
        self._forks.stdout.readline()

    def _alone(self, process: _ServedProcess, request: Request) -> Answer:
        self._api.delay_s = _QUICK_S
        self._api.reset()
        (answer,) = process.ask(request, times=1)
        self._settle(request, times=1)
        return answer

    def _together(self, process: _ServedProcess, request: Request, answer: Answer) -> Exchange:
        """What a busy machine seems to have disturbed is measured again."""
        exchange = self._measured(process, request, answer, self._delay_s)
        for _ in range(_MEASURES - 1):
            delay_s = _delay_to_doubt(exchange)
            if delay_s is None:
                break
            exchange = self._measured(process, request, answer, delay_s)
        return exchange

    def _measured(self, process: _ServedProcess, request: Request, answer: Answer, delay_s: float) -> Exchange:
        self._api.delay_s = delay_s
        self._api.reset()
        process.order("reset")
        started = time.monotonic()
        repeats = process.ask(request, times=SIDE_BY_SIDE)
        self._settle(request, times=SIDE_BY_SIDE)
        wall_s = time.monotonic() - started
        return Exchange(request, answer, repeats, delay_s, float(process.order("stall")), wall_s, self._api.traffic)

    def _settle(self, request: Request, times: int) -> None:
        """Wait for what goes on behind the answers, so that it is counted here and not with the next request."""
        until = time.monotonic() + _PATIENCE_S
        while self._api.busy or (request.background and self._api.traffic.calls < times):
            if time.monotonic() > until:
                raise TimeoutError(f"{request}: the API is still waiting for something")
            time.sleep(_QUICK_S)


def _delay_to_doubt(exchange: Exchange) -> float | None:
    """How late the API answers when it is measured again; None where the measures do not contradict each other.

    A loop stands still for as long as the API takes, which then has one call at a time, or for nothing to speak of, and
    then the calls overlap. Where requests come so slowly that they do not, an API that takes longer shows it.
    """
    share = exchange.longest_stall_s / exchange.delay_s
    if share > 0.25:
        return exchange.delay_s if share < 0.75 or exchange.side_by_side else None
    return 2 * exchange.delay_s if exchange.traffic.calls > 1 and not exchange.side_by_side else None


class _ServedProcess:
    """A served project at the other end of a control line, from its start to its shutdown."""

    def __init__(self, start: Any, project: Path, app: str, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(_PATIENCE_S)
            start(Job(str(project.resolve()), app, environment, listener.getsockname()[1], str(log)))
            self._line, _ = listener.accept()
        self._line.settimeout(_PATIENCE_S)
        self._control = self._line.makefile("rw")

    def __enter__(self) -> Self:
        port = self._control.readline()
        if not port:
            self._close()
            raise ServingError(self._log.read_text(encoding="utf-8"))
        self._origin = f"http://127.0.0.1:{port.strip()}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Hang up, and wait for the process to shut down: what it says on the way belongs to its log."""
        self._line.shutdown(socket.SHUT_WR)
        self._control.read()
        self._close()

    def _close(self) -> None:
        self._control.close()
        self._line.close()

    def order(self, word: str) -> str:
        print(word, file=self._control, flush=True)
        return self._control.readline()

    def ask(self, request: Request, times: int) -> tuple[Answer, ...]:
        return self.ask_all([request] * times)

    def ask_all(self, requests: Sequence[Request]) -> tuple[Answer, ...]:
        """The answers to requests that are sent at the same time."""
        try:
            return asyncio.run(self._ask(requests))
        except httpx.TransportError as error:
            raise ServingError(f"{requests[0]}: {error!r}\n{self._log.read_text(encoding='utf-8')}") from error

    async def _ask(self, requests: Sequence[Request]) -> tuple[Answer, ...]:
        # Loading certificates, which nobody asks for here, takes longer than all the rest.
        async with httpx.AsyncClient(
            base_url=self._origin, timeout=_PATIENCE_S, trust_env=False, verify=False
        ) as client:
            sent = (self._send(client, request) for request in requests)
            return tuple(await asyncio.gather(*sent))

    @staticmethod
    async def _send(client: httpx.AsyncClient, request: Request) -> Answer:
        if request.method == WEBSOCKET:
            url = str(client.base_url.copy_with(scheme="ws")).rstrip("/") + request.path
            return Answer(*await converse(url, request.json, _PATIENCE_S))
        files = [(field, (name, text.encode())) for field, name, text in request.files]
        response = await client.request(request.method, request.path, json=request.json, files=files or None)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return Answer(response.status_code, response.json() if is_json else response.text)
