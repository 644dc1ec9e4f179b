"""to-thread: the client stays sync, the call waits in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.rewriting.edits import CallInThread, Edit
from fixopenai.strategies.await_places import await_obstacle, needs_parentheses
from fixopenai.strategies.bound_names import dotted_at
from fixopenai.strategies.plans import Fix, Refusal

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.uses import CallUse


def plan_to_thread(program: Program, use: CallUse, reason: str) -> Fix | Refusal:
    """Wrap one call in `asyncio.to_thread`; `reason` is why this strategy was chosen."""
    module = use.scope.module
    place = module.lines.place(module.path, use.node)
    if use.streams or (use.streams is None and not _is_plain_data(program, use)):
        what = "returns a stream" if use.streams else "may return a stream"
        return Refusal(f"the call {what}, which would still be read on the event loop", place)
    if use.kind != "call":
        return Refusal("what the call returns does its work later, on the event loop", place)
    if use.form == "plain":
        obstacle = await_obstacle(program, use.node, use.scope)
        if obstacle is not None:
            return Refusal(obstacle[0], module.lines.place(module.path, obstacle[1]))
    wrapper, import_edit = dotted_at(program, use.scope, use.node, "asyncio", "to_thread")
    add_await = use.form == "plain"
    parenthesize = add_await and needs_parentheses(program, use.node, use.scope)
    edits = {Edit(module, use.node, CallInThread(wrapper, add_await, parenthesize))}
    if import_edit is not None:
        edits.add(import_edit)
    return Fix("to-thread", (use,), frozenset(edits), reason)


def _is_plain_data(program: Program, use: CallUse) -> bool:
    """Whether nothing that can be seen reads the result as a stream."""
    if any(keyword.arg == "stream" for keyword in use.node.keywords):
        return False
    group = program.group(use.origins)
    return not group.consumers and all(escape.node is not use.node for escape in group.escapes)
