"""What holds the futures that a call makes, within one function."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import called_name, children, own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.scopes import Function

_COLLECTS = frozenset({"append", "add", "extend", "insert", "update", "appendleft"})
RESULTS = frozenset({"result", "exception"})


@dataclass(slots=True)
class Futures:
    """The call that makes futures, or gives an iterator over results, and the names under which they are kept."""

    node: ast.expr
    names: set[str] = field(default_factory=set)

    def in_(self, part: ast.AST) -> bool:
        """Whether an expression holds one of the futures; what `future.result()` gives is none."""
        if part is self.node:
            return True
        if isinstance(part, (ast.Name, ast.Attribute)) and ast.unparse(part) in self.names:
            return True
        if isinstance(part, ast.Call) and called_name(part) in RESULTS:
            return False
        if isinstance(part, ast.Subscript) and self.in_(part.slice):
            # What a dictionary of futures tells of one.
            return False
        if isinstance(part, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            return self.in_(part.elt)
        if isinstance(part, ast.DictComp):
            return self.in_(part.key) or self.in_(part.value)
        return any(self.in_(child) for child in children(part))


def futures_of(node: ast.expr, function: Function) -> Futures:
    """Where a function keeps what a call in it makes."""
    found = Futures(node)
    moves = [move for part in own_nodes(function.node) for move in _moves(part)]
    known = -1
    while known < len(found.names):
        known = len(found.names)
        for target, value in moves:
            if found.in_(value):
                found.names.update(_spelled(target))
    return found


def _moves(part: ast.AST) -> Iterator[tuple[ast.expr, ast.AST]]:
    """What is given to a name, a container or a loop's variable, each with what it comes from."""
    if isinstance(part, ast.Assign):
        for target in part.targets:
            yield target, part.value
            if isinstance(target, ast.Subscript):
                yield target.value, target.slice
    elif isinstance(part, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and part.value is not None:
        yield part.target, part.value
    elif isinstance(part, (ast.For, ast.AsyncFor, ast.comprehension)):
        yield part.target, part.iter
    elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _COLLECTS:
        for argument in part.args:
            yield part.func.value, argument


def _spelled(target: ast.expr) -> set[str]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return {name for element in target.elts for name in _spelled(element)}
    while isinstance(target, (ast.Subscript, ast.Starred)):
        target = target.value
    return {ast.unparse(target)} if isinstance(target, (ast.Name, ast.Attribute)) else set()
