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
    """A name is not imported any more; the last of the others ends as the list ended."""
    names = list(_aliases(node))
    last = names[-1].comma
    kept = [alias for alias in names if _bound(alias) != operation.name]
    kept[-1] = kept[-1].with_changes(comma=last)
    return node.with_changes(names=kept)


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
