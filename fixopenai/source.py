"""Bytes in, bytes out: encoding, newline and BOM of a file are decided once, and nothing else about it is touched."""

from __future__ import annotations

import codecs
import os
import re
import tokenize
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fixopenai.errors import SourceError
from fixopenai.regular_files import MEGABYTE, read_regular

if TYPE_CHECKING:
    from pathlib import Path

_NEWLINE = re.compile(r"\r\n|\r|\n")
_NEWLINE_BYTES = re.compile(rb"\r\n|\r|\n")
_FIRST_TWO_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?[^\r\n]*")
_COOKIE = re.compile(rb"coding[:=]")
_NON_ASCII = re.compile(rb"[\x80-\xff]")
_FOREIGN_BOMS = (BOM_UTF16_LE, BOM_UTF16_BE, BOM_UTF32_BE)  # that of UTF-32-LE begins like the first
MOST_SOURCE = 10 * MEGABYTE  # a tree takes a hundred times the room of its text


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was read: `encode(text) == data` holds for every one that `read_source` returns.

    `display` names the file in reports and patches, with forward slashes. `text` has no BOM, and its newlines are
    those of the file. `encoding` is the codec for `str.encode`; `bom` is empty or the UTF-8 BOM. `real` is what `path`
    led to, links followed, when it was read: what is written goes there or nowhere.
    """

    path: Path
    display: str
    data: bytes
    text: str
    encoding: str
    bom: bytes
    real: str

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
    text = _decode(body, encoding, display)
    source = SourceFile(path, display, data, text, encoding or "utf-8", bom, os.path.realpath(path))
    # Strict UTF-8 gives its bytes back by definition; stateful codecs (utf-7, iso2022) may not.
    if source.encoding != "utf-8" and source.encode(source.text) != data:
        raise SourceError(display, f"its encoding {encoding} does not give the same bytes back")
    return source


def encode_source(text: str, path: Path, display: str) -> bytes:
    """The bytes of a new file with this text: as its cookie says, UTF-8 without one; SourceError where it cannot be."""
    body = text.removeprefix("\ufeff")
    encoding = _declared_encoding(body.encode("utf-8", "replace"), display) or "utf-8"
    bom = BOM_UTF8 if body != text else b""
    return SourceFile(path, display, b"", text, encoding, bom, "").encode(body)


def with_text(source: SourceFile, text: str) -> SourceFile:
    """The file as it would be read back with a new text."""
    return replace(decode_source(source.encode(text), source.path, source.display), real=source.real)


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
