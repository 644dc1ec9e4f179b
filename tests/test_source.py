from __future__ import annotations

import codecs
import os
import stat
import struct
import sys
from codecs import BOM_UTF8
from pathlib import Path

import pytest

from fixopenai.errors import SourceError
from fixopenai.replacement import replace_source
from fixopenai.source import SourceFile, decode_source, read_source


def read(tmp_path: Path, data: bytes) -> SourceFile:
    path = tmp_path / "app.py"
    path.write_bytes(data)
    return read_source(path, "app.py")


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


READABLE = [
    pytest.param(b"", "", "utf-8", b"", id="empty-file"),
    pytest.param(b"x = 1", "x = 1", "utf-8", b"", id="no-newline-at-the-end"),
    pytest.param("x = 'é'\n".encode(), "x = 'é'\n", "utf-8", b"", id="utf-8-by-default"),
    pytest.param(b"a\r\nb\rc\n\x0cd\x0b", "a\r\nb\rc\n\x0cd\x0b", "utf-8", b"", id="newlines-and-form-feed-untouched"),
    pytest.param(BOM_UTF8 + b"x\n", "x\n", "utf-8", BOM_UTF8, id="bom-is-no-text"),
    pytest.param(BOM_UTF8, "", "utf-8", BOM_UTF8, id="bom-alone"),
    pytest.param(BOM_UTF8 * 2 + b"x", "\ufeffx", "utf-8", BOM_UTF8, id="second-bom-is-text"),
    pytest.param(
        BOM_UTF8 + b"# coding: utf-8\n", "# coding: utf-8\n", "utf-8", BOM_UTF8, id="bom-and-the-cookie-that-agrees"
    ),
    pytest.param(b"# coding: utf8\n", "# coding: utf8\n", "utf-8", b"", id="another-name-of-utf-8"),
    pytest.param(b"# coding: utf_8_sig\n", "# coding: utf_8_sig\n", "utf-8", b"", id="utf-8-sig-without-a-bom"),
    pytest.param(
        b"# coding: latin-1\nx = '\xe9'\n", "# coding: latin-1\nx = 'é'\n", "iso-8859-1", b"", id="cookie-on-line-1"
    ),
    pytest.param(
        b"#!/usr/bin/python\n# -*- coding: cp1252 -*-\n'\x80'",
        "#!/usr/bin/python\n# -*- coding: cp1252 -*-\n'€'",
        "cp1252",
        b"",
        id="cookie-on-line-2",
    ),
    pytest.param(
        b"# a\r# coding: latin-1\r'\xe9'\r",
        "# a\r# coding: latin-1\r'é'\r",
        "iso-8859-1",
        b"",
        id="lone-cr-ends-a-line",
    ),
    pytest.param(
        b"# Jos\xe9\n# coding: latin-1\n",
        "# José\n# coding: latin-1\n",
        "iso-8859-1",
        b"",
        id="line-before-the-cookie-is-not-utf-8",
    ),
    pytest.param(
        b"# a\n# b\n# coding: latin-1\n", "# a\n# b\n# coding: latin-1\n", "utf-8", b"", id="no-cookie-on-line-3"
    ),
    pytest.param(b"x = 1\n# coding: cp1252\n", "x = 1\n# coding: cp1252\n", "utf-8", b"", id="no-cookie-after-code"),
    pytest.param(b"# a\r# b\r# coding: cp1252", "# a\r# b\r# coding: cp1252", "utf-8", b"", id="line-3-after-lone-cr"),
]


@pytest.mark.parametrize(("data", "text", "encoding", "bom"), READABLE)
def test_decodes_as_python_does(tmp_path: Path, data: bytes, text: str, encoding: str, bom: bytes) -> None:
    source = read(tmp_path, data)
    assert (source.text, source.encoding, source.bom, source.data) == (text, encoding, bom, data)
    assert source.encode(source.text) == data


