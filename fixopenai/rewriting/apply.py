"""Edits to new text: slices are parsed, transformed and put back; every other byte is the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.positions import LineIndex
from fixopenai.rewriting.edits import Edit, EditError, InsertImport, RemoveImport
from fixopenai.rewriting.insertion import insertion, merged, removal
from fixopenai.rewriting.slices import Slice, narrower, slices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.analysis.scopes import Module
    from fixopenai.rewriting.edits import Operation
    from fixopenai.rewriting.transformer import Position

_STAND_IN = " ..."
_TOO_DEEP = "the code around it is nested too deeply to be rewritten"
_LONGEST = 200_000  # characters: libcst takes a minute for a megabyte of one expression, and gigabytes


def apply_edits(module: Module, edits: Iterable[Edit]) -> tuple[str, dict[Edit, EditError]]:
    """The module's text after the edits, and those that cannot be carried out exactly."""
    # Edits come as sets: what several of them do to one node must not depend on the order.
    edits = sorted(edits, key=lambda edit: repr(edit.operation))
    failures: dict[Edit, EditError] = {}
    statements = merged({edit.operation.statement for edit in edits if isinstance(edit.operation, InsertImport)})
    replacements = insertion(module, statements)
    replacements += [removal(module, edit.node) for edit in edits if isinstance(edit.operation, RemoveImport)]  # type: ignore[arg-type]
    others = [edit for edit in edits if not isinstance(edit.operation, (InsertImport, RemoveImport))]
    try:
        parts = slices(module, others)
    except EditError as error:
        return module.lines.text, dict.fromkeys(edits, error)
    while parts:
        # From the last to the first, so that of several failures the first is the one that is told.
        part = parts.pop()
        try:
            replacements.append((part.start, part.end, _rewritten(module, part)))
        except EditError as error:
            smaller = narrower(module, part)
            parts += smaller
            if not smaller:
                failures |= dict.fromkeys(part.edits, error)
    text = module.lines.text
    for start, end, new in sorted(replacements, key=lambda item: (item[0], item[1]), reverse=True):
        text = text[:start] + new + text[end:]
    return text, failures


def _rewritten(module: Module, part: Slice) -> str:
    """The new text of one slice."""
    import libcst as cst

    from fixopenai.rewriting.transformer import ApplyOperations, comments_in

    old = module.lines.text[part.start : part.end]
    before, after = {"statement": ("", ""), "expression": ("_(", ")"), "header": ("", _STAND_IN)}[part.kind]
    code = f"{before}{old}{after}"
    first = part.edits[0].node
    if len(code) > _LONGEST:
        raise EditError("the code around it is too long to be rewritten", first)
    try:
        tree = cst.parse_module(code)
    except RecursionError:
        raise EditError(_TOO_DEEP, first) from None
    except (cst.ParserSyntaxError, cst.CSTValidationError, TypeError, AttributeError):
        # libcst's own: TypeError for a parenthesised lambda that touches a keyword, AttributeError for a line that
        # ends behind the word `lambda`.
        raise EditError("libcst cannot parse the code around it", first) from None
    if tree.code != code:
        raise EditError("the statement would not keep its exact layout", first)
    lines = LineIndex(code)
    header_end = lines.position(len(code)) if part.kind == "header" else None
    operations: dict[Position, list[Operation]] = {}
    for edit in part.edits:
        operations.setdefault(_position(module, edit, part, lines, len(before), header_end), []).append(edit.operation)
    transformer = ApplyOperations(operations, lines, header_end)
    wrapper = cst.MetadataWrapper(tree, unsafe_skip_copy=True)
    try:
        result = wrapper.visit(transformer)
        new = result.code
    except cst.CSTValidationError as error:
        raise EditError(f"the result would not be valid ({error})", first) from None
    except RecursionError:
        raise EditError(_TOO_DEEP, first) from None
    if any(transformer.pending.values()):
        raise EditError("its exact position in the statement cannot be told", first)
    # A comment beside an imported name that goes is about that name.
    if part.kind != "statement" and "#" in old and comments_in(tree) - comments_in(result):
        raise EditError("a comment in the code around it would be lost", first)
    return new[len(before) : len(new) - len(after)]


def _position(
    module: Module, edit: Edit, part: Slice, lines: LineIndex, shift: int, header_end: tuple[int, int] | None
) -> Position:
    """Where an edit's node stands in the slice's code."""
    start, end = module.lines.span(edit.node)  # type: ignore[arg-type]
    first = lines.position(start - part.start + shift)
    if header_end is not None and end > part.end:
        return first, header_end
    return first, lines.position(end - part.start + shift)
