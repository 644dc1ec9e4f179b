"""Names in `from m import a, b`: renamed, added and removed in the layout that the list has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixopenai.rewriting.edits import AddImported, RemoveImported, RenameImported, ReplaceImport


def rename_imported(operation: RenameImported, node: cst.ImportFrom) -> cst.ImportFrom:
    """Another name is imported in the place of the old one."""
    return node.with_changes(
        names=[
            alias.with_changes(name=cst.Name(operation.new)) if _bound(alias) == operation.name else alias
            for alias in _aliases(node)
        ]
    )


def add_imported(operation: AddImported, node: cst.ImportFrom) -> cst.ImportFrom:
    """A name is imported before the one it stands beside, on a line of its own where the list has such lines."""
    names = list(_aliases(node))
    # Two aliases of one class have one twin.
    if any(_bound(alias) == operation.new for alias in names):
        return node
    at = next(index for index, alias in enumerate(names) if _bound(alias) == operation.beside)
    new = cst.ImportAlias(
        name=cst.Name(operation.new), comma=cst.Comma(whitespace_after=_space_before(node, names, at))
    )
    names.insert(at, new)
    return node.with_changes(names=names)


def remove_imported(operation: RemoveImported, node: cst.ImportFrom) -> cst.ImportFrom:
    """A name is not imported any more, nor is a comment behind it; the list ends as it ended."""
    names = list(_aliases(node))
    # When all names of a list go, the last one stays: an empty list is no import.
    if len(names) == 1:
        return node
    at = next(index for index, alias in enumerate(names) if _bound(alias) == operation.name)
    gone = names.pop(at)
    if at == len(names):
        before = names[-1].comma
        assert isinstance(before, cst.Comma)
        comma: cst.Comma | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
        if isinstance(gone.comma, cst.Comma):
            space = _space_at_end(before.whitespace_after, gone.comma.whitespace_after)
            comma = gone.comma.with_changes(whitespace_after=space)
        elif node.rpar is not None:
            space = _space_at_end(before.whitespace_after, node.rpar.whitespace_before)
            node = node.with_changes(rpar=node.rpar.with_changes(whitespace_before=space))
        names[-1] = names[-1].with_changes(comma=comma)
        return node.with_changes(names=names)
    assert isinstance(gone.comma, cst.Comma)
    if at > 0:
        before = names[at - 1].comma
        assert isinstance(before, cst.Comma)
        space = _space_between(before.whitespace_after, gone.comma.whitespace_after)
        names[at - 1] = names[at - 1].with_changes(comma=before.with_changes(whitespace_after=space))
    elif node.lpar is not None:
        space = _space_at_start(node.lpar.whitespace_after, gone.comma.whitespace_after)
        node = node.with_changes(lpar=node.lpar.with_changes(whitespace_after=space))
    return node.with_changes(names=names)


def replace_import(operation: ReplaceImport, node: cst.ImportFrom) -> cst.ImportFrom:
    """The one name that the statement imports now comes from the SDK."""
    return node.with_changes(
        module=cst.Name("openai"),
        relative=(),
        names=[cst.ImportAlias(name=cst.Name(operation.new))],
        lpar=None,
        rpar=None,
        whitespace_after_from=cst.SimpleWhitespace(" "),
    )


def _aliases(node: cst.ImportFrom) -> Sequence[cst.ImportAlias]:
    assert not isinstance(node.names, cst.ImportStar)
    return node.names


def _bound(alias: cst.ImportAlias) -> str:
    """The name that is bound: two aliases of one class are two names."""
    return alias.evaluated_alias or alias.evaluated_name


def _space_before(node: cst.ImportFrom, names: list[cst.ImportAlias], at: int) -> cst.BaseParenthesizableWhitespace:
    """The white space in front of the name at `at`, without comments."""
    space: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if at > 0:
        comma = names[at - 1].comma
        if isinstance(comma, cst.Comma):
            space = comma.whitespace_after
    elif node.lpar is not None:
        space = node.lpar.whitespace_after
    if isinstance(space, cst.ParenthesizedWhitespace):
        newline = cst.TrailingWhitespace(newline=space.first_line.newline)
        return cst.ParenthesizedWhitespace(first_line=newline, indent=space.indent, last_line=space.last_line)
    return cst.SimpleWhitespace(" ")


_Space = cst.BaseParenthesizableWhitespace


def _space_between(before: _Space, after: _Space) -> _Space:
    """The white space around a name that is gone, as one; only a comment that ends the name's own line is lost."""
    if isinstance(before, cst.ParenthesizedWhitespace) and isinstance(after, cst.ParenthesizedWhitespace):
        lines = (*before.empty_lines, *after.empty_lines)
        return after.with_changes(first_line=before.first_line, empty_lines=lines)
    # The line goes on before or behind the name.
    broken = isinstance(before, cst.ParenthesizedWhitespace) or "\\" in getattr(before, "value", "")
    return before if broken else after


def _space_at_start(before: _Space, after: _Space) -> _Space:
    """The same behind the opening parenthesis: names that hang from it still do."""
    hangs = not isinstance(before, cst.ParenthesizedWhitespace)
    if hangs and isinstance(after, cst.ParenthesizedWhitespace):
        if not any(line.comment for line in after.empty_lines):
            return before
        return after.with_changes(first_line=cst.TrailingWhitespace(newline=after.first_line.newline))
    return before if hangs else _space_between(before, after)


def _space_at_end(before: _Space, after: _Space) -> _Space:
    """The same before the closing parenthesis, which stays on the line of the last name if it was there."""
    if not isinstance(before, cst.ParenthesizedWhitespace) or isinstance(after, cst.ParenthesizedWhitespace):
        return _space_between(before, after)
    has_comment = before.first_line.comment or any(line.comment for line in before.empty_lines)
    return before if has_comment else after
