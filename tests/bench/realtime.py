"""The realtime API's side of a conversation: a websocket that takes what is said and answers when it is asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect

from bench import events

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.websockets import WebSocket


async def converse(websocket: WebSocket, late: Callable[[], Awaitable[None]]) -> None:
    """Greet, then answer every `response.create` with what was said last; `late` passes before each answer."""
    said = ""
    await websocket.send_json(events.realtime_session(websocket.query_params["model"]))
    try:
        while True:
            event = await websocket.receive_json()
            if event["type"] == "conversation.item.create":
                said = " ".join(part["text"] for part in event["item"]["content"])
            elif event["type"] == "response.create":
                await late()
                for answer in events.realtime_response(said):
                    await websocket.send_json(answer)
    except WebSocketDisconnect:
        return
