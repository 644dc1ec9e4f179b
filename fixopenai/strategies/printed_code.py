"""Code that prints itself: `f"{x=}"`, where rewriting `x` would change what the program says."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk
from fixopenai.rewriting.edits import InsertImport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Module
    from fixopenai.strategies.plans import Fix


def printed_code(program: Program, fix: Fix) -> tuple[Module, ast.expr] | None:
    """The first node that a fix would rewrite inside such a field; None if there is none."""
    changed = [(edit.module, edit.node) for edit in fix.edits if not isinstance(edit.operation, InsertImport)]
    changed += [(reference.module, reference.node) for reference in fix.references]
    printed = [
        (module, node)
        for module, node in changed
        if isinstance(node, ast.expr) and any(_prints_itself(*field) for field in _fields(program, module, node))
    ]
    return min(printed, key=lambda place: place[0].order(place[1]), default=None)


def _fields(program: Program, module: Module, node: ast.expr) -> Iterator[tuple[ast.JoinedStr, ast.FormattedValue]]:
    """The fields of f-strings around a node."""
    parents = program.parents_of(module)
    current: ast.AST = node
    while not isinstance(current, ast.stmt):
        parent = parents[current]
        if isinstance(current, ast.FormattedValue) and isinstance(parent, ast.JoinedStr):
            yield parent, current
        current = parent


def _prints_itself(string: ast.JoinedStr, field: ast.FormattedValue) -> bool:
    """Python keeps no `=`: it puts the code into the text before the field, and `!r` where no format is given."""
    before = string.values[string.values.index(field) - 1] if field is not string.values[0] else None
    if not isinstance(before, ast.Constant) or (field.conversion == -1 and field.format_spec is None):
        return False
    text = str(before.value).rstrip()
    words = {part.id for part in walk(field.value) if isinstance(part, ast.Name)}
    words |= {part.attr for part in walk(field.value) if isinstance(part, ast.Attribute)}
    return text.endswith("=") and words <= set(re.findall(r"\w+", text))
