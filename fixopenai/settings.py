"""What the user asked for, validated: the one object that the command line and the Python API hand to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Strategy = Literal["auto", "async-client", "to-thread", "sync-def"]
OutputFormat = Literal["text", "patch", "json"]
ThreadWrapper = Literal["to_thread", "run_in_threadpool", "run_in_executor"]

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
THREAD_WRAPPERS: tuple[ThreadWrapper, ...] = get_args(ThreadWrapper)


@dataclass(frozen=True, slots=True)
class Settings:
    """`select` and `ignore` hold rule codes or prefixes of them, upper case; no `select` means the default rules.

    `thread_wrapper` is what calls are moved to a thread with; one that stands there already is kept.
    """

    strategy: Strategy = "auto"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    thread_wrapper: ThreadWrapper = "to_thread"
