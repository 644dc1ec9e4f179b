"""What moves a call to a thread: the wrapper's name at a place, what it cannot take, and where it does not fit."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.forms import task_maker
from fixopenai.rewriting.edits import CallInThread, Edit, ReadWhole
from fixopenai.strategies.await_places import needs_parentheses
from fixopenai.strategies.bound_names import dotted_at, imported_at
from fixopenai.strategies.plans import Refusal

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Scope
    from fixopenai.settings import ThreadWrapper


def moved_to_thread(
    program: Program, node: ast.Call, scope: Scope, wrapper: ThreadWrapper, *, add_await: bool
) -> set[Edit] | Refusal:
    """`f(x)` becomes `wrapper(f, x)`, with the imports that it takes."""
    maker = task_maker(node, scope, program.evaluator) if wrapper == "run_in_executor" else None
    if maker is not None:
        why = f"{ast.unparse(maker.func)}() takes a coroutine, and run_in_executor gives a future"
        return Refusal(why, scope.module.place(maker))
    found = _wrapper_at(program, node, scope, wrapper)
    if isinstance(found, Refusal):
        return found
    name, imported = found
    imports = [imported]
    partial = None
    if _must_be_bound(program, node, wrapper):
        partial, imported = dotted_at(program, scope, node, "functools", "partial")
        imports.append(imported)
    parenthesize = add_await and needs_parentheses(program, node, scope)
    moved = CallInThread(name, add_await, parenthesize, wrapper == "run_in_executor", partial)
    return {Edit(scope.module, node, moved), *filter(None, imports)}


def read_in_one_thread(program: Program, node: ast.expr, scope: Scope, wrapper: ThreadWrapper) -> set[Edit] | Refusal:
    """`x` becomes `await wrapper(list, x)`, with the import that it takes."""
    found = _wrapper_at(program, node, scope, wrapper)
    if isinstance(found, Refusal):
        return found
    name, imported = found
    return {Edit(scope.module, node, ReadWhole(name, wrapper == "run_in_executor")), *filter(None, [imported])}


def _wrapper_at(
    program: Program, node: ast.expr, scope: Scope, wrapper: ThreadWrapper
) -> tuple[str, Edit | None] | Refusal:
    """Under which name the wrapper can be called at `node`, and the import that it takes."""
    if wrapper == "run_in_threadpool":
        return concurrency_at(program, node, scope, wrapper)
    if wrapper == "run_in_executor":
        getter, imported = dotted_at(program, scope, node, "asyncio", "get_running_loop")
        return f"{getter}().run_in_executor", imported
    return dotted_at(program, scope, node, "asyncio", "to_thread")


def concurrency_at(program: Program, node: ast.expr, scope: Scope, name: str) -> tuple[str, Edit | None] | Refusal:
    """Under which name something of `fastapi.concurrency` can be called at `node`, and the import that it takes."""
    found = imported_at(program, scope, node, "fastapi.concurrency", name, twin="starlette.concurrency")
    if found[1] is None or program.neighbours.any_imports("fastapi", scope.module):
        return found
    place = scope.module.place(node)
    return Refusal("it takes fastapi.concurrency, and nothing around it uses FastAPI", place)


def _must_be_bound(program: Program, node: ast.Call, wrapper: ThreadWrapper) -> bool:
    """Whether the wrapper cannot pass the keywords on: executors take none, and `run_in_threadpool` has a `func=`."""
    if wrapper == "run_in_executor":
        return bool(node.keywords)
    if wrapper == "to_thread":
        return False
    called = program.flow.calls[node][1] if node in program.flow.calls else ()
    may_be_named = any(
        function.node.args.kwarg is not None
        or "func" in {parameter.arg for parameter in (*function.node.args.args, *function.node.args.kwonlyargs)}
        for function in called
    )
    return any(keyword.arg == "func" or (keyword.arg is None and may_be_named) for keyword in node.keywords)
