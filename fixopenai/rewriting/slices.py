"""The smallest stretch of text around an edit that libcst can parse by itself."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fixopenai.rewriting.edits import Edit, EditError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.analysis.scopes import Module

SliceKind = Literal["statement", "expression", "header"]
_COMPOUND = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.For, ast.AsyncFor, ast.While, ast.With,
    ast.AsyncWith, ast.Try, ast.Match,
)  # fmt: skip
# Expressions that mean nothing, or something else, in another place.
_NOT_ALONE = (ast.Yield, ast.YieldFrom, ast.Starred, ast.Slice, ast.FormattedValue)


@dataclass(frozen=True, slots=True)
class Slice:
    """The text of `root` from `start` to `end` (character offsets) and the edits in it.

    A statement is an import, a header a compound statement up to its colon; any other edit is in an expression, the
    largest one around it.
    """

    root: ast.expr | ast.stmt
    kind: SliceKind
    start: int
    end: int
    edits: tuple[Edit, ...]


def slices(module: Module, edits: Iterable[Edit]) -> list[Slice]:
    """The edits of one module, by the slices they are carried out on; slices do not overlap."""
    parents = module.parents()
    by_root: dict[ast.AST, list[Edit]] = {}
    headers: dict[ast.AST, int] = {}
    for edit in edits:
        root, statement = _root(edit.node, parents)
        if root is statement and isinstance(root, _COMPOUND):
            headers[root] = _header_end(module, root)
        by_root.setdefault(root, []).append(edit)
    # An expression in the header of a statement that changes itself is part of that header's slice.
    for root in list(by_root):
        statement = _statement(root, parents)
        if root is not statement and statement in headers and isinstance(root, ast.expr):
            start, end = module.lines.span(root)
            if module.lines.span(statement)[0] <= start and end <= headers[statement]:
                by_root[statement] += by_root.pop(root)
    found = []
    for root, group in by_root.items():
        assert isinstance(root, (ast.expr, ast.stmt))
        start, end = module.lines.span(root)
        if root in headers:
            found.append(Slice(root, "header", start, headers[root], tuple(group)))
        else:
            kind: SliceKind = "statement" if isinstance(root, ast.stmt) else "expression"
            found.append(Slice(root, kind, start, end, tuple(group)))
    return sorted(found, key=lambda part: part.start)


def narrower(module: Module, part: Slice) -> list[Slice]:
    """The largest expressions inside a slice's own that hold its edits; none where an edit is of the whole.

    libcst knows less tight code than Python does (`not(x if y else z)`): what is around it is better left out.
    """
    # Parts of a string are no text of their own.
    if part.kind != "expression" or isinstance(part.root, ast.JoinedStr):
        return []
    parents = module.parents()
    found: dict[ast.expr, list[Edit]] = {}
    for edit in part.edits:
        inner: ast.expr | None = None
        node = edit.node
        while node is not part.root:
            if isinstance(node, ast.expr) and not isinstance(node, _NOT_ALONE):
                inner = node
            node = parents[node]
        if inner is None:
            return []
        found.setdefault(inner, []).append(edit)
    smaller = [Slice(root, "expression", *module.lines.span(root), tuple(edits)) for root, edits in found.items()]
    return sorted(smaller, key=lambda one: one.start)


def _root(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> tuple[ast.AST, ast.stmt]:
    """What to cut out for an edit of `node`, and the statement around it."""
    topmost: ast.AST = node
    current = node
    while not isinstance(current, ast.stmt):
        # A bare `yield` cannot stand by itself in another place; its operand can.
        if isinstance(current, ast.expr) and not isinstance(current, (ast.Yield, ast.YieldFrom)):
            topmost = current
        current = parents[current]
    return topmost, current


def _statement(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> ast.stmt:
    while not isinstance(node, ast.stmt):
        node = parents[node]
    return node


def _header_end(module: Module, statement: ast.stmt) -> int:
    """The offset behind the colon of a compound statement's header."""
    parts: list[ast.AST] = []
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        parts = [
            statement.args,
            *([statement.returns] if statement.returns else []),
            *getattr(statement, "type_params", []),
        ]
    elif isinstance(statement, (ast.For, ast.AsyncFor)):
        parts = [statement.iter]
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        parts = list(statement.items)
    else:
        raise EditError("the statement has no header that can change", statement)
    offset = module.lines.span(statement)[0]
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, (ast.expr, ast.arg)):
                offset = max(offset, module.lines.span(node)[1])
    return _colon(module.lines.text, offset, statement) + 1


def _colon(text: str, offset: int, statement: ast.stmt) -> int:
    """The first colon behind `offset` that is not in a comment; no string can stand there."""
    while offset < len(text):
        if text[offset] == "#":
            while offset < len(text) and text[offset] not in "\r\n":
                offset += 1
        elif text[offset] == ":":
            return offset
        offset += 1
    raise EditError("the end of the statement's header was not found", statement)
