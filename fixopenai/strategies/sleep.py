"""`time.sleep` on the event loop becomes `await asyncio.sleep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.rewriting.edits import AddAwait, Edit, ReplaceCallee
from fixopenai.strategies.await_places import await_obstacle, generator_edits, needs_parentheses
from fixopenai.strategies.bound_names import dotted_at
from fixopenai.strategies.plans import Fix, Refusal

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.uses import SleepUse


def plan_sleep(program: Program, use: SleepUse, strategy: str, reason: str) -> Fix | Refusal:
    """Sleep without the loop; `strategy` is that of the calls beside it."""
    module = use.scope.module
    obstacle = await_obstacle(program, use.node, use.scope)
    if obstacle is not None:
        return Refusal(obstacle[0], module.place(obstacle[1]))
    sleep, imported = dotted_at(program, use.scope, use.node, "asyncio", "sleep")
    edits = {
        Edit(module, use.node, ReplaceCallee(sleep)),
        Edit(module, use.node, AddAwait(needs_parentheses(program, use.node, use.scope))),
    }
    edits |= generator_edits(program, use.node, use.scope)
    if imported is not None:
        edits.add(imported)
    return Fix(strategy, (use,), frozenset(edits), reason)
