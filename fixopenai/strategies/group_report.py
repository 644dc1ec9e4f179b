"""The client groups behind the findings, as the report lists them: each use, and the colours that it can have."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from fixopenai.results import ClientGroup, ClientPlace, GroupUse
from fixopenai.strategies.client_uses import use_refusal
from fixopenai.strategies.plans import Fix, Refusal
from fixopenai.strategies.spread import Spread, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function
    from fixopenai.analysis.uses import CallUse, ConsumerUse, Escape, Use
    from fixopenai.strategies.limits import Limits

_LONGEST = 60


def describe_groups(
    program: Program, uses: Iterable[Use], answers: Mapping[Group, Fix | Refusal], limits: Limits
) -> tuple[ClientGroup, ...]:
    """The groups of the clients that the uses belong to, in the order of where the clients are made.

    `answers` are what was planned for groups as a whole.
    """
    groups = {program.group(use.origins): None for use in uses if use.origins}
    described = (_described(program, group, answers.get(group), limits) for group in groups)
    return tuple(sorted(described, key=lambda group: group.clients))


def _described(program: Program, group: Group, answer: Fix | Refusal | None, limits: Limits) -> ClientGroup:
    clients = [
        ClientPlace(origin.scope.module.place(origin.node), _name(program, origin.type_key, is_async=origin.is_async))
        for origin in group.origins
        if origin.node is not None and origin.scope is not None
    ]
    done: tuple[CallUse | ConsumerUse, ...] = (*group.calls, *group.consumers)
    # Where the group can become async, each of its uses can.
    obstacles = {} if isinstance(answer, Fix) else _obstacles(program, done, limits)
    uses = [_described_use(program, group, use, obstacles, limits, answer) for use in done]
    uses += [_escaped(escape) for escape in group.escapes]
    refusal = answer if isinstance(answer, Refusal) else None
    return ClientGroup(
        clients=tuple(sorted(clients)),
        # Several at one place are told apart by what is said of them: a set has no order of its own.
        uses=tuple(sorted(set(uses), key=lambda use: (use.place, use.text, use.colours, use.reason or ""))),
        reason=refusal.reason if refusal is not None else None,
        obstacle=refusal.obstacle if refusal is not None else None,
    )


def _obstacles(program: Program, uses: Iterable[CallUse | ConsumerUse], limits: Limits) -> dict[Function, Refusal]:
    """The plain functions that cannot become async, each looked at once, and who would have to with those."""
    spread = Spread(program, limits)
    queue = [(use.function, None, use.scope.module.place(use.node)) for use in uses if use.function is not None]
    steps: list[Step] = [(f, called, place) for f, called, place in queue if not f.is_async]
    below: dict[Function, list[Function]] = defaultdict(list)
    found: dict[Function, Refusal] = {}
    while steps:
        function, called, place = steps.pop()
        if function in spread.turned:
            continue
        spread.turned.add(function)
        above = spread.above(function, called, place)
        if isinstance(above, Refusal):
            found[function] = above
            continue
        for step in above:
            below[step[0]].append(function)
        steps += above
    refused = list(found)
    while refused:
        function = refused.pop()
        for lower in below[function]:
            if lower not in found:
                found[lower] = found[function]
                refused.append(lower)
    return found


def _described_use(
    program: Program,
    group: Group,
    use: CallUse | ConsumerUse,
    obstacles: Mapping[Function, Refusal],
    limits: Limits,
    answer: Fix | Refusal | None,
) -> GroupUse:
    place = use.scope.module.place(use.node)
    text = _text(use.node)
    if use.colours == {True}:
        return GroupUse(place, text, ("async",), None)
    refusal: Refusal | None = None
    if not isinstance(answer, Fix):
        function = use.function
        in_function = function is not None and not use.on_event_loop
        refusal = (
            obstacles.get(function)
            if in_function and function is not None
            else use_refusal(program, group, use, limits)
        )
    if refusal is None:
        return GroupUse(place, text, ("sync", "async"), None)
    at = f" ({refusal.obstacle})" if refusal.obstacle is not None and refusal.obstacle != place else ""
    return GroupUse(place, text, ("sync",), f"{refusal.reason}{at}")


def _escaped(escape: Escape) -> GroupUse:
    return GroupUse(escape.module.place(escape.node), _text(escape.node), ("sync",), f"the client {escape.why}")


def _text(node: ast.expr | ast.stmt) -> str:
    inner = node.value if isinstance(node, ast.Await) else node
    text = ast.unparse(inner.func if isinstance(inner, ast.Call) else inner).replace("\n", " ")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _name(program: Program, type_key: str, *, is_async: bool) -> str:
    sdk_type = program.flow.surface.types[type_key]
    return (sdk_type.async_name if is_async else sdk_type.sync_name) or type_key
