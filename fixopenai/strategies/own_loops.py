"""Event loops that code starts itself: what a client keeps of one of them cannot be used on another."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.strategies.plans import Refusal
from fixopenai.strategies.references import references

if TYPE_CHECKING:
    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Scope
    from fixopenai.analysis.uses import LoopStart

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def loops_refusal(program: Program, group: Group) -> Refusal | None:
    """Why the clients of a group cannot become async: they are used on one new event loop after another."""
    if all(origin.scope is not None and origin.scope.enclosing_function() is not None for origin in group.origins):
        return None
    users = _users(program, group)
    first: dict[str, LoopStart] = {}
    for runner in program.uses.runners:
        if not runner.functions & users:
            continue
        path = runner.scope.module.path
        # Scripts are processes of their own, so only loops of one module come one after another for certain.
        if path in first or _runs_often(program, runner.node, runner.scope):
            why = "a new event loop is started for every call that uses it"
            return Refusal(why, runner.scope.module.place(runner.node))
        first[path] = runner
    return None


def _users(program: Program, group: Group) -> set[Function]:
    """The functions that use the clients, and those that call them."""
    users = {use.function for use in group.calls if use.function is not None}
    queue = list(users)
    while queue:
        for scope, _ in program.callers.get(queue.pop(), []):
            caller = scope.enclosing_function()
            if caller is not None and caller not in users:
                users.add(caller)
                queue.append(caller)
    return users


def _runs_often(program: Program, node: ast.expr, scope: Scope) -> bool:
    """Whether code may run more than once: in a loop, in a route or task, or because several call it."""
    seen: set[Function] = set()
    while True:
        function = scope.enclosing_function()
        if _in_loop(program, node, scope):
            return True
        if function is None:
            return False
        # What a framework is told of by a decorator (a Celery task) runs again and again, as a route does.
        if program.flow.roles.get(function) or getattr(function.node, "decorator_list", []) or function in seen:
            return True
        callers = program.callers.get(function, [])
        if len(callers) > 1 or isinstance(function.node, ast.Lambda) or next(references(program, function), None):
            return True
        if not callers:
            return False
        seen.add(function)
        scope, node = callers[0]


def _in_loop(program: Program, node: ast.expr, scope: Scope) -> bool:
    parents = program.parents_of(scope.module)
    function = scope.enclosing_function()
    top = function.node if function is not None else None
    current: ast.AST = node
    while current in parents and current is not top:
        current = parents[current]
        if isinstance(current, _LOOPS):
            return True
    return False
