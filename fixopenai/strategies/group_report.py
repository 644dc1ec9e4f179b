"""The client groups behind the findings, as the report lists them: each use, and the colours that it can have."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.results import ClientGroup, ClientPlace, GroupUse
from fixopenai.strategies.async_client import use_refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Module
    from fixopenai.analysis.uses import CallUse, ConsumerUse, Escape, Use
    from fixopenai.results import Place
    from fixopenai.strategies.limits import Limits
    from fixopenai.strategies.plans import Refusal

_LONGEST = 60


def describe_groups(program: Program, uses: Iterable[Use], limits: Limits) -> tuple[ClientGroup, ...]:
    """The groups of the clients that the uses belong to, in the order of where the clients are made."""
    groups = {program.group(use.origins): None for use in uses if use.origins}
    return tuple(sorted((_described(program, group, limits) for group in groups), key=lambda group: group.clients))


def _described(program: Program, group: Group, limits: Limits) -> ClientGroup:
    clients = [
        ClientPlace(_place(origin.scope.module, origin.node), _name(program, origin.type_key, is_async=origin.is_async))
        for origin in group.origins
        if origin.node is not None and origin.scope is not None
    ]
    inside: dict[Function, Refusal | None] = {}
    done: tuple[CallUse | ConsumerUse, ...] = (*group.calls, *group.consumers)
    uses = [_described_use(program, group, use, limits, inside) for use in done]
    uses += [_escaped(escape) for escape in group.escapes]
    return ClientGroup(tuple(sorted(clients)), tuple(sorted(set(uses), key=lambda use: (use.place, use.text))))


def _described_use(
    program: Program,
    group: Group,
    use: CallUse | ConsumerUse,
    limits: Limits,
    inside: dict[Function, Refusal | None],
) -> GroupUse:
    place = _place(use.scope.module, use.node)
    text = _text(use.node)
    if use.colours == {True}:
        return GroupUse(place, text, ("async",), None)
    function = use.function
    if function is not None and not use.on_event_loop:
        # All uses in a plain function share what keeps it from becoming async.
        if function not in inside:
            inside[function] = use_refusal(program, group, use, limits)
        refusal = inside[function]
    else:
        refusal = use_refusal(program, group, use, limits)
    if refusal is None:
        return GroupUse(place, text, ("sync", "async"), None)
    at = f" ({refusal.obstacle})" if refusal.obstacle is not None and refusal.obstacle != place else ""
    return GroupUse(place, text, ("sync",), f"{refusal.reason}{at}")


def _escaped(escape: Escape) -> GroupUse:
    return GroupUse(_place(escape.module, escape.node), _text(escape.node), ("sync",), f"the client {escape.why}")


def _text(node: ast.expr | ast.stmt) -> str:
    inner = node.value if isinstance(node, ast.Await) else node
    text = ast.unparse(inner.func if isinstance(inner, ast.Call) else inner).replace("\n", " ")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _name(program: Program, type_key: str, *, is_async: bool) -> str:
    sdk_type = program.flow.surface.types[type_key]
    return (sdk_type.async_name if is_async else sdk_type.sync_name) or type_key


def _place(module: Module, node: ast.expr | ast.stmt) -> Place:
    return module.lines.place(module.path, node)
