"""Awaits that a call gets, and those around it that go or move with it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import called_name
from fixopenai.analysis.unawaited import runner_around
from fixopenai.rewriting.edits import AddAwait, AwaitArgument, DropAwait, Edit
from fixopenai.strategies.await_places import await_obstacle, generator_edits, needs_parentheses
from fixopenai.strategies.plans import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Scope
    from fixopenai.rewriting.edits import Operation

# Methods that are async whatever the client: those of the HTTP answer, and those of a type of the program's own.
_ASYNC_METHODS = frozenset({"aread", "aclose", "astream_to_file"})
_OF_OWN_TYPE = frozenset({"parsed", "output_parsed"})


def awaited_call(program: Program, node: ast.Call, scope: Scope) -> set[Edit] | Refusal:
    """The await of a call that becomes, or is, a coroutine; one that is given to `asyncio.run` takes its place."""
    edits = awaited(program, node, scope)
    if isinstance(edits, Refusal):
        return edits
    return await_instead_of_run(program, node, scope) or edits


def awaited(
    program: Program, node: ast.expr, scope: Scope, wait: Callable[[bool], Operation] = AddAwait
) -> set[Edit] | Refusal:
    """The await of an expression where it stands; `wait` makes it, told whether it needs parentheses."""
    module = scope.module
    obstacle = await_obstacle(program, node, scope)
    if obstacle is not None:
        return Refusal(obstacle[0], module.place(obstacle[1]))
    edits = {Edit(module, node, wait(needs_parentheses(program, node, scope)))}
    return edits | late_await_edits(program, node, scope) | generator_edits(program, node, scope)


def await_instead_of_run(program: Program, node: ast.Call, scope: Scope) -> set[Edit]:
    """`asyncio.run(f())`, which fails on a running loop, becomes `await f()`; nothing where no such call is around."""
    outer = runner_around(program, node, scope)
    if outer is None:
        return set()
    edit = Edit(scope.module, outer, AwaitArgument(needs_parentheses(program, outer, scope)))
    return {edit, *generator_edits(program, outer, scope)}


def late_await(program: Program, node: ast.expr, scope: Scope) -> ast.Await | None:
    """The await of `await f().data[0]`, which waits for the item instead of the call."""
    parents = program.parents_of(scope.module)
    child: ast.AST = node
    parent = parents[child]
    of_own_type = False
    while (isinstance(parent, (ast.Attribute, ast.Subscript)) and parent.value is child) or (
        isinstance(parent, ast.Call) and parent.func is child and program.call_at(parent) is None
    ):
        if isinstance(parent, ast.Call) and (of_own_type or called_name(parent) in _ASYNC_METHODS):
            return None
        of_own_type = of_own_type or (isinstance(parent, ast.Attribute) and parent.attr in _OF_OWN_TYPE)
        child, parent = parent, parents[parent]
    return parent if isinstance(parent, ast.Await) and child is not node else None


def late_await_edits(program: Program, node: ast.expr, scope: Scope) -> set[Edit]:
    """The await that waits for the item goes, as the call gets its own."""
    late = late_await(program, node, scope)
    return {Edit(scope.module, late, DropAwait())} if late is not None else set()


def without_needless_await(program: Program, node: ast.expr, scope: Scope) -> set[Edit]:
    """A manager or an iterator of either colour cannot be awaited: the await around one goes."""
    parent = program.parents_of(scope.module)[node]
    return {Edit(scope.module, parent, DropAwait())} if isinstance(parent, ast.Await) else set()
