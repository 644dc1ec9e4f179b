"""The same answers as in `answers`, in the parts that a stream brings them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench import answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.answers import Json


def chat_chunks(payload: Json) -> Iterator[Json]:
    """The parts of a streamed chat completion: the role, the words one by one, the end, and the usage if asked for."""
    completion = answers.chat_completion(payload)
    head = {key: completion[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}

    def chunk(delta: Json, finish_reason: str | None = None) -> Json:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}]}

    yield chunk({"role": "assistant", "content": ""})
    for word in _words(completion["choices"][0]["message"]["content"]):
        yield chunk({"content": word})
    yield chunk({}, "stop")
    if (payload.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": completion["usage"]}


def response_events(payload: Json) -> Iterator[Json]:
    """The events of a streamed response, numbered: its beginning, its one message word by word, and its end."""
    for number, event in enumerate(_response_events(answers.response(payload))):
        yield {**event, "sequence_number": number}


def _response_events(response: Json) -> Iterator[Json]:
    (message,) = response["output"]
    (part,) = message["content"]
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    item: Json = {"output_index": 0}
    content: Json = {**item, "content_index": 0, "item_id": message["id"]}
    text: Json = {**content, "logprobs": []}

    def event(name: str, **fields: Any) -> Json:
        return {"type": f"response.{name}", **fields}

    yield event("created", response=begun)
    yield event("in_progress", response=begun)
    yield event("output_item.added", **item, item={**message, "status": "in_progress", "content": []})
    yield event("content_part.added", **content, part={**part, "text": ""})
    for word in _words(part["text"]):
        yield event("output_text.delta", **text, delta=word)
    yield event("output_text.done", **text, text=part["text"])
    yield event("content_part.done", **content, part=part)
    yield event("output_item.done", **item, item=message)
    yield event("completed", response=response)


def realtime_session(model: str) -> Json:
    """What a realtime connection begins with."""
    return {"type": "session.created", "event_id": "event_0", "session": {"type": "realtime", "model": model}}


def realtime_response(said: str) -> Iterator[Json]:
    """The events of an answer over a realtime connection: its beginning, its text word by word, and its end."""
    text = f"You said: {said}"
    response: Json = {"id": "resp_0", "object": "realtime.response", "output": []}
    place: Json = {"response_id": "resp_0", "item_id": "item_0", "output_index": 0, "content_index": 0}
    answer: list[Json] = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        *({"type": "response.output_text.delta", **place, "delta": word} for word in _words(text)),
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.done", "response": {**response, "status": "completed"}},
    ]
    for number, event in enumerate(answer, start=1):
        yield {**event, "event_id": f"event_{number}"}


def run_events(run: Json, message: Json) -> Iterator[Json]:
    """The events of a streamed run, under their names: it begins, its message comes word by word, and it ends."""
    (part,) = message["content"]
    delta: Json = {"id": message["id"], "object": "thread.message.delta"}
    begun: Json = {**message, "status": "in_progress", "content": []}

    def event(name: str, data: Json) -> Json:
        return {"event": f"thread.{name}", "data": data}

    yield event("run.created", {**run, "status": "queued"})
    yield event("run.in_progress", {**run, "status": "in_progress"})
    yield event("message.created", begun)
    for word in _words(part["text"]["value"]):
        content = {"index": 0, "type": "text", "text": {"value": word, "annotations": []}}
        yield event("message.delta", {**delta, "delta": {"content": [content]}})
    yield event("message.completed", message)
    yield event("run.completed", run)


def speech_parts(payload: Json) -> Iterator[bytes]:
    audio = answers.speech(payload)
    yield audio[: len(audio) // 2]
    yield audio[len(audio) // 2 :]


def _words(text: str) -> list[str]:
    first, *rest = text.split(" ")
    return [first, *(f" {word}" for word in rest)]
