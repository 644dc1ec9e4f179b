"""What the local API answers: plain functions from a request's payload to the response's, without state or clock.

The same request always gets the same answer, so that answers before and after a repair can be compared.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from typing import Any

Json = dict[str, Any]

FILES = ("prices.pdf", "faq.md", "terms.txt", "manual.pdf", "glossary.md")
FILES_PER_PAGE = 3
MODELS = ("gpt-4o", "gpt-4o-mini", "text-embedding-3-small")
CREATED = 1_700_000_000
_TOOL = re.compile(r"\[tool (\w+) (\{.*?\})\]")


def chat_completion(payload: Json) -> Json:
    """Given tools, a prompt that holds `[tool add {"a": 1}]` is answered with a call of it, and its result in words."""
    content = _content(payload, (payload.get("response_format") or {}).get("json_schema", {}).get("schema"))
    prompt = _last_user_text(payload["messages"])
    choices: list[Json] = [
        {
            "index": index,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": content if index == 0 else f"{content} ({index})"},
        }
        for index in range(payload.get("n") or 1)
    ]
    calls = _tool_calls(payload, prompt)
    if calls:
        choices[0] |= {
            "finish_reason": "tool_calls",
            "message": {"role": "assistant", "content": None, "tool_calls": calls},
        }
    return {
        "id": _identity("chatcmpl", prompt),
        "object": "chat.completion",
        "created": CREATED,
        "model": payload["model"],
        "choices": choices,
        "usage": _usage(prompt, content),
    }


def response(payload: Json) -> Json:
    schema = ((payload.get("text") or {}).get("format") or {}).get("schema")
    prompt = _response_prompt(payload)
    content = _content({"messages": [{"role": "user", "content": prompt}]}, schema)
    usage = _usage(prompt, content)
    message = {
        "id": _identity("msg", prompt),
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": content, "annotations": []}],
    }
    return {
        "id": _identity("resp", prompt),
        "object": "response",
        "created_at": CREATED,
        "model": payload["model"],
        "status": "completed",
        "output": [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": usage["prompt_tokens"],
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": usage["completion_tokens"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage["total_tokens"],
        },
    }


def embeddings(payload: Json) -> Json:
    texts = [payload["input"]] if isinstance(payload["input"], str) else payload["input"]
    vectors = [_vector(text) for text in texts]
    if payload.get("encoding_format") == "base64":
        encoded: list[Any] = [base64.b64encode(struct.pack(f"<{len(v)}f", *v)).decode() for v in vectors]
    else:
        encoded = list(vectors)
    tokens = sum(len(text.split()) for text in texts)
    return {
        "object": "list",
        "model": payload["model"],
        "data": [{"object": "embedding", "index": i, "embedding": e} for i, e in enumerate(encoded)],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def images(payload: Json) -> Json:
    name = "-".join(payload["prompt"].lower().split())
    return {
        "created": CREATED,
        "data": [{"url": f"https://images.example/{name}-{index}.png"} for index in range(payload.get("n") or 1)],
    }


def transcription(filename: str, content: bytes) -> Json:
    return {"text": f"{filename}: {len(content)} bytes of speech"}


def speech(payload: Json) -> bytes:
    return f"{payload['voice']} says {payload['input']}".encode()


def moderation(payload: Json) -> Json:
    texts = [payload["input"]] if isinstance(payload["input"], str) else payload["input"]
    results = [
        {
            "flagged": "hate" in text,
            "categories": {"hate": "hate" in text, "violence": False},
            "category_scores": {"hate": 0.75 if "hate" in text else 0.0, "violence": 0.0},
            "category_applied_input_types": {"hate": ["text"], "violence": ["text"]},
        }
        for text in texts
    ]
    return {"id": _identity("modr", " ".join(texts)), "model": "omni-moderation-latest", "results": results}


def models() -> Json:
    data = [{"id": name, "object": "model", "created": CREATED, "owned_by": "bench"} for name in MODELS]
    return {"object": "list", "data": data}


def files(after: str | None) -> Json:
    """The page of files that comes behind the file with the id `after`."""
    data = [
        {
            "id": f"file-{index}",
            "object": "file",
            "bytes": 1000 * index,
            "created_at": CREATED,
            "filename": name,
            "purpose": "assistants",
            "status": "processed",
        }
        for index, name in enumerate(FILES, start=1)
    ]
    start = 0 if after is None else [file["id"] for file in data].index(after) + 1
    page = data[start : start + FILES_PER_PAGE]
    more = start + FILES_PER_PAGE < len(data)
    return {"object": "list", "data": page, "first_id": page[0]["id"], "last_id": page[-1]["id"], "has_more": more}


def error(message: str, code: str) -> Json:
    return {"error": {"message": message, "type": code, "param": None, "code": code}}


def _tool_calls(payload: Json, prompt: str) -> list[Json]:
    """What the prompt wants of the tools that are offered, until there are results."""
    if payload["messages"][-1]["role"] == "tool":
        return []
    offered = {tool["function"]["name"] for tool in payload.get("tools") or []}
    return [
        {"id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for index, (name, arguments) in enumerate(_TOOL.findall(prompt))
        if name in offered
    ]


def _content(payload: Json, schema: Json | None) -> str:
    if payload["messages"][-1]["role"] == "tool":
        results = [message["content"] for message in payload["messages"] if message["role"] == "tool"]
        return f"The tools said: {', '.join(results)}"
    prompt = _last_user_text(payload["messages"])
    if schema is None:
        return f"You said: {prompt}"
    return json.dumps(_sample(schema, prompt, schema.get("$defs", {})))


def _sample(schema: Json, text: str, definitions: Json) -> Any:
    """The value that `text` gives under a JSON schema: its words as strings, its length as numbers."""
    if "$ref" in schema:
        return _sample(definitions[schema["$ref"].rsplit("/", 1)[-1]], text, definitions)
    if "enum" in schema:
        return schema["enum"][len(text) % len(schema["enum"])]
    match schema.get("type"):
        case "object":
            return {name: _sample(part, text, definitions) for name, part in schema["properties"].items()}
        case "array":
            return [_sample(schema["items"], word, definitions) for word in text.split()]
        case "integer" | "number":
            return len(text)
        case "boolean":
            return text.endswith("?")
        case _:
            return text


def _last_user_text(messages: list[Json]) -> str:
    content = next(message["content"] for message in reversed(messages) if message["role"] == "user")
    return content if isinstance(content, str) else _joined_parts(content)


def _response_prompt(payload: Json) -> str:
    return payload["input"] if isinstance(payload["input"], str) else _last_user_text(payload["input"])


def _joined_parts(parts: list[Json]) -> str:
    return " ".join(part["text"] for part in parts if part["type"] in {"text", "input_text"})


def _usage(prompt: str, answer: str) -> Json:
    asked, answered = len(prompt.split()), len(answer.split())
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def _vector(text: str) -> list[float]:
    """Three numbers that a 32-bit float holds exactly."""
    return [float(len(text)), float(len(text.split())), float(sum(map(ord, text)) % 97)]


def _identity(kind: str, text: str) -> str:
    return f"{kind}-{sum(map(ord, text)):08x}"
