"""An async client that is used as if it were sync: the use is put right in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.analysis.uses import ConsumerUse
from fixopenai.rewriting.edits import AddAwait, Edit, MakeAsync
from fixopenai.strategies.await_places import await_obstacle, generator_edits, needs_parentheses
from fixopenai.strategies.plans import Fix, Refusal
from fixopenai.strategies.readers import read_async
from fixopenai.strategies.turning import turn_refusal

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.uses import CallUse, Use

_REASON = "the client is async already"


def plan_async_use(program: Program, use: Use) -> Fix | Refusal:
    """Await a call, or read what it returns with `async for` and `async with`."""
    function = use.function
    edits: set[Edit] = set()
    review = None
    if function is None:
        place = use.scope.module.lines.place(use.scope.module.path, use.node)
        return Refusal("it runs when the module is imported, where nothing can be awaited", place)
    if not function.is_async:
        refusal = turn_refusal(program, function)
        if refusal is not None:
            return refusal
        edits.add(Edit(function.module, function.node, MakeAsync()))
        review = f"{function.qualname} became async: look for work in it that blocks"
    if isinstance(use, ConsumerUse):
        mended: list[Use] = [use]
        read = read_async(program, use, (function,))
        if isinstance(read, Refusal):
            return read
        edits |= read
        made = next((call for call in program.uses.calls if call.node is use.inner), None)
        if made is not None and made.kind == "call" and made.form == "plain":
            awaited = _awaited(program, made)
            if isinstance(awaited, Refusal):
                return awaited
            mended.append(made)
            edits |= awaited
        return Fix("async-client", tuple(mended), frozenset(edits), _REASON, review=review)
    awaited = _awaited(program, use)
    if isinstance(awaited, Refusal):
        return awaited
    return Fix("async-client", (use,), frozenset(edits | awaited), _REASON, review=review)


def _awaited(program: Program, use: CallUse) -> set[Edit] | Refusal:
    module = use.scope.module
    obstacle = await_obstacle(program, use.node, use.scope)
    if obstacle is not None:
        return Refusal(obstacle[0], module.lines.place(module.path, obstacle[1]))
    parenthesize = needs_parentheses(program, use.node, use.scope)
    return {Edit(module, use.node, AddAwait(parenthesize)), *generator_edits(program, use.node, use.scope)}
