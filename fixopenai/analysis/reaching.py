"""Which assignment a name's value comes from, where a name is assigned more than once in a function.

`client = OpenAI()` in one branch and `client = Anthropic()` in another are two clients: a read sees the assignment
that surely ran last before it. Where that cannot be told from the blocks alone, a read sees all of them.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk

if TYPE_CHECKING:
    from fixopenai.analysis.scopes import Scope

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
# Statements that bind their targets whenever they run.
_CERTAIN = (ast.Assign, ast.AnnAssign, ast.With, ast.AsyncWith, ast.Import, ast.ImportFrom, *_FUNCTIONS)


def reaching_definition(node: ast.Name, owner: Scope) -> ast.AST | None:
    """The one statement (or, for a parameter, function) that gives `node` its value; None if it may be several.

    `owner` is the scope in which the name is bound.
    """
    bindings = owner.bindings[node.id]
    if None in bindings:
        return None
    parents = owner.module.parents()
    enclosing: set[ast.AST] = set()
    for binding in bindings:
        _mark(binding, owner.node, parents, enclosing)
    current: ast.AST = node
    while not isinstance(current, ast.stmt):
        if isinstance(current, _FUNCTIONS) and current is not owner.node:
            return None
        if current is owner.node or current not in parents:
            return None
        current = parents[current]
    if isinstance(current, ast.While) and current in enclosing:
        return None
    return _search(current, owner, set(bindings), enclosing, parents)


def reads_of(name: str, binding: ast.AST | None, scope: Scope) -> list[ast.Name]:
    """The reads of a name, in the function around `scope`, that may see what the statement `binding` gives it.

    None stands for any statement.
    """
    function, owner = scope.enclosing_function(), scope.owner(name)
    if function is None:
        return []
    module = function.module
    reads = [
        part
        for part in walk(function.node)
        if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
    ]
    reads = [read for read in reads if module.scope_of(read).owner(name) is owner]
    if binding is None or owner is None or len(owner.bindings.get(name, ())) < 2:
        return reads
    return [read for read in reads if reaching_definition(read, owner) in (None, binding)]


def _search(
    current: ast.AST,
    owner: Scope,
    bindings: set[ast.AST | None],
    enclosing: set[ast.AST],
    parents: dict[ast.AST, ast.AST],
) -> ast.AST | None:
    """Go back through the statements before `current`, then up, until one binds the name."""
    while True:
        parent = parents[current]
        for sibling in _before(current, parent):
            if sibling in bindings and isinstance(sibling, _CERTAIN) and sibling not in enclosing:
                return sibling
            if sibling in bindings or sibling in enclosing:
                return None
        if parent is owner.node:
            return parent if parent in bindings else None
        if isinstance(parent, _FUNCTIONS) or not isinstance(parent, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            return None
        if isinstance(parent, (ast.With, ast.AsyncWith)) and parent in bindings:
            return parent
        if isinstance(parent, (*_LOOPS, ast.Try, ast.match_case, ast.ExceptHandler)) and (
            parent in enclosing or parent in bindings
        ):
            return None
        current = parent


def _before(current: ast.AST, parent: ast.AST) -> list[ast.stmt]:
    """The statements before `current` in its block, nearest first."""
    for value in parent.__dict__.values():
        if isinstance(value, list) and current in value:
            if isinstance(current, (ast.ExceptHandler, ast.match_case)):
                return []
            return list(reversed(value[: value.index(current)]))
    return []


def _mark(binding: ast.AST | None, top: ast.AST, parents: dict[ast.AST, ast.AST], enclosing: set[ast.AST]) -> None:
    """Note the statements around a binding, below `top`."""
    current = binding
    while current is not None and current is not top:
        current = parents.get(current)
        if current is not None and current is not top:
            enclosing.add(current)
