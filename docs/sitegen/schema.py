"""The keys of the `json` format, from its JSON Schema."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

Schema = dict[str, Any]


def keys_of_json() -> str:
    """A table for the report itself, and one for each kind of object in it."""
    schema: Schema = json.loads(files("fixopenai.reporting").joinpath("report.schema.json").read_text(encoding="utf-8"))
    named = {name: kind for name, kind in schema["$defs"].items() if "properties" in kind}
    tables = [_table(schema, schema)]
    tables += [f"### {name} {{ #json-{name} }}\n\n{_said(kind)}{_table(kind, schema)}" for name, kind in named.items()]
    return "\n\n".join(tables)


def _said(kind: Schema) -> str:
    return f"{kind['description']}\n\n" if "description" in kind else ""


def _table(kind: Schema, schema: Schema) -> str:
    rows = [
        f"| `{name}` | {_type(value, schema)} | {_meaning(value, schema)} |"
        for name, value in kind["properties"].items()
    ]
    inner = [
        f"Each of `{name}`:\n\n{_table(value['items'], schema)}"
        for name, value in kind["properties"].items()
        if "properties" in value.get("items", {})
    ]
    return "\n\n".join(["\n".join(["| key | holds | meaning |", "|---|---|---|", *rows]), *inner])


def _meaning(value: Schema, schema: Schema) -> str:
    """What is said of the key, or else of the kind of value."""
    target = _target(value, schema)
    return str(value.get("description") or target.get("description", "")).replace("|", "\\|")


def _target(value: Schema, schema: Schema) -> Schema:
    reference = value.get("$ref")
    target: Schema = schema["$defs"][reference.rpartition("/")[2]] if reference else value
    return target


def _type(value: Schema, schema: Schema) -> str:
    """In words: a linked object, a list of something, one of some constants, or a JSON type."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        target = schema["$defs"][name]
        return f"[{name}](#json-{name})" if "properties" in target else _type(target, schema)
    if "anyOf" in value:
        return " or ".join(_type(choice, schema) for choice in value["anyOf"])
    if "const" in value or "enum" in value:
        return ", ".join(f"`{json.dumps(choice)}`" for choice in value.get("enum", [value.get("const")]))
    if value["type"] == "array":
        items = value["items"]
        return "list of objects" if "properties" in items else f"list of {_type(items, schema)}"
    types = value["type"] if isinstance(value["type"], list) else [value["type"]]
    return " or ".join(types)
