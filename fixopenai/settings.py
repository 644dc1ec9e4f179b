"""What the user asked for, validated: the one object that the command line and the Python API hand to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Strategy = Literal["auto", "async-client", "to-thread", "sync-def"]
OutputFormat = Literal["text", "concise", "patch", "json", "github", "sarif", "markdown"]

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)


@dataclass(frozen=True, slots=True)
class Settings:
    """`select` and `ignore` hold rule codes or prefixes of them, upper case; no `select` means the default rules."""

    strategy: Strategy = "auto"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
