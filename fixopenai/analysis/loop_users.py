"""Functions that use the event loop's own modules, or what belongs to one thread, themselves or through others."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import own_nodes
from fixopenai.analysis.values import External, ExternalInstance

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function

# What belongs to the event loop, to the context of a task, or to one thread.
LOOP_MODULES = frozenset({"asyncio", "anyio", "trio", "contextvars", "sqlite3"})


def find_loop_users(program: Program) -> set[Function]:
    """Every function that cannot run in a thread without further thought; each is looked at once."""
    found: set[Function] = set()
    for module in program.modules:
        if any(word in module.source.text for word in LOOP_MODULES):
            found.update(function for function in module.functions if _touches(program, function))
    callers: dict[Function, set[Function]] = {}
    for caller, calls in program.callees.items():
        for _, callees in calls:
            for callee in callees:
                callers.setdefault(callee, set()).add(caller)
    queue = list(found)
    while queue:
        above = callers.get(queue.pop(), set()) - found
        found |= above
        queue += above
    return found


def touches_loop(program: Program, node: ast.Name | ast.Attribute, function: Function) -> bool:
    """Whether a name in a function is one of those modules, or something of theirs."""
    values = program.evaluator.values(node, function.scope)
    return any(
        isinstance(value, (External, ExternalInstance)) and value.dotted.split(".")[0] in LOOP_MODULES
        for value in values
    )


def _touches(program: Program, function: Function) -> bool:
    return any(
        isinstance(node, (ast.Name, ast.Attribute)) and touches_loop(program, node, function)
        for node in own_nodes(function.node)
    )
