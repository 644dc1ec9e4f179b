"""A new text in the place of a file: complete on the disk under another name first, then there in one step.

Everything happens inside the folder that was opened, and no link is followed on the way to it: whoever puts one there
between reading and writing leads nothing elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.errors import SourceError
from fixopenai.regular_files import READING, read_descriptor
from fixopenai.source import MOST_SOURCE
from fixopenai.temporary_files import create_locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from fixopenai.source import SourceFile

_CHANGED = "changed on disk since it was read; left as it is"
_READ_ONLY = "is read-only; left as it is"
# What others keep of a file may be true of its old content alone, as a signature is.
_KEPT_ATTRIBUTES = ("system.posix_acl_access", "security.selinux", "user.")
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _NO_LINK


@dataclass(frozen=True, slots=True)
class _Folder:
    """An open folder; `descriptor` is None where folders cannot be opened, and names are whole paths there."""

    path: str
    descriptor: int | None

    def at(self, name: str) -> str:
        return os.path.join(self.path, name) if self.descriptor is None else name  # noqa: PTH118 - for os.open


@dataclass(frozen=True, slots=True)
class Replacement:
    """The new text of a file, on the disk beside it under the name `temporary`."""

    source: SourceFile
    temporary: str

    def commit(self) -> None:
        """Put it in the file's place; SourceError, and the file as it was, where it is no longer what was read."""
        with _errors_of(self.source), _folder_of(self.source) as folder:
            name = os.path.basename(self.source.real)  # noqa: PTH119 - half of a split
            _check(self.source, folder, name)
            old, new = folder.at(self.temporary), folder.at(name)
            os.replace(old, new, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor)


@contextlib.contextmanager
def replacement(source: SourceFile, new_text: str, *, is_held: bool = True) -> Iterator[Replacement]:
    """Write the new text beside the file; what has not taken its place at the end is gone.

    Mode and, where permitted, owner and access list are those of the file. A link stays a link, its target is replaced.
    SourceError, and nothing left behind, where it is read-only, is no longer what was read, or cannot be written. Other
    hard links to the file keep the old text. Unless it `is_held`, other runs may take it for abandoned.
    """
    new_data = source.encode(new_text)
    with contextlib.ExitStack() as stack:
        # Trouble of those who use it is not this file's.
        with _errors_of(source), _folder_of(source) as folder:
            name = os.path.basename(source.real)  # noqa: PTH119 - half of a split
            status = _check(source, folder, name)
            temporary, file = create_locked(folder.path, folder.descriptor, name)
            stack.callback(_remove, source, temporary)
            stack.enter_context(file)
            _write_all(file, new_data)
            os.fsync(file.fileno())
            if sys.platform != "win32":
                if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                    with contextlib.suppress(PermissionError):
                        os.fchown(file.fileno(), status.st_uid, status.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
                _copy_attributes(folder, name, file)
            if not is_held or sys.platform == "win32":  # where an open file cannot be renamed
                file.close()
        yield Replacement(source, temporary)


def _copy_attributes(folder: _Folder, name: str, file: FileIO) -> None:
    """The access list and the like: without its list, the mode of a file would grant its group all that is in it."""
    if sys.platform != "linux":
        return
    descriptor = os.open(folder.at(name), READING | _NO_LINK, dir_fd=folder.descriptor)
    try:
        # A file system may have no such attributes, or not let this user set them.
        with contextlib.suppress(OSError):
            for attribute in os.listxattr(descriptor):
                if attribute.startswith(_KEPT_ATTRIBUTES):
                    os.setxattr(file.fileno(), attribute, os.getxattr(descriptor, attribute))
    finally:
        os.close(descriptor)


def _write_all(file: FileIO, data: bytes) -> None:
    """Unbuffered, so that closing the file has nothing to write and nothing to fail at."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def replace_source(source: SourceFile, new_text: str) -> None:
    """Put `new_text` in the file's place in one step; SourceError, and the file as it was, where that cannot be."""
    with replacement(source, new_text) as ready:
        ready.commit()


def _remove(source: SourceFile, temporary: str) -> None:
    """What cannot be removed is found by the next run."""
    with contextlib.suppress(OSError), _folder_of(source) as folder:
        os.unlink(folder.at(temporary), dir_fd=folder.descriptor)


@contextlib.contextmanager
def _errors_of(source: SourceFile) -> Iterator[None]:
    """Trouble with the file as a SourceError that names it."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(source.display, _CHANGED) from None
    except OSError as error:
        raise SourceError(source.display, f"cannot be written: {error.strerror or error}") from None


@contextlib.contextmanager
def _folder_of(source: SourceFile) -> Iterator[_Folder]:
    """The folder that the file was read from: opened step by step, as a link may have taken the place of any."""
    path = os.path.dirname(source.real)  # noqa: PTH120 - half of a split
    if os.open not in os.supports_dir_fd:
        yield _Folder(path, None)
        return
    descriptor = os.open(os.sep, _FOLDER)
    try:
        for step in Path(path).parts[1:]:
            inner = os.open(step, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield _Folder(path, descriptor)
    finally:
        os.close(descriptor)


def _check(source: SourceFile, folder: _Folder, name: str) -> os.stat_result:
    """The file's status; it must be writable, no link, and hold what was read."""
    status = os.stat(folder.at(name), dir_fd=folder.descriptor, follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(source.display, _CHANGED)
    # Root may write anywhere: the bits alone say that the file is meant to stay.
    if not status.st_mode & 0o222 or not os.access(folder.at(name), os.W_OK, dir_fd=folder.descriptor):
        raise SourceError(source.display, _READ_ONLY)
    descriptor = os.open(folder.at(name), READING | _NO_LINK, dir_fd=folder.descriptor)
    if read_descriptor(descriptor, MOST_SOURCE) != source.data:
        raise SourceError(source.display, _CHANGED)
    return status
