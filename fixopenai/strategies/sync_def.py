"""sync-def: the `async def` route or dependency becomes a `def`, which FastAPI runs in a thread."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.fastapi import decorator_role
from fixopenai.analysis.loop_users import touches_loop
from fixopenai.analysis.tree import own_nodes
from fixopenai.analysis.uses import CallUse, HelperUse
from fixopenai.analysis.values import ClassRef, Instance
from fixopenai.rewriting.edits import DropAwait, Edit, MakeSync
from fixopenai.strategies.await_places import LOSES_UPDATES, update_around
from fixopenai.strategies.awaiting import late_await
from fixopenai.strategies.context_loss import context_refusal, dependency_refusal
from fixopenai.strategies.plans import Fix, Refusal
from fixopenai.strategies.readers import read_sync
from fixopenai.strategies.references import references

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function
    from fixopenai.analysis.uses import ConsumerUse, Use

_ALLOWED_ROLES = frozenset({"route", "dependency", "background"})
_REVIEW = (
    "the function now runs in one of AnyIO's 40 threads: look for objects bound to one thread, and for shared state"
)


def plan_sync_def(program: Program, function: Function, uses: Sequence[Use], reason: str) -> Fix | Refusal:
    """Turn a function into a `def`; `uses` are all SDK calls in it that block or are awaited by mistake."""
    refusal = (
        _role_refusal(program, function)
        or context_refusal(program, function)
        or _body_refusal(program, function, uses)
        or _caller_refusal(program, function)
    )
    if refusal is not None:
        return refusal
    module = function.module
    edits = {Edit(module, function.node, MakeSync())}
    edits |= {Edit(module, node, DropAwait()) for node in _awaits(program, uses)}
    for reader in _readers(program, function):
        read = read_sync(program, reader)
        if isinstance(read, Refusal):
            return read
        edits |= read
    return Fix("sync-def", tuple(uses), frozenset(edits), reason, review=_REVIEW)


def _awaits(program: Program, uses: Sequence[Use]) -> set[ast.AST]:
    """The awaits on the calls, or on what is taken from their results."""
    found: set[ast.AST] = set()
    for use in uses:
        if isinstance(use, CallUse) and use.form == "awaited":
            found.add(program.parents_of(use.scope.module)[use.node])
        elif isinstance(use, CallUse) and (late := late_await(program, use.node, use.scope)) is not None:
            found.add(late)
    return found


def _readers(program: Program, function: Function) -> list[ConsumerUse]:
    """What is read of sync clients in a function."""
    return [use for use in program.uses.consumers if use.function is function and use.colours == {False}]


def _role_refusal(program: Program, function: Function) -> Refusal | None:
    assert isinstance(function.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    module = function.module
    name = function.qualname
    roles = program.flow.roles.get(function, set())
    others = sorted(roles - _ALLOWED_ROLES)
    if others:
        what = {"handler": "an exception handler", "event": "an event handler", "thread": "used in a thread"}.get(
            others[0], f"a {others[0]}"
        )
        return Refusal(f"{name}() is {what}, which stays async", module.place(function.node))
    if not roles:
        return Refusal(
            f"{name}() is neither a route nor a dependency, so whoever calls it awaits it",
            module.place(function.node),
        )
    scope = function.scope.parent
    for decorator in function.node.decorator_list:
        callee = decorator.func if isinstance(decorator, ast.Call) else decorator
        router = callee.value if isinstance(callee, ast.Attribute) and scope is not None else None
        of_program = (Instance, ClassRef)
        if router is not None and scope is not None:
            for value in program.evaluator.values(router, scope):
                if isinstance(value, of_program):
                    why = f"{name}() is registered by a router of the program's own, which may await it"
                    return Refusal(why, module.place(decorator))
        if role_of_decorator(program, decorator, function) != "route":
            why = f"{name}() is decorated with {ast.unparse(decorator)[:60]}, which may await it"
            return Refusal(why, module.place(decorator))
    return None


def role_of_decorator(program: Program, decorator: ast.expr, function: Function) -> str | None:
    """The role that a decorator of FastAPI's gives to a function, which it leaves as it is."""
    scope = function.scope.parent
    assert scope is not None
    callee = decorator.func if isinstance(decorator, ast.Call) else decorator
    return decorator_role(decorator, program.evaluator.values(callee, scope))


def _body_refusal(program: Program, function: Function, uses: Sequence[Use]) -> Refusal | None:
    """Anything asynchronous in the body but the awaits on the calls themselves."""
    module = function.module
    calls = [use for use in uses if isinstance(use, CallUse)]
    dropped = _awaits(program, uses)
    read = {reader.statement for reader in _readers(program, function)}
    for use in calls:
        if use.form == "gathered":
            return Refusal("the call's result is handed to asyncio", module.place(use.node))
    for found in own_nodes(function.node):
        why: str | None = None
        node = found.iter if isinstance(found, ast.comprehension) else found
        if isinstance(node, ast.Await) and node not in dropped:
            why = f"{function.qualname}() awaits something else"
        elif isinstance(node, (ast.AsyncFor, ast.AsyncWith)) and node not in read:
            why = f"{function.qualname}() uses async {'for' if isinstance(node, ast.AsyncFor) else 'with'}"
        elif isinstance(found, ast.comprehension) and found.is_async and found not in read:
            why = f"{function.qualname}() has an asynchronous comprehension"
        elif isinstance(node, ast.AsyncFunctionDef):
            why = f"{function.qualname}() defines an async function"
        elif isinstance(node, (ast.Name, ast.Attribute)) and touches_loop(program, node, function):
            why = f"{function.qualname}() uses {ast.unparse(node)}"
        if why is not None:
            assert isinstance(node, (ast.expr, ast.stmt))
            return Refusal(why, module.place(node))
    refusal = _update_refusal(program, function, uses) or _called_refusal(program, function)
    if refusal is None and "dependency" in program.flow.roles.get(function, ()):
        return dependency_refusal(program, function)
    return refusal


def _update_refusal(program: Program, function: Function, uses: Sequence[Use]) -> Refusal | None:
    """What the function changes by a call, or a helper below it, others would change meanwhile in their threads."""
    for use in uses:
        steps = use.steps if isinstance(use, HelperUse) else ()
        for step, node in ((function, use.node), *steps):
            update = update_around(program, node, step.module.scope_of(node))
            if update is not None:
                why = LOSES_UPDATES if step is function else f"in {step.qualname}(), {LOSES_UPDATES}"
                return Refusal(why, step.module.place(update))
    return None


def _called_refusal(program: Program, function: Function) -> Refusal | None:
    """A call of an async function without await, or of one that uses the loop itself, needs the loop as well."""
    name = function.qualname
    for node, callees in program.callees.get(function, []):
        if any(callee.is_async for callee in callees):
            return Refusal(f"{name}() calls an async function", function.module.place(node))
        if any(program.loop_use.find(callee) is not None for callee in callees):
            why = f"{name}() calls a function that uses the event loop"
            return Refusal(why, function.module.place(node))
    used = program.loop_use.own(function)
    if used is not None:
        why = f"{name}() uses {ast.unparse(used)}, which may use the event loop"
        return Refusal(why, function.module.place(used))
    return None


def _caller_refusal(program: Program, function: Function) -> Refusal | None:
    """Someone who calls the function, or holds it where it may be awaited."""
    for scope, node in program.callers.get(function, []):
        why = f"{function.qualname}() is called, and awaited, by other code"
        return Refusal(why, scope.module.place(node))
    for module, reference in references(program, function):
        why = f"{function.qualname}() is handed on, and may be awaited there"
        return Refusal(why, module.place(reference))
    return None
