"""Reading what somebody else has put there: regular files only, and no more of them than is sane."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1_000_000
# A pipe that has taken the file's place must not be waited for; where there are no such flags, there are no such pipes.
READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_regular(path: str | Path, most: int) -> bytes:
    """The content of a file of at most `most` bytes; OSError where it is larger, is no regular file, or cannot be read.

    A sparse file of any size costs nothing to make, so the size is looked at before anything is read.
    """
    return read_descriptor(os.open(path, READING), most)


def read_descriptor(descriptor: int, most: int) -> bytes:
    """The same for an open file, which is closed."""
    # Every file of a tree passes through here: a file object for each would take seven times as long.
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        data = b""
        if status.st_size <= most:
            data = part = os.read(descriptor, status.st_size + 1)
            while part and len(data) != status.st_size and len(data) <= most:
                part = os.read(descriptor, most + 1 - len(data))
                data += part
        if status.st_size > most or len(data) > most:
            raise OSError(errno.EFBIG, f"larger than {_size(most)}, the most that is read")
        return data
    finally:
        os.close(descriptor)


def _size(number: int) -> str:
    return f"{number // MEGABYTE} MB" if number >= MEGABYTE else f"{number // 1000} kB"
