"""A process that has imported everything a project needs, and forks itself for each job that it reads from stdin.

Importing FastAPI and the SDK takes half a second; a fork takes some milliseconds. It prints the id of each child,
and ends when stdin does.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import NoReturn

import fastapi
import fastapi.concurrency
import fastapi.responses
import httpx
import openai

from bench.job import Job
from bench.served import serve

# What uvicorn and the SDK import when the first websocket is opened.
_WEBSOCKETS = (
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "websockets.asyncio.client",
    "websockets.sync.client",
)


def _warm_up() -> None:
    """Load what the SDK and uvicorn would load at the first request."""
    for name in _WEBSOCKETS:
        importlib.import_module(name)
    for client in (openai.OpenAI(api_key="none"), openai.AsyncOpenAI(api_key="none")):
        _ = client.chat.completions, client.responses, client.embeddings, client.images
        _ = client.audio.transcriptions, client.audio.speech, client.moderations, client.models
        _ = client.realtime, client.beta.threads.runs, client.batches
    fastapi.FastAPI()
    httpx.Timeout(1.0)
    gc.freeze()


def _child(job: Job) -> NoReturn:
    """Never returns to the loop that reads jobs, whatever happens."""
    status = 1
    try:
        serve(job)
        status = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    _warm_up()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _child(Job.from_json(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _reap()


def _reap() -> None:
    """Take note of children that have ended, so that they do not stay as zombies."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


if __name__ == "__main__":
    main()
