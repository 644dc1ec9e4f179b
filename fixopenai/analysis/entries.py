"""What runs the functions of a program: calls, reads of properties, what they are handed to, pools of threads."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.analysis.callbacks import runner_of
from fixopenai.analysis.called_parameters import Entry, Handed, calls_parameter, entry_at, own_parameter, run_by_calling
from fixopenai.analysis.uses import CallUse
from fixopenai.analysis.values import SdkMethod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.pools import PoolWaits
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function
    from fixopenai.analysis.values import BoundMethod, FunctionRef

Entries: TypeAlias = "dict[Function, list[Entry]]"


def entries_of(program: Program, handed: Handed, waits: PoolWaits) -> Entries:
    """What runs each function: calls of it, reads of a property, what it is handed to and calls it, pools."""
    flow, evaluator = program.flow, program.evaluator
    found: Entries = {function: list(entries) for function, entries in handed.functions.items()}
    for node, (scope, functions) in (*flow.calls.items(), *flow.reads.items()):
        if calls_parameter(node, scope):
            continue
        entry = entry_at(evaluator, scope, node)
        for function in functions:
            found.setdefault(function, []).append(entry)
    for argument, (scope, functions) in list(flow.handed.items()):
        if argument in scope.module.parents():
            runner = runner_of(evaluator, argument, scope)
            for function in functions if runner is not None else ():
                assert runner is not None
                found.setdefault(function, []).append(Entry(runner[1], runner[0]))
    for entry, value in _pooled(program, waits):
        if not isinstance(value, SdkMethod) and not value.function.is_generator:
            found.setdefault(value.function, []).append(entry)
    for entries in found.values():
        entries.sort(key=lambda entry: entry.scope.module.order(entry.node))
    return found


def _pooled(program: Program, waits: PoolWaits) -> Iterator[tuple[Entry, FunctionRef | BoundMethod | SdkMethod]]:
    """What pools run for which something waits, parameters left aside: what is handed to those is told apart."""
    for node, (scope, wait) in waits.items():
        given = node.args[0]
        if own_parameter(given, scope.enclosing_function()) is None:
            for value in run_by_calling(program, program.evaluator.values(given, scope)):
                yield Entry(scope, node, wait=wait), value


def pooled_methods(program: Program, waits: PoolWaits) -> Iterator[tuple[Entry, CallUse]]:
    """Methods of the SDK that are given to a pool themselves."""
    for entry, value in _pooled(program, waits):
        member = program.flow.surface.member(value.type_key, value.name) if isinstance(value, SdkMethod) else None
        if isinstance(value, SdkMethod) and isinstance(entry.node, ast.Call) and member is not None:
            use = CallUse(
                node=entry.node,
                scope=entry.scope,
                kind=member.kind,
                method=value.name,
                on_client=False,
                origins=frozenset({value.origin}),
                colours=frozenset({value.is_async}),
                form="plain",
                streams=None,
                in_pool=True,
            )
            yield entry, use
