"""An async client that is used as if it were sync: the use is put right in place."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import called_name, walk
from fixopenai.analysis.uses import CallUse, ConsumerUse, ThreadUse
from fixopenai.rewriting.edits import AwaitArgument, CallDirectly, Edit, KeepArgument
from fixopenai.strategies.awaiting import awaited, awaited_call
from fixopenai.strategies.plans import ClassReference, Fix, Refusal
from fixopenai.strategies.readers import read_async
from fixopenai.strategies.thread_use import passes_keywords, result_refusal
from fixopenai.strategies.turning import turn_edits, turn_refusal

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.uses import Use

_REASON = "the client is async already"


def plan_async_use(program: Program, use: Use) -> Fix | Refusal:
    """Await a call, or read what it returns with `async for` and `async with`."""
    function = use.function
    edits: set[Edit] = set()
    review = None
    references: tuple[ClassReference, ...] = ()
    place = use.scope.module.place(use.node)
    if function is None:
        return Refusal("it runs when the module is imported, where nothing can be awaited", place)
    if not function.is_async:
        refusal = turn_refusal(program, function, place)
        if refusal is not None:
            return refusal
        turned = turn_edits(function)
        if isinstance(turned, Refusal):
            return turned
        stranger = next((o for o in program.uses.calls if o.function is function and False in o.colours), None)
        if stranger is not None:
            why = f"{function.qualname}() would block the event loop: a sync client is used there"
            return Refusal(why, function.module.place(stranger.node))
        edits |= turned[0]
        references = tuple(turned[1])
        review = f"{function.qualname} became async: look for work in it that blocks"
    if isinstance(use, ConsumerUse):
        mended: list[Use] = [use]
        if use.unawaited and isinstance(use.inner, ast.Name) and _is_from_outside(use):
            return Refusal("what is read is a coroutine, made by a call in another function", place)
        read = read_async(program, use, (function,))
        if isinstance(read, Refusal):
            return read
        edits |= read
        made = program.call_at(use.inner)
        if made is not None and made.kind == "call" and made.form == "plain":
            waited = awaited_call(program, made.node, made.scope)
            if isinstance(waited, Refusal):
                return waited
            mended.append(made)
            edits |= waited
        return Fix("async-client", tuple(mended), frozenset(edits), _REASON, references, review=review)
    if isinstance(use, ThreadUse) and use.call is not None:
        return _without_wrapper(program, use, use.call)
    if isinstance(use, ThreadUse):
        if "#" in use.scope.module.lines.segment(use.node):
            return Refusal("a comment stands in the call, which would lose its place", place)
        if use.node.keywords and not passes_keywords(use.node):
            return Refusal("the wrapper is given arguments of its own", place)
        edits.add(Edit(use.scope.module, use.node, CallDirectly(use.position)))
        return Fix("async-client", (use,), frozenset(edits), _REASON)
    assert isinstance(use, CallUse)
    waited = awaited_call(program, use.node, use.scope)
    if isinstance(waited, Refusal):
        return waited
    return Fix("async-client", (use,), frozenset(edits | waited), _REASON, references, review=review)


def _without_wrapper(program: Program, use: ThreadUse, call: CallUse) -> Fix | Refusal:
    """`to_thread(f())`, where `f()` is a coroutine, becomes `f()`, awaited where nothing around it waits."""
    module = use.scope.module
    refusal = result_refusal(use, call)
    if refusal is not None:
        return refusal
    taken = _taken_from_future(program, use)
    if taken is not None:
        return Refusal("the future is used otherwise than by awaiting it", module.place(taken))
    edits: set[Edit] | Refusal = {Edit(module, use.node, KeepArgument(use.position))}
    if isinstance(program.parents_of(module)[use.node], (ast.Expr, ast.Attribute, ast.Subscript)):
        edits = awaited(program, use.node, use.scope, partial(AwaitArgument, position=use.position))
    if isinstance(edits, Refusal):
        return edits
    return Fix("async-client", (use, call), frozenset(edits), _REASON)


def _taken_from_future(program: Program, use: ThreadUse) -> ast.Attribute | None:
    """What is read of the future that an executor gives, as `f.add_done_callback`: a coroutine has nothing of it."""
    parent = program.parents_of(use.scope.module)[use.node]
    if called_name(use.node) != "run_in_executor" or use.function is None:
        return None
    targets = parent.targets if isinstance(parent, ast.Assign) else [getattr(parent, "target", None)]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    for node in walk(use.function.node):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            return node
    return None


def _is_from_outside(use: ConsumerUse) -> bool:
    owner = use.scope.owner(use.inner.id) if isinstance(use.inner, ast.Name) else None
    return owner is None or owner.function is not use.function
