"""At which file an error came up, as the functions on the way to it had it in hand."""

from __future__ import annotations

import contextlib
import traceback
from operator import attrgetter
from typing import TYPE_CHECKING

from fixopenai.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator

# How what a function works on leads to its file: a module, a change, a scope, a use of a call.
_WAYS = tuple(map(attrgetter, ("source", "module.source", "scope.module.source")))


def files_in_hand(error: Exception) -> Iterator[str]:
    """The files that the functions on the way to the error had in hand, the innermost function first."""
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        for value in frame.f_locals.values():
            if isinstance(value, SourceFile):
                yield value.display
            for way in _WAYS:
                with contextlib.suppress(AttributeError):
                    source = way(value)
                    if isinstance(source, SourceFile):
                        yield source.display
        # Reading knows only the name, until there is a source.
        display = frame.f_locals.get("display")
        if isinstance(display, str):
            yield display
