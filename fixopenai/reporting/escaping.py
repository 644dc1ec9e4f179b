"""Text from scanned code and file names, made safe to show."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """Show control, format and surrogate characters as escapes, so that none of them reaches a terminal."""
    if text.isprintable():
        return text
    return "".join(character if _is_plain(character) else _escape(character) for character in text)


def visible_lines(data: bytes) -> bytes:
    """The same for the bytes of a text; its lines and tabs stay."""
    text = data.decode("utf-8", "backslashreplace")
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n")).encode()


def without_surrogates(text: str) -> str:
    """File names that are not UTF-8 hold lone surrogates, which no encoding can write: show them as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _is_plain(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
