"""What becomes of the code that reads a stream, page or manager: the edits that give it the other colour."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import called_name, children, own_nodes, walk
from fixopenai.rewriting.edits import (
    AddAwait,
    CollectAsync,
    Edit,
    GeneratorToList,
    MakeAsync,
    MakeComprehensionAsync,
    MakeComprehensionSync,
    MakeSync,
    Operation,
    ReadWhole,
    Rename,
    WrapCall,
)
from fixopenai.strategies.await_places import await_obstacle, generator_edits, is_eager_argument, needs_parentheses
from fixopenai.strategies.plans import Refusal
from fixopenai.strategies.thread_wrappers import concurrency_at, moved_to_thread, read_in_one_thread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function
    from fixopenai.analysis.uses import ConsumerUse
    from fixopenai.settings import ThreadWrapper

_NESTED = "it is read in nested comprehensions, where Python before 3.11 allows no await"
_ITERATE, _ENTER = "iterate_in_threadpool", "contextmanager_in_threadpool"


def read_async(program: Program, use: ConsumerUse, turned: Collection[Function] = ()) -> set[Edit] | Refusal:
    """The object has become async: `async for`, `async with`, `anext` or an async comprehension reads it.

    `turned` are functions that become async as well.
    """
    if use.written_async:
        return set()
    refusal = _obstacle(program, use, turned)
    if refusal is not None:
        return refusal
    if use.node is not use.inner:
        assert isinstance(use.node, ast.Call)
        return _refusal(use, f"it is read through {called_name(use.node)}(), which takes no async iterator")
    module = use.scope.module
    statement = use.statement
    if isinstance(statement, ast.comprehension):
        return _comprehension(program, use, set())
    if isinstance(statement, ast.With) and not _all_read(program, statement, use):
        return _refusal(use, "it is entered together with something else")
    if isinstance(statement, (ast.For, ast.With)):
        return {Edit(module, statement, MakeAsync())}
    if use.reading == "spread":
        refusal = _spread_refusal(use)
        if refusal is None and module.scope_of(statement).kind == "comprehension":
            refusal = _refusal(use, _NESTED)
        return refusal or {Edit(module, use.node, ReadWhole(name=_free_name(use)))}
    assert isinstance(statement, ast.Call)
    around = generator_edits(program, statement, use.scope)
    if use.reading == "next":
        return _next(program, use, statement, around)
    if module.scope_of(statement).kind == "comprehension":
        return _refusal(use, _NESTED)
    return around | _collected(use, statement)


def read_in_thread(program: Program, use: ConsumerUse, wrapper: ThreadWrapper) -> set[Edit] | Refusal:
    """The object stays sync, and every step of reading it waits in a thread; `wrapper` is for all at once."""
    refusal = _obstacle(program, use)
    if refusal is not None:
        return refusal
    module, scope, statement = use.scope.module, use.scope, use.statement
    if use.kinds == {"client"} and isinstance(statement, ast.AsyncWith) and len(statement.items) > 1:
        return _refusal(use, "it is entered together with something else")
    if use.kinds == {"client"}:
        # Entering a client sends nothing, so it is simply a `with`.
        return {Edit(module, statement, MakeSync())}
    if use.reading == "all" and isinstance(statement, ast.Call):
        return _in_one_thread(program, use, statement, wrapper)
    if use.reading == "next" and isinstance(statement, ast.Call) and len(statement.args) == 2 and not use.written_async:
        return _in_one_thread(program, use, statement, wrapper)
    if use.reading == "spread":
        refusal = _spread_refusal(use)
        if refusal is None and scope.owner("list") is not None:
            refusal = _refusal(use, "the name list is taken")
        if refusal is not None:
            return refusal
        whole = read_in_one_thread(program, use.node, scope, wrapper)
        return whole if isinstance(whole, Refusal) else whole | generator_edits(program, use.node, scope)
    reader = concurrency_at(program, use.node, scope, _ENTER if use.reading == "with" else _ITERATE)
    if isinstance(reader, Refusal):
        return reader
    name, imported = reader
    edits = {Edit(module, use.node, WrapCall(name))}
    if imported is not None:
        edits.add(imported)
    if isinstance(statement, ast.Call):
        return edits if use.written_async else _next(program, use, statement, edits)
    if use.written_async:
        return edits
    if isinstance(statement, ast.comprehension):
        return _comprehension(program, use, edits)
    if isinstance(statement, ast.With) and len(statement.items) > 1:
        return _refusal(use, "it is entered together with something else")
    return {*edits, Edit(module, statement, MakeAsync())}


def read_sync(program: Program, use: ConsumerUse) -> set[Edit] | Refusal:
    """The function becomes a `def`: what was written async for a sync object is written sync."""
    if not use.written_async:
        return set()
    module = use.scope.module
    if isinstance(use.statement, (ast.AsyncFor, ast.AsyncWith)):
        if isinstance(use.statement, ast.AsyncWith) and not _all_read(program, use.statement, use):
            return _refusal(use, "it is entered together with something else")
        return {Edit(module, use.statement, MakeSync())}
    if isinstance(use.statement, ast.comprehension):
        comprehension = module.parents()[use.statement]
        index = comprehension.generators.index(use.statement)  # type: ignore[attr-defined]
        return {Edit(module, comprehension, MakeComprehensionSync(index))}
    return _refusal(use, "anext() is called on it")


def left_early(program: Program, function: Function, use: ConsumerUse) -> ast.expr | ast.stmt | None:
    """Where a reading may end before its generator does, which has something to put right or a stream to close.

    A plain generator is closed as soon as nobody holds it; an async one only later, by the loop.
    """
    if use.reading == "with":
        return None
    reads = any(reader.function is function and "stream" in reader.kinds for reader in program.uses.consumers)
    ends = reads or any(
        (isinstance(node, ast.Try) and node.finalbody) or isinstance(node, (ast.With, ast.AsyncWith))
        for node in own_nodes(function.node)
        if any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in walk(node))
    )
    return ends_early(use) if ends else None


def ends_early(use: ConsumerUse) -> ast.expr | ast.stmt | None:
    """Where a reading may end before there is nothing left to read."""
    if use.reading == "next":
        return use.node
    body = use.statement.body if isinstance(use.statement, ast.For) else []
    return next((end for statement in body for end in _ends(statement)), None)


def _ends(node: ast.AST, *, is_inner: bool = False) -> Iterator[ast.stmt]:
    """The statements that leave the loop around a node; `is_inner`: a `break` leaves another one."""
    if isinstance(node, ast.Return) or (isinstance(node, ast.Break) and not is_inner):
        yield node
    elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        loops = node.body if isinstance(node, (ast.For, ast.AsyncFor, ast.While)) else []
        for child in children(node):
            yield from _ends(child, is_inner=is_inner or child in loops)


def _obstacle(program: Program, use: ConsumerUse, turned: Collection[Function] = ()) -> Refusal | None:
    function = use.function
    module = use.scope.module
    if function is None:
        return _refusal(use, "what the client returns is read when the module is imported")
    if not function.is_async and function not in turned:
        return _refusal(use, f"what the client returns is read in {function.qualname}(), which is not async")
    node, scope = use.node, use.scope
    above = module.parents()[use.statement] if isinstance(use.statement, ast.comprehension) else None
    if isinstance(above, ast.GeneratorExp):
        if not is_eager_argument(program, module, above):
            # The generator expression itself is settled with the comprehension.
            return None
        node, scope = above, module.scope_of(module.parents()[above])
    obstacle = await_obstacle(program, node, scope)
    if obstacle is not None:
        return Refusal(obstacle[0], module.place(obstacle[1]))
    return None


def _comprehension(program: Program, use: ConsumerUse, edits: set[Edit]) -> set[Edit] | Refusal:
    module = use.scope.module
    parents = program.parents_of(module)
    comprehension = parents[use.statement]
    assert isinstance(comprehension, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
    index = comprehension.generators.index(use.statement)  # type: ignore[arg-type]
    outer = parents[comprehension]
    above = module.scopes[comprehension].parent
    if above is not None and above.kind == "comprehension":
        return _refusal(use, _NESTED)
    edits = edits | generator_edits(program, comprehension, use.scope)
    if not isinstance(comprehension, ast.GeneratorExp):
        return {*edits, Edit(module, comprehension, MakeComprehensionAsync(index))}
    if not is_eager_argument(program, module, comprehension):
        return _refusal(use, "it is read in a generator expression, which would become asynchronous")
    return {*edits, Edit(module, outer, GeneratorToList(index))}


def _next(program: Program, use: ConsumerUse, call: ast.Call, edits: set[Edit]) -> set[Edit] | Refusal:
    module, scope = use.scope.module, use.scope
    if not isinstance(call.func, ast.Name) or scope.owner("anext") is not None:
        return _refusal(use, "the name anext is taken")
    if len(call.args) == 1 and _names_stop(use):
        return _refusal(use, "StopIteration is caught around it, and would be StopAsyncIteration")
    awaited = AddAwait(needs_parentheses(program, call, scope))
    return {*edits, Edit(module, call.func, Rename("next", "anext")), Edit(module, call, awaited)}


def _spread_refusal(use: ConsumerUse) -> Refusal | None:
    """A name that is given the object itself besides would hold a list, or one that has been read."""
    statement = use.statement
    if isinstance(statement, ast.Assign) and len(statement.targets) > 1:
        return _refusal(use, "it is unpacked where another name is given it as well")
    return None


def _free_name(use: ConsumerUse) -> str:
    name = "item"
    while use.scope.owner(name) is not None:
        name = f"_{name}"
    return name


def _collected(use: ConsumerUse, call: ast.Call) -> set[Edit]:
    name = _free_name(use)
    alone = len(call.args) == 1 and not call.keywords
    form: Operation = CollectAsync("argument", name)
    if alone and isinstance(call.func, ast.Name) and call.func.id == "list":
        form = CollectAsync("list", name)
    elif alone and isinstance(call.func, ast.Name) and call.func.id == "set":
        form = CollectAsync("set", name)
    return {Edit(use.scope.module, call, form)}


def _in_one_thread(program: Program, use: ConsumerUse, call: ast.Call, wrapper: ThreadWrapper) -> set[Edit] | Refusal:
    """`list(x)` and the like read everything in one visit to a thread."""
    moved = moved_to_thread(program, call, use.scope, wrapper, add_await=True)
    return moved if isinstance(moved, Refusal) else moved | generator_edits(program, call, use.scope)


def _all_read(program: Program, statement: ast.With | ast.AsyncWith, use: ConsumerUse) -> bool:
    """Whether everything that a `with` enters is of the same client."""
    if [item.context_expr for item in statement.items] == [use.node]:
        return True
    read = {other.node for other in program.uses.consumers if other.origins & use.origins}
    return all(item.context_expr in read for item in statement.items)


def _names_stop(use: ConsumerUse) -> bool:
    """Whether the function speaks of StopIteration: in an `except`, in `suppress`, in a test."""
    function = use.function
    return function is not None and any(
        isinstance(part, ast.Name) and part.id == "StopIteration" for part in walk(function.node)
    )


def _refusal(use: ConsumerUse, why: str) -> Refusal:
    module = use.scope.module
    return Refusal(why, module.place(use.node))
