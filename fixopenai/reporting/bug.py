"""What is said about a bug in the tool itself: at which file it came up, and what to do."""

from __future__ import annotations

import traceback

from fixopenai._version import __version__
from fixopenai.blame import files_in_hand
from fixopenai.reporting.escaping import visible
from fixopenai.reporting.streams import say, say_error


def say_internal_error(error: Exception, *, verbose: bool) -> None:
    if verbose:
        say("\n".join(map(visible, "".join(traceback.format_exception(error)).rstrip().split("\n"))))
    name = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    file = next(files_in_hand(error), None)
    place = f"{file}: " if file else ""
    how = "with the traceback above" if verbose else "with the traceback that the same command prints with -v"
    say_error(
        f"{place}this is a bug in fixopenai {__version__}: {name}; please report it where you got fixopenai from, {how}"
    )
