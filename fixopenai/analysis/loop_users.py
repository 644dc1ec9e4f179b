"""Functions that use the event loop's own modules, or what belongs to one thread, themselves or through others."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import own_nodes
from fixopenai.analysis.values import External, ExternalInstance

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Module

# What belongs to the event loop, to the context of a task, or to one thread.
LOOP_MODULES = frozenset({"asyncio", "anyio", "trio", "contextvars", "sqlite3"})


# What works in any thread: a loop of one's own, and names of exceptions.
_ANYWHERE = frozenset({"asyncio.run", "asyncio.TimeoutError", "asyncio.CancelledError"})


def find_loop_users(program: Program) -> dict[Function, tuple[Module, ast.expr]]:
    """Every function that cannot run in a thread without further thought, and what keeps it from that.

    Each function is looked at once.
    """
    found: dict[Function, tuple[Module, ast.expr]] = {}
    for module in program.modules:
        if any(word in module.source.text for word in LOOP_MODULES):
            for function in module.functions:
                node = _touching(program, function)
                if node is not None:
                    found[function] = module, node
    callers: dict[Function, list[Function]] = {}
    for caller, calls in program.callees.items():
        for _, callees in calls:
            for callee in callees:
                callers.setdefault(callee, []).append(caller)
    queue = list(found)
    while queue:
        function = queue.pop()
        for caller in callers.get(function, ()):
            if caller not in found:
                found[caller] = found[function]
                queue.append(caller)
    return found


def touches_loop(program: Program, node: ast.Name | ast.Attribute, function: Function) -> bool:
    """Whether a name in a function is one of those modules, or something of theirs."""
    values = program.evaluator.values(node, function.scope)
    return any(
        isinstance(value, (External, ExternalInstance))
        and value.dotted.split(".")[0] in LOOP_MODULES
        and value.dotted not in _ANYWHERE
        for value in values
    )


def _touching(program: Program, function: Function) -> ast.expr | None:
    parents = program.parents_of(function.module)
    for node in own_nodes(function.node):
        # Of `asyncio.run`, the module alone says nothing.
        is_part = isinstance(parents.get(node), ast.Attribute)
        if isinstance(node, (ast.Name, ast.Attribute)) and not is_part and touches_loop(program, node, function):
            return node
    return None
