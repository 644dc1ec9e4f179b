"""New files under the one pattern of temporary names, and the end of those whose maker has been killed.

Whoever makes one holds a lock on it as long as it lives. The kernel gives the lock back when the process ends, however
it ends: a file of the pattern that nobody has locked was left behind.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import sys
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

if sys.platform != "win32":
    import fcntl

# `.app.py.fixopenai-0123456789abcdef.tmp`
_PATTERN = re.compile(r"\..{1,40}\.fixopenai-[0-9a-f]{16}\.tmp", re.DOTALL)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_MAKING = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINK | getattr(os, "O_BINARY", 0)
_LOOKING = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0)


def create_locked(folder: str, descriptor: int | None, name: str) -> tuple[str, FileIO]:
    """A new file beside the one of this name: its own name, and itself, open for writing and for its owner only.

    `descriptor` is the open folder, None where only its path serves.
    """
    while True:
        # 40 characters are 160 bytes at most: a name as long as the file system allows must leave room for the rest.
        temporary = f".{name[:40]}.fixopenai-{secrets.token_hex(8)}.tmp"
        path = temporary if descriptor is not None else os.path.join(folder, temporary)  # noqa: PTH118 - for os.open
        file = FileIO(os.open(path, _MAKING, 0o600, dir_fd=descriptor), "wb")
        _lock(file.fileno(), wait=True)
        # Somebody who cleans up may have been faster than the lock.
        if os.fstat(file.fileno()).st_nlink:
            return temporary, file
        file.close()


def remove_abandoned(folders: Iterable[str]) -> list[str]:
    """Remove what runs that were killed have left in these folders, and say what it was; links are not followed."""
    removed = []
    for folder in sorted(set(folders)):
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            found = [each for each in entries if _PATTERN.fullmatch(each.name) and each.is_file(follow_symlinks=False)]
            removed += [str(Path(each.path)) for each in found if _remove_if_abandoned(each.path)]
    return removed


def _remove_if_abandoned(path: str) -> bool:
    try:
        descriptor = os.open(path, _LOOKING)
    except OSError:
        return False
    try:
        is_ours = stat.S_ISREG(os.fstat(descriptor).st_mode) and _lock(descriptor, wait=False)
        if is_ours:
            os.unlink(path)  # noqa: PTH108 - a string from os.scandir
        return is_ours
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _lock(descriptor: int, *, wait: bool) -> bool:
    """Whether the lock is held now; never where there are no locks, so that nothing is taken for abandoned there."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
