"""What a response reads while it is sent."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import External

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Scope

_STREAMED = frozenset(
    {
        "fastapi.responses.StreamingResponse",
        "starlette.responses.StreamingResponse",
        "sse_starlette.EventSourceResponse",
        "sse_starlette.sse.EventSourceResponse",
    }
)


def is_streamed(program: Program, node: ast.expr, scope: Scope) -> bool:
    """Whether a response reads what an expression gives, in a thread or on the loop, as fits."""
    parents = scope.module.parents()
    parent = parents[node]
    if isinstance(parent, ast.keyword) and parent.arg == "content":
        parent = parents[parent]
    if isinstance(parent, ast.Call) and (node in parent.args[:1] or any(k.value is node for k in parent.keywords)):
        callees = program.evaluator.values(parent.func, scope)
        return bool(callees) and all(isinstance(v, External) and v.dotted in _STREAMED for v in callees)
    if not (isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name)):
        return False
    target = parent.targets[0].id
    function = scope.enclosing_function()
    if function is None or len(scope.bindings.get(target, ())) != 1:
        return False
    reads = [
        part
        for part in walk(function.node)
        if isinstance(part, ast.Name) and part.id == target and isinstance(part.ctx, ast.Load)
    ]
    return bool(reads) and all(is_streamed(program, part, scope) for part in reads)
