"""What the user asked for, validated: the one object that the command line and the Python API hand to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from pathlib import Path

    from fixopenai.patterns import Patterns

Strategy = Literal["auto", "async-client", "to-thread", "sync-def"]
OutputFormat = Literal["text", "patch", "json"]
ThreadWrapper = Literal["to_thread", "run_in_threadpool", "run_in_executor"]

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
THREAD_WRAPPERS: tuple[ThreadWrapper, ...] = get_args(ThreadWrapper)


@dataclass(frozen=True, slots=True)
class Settings:
    """`select` and `ignore` hold rule codes or prefixes of them, upper case; no `select` means the default rules.

    `exclude` takes the place of the folders that are always passed over, `extend_exclude` adds to them;
    `force_exclude` lets both speak of paths that are given by name too. Of what is said `per_file`, the last pattern
    that fits decides on the strategy, and all that fit on the rules to ignore.
    `thread_wrapper` is what calls are moved to a thread with; one that stands there already is kept.
    """

    strategy: Strategy = "auto"
    thread_wrapper: ThreadWrapper = "to_thread"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: Patterns | None = None
    extend_exclude: tuple[Patterns, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    per_file_ignores: tuple[tuple[Patterns, tuple[str, ...]], ...] = ()
    per_file_strategy: tuple[tuple[Patterns, Strategy], ...] = ()

    def for_folder(self, folder: Path) -> Settings:
        """The settings of the program in a folder: these, whatever the folder."""
        del folder
        return self
