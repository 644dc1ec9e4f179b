"""The table of the SDK with what its clients answer to once a library has wrapped them.

Source: instructor 1.8, `instructor/client.py`: an `Instructor` answers to `chat`, `completions` and to methods of its
own; those of an `AsyncInstructor` are awaited. Its `create_partial` and `create_iterable` are left out: the sync ones
send the request when they are called, the async ones when they are read, so none is the twin of the other.
"""

from __future__ import annotations

from collections import ChainMap
from dataclasses import replace
from functools import lru_cache

from fixopenai.sdk.surface import Member, Surface, load_surface

_ADDED = {
    "OpenAI": ("create", "create_with_completion"),
    "AzureOpenAI": ("create", "create_with_completion"),
    "chat.completions": ("create_with_completion",),
}


@lru_cache(maxsize=1)
def load_wrapped_surface() -> Surface:
    """The table that ships with the package, with the methods that wrappers add to it."""
    surface = load_surface()
    wrapped = {}
    for key, names in _ADDED.items():
        plain = surface.types[key]
        wrapped[key] = replace(plain, members={**{name: Member(name, "call") for name in names}, **plain.members})
    return replace(surface, types=ChainMap(wrapped, surface.types))  # type: ignore[arg-type]  # nothing is written
