"""Plain functions that can become `async def` because nobody but the framework calls them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.blocking import blocking_node
from fixopenai.analysis.fastapi import ASYNC_ROLES
from fixopenai.analysis.helpers import MANAGER
from fixopenai.analysis.streamed import is_streamed
from fixopenai.analysis.tree import own_nodes
from fixopenai.rewriting.edits import DropLastIndex, Edit, MakeAsync
from fixopenai.strategies.plans import ClassReference, Refusal
from fixopenai.strategies.references import references
from fixopenai.strategies.sync_def import role_of_decorator

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function
    from fixopenai.results import Place

_ASYNC_KINDS = frozenset({"Iterator", "Iterable", "Generator"})


def turn_refusal(program: Program, function: Function, place: Place) -> Refusal | None:
    """Why a function cannot become async as it stands; None if it can: a route, a dependency, a handler of an event,
    or a response's body.

    `place` is that of the use which asks for it.
    """
    name = function.qualname
    if not isinstance(function.node, ast.FunctionDef):
        return Refusal(f"the client is also used in {name}(), which is not async", place)
    refusal = _body_of_response(program, function, place) if function.is_generator else None
    roles = program.flow.roles.get(function, set())
    if not function.is_generator or (refusal is not None and roles):
        refusal = _injected(program, function, place)
    if refusal is not None:
        return refusal
    refusal = generator_refusal(function)
    if refusal is not None:
        return refusal
    found = blocking_node(program.evaluator, function)
    if found is not None:
        why, node, where = found
        return Refusal(f"{name}() would block the event loop: {why}", where.module.place(node))
    return None


def generator_refusal(function: Function) -> Refusal | None:
    """What a generator has that no async generator can; nothing for any other function."""
    for node in own_nodes(function.node) if function.is_generator else ():
        if isinstance(node, (ast.YieldFrom, ast.Return)) and node.value is not None:
            why = f"{function.qualname}() has a `{_word(node)}`, which no async generator can"
            return Refusal(why, function.module.place(node))
    return None


def turn_edits(function: Function) -> tuple[set[Edit], list[ClassReference]] | Refusal:
    """`def` becomes `async def`, and what a generator is said to return becomes asynchronous as well."""
    module, node = function.module, function.node
    assert isinstance(node, ast.FunctionDef)
    edits = {Edit(module, node, MakeAsync())}
    scope = function.scope.parent
    assert scope is not None
    renamed: list[ClassReference] = []
    if MANAGER in function.decorators:
        named = [part for part in node.decorator_list if ast.unparse(part).rsplit(".", 1)[-1] == "contextmanager"]
        if not named:
            why = f"{function.qualname}() is a context manager by a decorator of another name"
            return Refusal(why, module.place(node))
        renamed += [ClassReference(module, scope, part, "contextmanager", "asynccontextmanager") for part in named]
    if not function.is_generator or node.returns is None:
        return edits, renamed
    whole = node.returns
    written = whole.value if isinstance(whole, ast.Subscript) else whole
    name = written.attr if isinstance(written, ast.Attribute) else getattr(written, "id", "")
    if name not in _ASYNC_KINDS:
        why = f"what {function.qualname}() says that it returns has no asynchronous twin"
        return Refusal(why, module.place(whole))
    sent = whole.slice if isinstance(whole, ast.Subscript) else None
    if name == "Generator" and isinstance(sent, ast.Tuple) and len(sent.elts) == 3:
        # An asynchronous generator returns nothing, so its type has no third part.
        edits.add(Edit(module, whole, DropLastIndex()))
    return edits, [*renamed, ClassReference(module, scope, written, name, f"Async{name}")]


def _injected(program: Program, function: Function, place: Place) -> Refusal | None:
    name = function.qualname
    roles = program.flow.roles.get(function, set())
    if function.name.startswith("__") and function.name != "__call__":
        return Refusal(f"the client is also used in {name}(), which is not async, nor can be", place)
    for decorator in getattr(function.node, "decorator_list", []):
        if role_of_decorator(program, decorator, function) not in ASYNC_ROLES:
            why = f"{name}() is decorated with {ast.unparse(decorator)[:60]}, which may not expect a coroutine"
            return Refusal(why, function.module.place(decorator))
    if not roles or roles - ASYNC_ROLES:
        return Refusal(f"the client is also used in {name}(), which is not async", place)
    for scope, node in program.callers.get(function, []):
        why = f"the client is also used in {name}(), which is not async and is called by other code"
        return Refusal(why, scope.module.place(node))
    for other, reference in references(program, function):
        why = f"the client is also used in {name}(), which is not async and is handed on"
        return Refusal(why, other.place(reference))
    return None


def _body_of_response(program: Program, function: Function, place: Place) -> Refusal | None:
    """A generator is read by a StreamingResponse only, which takes both colours."""
    name = function.qualname
    why = f"the client is also used in {name}(), which is not async"
    callers = program.callers.get(function, [])
    if not callers or getattr(function.node, "decorator_list", []):
        return Refusal(why, place)
    for scope, node in callers:
        if not is_streamed(program, node, scope):
            return Refusal(f"{why}, and its caller reads it", scope.module.place(node))
    for other, reference in references(program, function):
        return Refusal(f"{why}, and is handed on", other.place(reference))
    return None


def _word(node: ast.AST) -> str:
    return "yield from" if isinstance(node, ast.YieldFrom) else "return"
