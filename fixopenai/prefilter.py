"""Which files can matter, decided on their bytes: those that import the SDK, and those that lead to them.

A file matters when it imports `openai` (or a module that stands in for it), or imports a module that matters, to a
fixed point; or when it speaks of such a module in a string, as tests do that patch names. Nothing else is parsed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# The SDK's name in an import statement: `import openai`, `from openai.types import x`, `import os, openai as ai`.
_SDK_IMPORT = re.compile(
    rb"^[ \t\f]*(?:from[ \t]+(?:openai|langfuse)\b|import\b[^\n\r#]*\b(?:openai|langfuse)\b)"
    rb"|[;:][ \t]*(?:from|import)[ \t]+openai\b",
    re.MULTILINE,
)


# `app.state.openai = ...`: whoever reads that attribute needs no import to get at the client.
_STATE_WRITE = re.compile(rb"\.state\.([A-Za-z_]\w*)[ \t]*(?::[^=\n\r]+)?=(?!=)")


def imports_sdk(data: bytes) -> bool:
    """Whether the bytes hold an import of the SDK."""
    return b"openai" in data and _SDK_IMPORT.search(data) is not None


def relevant_files(seeds: Sequence[str], others: Iterable[str], read: Callable[[str], bytes | None]) -> list[str]:
    """The files of `others` that may reach a seed, round by round; `read` gives a file's bytes, None if it cannot."""
    rest = list(others)
    fresh: Sequence[str] = seeds
    found: list[str] = []
    while fresh and rest:
        pattern = _pattern(_import_names(fresh))
        state = _pattern(_state_names(fresh, read), prefix=rb"\.state\b[^\n]{0,12}")
        chosen = []
        for path in rest:
            data = read(path)
            if data is not None and (
                (pattern is not None and mentions(data, pattern)) or (state is not None and state.search(data))
            ):
                chosen.append(path)
        found += chosen
        taken = set(chosen)
        rest = [path for path in rest if path not in taken]
        fresh = chosen
    return found


def _pattern(names: set[bytes], prefix: bytes = b"") -> re.Pattern[bytes] | None:
    if not names:
        return None
    return re.compile(prefix + rb"\b(?:" + b"|".join(re.escape(name) for name in sorted(names)) + rb")\b")


def _state_names(paths: Iterable[str], read: Callable[[str], bytes | None]) -> set[bytes]:
    """The attributes of `app.state` that the files set."""
    names: set[bytes] = set()
    for path in paths:
        names.update(_STATE_WRITE.findall(read(path) or b""))
    return names


def mentions(data: bytes, pattern: re.Pattern[bytes]) -> bool:
    """Whether an import statement, or a dotted name in a string, holds one of the names."""
    return any(_is_reference(data, match.start()) for match in pattern.finditer(data))


def _is_reference(data: bytes, offset: int) -> bool:
    """Whether the word at `offset` stands in an import statement or in a dotted string."""
    start = max(data.rfind(b"\n", 0, offset), data.rfind(b"\r", 0, offset)) + 1
    line = data[start:offset].lstrip()
    if line.startswith((b"import ", b"from ", b"import\t", b"from\t")):
        return True
    if line[-1:] == b"." and (b'"' in line or b"'" in line):
        return True
    if b"import" in line:
        return True
    return _in_import_list(data, start)


def _in_import_list(data: bytes, start: int) -> bool:
    """Whether the line at `start` continues a parenthesised or backslashed import."""
    window = data[max(0, start - 4000) : start]
    opened = window.rfind(b"(")
    if opened > window.rfind(b")"):
        line = window[window.rfind(b"\n", 0, opened) + 1 : opened].lstrip()
        return line.startswith(b"from") and line.rstrip().endswith(b"import")
    return window.rstrip(b"\r\n").endswith(b"\\") and b"import" in window.rsplit(b"\n", 2)[-2]


def _import_names(paths: Iterable[str]) -> set[bytes]:
    """The last name under which each file is imported: its stem, or its folder's for a package."""
    names: set[bytes] = set()
    for path in paths:
        parts = path.split("/")
        stem = parts[-1].removesuffix(".py")
        name = parts[-2] if stem == "__init__" and len(parts) > 1 else stem
        if name.isidentifier():
            names.add(name.encode("utf-8", "surrogateescape"))
    return names
