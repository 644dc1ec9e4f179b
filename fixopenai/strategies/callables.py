"""Functions that are handed to parameters which are only called: `Callable[..., T]` promises an awaitable then."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import BoundMethod, External, FunctionRef
from fixopenai.rewriting.edits import Edit, WrapType
from fixopenai.strategies.bound_names import imported_at

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Module

_CALLABLES = frozenset({"typing.Callable", "collections.abc.Callable"})


def promises(program: Program, module: Module, node: ast.expr) -> set[Edit] | None:
    """The annotations that change where a function is handed on at `node`; None where more may be done with it.

    The calls of the parameter are calls of the function, and awaited as such.
    """
    parents = program.parents_of(module)
    above = parents[node]
    keyword = above if isinstance(above, ast.keyword) else None
    call = parents[above] if keyword is not None else above
    if not isinstance(call, ast.Call) or call.func is node or (keyword is not None and keyword.arg is None):
        return None
    callees = program.evaluator.values(call.func, module.scope_of(call))
    if not callees:
        return None
    edits: set[Edit] = set()
    for callee in callees:
        if not isinstance(callee, (FunctionRef, BoundMethod)):
            return None
        skip = 1 if isinstance(callee, BoundMethod) else 0
        parameter = _parameter(callee.function, call, node, keyword, skip)
        if parameter is None or not _is_only_called(program, callee.function, parameter.arg):
            return None
        promised = _promise(program, callee.function, parameter)
        if promised is None:
            return None
        edits |= promised
    return edits


def _parameter(
    function: Function, call: ast.Call, node: ast.expr, keyword: ast.keyword | None, skip: int
) -> ast.arg | None:
    if keyword is not None:
        named = (*function.parameters, *function.node.args.kwonlyargs)
        return next((parameter for parameter in named if parameter.arg == keyword.arg), None)
    at = call.args.index(node) + skip
    if any(isinstance(argument, ast.Starred) for argument in call.args) or at >= len(function.parameters):
        return None
    return function.parameters[at]


def _is_only_called(program: Program, function: Function, name: str) -> bool:
    if len(function.scope.bindings.get(name, ())) > 1:
        return False
    parents = program.parents_of(function.module)
    for part in walk(function.node):
        if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load):
            above = parents[part]
            if not isinstance(above, ast.Call) or above.func is not part or above not in program.flow.calls:
                return False
    return True


def _promise(program: Program, function: Function, parameter: ast.arg) -> set[Edit] | None:
    """`Callable[[str], T]` -> `Callable[[str], Awaitable[T]]`; None for an annotation that says something else."""
    written = parameter.annotation
    scope = function.scope.parent
    if written is None or scope is None:
        return set()
    named = written.value if isinstance(written, ast.Subscript) else written
    values = program.evaluator.values(named, scope)
    dotted = next((value.dotted for value in values if isinstance(value, External)), "")
    if dotted not in _CALLABLES:
        return None
    if not isinstance(written, ast.Subscript):
        return set()
    parts = written.slice.elts if isinstance(written.slice, ast.Tuple) else []
    if len(parts) != 2 or any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts):
        return None
    if isinstance(named, ast.Attribute):
        return {Edit(function.module, parts[1], WrapType(f"{ast.unparse(named.value)}.Awaitable"))}
    name, imported = imported_at(program, scope, written, dotted.rsplit(".", 1)[0], "Awaitable")
    edits = {Edit(function.module, parts[1], WrapType(name))}
    return edits if imported is None else {*edits, imported}
