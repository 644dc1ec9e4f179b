"""The Python API: its functions with their examples, and the fields of what they return."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import fixopenai
from fixopenai.results import FileChange, Finding, MigrationResult, Outcome, Place

if TYPE_CHECKING:
    from collections.abc import Callable

_DOCTEST = re.compile(r"^>>> .*?(?=\n\n[^>]|\Z)", re.MULTILINE | re.DOTALL)


def functions() -> str:
    return "\n\n".join(_function(found) for found in (fixopenai.migrate_source, fixopenai.migrate_paths))


def results() -> str:
    kinds: tuple[Any, ...] = (fixopenai.SourceResult, MigrationResult, Outcome, Finding, Place, FileChange)
    return "\n\n".join(_class(kind) for kind in kinds)


def _function(function: Callable[..., object]) -> str:
    """The head as it is written, the docstring with its examples as blocks."""
    signature = inspect.signature(function)
    first, *rest = map(_parameter, signature.parameters.values())
    words = [first, "*", *rest] if rest else [first]
    head = "\n".join(
        [f"{function.__name__}(", *(f"    {word}," for word in words), f") -> {signature.return_annotation}"]
    )
    text = _DOCTEST.sub(lambda example: f"```pycon\n{example[0]}\n```", inspect.getdoc(function) or "")
    return f"### `{function.__name__}` {{ #{function.__name__} }}\n\n```python\n{head}\n```\n\n{text}"


def _parameter(parameter: inspect.Parameter) -> str:
    default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
    return f"{parameter.name}: {parameter.annotation}{default}"


def _class(kind: Any) -> str:
    rows = [f"| `{field.name}` | `{field.type}` |".replace(" | None", " \\| None") for field in fields(kind)]
    table = "\n".join(["| field | type |", "|---|---|", *rows])
    return f"### `{kind.__name__}` {{ #{kind.__name__} }}\n\n{inspect.getdoc(kind)}\n\n{table}"
