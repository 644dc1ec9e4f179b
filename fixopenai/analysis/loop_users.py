"""What keeps a function out of a thread: the event loop's own modules, what belongs to one thread, StopIteration."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import own_nodes
from fixopenai.analysis.values import External, ExternalInstance, Symbol, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function
    from fixopenai.analysis.uses import Parents
    from fixopenai.analysis.values import Value

# What belongs to the event loop, to the context of a task, or to one thread.
LOOP_MODULES = frozenset({"asyncio", "anyio", "trio", "contextvars", "sqlite3"})
_ONE_THREAD = frozenset({"threading.local", "signal.signal"})
# What works in any thread: a loop of one's own, and names of exceptions.
_ANYWHERE = frozenset({"asyncio.run", "asyncio.TimeoutError", "asyncio.CancelledError"})
_STOPS = frozenset({"StopIteration", "Exception", "BaseException"})


def touches_loop(program: Program, node: ast.Name | ast.Attribute, function: Function) -> bool:
    """Whether a name in a function is one of those modules, or something of theirs."""
    return any(_belongs(dotted) for dotted in _dotted(program, node, function))


def own_loop_use(program: Program, function: Function) -> ast.expr | ast.stmt | None:
    """What in a function's own code belongs to the loop or to one thread."""
    parents = program.parents_of(function.module)
    for node in own_nodes(function.node):
        if not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        # Of `asyncio.run`, the module alone says nothing.
        dotted = [] if isinstance(parents.get(node), ast.Attribute) else _dotted(program, node, function)
        if any(_belongs_to_one(name) for name in dotted):
            return node
        values = program.evaluator.values(node, function.module.scope_of(node))
        if any(_reaches_loop_unread(program, value, node, parents) for value in values):
            return node
    return None


def own_stop(program: Program, function: Function) -> ast.expr | ast.stmt | None:
    """A `next()` or `raise` in a function whose StopIteration may leave it, out of a thread or a coroutine."""
    # A generator turns it into a RuntimeError in either colour.
    if function.is_generator:
        return None
    parents = program.parents_of(function.module)
    for node in own_nodes(function.node):
        bare = isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords and _is_next(node)
        raised = isinstance(node, ast.Raise) and node.exc is not None and "StopIteration" in ast.unparse(node.exc)
        if (bare or raised) and not _is_caught(node, function.node, parents):
            assert isinstance(node, (ast.Call, ast.Raise))
            return node
    return None


def _reaches_loop_unread(program: Program, value: Value, node: ast.AST, parents: Parents) -> bool:
    """Whether what a node holds is of a module that was not analysed, and bound there to the loop or to one thread."""
    if isinstance(value, Unknown) and value.key is not None:
        module = program.flow.parsed(value.key)
        # Where it came from is not known. What was made at import, a logger above all, looks up the variables of a
        # context, which a thread gets a copy of.
        words = (LOOP_MODULES - {"contextvars"}) | _ONE_THREAD
        return module is None or any(word in module.source.text for word in words)
    return isinstance(value, Symbol) and reaches_unread(program, value, node, parents, _belongs_to_one)


def reaches_unread(
    program: Program, value: Symbol, node: ast.AST, parents: Parents, is_meant: Callable[[str], bool]
) -> bool:
    """Whether what a node names in a module that was not analysed may run code that mentions a name that is meant."""
    names = [value.name]
    while isinstance(above := parents.get(node), (ast.Attribute, ast.Call, ast.Subscript)):
        if (above.func if isinstance(above, ast.Call) else above.value) is not node:
            break
        names += [above.attr] if isinstance(above, ast.Attribute) else []
        node = above
    # Classes are named like classes: making an object of one is as harmless as a literal, what it does then is not.
    is_class = value.name[:1].isupper()
    if is_class and len(names) == 1:
        return False
    return program.unread.reach(value.key, names, is_meant, is_made=not is_class)


def _belongs_to_one(dotted: str) -> bool:
    return _belongs(dotted) and dotted not in _ANYWHERE


def _belongs(dotted: str) -> bool:
    root = dotted.split(".", maxsplit=1)[0]
    return root in LOOP_MODULES or any(f"{dotted}.".startswith(f"{name}.") for name in _ONE_THREAD)


def _dotted(program: Program, node: ast.Name | ast.Attribute, function: Function) -> list[str]:
    values = program.evaluator.values(node, function.module.scope_of(node))
    return [value.dotted for value in values if isinstance(value, (External, ExternalInstance))]


def _is_next(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "next"


def _is_caught(node: ast.AST, top: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a `try` around a node, inside the function, catches StopIteration."""
    while node is not top:
        parent = parents[node]
        if isinstance(parent, ast.Try) and node in parent.body:
            for handler in parent.handlers:
                caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
                if any(kind is None or ast.unparse(kind) in _STOPS for kind in caught):
                    return True
        node = parent
    return False
