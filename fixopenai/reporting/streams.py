"""Standard output and error as this tool uses them: when to colour, how to survive a reader that has gone."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Literal, TextIO

from fixopenai.errors import UsageError
from fixopenai.reporting.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

ColorChoice = Literal["auto", "always", "never"]
BOLD, BOLD_RED = "1", "1;31"
_NARROWEST, _USUAL_WIDTH = 28, 80


def make_unbreakable() -> None:
    """Let no character fail on the way out: what a stream's encoding lacks is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def wants_color(stream: TextIO, choice: ColorChoice) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def rich_console(stream: TextIO, choice: ColorChoice) -> Console:
    """A console that prints what it is given: no markup, no emoji codes, no guesses about what to highlight."""
    from rich.console import Console

    class PipeConsole(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - called while BrokenPipeError is handled; rich itself would exit here

    color = wants_color(stream, choice)
    detected = os.environ.get("TERM") not in (None, "", "dumb", "unknown")
    console = PipeConsole(
        file=stream,
        force_terminal=color or None,
        color_system=("auto" if detected else "standard") if color else None,
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
    )
    # COLUMNS=0 says that nobody knows; rich would show nothing at all.
    if console.width < _NARROWEST:
        console.width = _NARROWEST if console.width else _USUAL_WIDTH
    return console


def paint(text: str, code: str, *, color: bool) -> str:
    """One styled word in a line for which rich would be too much; `code` is an SGR parameter."""
    return f"\x1b[{code}m{text}\x1b[0m" if color else text


def say(text: str) -> None:
    """A line for the user, on standard error."""
    with surviving_its_reader(sys.stderr):
        sys.stderr.write(f"{text}\n")


def say_error(text: str, choice: ColorChoice = "auto") -> None:
    say(f"{paint('error:', BOLD_RED, color=wants_color(sys.stderr, choice))} {visible(text)}")


@contextmanager
def surviving_its_reader(stream: TextIO) -> Iterator[None]:
    """Write to a stream to the end, or until nobody reads it; UsageError where standard output cannot be written.

    Where standard error cannot, there is nobody left to tell.
    """
    try:
        yield
        stream.flush()
    except OSError as error:
        # What is still buffered would be tried again, and fail again, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise UsageError(f"cannot write to {stream.name}: {error.strerror}") from error
