"""A conversation over a websocket, told like a request: one message goes out, the answer is all that comes."""

from __future__ import annotations

import json
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

_NORMAL = 1000


async def converse(url: str, message: Any, timeout_s: float) -> tuple[int, list[str | bytes]]:
    """The status that HTTP would have (200 for a normal end, 500 for any other), and what came."""
    received: list[str | bytes] = []
    try:
        async with connect(url, open_timeout=timeout_s) as connection:
            await connection.send(json.dumps(message))
            while True:
                received.append(await connection.recv())
    except InvalidStatus as refusal:
        return refusal.response.status_code, received
    except ConnectionClosed as end:
        return (200 if end.rcvd is not None and end.rcvd.code == _NORMAL else 500), received
