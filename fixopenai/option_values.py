"""What is typed behind an option, read and checked before anything is done: a bad word is a UsageError."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.config_keys import read_choice
from fixopenai.errors import UsageError
from fixopenai.patterns import read_patterns

if TYPE_CHECKING:
    from fixopenai.patterns import Patterns


def optional_choice(option: str, given: str | None, choices: tuple[str, ...]) -> str | None:
    """What was given, which an empty word is as well: a variable that nobody has set."""
    return None if given is None else read_choice(option, given, choices)


def typed_patterns(option: str, given: list[str]) -> Patterns:
    """Patterns with commas between them, read from the current folder."""
    lines = tuple(line.strip() for value in given for line in value.removesuffix(",").split(","))
    return read_patterns(option, lines, Path())


def number_of_jobs(given: str | None) -> int:
    """Of `--jobs`; without it, as many as there are CPUs."""
    if given is None:
        return os.cpu_count() or 1
    if not given.isascii() or not given.isdigit() or int(given) < 1:
        raise UsageError(f"--jobs: '{given}' is not a number of processes")
    return int(given)


def usable_output_file(name: str | None) -> Path | None:
    """The file to write the result to, checked before anything is analysed or changed."""
    if name is None:
        return None
    path = Path(name)
    try:
        usable = bool(name) and not path.is_dir() and path.parent.is_dir()
        writable = usable and os.access(path if path.exists() else path.parent, os.W_OK)
    except OSError:  # a name that is too long
        usable = writable = False
    if not usable:
        raise UsageError(f"--output-file: '{name}' is not a file, or its folder does not exist")
    if not writable:
        raise UsageError(f"--output-file: '{name}' cannot be written")
    return path
