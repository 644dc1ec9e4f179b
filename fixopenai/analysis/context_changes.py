"""What changes variables of the context: a thread works on a copy of it, which it does not hand back."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.loop_users import reaches_unread
from fixopenai.analysis.reach import called_by
from fixopenai.analysis.tree import own_nodes
from fixopenai.analysis.values import BoundMethod, External, FunctionRef, Instance, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Module
    from fixopenai.analysis.uses import Parents

_SETTERS = frozenset(
    {
        *(f"contextvars.ContextVar.{name}" for name in ("set", "reset")),
        *(f"structlog.contextvars.{name}_contextvars" for name in ("bind", "unbind", "clear", "reset")),
        "opentelemetry.context.attach",
        "opentelemetry.context.detach",
        *(
            f"asgi_correlation_id.{module}correlation_id.{name}"
            for module in ("", "context.")
            for name in ("set", "reset")
        ),
        "decimal.setcontext",
    }
)
# Context managers, which put back at their end what they set: nothing is lost of those that a thread enters and leaves.
_MANAGERS = frozenset(
    {
        "structlog.contextvars.bound_contextvars",
        "opentelemetry.trace.use_span",
        "starlette_context.request_cycle_context",
        "loguru.logger.contextualize",
        *(
            f"sentry_sdk.{module}{name}"
            for module in ("", "scope.")
            for name in ("new_scope", "use_scope", "isolation_scope", "use_isolation_scope")
        ),
        "decimal.localcontext",
    }
)
# A method of tracers, which code gets in many ways.
_MANAGER_METHODS = frozenset({"start_as_current_span"})


def own_context_change(program: Program, function: Function) -> ast.expr | None:
    """What a function's own code calls, or holds around a `yield`, that leaves the context changed."""
    module = function.module
    parents = module.parents()
    found: list[ast.expr] = []
    for node in own_nodes(function.node):
        if not isinstance(node, (ast.Name, ast.Attribute)) or isinstance(parents.get(node), ast.Attribute):
            continue
        if _is_manager(program, node, module):
            found += [] if _is_balanced(node, parents) else [node]
        elif _sets(program, node, module, parents):
            found.append(node)
    return min(found, key=module.order, default=None)


def reached_with_context(program: Program, function: Function) -> Iterator[Function]:
    """The functions whose changes of the context are a function's own: what enters a manager it holds around a `yield`.

    A call that makes a manager changes nothing by itself, where the manager is left before the function waits.
    """
    parents = function.module.parents()
    balanced = {node for node in own_nodes(function.node) if isinstance(node, ast.Call) and _is_balanced(node, parents)}
    for node, callee in called_by(program, function):
        if node not in balanced or not callee.is_generator:
            yield callee
    for item in managers_around_yield(function):
        for value in program.evaluator.values(item.context_expr, function.module.scope_of(item.context_expr)):
            entering = program.evaluator.attributes.get(value, "__enter__") if isinstance(value, Instance) else ()
            yield from (enter.function for enter in entering if isinstance(enter, (BoundMethod, FunctionRef)))


def managers_around_yield(function: Function) -> list[ast.withitem]:
    """The context managers that a generator holds while it hands over a value."""
    withs = [node for node in own_nodes(function.node) if isinstance(node, ast.With)]
    return [item for node in withs if _yields(node) for item in node.items]


def may_set_unread(program: Program, manager: ast.expr, function: Function) -> bool:
    """Whether entering a context manager of a module that was not analysed may change the context."""
    root = manager.func if isinstance(manager, ast.Call) else manager
    return any(
        isinstance(value, Symbol) and program.unread.reach(value.key, (value.name, "__enter__"), _is_of_context)
        for value in program.evaluator.values(root, function.module.scope_of(root))
    )


def _is_of_context(dotted: str) -> bool:
    return dotted in _SETTERS or dotted in _MANAGERS or dotted == "contextvars.ContextVar"


def _is_manager(program: Program, node: ast.Name | ast.Attribute, module: Module) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in _MANAGER_METHODS:
        return True
    return any(
        isinstance(value, External) and value.dotted in _MANAGERS
        for value in program.evaluator.values(node, module.scope_of(node))
    )


def _sets(program: Program, node: ast.Name | ast.Attribute, module: Module, parents: Parents) -> bool:
    for value in program.evaluator.values(node, module.scope_of(node)):
        if isinstance(value, External) and value.dotted in _SETTERS:
            return True
        # What cannot be parsed may do anything, and is told of as that.
        if isinstance(value, Symbol) and program.flow.parsed(value.key) is not None:
            return reaches_unread(program, value, node, parents, _SETTERS.__contains__)
    return False


def _is_balanced(node: ast.AST, parents: Parents) -> bool:
    """Whether a context manager is entered and left before anything is handed over: by a `with`, as a decorator."""
    above = parents[node]
    if isinstance(above, ast.Call) and above.func is node:
        node, above = above, parents[above]
    if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node in above.decorator_list
    around = parents[above] if isinstance(above, ast.withitem) and above.context_expr is node else None
    return isinstance(around, ast.With) and not _yields(around)


def _yields(statement: ast.With) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own_nodes(statement))
