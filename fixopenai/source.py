"""Bytes in, bytes out: encoding, newline and BOM of a file are decided once, and nothing else about it is touched."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import stat
import sys
import tokenize
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.errors import SourceError
from fixopenai.regular_files import MEGABYTE, read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEWLINE = re.compile(r"\r\n|\r|\n")
_NEWLINE_BYTES = re.compile(rb"\r\n|\r|\n")
_FIRST_TWO_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?[^\r\n]*")
_COOKIE = re.compile(rb"coding[:=]")
_NON_ASCII = re.compile(rb"[\x80-\xff]")
_FOREIGN_BOMS = (BOM_UTF16_LE, BOM_UTF16_BE, BOM_UTF32_BE)  # that of UTF-32-LE begins like the first
MOST_SOURCE = 10 * MEGABYTE  # a tree takes a hundred times the room of its text
_CHANGED = "changed on disk since it was read; left as it is"
_READ_ONLY = "is read-only; left as it is"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was read: `encode(text) == data` holds for every one that `read_source` returns.

    `display` names the file in reports and patches, with forward slashes. `text` has no BOM, and its newlines are
    those of the file. `encoding` is the codec for `str.encode`; `bom` is empty or the UTF-8 BOM.
    """

    path: Path
    display: str
    data: bytes
    text: str
    encoding: str
    bom: bytes

    @property
    def newline(self) -> str:
        """The newline for an inserted line: the first one in the file, `\\n` where there is none."""
        found = _NEWLINE.search(self.text)
        return found.group() if found else "\n"

    def encode(self, text: str) -> bytes:
        """`text` as the bytes of this file; SourceError names the first character its encoding lacks."""
        try:
            return self.bom + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            line = len(_NEWLINE.findall(text[: error.start])) + 1
            message = f"{text[error.start]!a} cannot be written in {self.encoding}"
            raise SourceError(self.display, message, line) from None


def read_source(path: Path, display: str) -> SourceFile:
    """Read and decode the file; SourceError says what is in the way, with the line where there is one."""
    try:
        data = read_regular(path, MOST_SOURCE)
    except OSError as error:
        raise SourceError(display, f"cannot be read: {_words(error)}") from None
    return decode_source(data, path, display)


def decode_source(data: bytes, path: Path, display: str) -> SourceFile:
    """Decode as Python does (BOM, PEP 263 cookie, UTF-8 by default); raises SourceError as `read_source` does."""
    if data.startswith(_FOREIGN_BOMS):
        raise SourceError(display, "is UTF-16 or UTF-32, which Python source cannot be; save it as UTF-8", 1)
    if b"\0" in data:
        line = _line_at(data, data.index(b"\0"))
        raise SourceError(display, "holds a NUL byte, which Python source cannot", line)
    bom = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    body = data[len(bom) :]
    encoding = _declared_encoding(body, display)
    if bom and encoding not in (None, "utf-8"):
        raise SourceError(display, f"has a UTF-8 BOM, but its cookie says {encoding}", 1)
    source = SourceFile(path, display, data, _decode(body, encoding, display), encoding or "utf-8", bom)
    # Strict UTF-8 gives its bytes back by definition; stateful codecs (utf-7, iso2022) may not.
    if source.encoding != "utf-8" and source.encode(source.text) != data:
        raise SourceError(display, f"its encoding {encoding} does not give the same bytes back")
    return source


def encode_source(text: str, path: Path, display: str) -> bytes:
    """The bytes of a new file with this text: as its cookie says, UTF-8 without one; SourceError where it cannot be."""
    body = text.removeprefix("\ufeff")
    encoding = _declared_encoding(body.encode("utf-8", "replace"), display) or "utf-8"
    bom = BOM_UTF8 if body != text else b""
    return SourceFile(path, display, b"", text, encoding, bom).encode(body)


def with_text(source: SourceFile, text: str) -> SourceFile:
    """The file as it would be read back with a new text."""
    return decode_source(source.encode(text), source.path, source.display)


def check_replaceable(source: SourceFile) -> None:
    """Raise SourceError where `replace_source` would refuse: read-only, gone, or no longer what was read."""
    with _errors_of(source):
        _target(source)


def replace_source(source: SourceFile, new_text: str) -> None:
    """Put `new_text` in the file's place in one step; mode and, where permitted, owner stay.

    A symlink stays a link, its target is rewritten. SourceError, and the file as it was, where it is read-only, is no
    longer what was read, or cannot be written. Other hard links to the file keep the old text.
    """
    new_data = source.encode(new_text)
    with _errors_of(source):
        target, status = _target(source)
        with _temporary_beside(target, new_data, status) as temporary:
            if target.read_bytes() != source.data:
                raise SourceError(source.display, _CHANGED)
            temporary.replace(target)


@contextlib.contextmanager
def _errors_of(source: SourceFile) -> Iterator[None]:
    """Trouble with the file as a SourceError that names it."""
    try:
        yield
    except FileNotFoundError:
        raise SourceError(source.display, _CHANGED) from None
    except OSError as error:
        raise SourceError(source.display, f"cannot be written: {_words(error)}") from None


def _target(source: SourceFile) -> tuple[Path, os.stat_result]:
    """The file to replace, links followed, and its status; it must be writable and hold what was read."""
    target = Path(os.path.realpath(source.path, strict=True))
    status = target.stat()
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(source.display, _CHANGED)
    # Root may write anywhere: the bits alone say that the file is meant to stay.
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise SourceError(source.display, _READ_ONLY)
    if target.read_bytes() != source.data:
        raise SourceError(source.display, _CHANGED)
    return target, status


def _declared_encoding(body: bytes, display: str) -> str | None:
    """The encoding the cookie names, None without one."""
    head = _FIRST_TWO_LINES.match(body)
    if head is None or not _COOKIE.search(head.group()):
        return None
    lines = _NEWLINE_BYTES.split(head.group())
    # detect_encoding wants UTF-8 in these lines and "\n" at their ends; Python itself wants neither.
    readable = iter([_NON_ASCII.sub(b"?", line) + b"\n" for line in lines])
    try:
        encoding, _ = tokenize.detect_encoding(lambda: next(readable, b""))
    except SyntaxError as error:
        line = next(number for number, text in enumerate(lines, 1) if _COOKIE.search(text))
        raise SourceError(display, str(error.msg), line) from None
    return "utf-8" if codecs.lookup(encoding).name == "utf-8" else encoding


def _decode(body: bytes, encoding: str | None, display: str) -> str:
    codec = encoding or "utf-8"
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        message = f"not valid {codec} (byte 0x{body[error.start]:02x})"
        if encoding is None:
            message += "; is a coding cookie missing (# -*- coding: latin-1 -*-)?"
        raise SourceError(display, message, _line_at(body, error.start)) from None
    except (LookupError, UnicodeError):  # no text encoding (rot13), or one that refuses everything (undefined)
        raise SourceError(display, f"its cookie says {codec}, which does not decode it", 1) from None


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _line_at(data: bytes, offset: int) -> int:
    return len(_NEWLINE_BYTES.findall(data, 0, offset)) + 1


@contextlib.contextmanager
def _temporary_beside(target: Path, data: bytes, status: os.stat_result) -> Iterator[Path]:
    """A file in the target's folder with this content, on the disk, mode and owner as in `status`; gone afterwards."""
    import tempfile  # 10 ms that only a run that writes should pay

    # 40 characters are 160 bytes at most: a name as long as the file system allows must leave room for the rest.
    prefix = f".{target.name[:40]}.fixopenai-"
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if sys.platform != "win32" and (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(PermissionError):
                os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(stat.S_IMODE(status.st_mode))
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
