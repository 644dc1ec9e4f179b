"""Functions that a built-in one calls before it returns: what they do, whoever makes that call does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.consumers import EAGER, dotted_callee

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Function, Scope

_BY_KEY = frozenset({"builtins.sorted", "builtins.min", "builtins.max"})
_LAZY = frozenset({"builtins.map", "builtins.filter"})


def caller_of_lambda(evaluator: Evaluator, function: Function) -> tuple[ast.Call, Scope] | None:
    """The call that runs a lambda at once: `sorted(x, key=...)`, `x.sort(key=...)`, `list(map(..., x))`."""
    scope = function.scope.parent
    if not isinstance(function.node, ast.Lambda) or scope is None:
        return None
    return runner_of(evaluator, function.node, scope)


def runner_of(evaluator: Evaluator, node: ast.expr, scope: Scope) -> tuple[ast.Call, Scope] | None:
    """The call that runs a function at once which stands in its arguments."""
    parents = scope.module.parents()
    parent = parents[node]
    if isinstance(parent, ast.keyword) and parent.arg == "key":
        call = parents[parent]
        assert isinstance(call, ast.Call)
        is_sort = isinstance(call.func, ast.Attribute) and call.func.attr == "sort"
        return (call, scope) if is_sort or dotted_callee(call, scope, evaluator) in _BY_KEY else None
    if isinstance(parent, ast.Call) and parent.args[:1] == [node] and dotted_callee(parent, scope, evaluator) in _LAZY:
        outer = parents[parent]
        if isinstance(outer, ast.Call) and outer.args[:1] == [parent]:
            is_join = isinstance(outer.func, ast.Attribute) and outer.func.attr == "join"
            if is_join or dotted_callee(outer, scope, evaluator) in EAGER:
                return outer, scope
    return None
