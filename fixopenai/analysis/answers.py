"""Whether what a plain function returns can be awaited, or is an answer, which cannot."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import called_name, own_nodes
from fixopenai.analysis.values import BoundMethod, FunctionRef, Instance, Pending, SdkAwaitable

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Scope

_DATA = (
    ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.BinOp, ast.Compare, ast.UnaryOp,
)  # fmt: skip
_QUESTIONS = frozenset({"isawaitable", "iscoroutine", "iscoroutinefunction", "isfuture"})
_DATA_TYPES = frozenset(
    {"str", "bytes", "int", "float", "bool", "list", "tuple", "dict", "set", "List", "Dict", "None"}
)


def is_answer(program: Program, call: ast.Call, scope: Scope) -> bool:
    """Whether a call of functions of the program, and of nothing else, gives what cannot be awaited.

    Code that asks first whether it can is prepared for either.
    """
    around = scope.enclosing_function()
    parts = own_nodes(around.node) if around is not None else ()
    if any(isinstance(part, ast.Call) and called_name(part) in _QUESTIONS for part in parts):
        return False
    callees = program.evaluator.values(call.func, scope)
    functions = program.flow.calls[call][1]
    known = all(isinstance(callee, (FunctionRef, BoundMethod, Instance)) for callee in callees)
    return known and all(gives_answer(program, function) for function in functions)


def gives_answer(program: Program, function: Function) -> bool:
    """Whether nothing that a function returns can be awaited, so that awaiting its result fails."""
    return _gives(program, function, {function})


def _gives(program: Program, function: Function, seen: set[Function]) -> bool:
    node = function.node
    if not isinstance(node, ast.FunctionDef) or function.is_generator:
        return False
    if any(isinstance(value, (Pending, SdkAwaitable)) for value in function.returns.values):
        return False
    returned = [part.value for part in own_nodes(node) if isinstance(part, ast.Return) and part.value is not None]
    return _is_data_type(node.returns) or all(_is_answer(program, value, function, seen) for value in returned)


def _is_data_type(annotation: ast.expr | None) -> bool:
    if isinstance(annotation, ast.BinOp):
        return _is_data_type(annotation.left) and _is_data_type(annotation.right)
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    if isinstance(annotation, ast.Constant):
        return annotation.value is None or annotation.value in _DATA_TYPES
    return isinstance(annotation, ast.Name) and annotation.id in _DATA_TYPES


def _is_answer(program: Program, node: ast.expr, function: Function, seen: set[Function]) -> bool:
    """Data that is written out, or whatever an SDK call or such a function gives, and the parts of that."""
    if isinstance(node, _DATA):
        return True
    if isinstance(node, ast.BoolOp):
        return all(_is_answer(program, value, function, seen) for value in node.values)
    if isinstance(node, ast.IfExp):
        return all(_is_answer(program, value, function, seen) for value in (node.body, node.orelse))
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return _is_answer(program, node.value, function, seen)
    if isinstance(node, ast.Name):
        given = _assigned(function, node.id)
        return bool(given) and all(_is_answer(program, value, function, seen) for value in given)
    return isinstance(node, ast.Call) and _call_gives(program, node, function, seen)


def _call_gives(program: Program, node: ast.Call, function: Function, seen: set[Function]) -> bool:
    use = program.call_at(node)
    if use is not None:
        return use.colours == {False}
    called = program.flow.calls.get(node)
    if called is not None:
        functions = called[1]
        # What is called again on the way gives what its other returns give.
        return all(other in seen or _gives(program, other, seen | {other}) for other in functions)
    return isinstance(node.func, ast.Attribute) and _is_answer(program, node.func.value, function, seen)


def _assigned(function: Function, name: str) -> list[ast.expr]:
    """What a name of the function is set to; nothing where that is not all written as `name = ...`."""
    stores = [
        part
        for part in own_nodes(function.node)
        if isinstance(part, ast.Name) and part.id == name and not isinstance(part.ctx, ast.Load)
    ]
    given = [
        part.value
        for part in own_nodes(function.node)
        if isinstance(part, ast.Assign) and len(part.targets) == 1 and part.targets[0] in stores
    ]
    is_parameter = any(parameter.arg == name for parameter in function.parameters)
    return given if len(given) == len(stores) and not is_parameter else []