UNREADABLE = [
    pytest.param(b"x = 1\ny = '\xe9'\n", 2, "not valid utf-8 (byte 0xe9); is a coding cookie missing", id="no-cookie"),
    pytest.param(b"x\r\ry = '\xe9'\n", 3, "not valid utf-8 (byte 0xe9)", id="lines-end-at-lone-cr"),
    pytest.param(BOM_UTF8 + b"\n\xff", 2, "not valid utf-8 (byte 0xff)", id="offset-counts-from-the-bom"),
    pytest.param(b"# coding: ascii\n\n'\xc3\xa9'", 3, "not valid ascii (byte 0xc3)", id="cookie-that-lies"),
    pytest.param(b"#!x\n# coding: klingon\n", 2, "unknown encoding: klingon", id="unknown-cookie"),
    pytest.param(b"# coding: rot13\n", 1, "its cookie says rot13, which does not decode it", id="not-a-text-encoding"),
    pytest.param(b"# coding: undefined\n", 1, "its cookie says undefined, which does not decode it", id="undefined"),
    pytest.param(
        BOM_UTF8 + b"# coding: latin-1\n", 1, "has a UTF-8 BOM, but its cookie says iso-8859-1", id="bom-against-cookie"
    ),
    pytest.param(b"x\n\0", 2, "holds a NUL byte, which Python source cannot", id="nul"),
    pytest.param("x = 1\n".encode("utf-16-le"), 1, "holds a NUL byte", id="utf-16-without-a-bom"),
    *(
        pytest.param(bom + "x = 1\n".encode(codec), 1, "is UTF-16 or UTF-32", id=codec)
        for codec, bom in (
            ("utf-16-le", codecs.BOM_UTF16_LE),
            ("utf-16-be", codecs.BOM_UTF16_BE),
            ("utf-32-le", codecs.BOM_UTF32_LE),
            ("utf-32-be", codecs.BOM_UTF32_BE),
        )
    ),
    pytest.param(b"# coding: utf-7\nx = '+AGE-'\n", None, "does not give the same bytes back", id="no-round-trip"),
]


@pytest.mark.parametrize(("data", "line", "message"), UNREADABLE)
def test_says_where_it_cannot_be_decoded(tmp_path: Path, data: bytes, line: int | None, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, data)
    assert caught.value.path == "app.py"
    assert caught.value.line == line
    assert message in caught.value.message
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"), [("missing.py", "No such file or directory"), ("", "Is a directory")], ids=["missing", "folder"]
)
def test_says_why_it_cannot_be_read(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(SourceError, match=rf"^app\.py: cannot be read: {words}$"):
        read_source(tmp_path / name, "app.py")


def test_decodes_bytes_that_are_no_file() -> None:
    source = decode_source(b"x = 1\n", Path("-"), "stdin.py")
    assert (source.path, source.display, source.text) == (Path("-"), "stdin.py", "x = 1\n")


@pytest.mark.parametrize(
    ("text", "newline"),
    [("", "\n"), ("x", "\n"), ("a\nb\r\n", "\n"), ("a\r\nb\n", "\r\n"), ("a\rb\n", "\r"), ("a\x0cb\u2028\r\n", "\r\n")],
    ids=["empty", "none", "lf-first", "crlf-first", "lone-cr-first", "form-feed-is-none"],
)
def test_inserted_lines_end_like_the_first_line(text: str, newline: str) -> None:
    assert decode_source(text.encode(), Path("a.py"), "a.py").newline == newline


def test_a_character_that_the_encoding_lacks_is_named() -> None:
    source = decode_source(b"# coding: latin-1\n", Path("a.py"), "a.py")
    with pytest.raises(SourceError) as caught:
        source.encode("# coding: latin-1\r\nx = '€'\n")
    assert str(caught.value) == r"a.py:2: '\u20ac' cannot be written in iso-8859-1"


@pytest.mark.parametrize(
    ("old", "new_text", "new"),
    [
        pytest.param(b"x\r\n", "y\r\n", b"y\r\n", id="crlf"),
        pytest.param(BOM_UTF8 + b"x", "y", BOM_UTF8 + b"y", id="bom"),
        pytest.param(b"# coding: latin-1\n", "# coding: latin-1\né", b"# coding: latin-1\n\xe9", id="latin-1"),
        pytest.param(b"x", "", b"", id="empty"),
    ],
)
def test_replaces_the_text_and_nothing_else(tmp_path: Path, old: bytes, new_text: str, new: bytes) -> None:
    source = read(tmp_path, old)
    replace_source(source, new_text)
    assert source.path.read_bytes() == new
    assert entries(tmp_path) == ["app.py"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755], ids=oct)
