"""Whether a call gives a stream: what it says of `stream=`, and what is done with its result."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.literals import dict_keys
from fixopenai.analysis.reaching import reaching_definition
from fixopenai.analysis.tree import walk

if TYPE_CHECKING:
    from collections.abc import Collection

    from fixopenai.analysis.scopes import Scope


def stream_mode(node: ast.Call, scope: Scope, stream_members: Collection[str]) -> bool | None:
    """True for a stream, False for an answer; None when a variable or `**options` decides and nothing shows how.

    `stream_members` are the attributes of a stream: any other one that is read of the result shows an answer.
    """
    said = next((keyword.value for keyword in node.keywords if keyword.arg == "stream"), None)
    if isinstance(said, ast.Constant):
        return bool(said.value)
    names = {keyword.arg for keyword in node.keywords}
    # `NOT_GIVEN` and the like cannot be told from a flag.
    if said is None and not _may_hold_stream(node, scope):
        return False
    # Of instructor: the answer is parsed into a model.
    if said is None and "response_model" in names:
        return False
    return False if _is_read_as_answer(node, scope, stream_members) else None


def _may_hold_stream(node: ast.Call, scope: Scope) -> bool:
    """Whether `**options` may hold `stream`; dicts that are written out are looked into."""
    spread = [dict_keys(keyword.value, scope) for keyword in node.keywords if keyword.arg is None]
    return not all(keys is not None and "stream" not in keys for keys in spread)


def _is_read_as_answer(node: ast.Call, scope: Scope, stream_members: Collection[str]) -> bool:
    """Whether nothing is done with the result but to read attributes that no stream has."""
    parents = scope.module.parents()
    result: ast.AST = node
    above = parents.get(result)
    if isinstance(above, ast.Await):
        result, above = above, parents[above]
    if isinstance(above, ast.Attribute):
        return above.attr not in stream_members
    if not isinstance(above, ast.Assign) or len(above.targets) != 1 or not isinstance(above.targets[0], ast.Name):
        return False
    name = above.targets[0].id
    function = scope.enclosing_function()
    owner = scope.owner(name)
    if function is None or owner is None or owner.function is not function:
        return False
    left = _left_behind(above, function.node, parents)
    reads = [
        parents[part]
        for part in walk(function.node)
        if isinstance(part, ast.Name)
        and part.id == name
        and isinstance(part.ctx, ast.Load)
        and reaching_definition(part, owner) in (above, None)
        and (left is None or scope.module.scope_of(part) is not scope or part in left)
    ]
    return bool(reads) and all(isinstance(r, ast.Attribute) and r.attr not in stream_members for r in reads)


def _left_behind(statement: ast.stmt, function: ast.AST, parents: dict[ast.AST, ast.AST]) -> set[ast.AST] | None:
    """The nodes of the block around a statement that ends in a `return`: what it binds is read nowhere else."""
    current: ast.AST = statement
    while current is not function:
        parent = parents[current]
        if isinstance(parent, ast.Try):
            return None
        for block in parent.__dict__.values():
            ends = isinstance(block, list) and current in block and isinstance(block[-1], ast.Return)
            if ends and parent is not function:
                return {node for part in block for node in walk(part)}
        current = parent
    return None
