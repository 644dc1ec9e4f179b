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


def speech_parts(payload: Json) -> Iterator[bytes]:
    audio = answers.speech(payload)
    yield audio[: len(audio) // 2]
    yield audio[len(audio) // 2 :]


def _words(text: str) -> list[str]:
    first, *rest = text.split(" ")
    return [first, *(f" {word}" for word in rest)]
