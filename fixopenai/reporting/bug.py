"""What is said about a bug in the tool itself: at which file it came up, and what to do."""

from __future__ import annotations

import contextlib
import traceback
from operator import attrgetter
from typing import TYPE_CHECKING

from fixopenai._version import __version__
from fixopenai.reporting.escaping import visible
from fixopenai.reporting.streams import say, say_error
from fixopenai.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator

# How what a function works on leads to its file: a module, a change, a scope, a use of a call.
_WAYS = tuple(map(attrgetter, ("source", "module.source", "scope.module.source")))


def say_internal_error(error: Exception, *, verbose: bool) -> None:
    if verbose:
        say("\n".join(map(visible, "".join(traceback.format_exception(error)).rstrip().split("\n"))))
    name = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    file = next(_files(error), None)
    place = f"{file}: " if file else ""
    how = "with the traceback above" if verbose else "with the traceback that the same command prints with -v"
    say_error(
        f"{place}this is a bug in fixopenai {__version__}: {name}; please report it where you got fixopenai from, {how}"
    )


def _files(error: Exception) -> Iterator[str]:
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
