"""What a call hands to a parameter of the function that it runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import BoundMethod, ClassRef, FunctionRef, Instance, Partial

if TYPE_CHECKING:
    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.scopes import Function, Scope


# Methods that the call of a class, or of an object, runs.
_RUN_BY_CALL = {"__init__": ClassRef, "__call__": Instance}


def argument_of(call: ast.Call, scope: Scope, name: str, function: Function, evaluator: Evaluates) -> ast.expr | None:
    """The argument for a parameter, None where there is none or it cannot be told."""
    named = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    bound = _bound_already(call, scope, function, evaluator)
    if named is not None or bound is None or any(isinstance(argument, ast.Starred) for argument in call.args):
        return named
    names = [parameter.arg for parameter in function.parameters][bound:]
    position = names.index(name) if name in names else len(call.args)
    return call.args[position] if position < len(call.args) else None


def is_left_out(call: ast.Call, scope: Scope, name: str, function: Function, evaluator: Evaluates) -> bool:
    """Whether a call surely has no argument for a parameter, so that it gets its default."""
    hidden = any(isinstance(argument, ast.Starred) for argument in call.args) or any(
        keyword.arg is None for keyword in call.keywords
    )
    is_known = not hidden and _bound_already(call, scope, function, evaluator) is not None
    return is_known and argument_of(call, scope, name, function, evaluator) is None


def default_of(function: Function, name: str) -> ast.expr | None:
    """The default of a parameter."""
    arguments = function.node.args
    last = function.parameters[len(function.parameters) - len(arguments.defaults) :]
    defaults = (
        *zip(last, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    )
    return next((default for parameter, default in defaults if parameter.arg == name), None)


def _bound_already(call: ast.Call, scope: Scope, function: Function, evaluator: Evaluates) -> int | None:
    """How many parameters have a value before the call gives any: `self`; None where a partial may give some."""
    found: set[int] = set()
    callees = evaluator.values(call.func, scope)
    for callee in callees:
        if isinstance(callee, (FunctionRef, BoundMethod)) and callee.function is function:
            found.add(int(isinstance(callee, BoundMethod)))
        elif isinstance(callee, _RUN_BY_CALL.get(function.name, ())):
            found.add(1)
    if len(found) > 1 or any(isinstance(callee, Partial) for callee in callees):
        return None
    if found:
        return found.pop()
    # A name of a module that was read late: its class is called, or a method of an object in it.
    return int(function.cls is not None and (function.name == "__init__" or isinstance(call.func, ast.Attribute)))
