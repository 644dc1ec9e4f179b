"""Whether the coroutine of an async SDK call is surely used as if it were the answer."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.forms import OF_COROUTINES
from fixopenai.analysis.reaching import reads_of
from fixopenai.analysis.values import External

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Scope

_LOOKS = frozenset(
    f"builtins.{name}" for name in ("print", "str", "len", "repr", "bool", "int", "float", "dict", "vars")
) | {"json.dumps"}
RUNNERS = frozenset({"asyncio.run", "asyncio.runners.run", "asyncio.AbstractEventLoop.run_until_complete"})


def is_unawaited(program: Program, node: ast.expr, scope: Scope, *, is_page: bool = False) -> bool:
    """True where the use cannot work; False also where it may be awaited out of sight.

    What gives a page can be read by `async for` without an await.
    """
    parents = program.parents_of(scope.module)
    parent = parents[node]
    if isinstance(parent, ast.Attribute):
        return parent.attr not in OF_COROUTINES
    if isinstance(parent, (ast.Expr, ast.Compare, ast.BinOp, ast.UnaryOp, ast.FormattedValue)):
        return True
    if isinstance(parent, ast.Subscript):
        return parent.value is node
    if isinstance(parent, (ast.AsyncFor, ast.For, ast.comprehension)):
        return parent.iter is node and not is_page
    if isinstance(parent, ast.withitem):
        return not is_page
    if isinstance(parent, (ast.If, ast.While, ast.IfExp)):
        return parent.test is node
    if isinstance(parent, ast.Return):
        return _returned(program, scope.enclosing_function())
    if isinstance(parent, (ast.Dict, ast.List, ast.Tuple)) and isinstance(parents[parent], ast.Return):
        return _is_route(program, scope.enclosing_function())
    if isinstance(parent, (ast.Assign, ast.AnnAssign)):
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        return (
            len(targets) == 1
            and isinstance(targets[0], ast.Name)
            and _named(program, targets[0].id, parent, scope, is_page)
        )
    if isinstance(parent, ast.NamedExpr):
        return _named(program, parent.target.id, None, scope, is_page) and is_unawaited(
            program, parent, scope, is_page=is_page
        )
    if isinstance(parent, ast.Call) and node in parent.args:
        callees = program.evaluator.values(parent.func, scope)
        if runs(program, parent, scope):
            function = scope.enclosing_function()
            return function is not None and function.is_async
        return bool(callees) and all(isinstance(value, External) and value.dotted in _LOOKS for value in callees)
    return False


def runs(program: Program, call: ast.Call, scope: Scope) -> bool:
    """Whether a call runs a coroutine on a loop of its own, which fails where one is running."""
    callees = program.evaluator.values(call.func, scope)
    return len(call.args) == 1 and any(isinstance(value, External) and value.dotted in RUNNERS for value in callees)


def runner_around(program: Program, node: ast.expr, scope: Scope) -> ast.Call | None:
    """The `asyncio.run` that an expression is handed to."""
    parent = program.parents_of(scope.module)[node]
    given = isinstance(parent, ast.Call) and node in parent.args and runs(program, parent, scope)
    return parent if given and isinstance(parent, ast.Call) else None


def _named(program: Program, name: str, binding: ast.AST | None, scope: Scope, is_page: bool) -> bool:
    """Whether the coroutine is kept under a local name and every use of it there takes it for the answer."""
    function = scope.enclosing_function()
    owner = scope.owner(name)
    if function is None or owner is None or owner.function is not function or None in owner.bindings[name]:
        return False
    return all(
        function.module.scope_of(read).enclosing_function() is function
        and is_unawaited(program, read, function.module.scope_of(read), is_page=is_page)
        for read in reads_of(name, binding, scope)
    )


def _returned(program: Program, function: Function | None) -> bool:
    """A route's result is never awaited again; that of an async function only where a caller awaits it twice."""
    if function is None or isinstance(function.node, ast.Lambda):
        return False
    if _is_route(program, function):
        return True
    if not function.is_async or function.decorators or getattr(function.node, "decorator_list", []):
        return False
    # Only what every caller does with the result can prove that nobody awaits it a second time.
    callers = program.callers.get(function, [])
    return bool(callers) and all(
        isinstance(above := program.parents_of(scope.module)[call], ast.Await)
        and not isinstance(program.parents_of(scope.module)[above], ast.Return)
        and is_unawaited(program, above, scope)
        for scope, call in callers
    )


def _is_route(program: Program, function: Function | None) -> bool:
    return function is not None and "route" in program.flow.roles.get(function, set())