def test_mode_bits_stay(tmp_path: Path, mode: int) -> None:
    source = read(tmp_path, b"x")
    source.path.chmod(mode)
    replace_source(source, "y")
    assert stat.S_IMODE(source.path.stat().st_mode) == mode


@pytest.mark.skipif(sys.platform != "linux", reason="access lists are kept as Linux keeps them")
def test_the_access_list_stays(tmp_path: Path) -> None:
    """Its mode alone would let the group write, which the list forbids."""
    source = read(tmp_path, b"x")
    nobody = 0xFFFFFFFF
    granted = [(0x01, 6, nobody), (0x02, 6, 65534), (0x04, 4, nobody), (0x10, 6, nobody), (0x20, 0, nobody)]
    access = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in granted)
    try:
        os.setxattr(source.path, "system.posix_acl_access", access)
    except OSError:
        pytest.skip("this file system has no access lists")
    replace_source(source, "y")
    assert os.getxattr(source.path, "system.posix_acl_access") == access


def test_owner_stays_where_that_is_permitted(tmp_path: Path) -> None:
    source = read(tmp_path, b"x")
    owner = 12345 if os.geteuid() == 0 else os.geteuid()
    os.chown(source.path, owner, -1)
    replace_source(source, "y")
    assert source.path.stat().st_uid == owner


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    target = tmp_path / "inner" / "real.py"
    target.write_bytes(b"x")
    link = tmp_path / "link.py"
    link.symlink_to("inner/real.py")
    replace_source(read_source(link, "link.py"), "y")
    assert link.readlink() == Path("inner/real.py")
    assert target.read_bytes() == b"y"
    assert entries(tmp_path) == ["inner", "link.py"]
    assert entries(tmp_path / "inner") == ["real.py"]


@pytest.mark.parametrize(
    "name", ["a" * 252 + ".py", "é" * 126 + ".py", "a\nb.py"], ids=["long", "long-utf-8", "newline"]
)
def test_any_name_can_be_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"x")
    replace_source(read_source(path, "a.py"), "y")
    assert path.read_bytes() == b"y"
    assert entries(tmp_path) == [name]


def test_a_file_that_changed_is_left(tmp_path: Path) -> None:
    source = read(tmp_path, b"x = 1\n")
    source.path.write_bytes(b"x = 2\n")
    with pytest.raises(SourceError, match=r"^app\.py: changed on disk since it was read; left as it is$"):
        replace_source(source, "x = 3\n")
    assert source.path.read_bytes() == b"x = 2\n"
    assert entries(tmp_path) == ["app.py"]


def test_a_file_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    source = read(tmp_path, b"x")
    source.path.unlink()
    with pytest.raises(SourceError, match="changed on disk"):
        replace_source(source, "y")
    assert entries(tmp_path) == []


def test_a_fifo_in_its_place_is_not_opened(tmp_path: Path) -> None:
    source = read(tmp_path, b"x")
    source.path.unlink()
    os.mkfifo(source.path)
    with pytest.raises(SourceError, match="changed on disk"):
        replace_source(source, "y")
    assert entries(tmp_path) == ["app.py"]


def test_a_read_only_file_is_left_even_by_root(tmp_path: Path) -> None:
    source = read(tmp_path, b"x")
    source.path.chmod(0o444)
    before = source.path.stat()
    with pytest.raises(SourceError, match=r"^app\.py: is read-only; left as it is$"):
        replace_source(source, "y")
    assert source.path.stat() == before
    assert source.path.read_bytes() == b"x"
    assert entries(tmp_path) == ["app.py"]


def test_nothing_is_written_that_the_encoding_lacks(tmp_path: Path) -> None:
    source = read(tmp_path, b"# coding: ascii\n")
    with pytest.raises(SourceError, match="cannot be written in ascii"):
        replace_source(source, "# coding: ascii\né")
    assert source.path.read_bytes() == source.data
    assert entries(tmp_path) == ["app.py"]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_no_temporary_file_outlives_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    source = read(tmp_path, b"x")
    with monkeypatch.context() as patched:
        patched.setattr(os, broken, fail)
        with pytest.raises(SourceError, match=r"^app\.py: cannot be written: No space left on device$"):
            replace_source(source, "y")
    assert source.path.read_bytes() == b"x"
    assert entries(tmp_path) == ["app.py"]
