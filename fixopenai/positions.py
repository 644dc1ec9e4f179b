"""From the positions of `ast` to offsets in the text: the one place where UTF-8 byte columns become characters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fixopenai.results import Place

if TYPE_CHECKING:
    import ast

# What ends a line for Python's tokenizer; str.splitlines knows more ends than that.
_LINE_END = re.compile(r"\r\n|\r|\n")


class LineIndex:
    """Offsets of the lines of a text, for nodes that `ast.parse` made from that text."""

    __slots__ = ("_ascii", "_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self._ascii = text.isascii()

    def offset(self, line: int, byte_column: int) -> int:
        """The character offset of a 1-based line and a 0-based column in UTF-8 bytes."""
        start = self._starts[line - 1]
        if self._ascii:
            return start + byte_column
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        return start + len(
            self.text[start:end].encode("utf-8", "surrogatepass")[:byte_column].decode("utf-8", "ignore")
        )

    def span(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword | ast.arg) -> tuple[int, int]:
        """The character offsets at which a node starts and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def line_start(self, line: int) -> int:
        """The offset of the first character of a 1-based line."""
        return self._starts[line - 1]

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_text(self, line: int) -> str:
        """A 1-based line without its end."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and 0-based character column of an offset."""
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self._starts[middle] <= offset:
                low = middle
            else:
                high = middle
        return low + 1, offset - self._starts[low]

    def place(self, path: str, node: ast.expr | ast.stmt | ast.alias | ast.keyword | ast.arg) -> Place:
        """A node's place as reports show it."""
        start, end = self.span(node)
        line, column = self.position(start)
        end_line, end_column = self.position(end)
        return Place(path, line, column + 1, end_line, end_column + 1)
