"""Where a function of the program is used as a value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.externals import BACKGROUND_CALLS, DEPENDS
from fixopenai.analysis.fastapi import ASYNC_ROLES, call_roles
from fixopenai.analysis.values import External

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Module, Scope


def references(program: Program, function: Function) -> Iterator[tuple[Module, ast.expr]]:
    """Uses of the function as a value, those in `Depends(...)`, as a background task and as a callee left aside."""
    for module, node in program.names_of(function):
        if not _is_injection(program, node, program.parents_of(module), module.scope_of(node)):
            yield module, node


def _is_injection(program: Program, node: ast.expr, parents: dict[ast.AST, ast.AST], scope: Scope) -> bool:
    parent = parents[node]
    if isinstance(parent, ast.keyword):
        parent = parents[parent]
    if not isinstance(parent, ast.Call) or parent.func is node:
        return isinstance(parent, ast.Call)
    callees = program.evaluator.values(parent.func, scope)
    for value in callees:
        if isinstance(value, External):
            called = [expression for expression, role in call_roles(value.dotted, parent) if role in ASYNC_ROLES]
            if value.dotted in BACKGROUND_CALLS:
                called += parent.args[:1]
            if value.dotted in DEPENDS or node in called:
                return True
    return False
