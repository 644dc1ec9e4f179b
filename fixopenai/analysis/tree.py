"""Walking trees: the loops that every parsed file goes through, so they are kept tight."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node, in the order of its fields; contexts and operators, which are shared, left out."""
    found: list[ast.AST] = []
    # Twice as fast as ast.iter_child_nodes, which looks every field up by name.
    for value in node.__dict__.values():
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST) and not isinstance(item, _MARKS)]
        elif isinstance(value, ast.AST) and not isinstance(value, _MARKS):
            found.append(value)
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, in no particular order."""
    queue = [node]
    while queue:
        node = queue.pop()
        yield node
        queue += children(node)


def parents_below(root: ast.AST) -> dict[ast.AST, ast.AST]:
    """Each node's parent, for all nodes below `root`."""
    found: dict[ast.AST, ast.AST] = {}
    queue = [root]
    while queue:
        node = queue.pop()
        below = children(node)
        for child in below:
            found[child] = node
        queue += below
    return found


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes that a function runs itself: of functions and classes inside it, only what is evaluated around them."""
    body = getattr(function, "body", [])
    queue: list[ast.AST] = list(body) if isinstance(body, list) else [body]
    while queue:
        node = queue.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            queue += [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
        elif isinstance(node, ast.Lambda):
            queue.append(node.args)
        elif isinstance(node, ast.ClassDef):
            queue += [*node.decorator_list, *node.bases, *node.keywords]
        else:
            queue += children(node)


def called_name(call: ast.Call) -> str:
    """The last part of the name that is called; empty where something else is."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
