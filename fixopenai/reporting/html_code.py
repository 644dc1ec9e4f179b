"""Lines of Python as HTML: what a token is, which words changed and what a finding speaks of are classes."""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]
from pygments.token import Comment, Keyword, Name, Number, Operator, String  # type: ignore[import-untyped]

from fixopenai.reporting.html_markup import code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fixopenai.reporting.hunks import DiffLine, Span

Layer = tuple[int, int, str]

CHANGED, FOUND = "w", "f"
_CLASSES = {
    Comment: "c",
    Keyword: "k",
    Operator.Word: "k",
    Name.Decorator: "d",
    Name.Function: "d",
    Name.Class: "d",
    String: "s",
    String.Interpol: "",
    Number: "n",
}


def coloured(hunk: Sequence[DiffLine]) -> Iterator[list[Layer]]:
    """The tokens of each line; the old and the new text are read apart, for only so each of them is Python."""
    old = iter(_tokens([line.text for line in hunk if line.kind in ("same", "removed")]))
    new = iter(_tokens([line.text for line in hunk if line.kind in ("same", "added")]))
    for line in hunk:
        if line.kind == "same":
            next(old)
        yield [] if line.kind == "note" else next(old if line.kind == "removed" else new)


def line_html(text: str, tokens: Sequence[Layer], marks: Iterable[Span], found: Iterable[Span]) -> str:
    """The line, in as few elements as its layers allow."""
    layers = [*tokens, *((start, end, CHANGED) for start, end in marks), *((start, end, FOUND) for start, end in found)]
    if not layers:
        return code(text)
    edges = sorted(chain(((start, 1, name) for start, _, name in layers), ((end, 0, name) for _, end, name in layers)))
    parts = []
    active: list[str] = []
    position = 0
    for offset, opens, name in edges:
        if offset > position:
            parts.append(_segment(text[position:offset], active))
            position = offset
        if opens:
            active.append(name)
        else:
            active.remove(name)
    parts.append(code(text[position:]))
    return "".join(parts)


def _segment(text: str, names: Sequence[str]) -> str:
    return f'<span class="{" ".join(names)}">{code(text)}</span>' if names else code(text)


def _tokens(lines: Sequence[str]) -> list[list[Layer]]:
    """For each line its spans that have a class; neighbours of one class are one span."""
    found: list[list[Layer]] = [[] for _ in lines]
    number = start = 0
    for _, kind, value in PythonLexer().get_tokens_unprocessed("\n".join(lines)):
        name = _class(kind)
        pieces = value.split("\n")
        for piece_number, piece in enumerate(pieces):
            if piece_number:
                number, start = number + 1, 0
            end = start + len(piece)
            if name and piece:
                _add(found[number], (start, end, name))
            start = end
    return found


def _add(spans: list[Layer], span: Layer) -> None:
    if spans and spans[-1][1] == span[0] and spans[-1][2] == span[2]:
        spans[-1] = (spans[-1][0], span[1], span[2])
    else:
        spans.append(span)


@cache
def _class(kind: Any) -> str:
    while kind is not None:
        if kind in _CLASSES:
            return _CLASSES[kind]
        kind = kind.parent
    return ""
