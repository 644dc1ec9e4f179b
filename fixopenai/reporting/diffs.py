"""The diffs of a run: as bytes that `git apply` takes, and as text for those who read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.patch import unified_diff

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.results import FileChange


def diff_bytes(change: FileChange) -> bytes:
    source = change.source
    return unified_diff(source.display, source.data, source.encode(change.new_text))


def patch(changes: Iterable[FileChange]) -> bytes:
    return b"".join(diff_bytes(change) for change in changes)


def diff_lines(change: FileChange) -> list[str]:
    """The lines of the diff, without their newline: file names decoded as UTF-8, the source as its encoding says."""
    lines = diff_bytes(change).split(b"\n")[:-1]
    first_hunk = next((number for number, line in enumerate(lines) if line.startswith(b"@@")), len(lines))
    names = [line.decode("utf-8", "backslashreplace") for line in lines[:first_hunk]]
    return names + [line.decode(change.source.encoding, "backslashreplace") for line in lines[first_hunk:]]
