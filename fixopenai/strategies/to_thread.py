"""to-thread: the client stays sync; the call, and each step of reading what it returns, waits in a thread."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.callbacks import caller_of_lambda
from fixopenai.analysis.certainty import is_certain
from fixopenai.analysis.forms import form_of
from fixopenai.analysis.unawaited import runner_around
from fixopenai.analysis.uses import CallUse, ConsumerUse, HelperUse
from fixopenai.analysis.values import Sdk, Unknown
from fixopenai.rewriting.edits import CallInThread, Edit
from fixopenai.strategies.await_places import (
    LOSES_UPDATES,
    await_obstacle,
    awaited_generator_edits,
    generator_edits,
    update_around,
)
from fixopenai.strategies.awaiting import late_await_edits, without_needless_await
from fixopenai.strategies.context_loss import context_refusal
from fixopenai.strategies.plans import Fix, Refusal
from fixopenai.strategies.readers import ends_early, left_early, read_in_thread
from fixopenai.strategies.thread_wrappers import moved_to_thread

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Scope
    from fixopenai.analysis.uses import PoolWait, Use
    from fixopenai.analysis.values import Origin
    from fixopenai.settings import ThreadWrapper

_REVIEW_STREAM = "the stream is read in a way that cannot be followed: see that no step of it blocks the event loop"
_REVIEW_HELPER = (
    "{}() now runs in a thread: look for what is bound to one thread (database sessions, sqlite connections), and for "
    "state that several requests share"
)
_REVIEW_CONTEXT = (
    "run_in_executor hands on no context variables: see that nothing in the call reads them (request ids, traces)"
)


def plan_to_thread(
    program: Program, use: Use, wrapper: ThreadWrapper, reason: str, reader: ConsumerUse | None = None
) -> Fix | Refusal:
    """Move one call to a thread, or the reading of what a call returned; `reader` reads the call where it stands.

    `reason` is why this strategy was chosen.
    """
    if True in use.colours:
        return Refusal("the client is async already", use.scope.module.place(use.node))
    if isinstance(use, HelperUse):
        return _helper(program, use, wrapper, reason)
    mended: list[CallUse | ConsumerUse] = []
    edits: set[Edit] = set()
    for part in (use, reader if isinstance(use, CallUse) else _made_there(program, use)):
        if isinstance(part, (CallUse, ConsumerUse)):
            if isinstance(part, CallUse):
                found = _call_edits(program, part, wrapper)
            else:
                found = read_in_thread(program, part, wrapper)
                if not isinstance(found, Refusal):
                    found |= _without_await_on_manager(program, part)
            if isinstance(found, Refusal):
                return found
            edits |= found
            mended.append(part)
    review = _REVIEW_STREAM if isinstance(use, CallUse) and use.streams and not _is_read(program, use) else None
    return Fix("to-thread", tuple(mended), frozenset(edits), reason, review=_review(edits, review))


def _review(edits: set[Edit], *clauses: str | None) -> str | None:
    """What to look for, where there is anything; what an executor leaves behind among it."""
    in_executor = any(isinstance(edit.operation, CallInThread) and edit.operation.in_executor for edit in edits)
    return "; ".join(filter(None, (*clauses, _REVIEW_CONTEXT if in_executor else None))) or None


def _unsure_reader(program: Program, use: CallUse) -> ConsumerUse | None:
    """What reads the stream on the event loop, if it may also read something else: it would go on blocking."""
    for reader in program.uses.consumers:
        same = reader.function is use.function and reader.origins & use.origins and "stream" in reader.kinds
        if same and not reader.written_async and not is_certain(program, reader.inner, reader.scope):
            return reader
    return None


def _is_read(program: Program, use: CallUse) -> bool:
    """Whether what can be followed reads streams of the same client: in the function, or from an attribute."""
    above = program.parents_of(use.scope.module)[use.node]
    targets = above.targets if isinstance(above, ast.Assign) else []
    kept = {target.attr for target in targets if isinstance(target, ast.Attribute)}
    for reader in program.uses.consumers:
        if not reader.origins & use.origins:
            continue
        if reader.function is use.function:
            return True
        inner = reader.inner
        if isinstance(inner, ast.Attribute) and inner.attr in kept and is_certain(program, inner, reader.scope):
            return True
    return False


def _made_there(program: Program, use: Use) -> CallUse | None:
    """The call that makes what is read, where it stands in the same expression."""
    made = program.call_at(use.inner) if isinstance(use, ConsumerUse) else None
    return made if made is not None and made.kind in ("call", "page") else None


def _without_await_on_manager(program: Program, use: ConsumerUse) -> set[Edit]:
    """`await manager()` is no call that moves, so its await is not taken along."""
    made = program.call_at(use.inner.value) if isinstance(use.inner, ast.Await) else None
    if made is None or made.kind not in ("manager", "iterator"):
        return set()
    return without_needless_await(program, made.node, made.scope)


def _call_edits(program: Program, use: CallUse, wrapper: ThreadWrapper) -> set[Edit] | Refusal:
    module = use.scope.module
    edits: set[Edit] = set()
    caller = caller_of_lambda(program.evaluator, use.function) if use.function is not None else None
    if caller is not None:
        return _in_thread(program, *caller, wrapper)
    unsure = _unsure_reader(program, use) if use.streams is not False else None
    if unsure is not None:
        why = "what it returns may be a stream, and what is read there may be something else"
        return Refusal(why, module.place(unsure.node))
    if use.form == "plain":
        obstacle = await_obstacle(program, use.node, use.scope)
        if obstacle is not None:
            return Refusal(obstacle[0], module.place(obstacle[1]))
        runner = runner_around(program, use.node, use.scope)
        if runner is not None:
            why = f"its result is handed to {ast.unparse(runner.func)}(), which cannot run where a loop is running"
            return Refusal(why, module.place(runner))
        edits |= late_await_edits(program, use.node, use.scope)
        edits |= generator_edits(program, use.node, use.scope)
    elif use.form == "awaited":
        mended = awaited_generator_edits(program, use.node, use.scope)
        if isinstance(mended, Refusal):
            return mended
        edits |= mended
    moved = moved_to_thread(program, use.node, use.scope, wrapper, add_await=use.form == "plain")
    return moved if isinstance(moved, Refusal) else edits | moved


def _helper(program: Program, use: HelperUse, wrapper: ThreadWrapper, reason: str) -> Fix | Refusal:
    """The plain function is called in a thread, where the event loop calls it."""
    if use.wait is not None:
        return _pooled(program, use, use.wait, wrapper, reason)
    function, _ = use.steps[0]
    if not isinstance(use.node, ast.Call):
        place = use.scope.module.place(use.node)
        return Refusal("a property can be neither awaited nor called in a thread: make it a method", place)
    refusal = _thread_refusal(program, use, function)
    if refusal is not None:
        return refusal
    read = read_in_thread(program, use.reader, wrapper) if use.reader is not None else None
    edits: set[Edit] | Refusal
    if read is not None:
        edits = read
    elif form_of(use.node, use.scope, program.evaluator) != "plain":
        edits = moved_to_thread(program, use.node, use.scope, wrapper, add_await=False)
    else:
        edits = _in_thread(program, use.node, use.scope, wrapper)
    if isinstance(edits, Refusal):
        return edits
    origins = _streams(program, use)
    is_read = any(r.function is use.function and r.origins & origins for r in program.uses.consumers)
    stream = _REVIEW_STREAM if origins and not is_read else None
    review = _review(edits, _REVIEW_HELPER.format(function.qualname), stream)
    return Fix("to-thread", (use,), frozenset(edits), reason, review=review)


def _pooled(program: Program, use: HelperUse, wait: PoolWait, wrapper: ThreadWrapper, reason: str) -> Fix | Refusal:
    """A pool runs the function already: the event loop must not wait for it, but await what the pool gives."""
    module = use.scope.module
    edits: set[Edit] | Refusal
    if use.reader is not None:
        early = ends_early(use.reader)
        if early is not None:
            return Refusal("the pool may still have to be waited for where its reading ends early", module.place(early))
        edits = read_in_thread(program, use.reader, wrapper)
    elif wait.node is use.node and isinstance(use.node, ast.Call):
        edits = _in_thread(program, use.node, use.scope, wrapper)
    else:
        name = f"{use.steps[0][0].qualname}()" if use.steps else "the call"
        why = f"the event loop waits for the pool that runs {name}: await the loop's run_in_executor() instead"
        return Refusal(why, module.place(wait.node))
    if isinstance(edits, Refusal):
        return edits
    return Fix("to-thread", (use,), frozenset(edits), reason, review=_review(edits))


def _thread_refusal(program: Program, use: HelperUse, function: Function) -> Refusal | None:
    """Why a function cannot run in a thread, or would go on blocking the event loop by what it gives."""
    lost = context_refusal(program, function)
    if lost is not None:
        return lost
    name = function.qualname
    needed = program.loop_use.find(function)
    if needed is not None:
        module, node = needed
        values = program.evaluator.values(node, module.scope_of(node)) if isinstance(node, ast.expr) else ()
        keys = [value.key for value in values if isinstance(value, Unknown)]
        is_unread = any(key is not None and program.flow.parsed(key) is None for key in keys)
        belongs = "is of a file that cannot be parsed, and may belong" if is_unread else "belongs"
        why = f"{name}() reaches {ast.unparse(node)}, which {belongs} to the event loop or to one thread"
        return Refusal(why, module.place(node))
    stop = program.stops.find(function)
    if stop is not None:
        module, node = stop
        why = f"{name}() may raise StopIteration, which never leaves a thread"
        return Refusal(why, module.place(node))
    for step, node in use.steps:
        update = update_around(program, node, step.module.scope_of(node))
        if update is not None:
            return Refusal(f"in {step.qualname}(), {LOSES_UPDATES}", step.module.place(update))
    early = left_early(program, function, use.reader) if use.reader is not None else None
    if early is not None:
        why = f"{name}() would be closed later than where its reading ends early"
        return Refusal(why, use.scope.module.place(early))
    origins = _streams(program, use)
    for reader in program.uses.consumers:
        unsure = reader.function is use.function and reader.origins & origins and not reader.written_async
        # Where several names are given what a helper returns, it is a tuple: nobody knows how long a stream is.
        is_tuple = reader.node is use.node and isinstance(reader.statement, ast.Assign)
        if unsure and not is_tuple and not is_certain(program, reader.inner, reader.scope):
            why = f"what {name}() returns may be a stream, and what is read there may be something else"
            return Refusal(why, use.scope.module.place(reader.node))
    return None


def _streams(program: Program, use: HelperUse) -> frozenset[Origin]:
    """The clients of the streams that a function may return."""
    types = program.flow.surface.types
    given = program.evaluator.values(use.node, use.scope)
    return frozenset(
        value.origin for value in given if isinstance(value, Sdk) and types[value.type_key].kind == "stream"
    )


def _in_thread(program: Program, node: ast.Call, scope: Scope, wrapper: ThreadWrapper) -> set[Edit] | Refusal:
    """The call that runs a callback moves to a thread as a whole."""
    obstacle = await_obstacle(program, node, scope)
    if obstacle is not None:
        return Refusal(obstacle[0], scope.module.place(obstacle[1]))
    moved = moved_to_thread(program, node, scope, wrapper, add_await=True)
    return moved if isinstance(moved, Refusal) else moved | generator_edits(program, node, scope)
