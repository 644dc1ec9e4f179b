"""Where the program may make a sync client that reaches, unseen, the places that only an annotation speaks of."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import External, SdkClass

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Module
    from fixopenai.results import Place

_CONTAINERS = (ast.Dict, ast.List, ast.Tuple, ast.Set)
_TYPE_CHECKS = frozenset({"builtins.isinstance", "builtins.issubclass", "typing.cast"})


def made_out_of_sight(program: Program) -> Place | None:
    """The first place where a sync client is lost from sight, or its class is handed on, so that others make one."""
    places = [
        escape.module.place(escape.node)
        for group in program.groups.values()
        if any(origin.kind == "constructor" and not origin.is_async for origin in group.origins)
        for escape in group.escapes
        if not escape.is_double
    ]
    followed = {origin.node for origin in program.flow.origins()}
    for module in program.modules:
        places += [module.place(node) for node in _handed_on(program, module) if node not in followed]
    return min(places, default=None)


def _handed_on(program: Program, module: Module) -> list[ast.expr]:
    """The mentions of a sync client's class as an argument, or as an element of a container."""
    parents = module.parents()
    found: list[ast.expr] = []
    for node in walk(module.tree):
        if not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        holder: ast.AST = parents[node]
        holder = parents[holder] if isinstance(holder, (ast.keyword, *_CONTAINERS)) else holder
        # Those of a subscript are types.
        is_kept = isinstance(parents[node], _CONTAINERS) and not isinstance(holder, (ast.Subscript, ast.Call))
        if not is_kept and not (isinstance(holder, ast.Call) and holder.func is not node):
            continue
        scope = module.scope_of(node)
        if not any(_is_sync_client(program, value) for value in program.evaluator.values(node, scope)):
            continue
        callees = program.evaluator.values(holder.func, scope) if isinstance(holder, ast.Call) else ()
        if not any(isinstance(callee, External) and callee.dotted in _TYPE_CHECKS for callee in callees):
            found.append(node)
    return found


def _is_sync_client(program: Program, value: object) -> bool:
    if not isinstance(value, SdkClass) or value.is_async:
        return False
    return program.flow.surface.types[value.type_key].kind == "client"
