"""Parameters that plain functions call: what `retry(f)` does depends on the `f` that each call of it hands over."""

from __future__ import annotations

import ast
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.analysis.callbacks import caller_of_lambda
from fixopenai.analysis.given import argument_of, default_of, is_left_out
from fixopenai.analysis.partials import bound_callees
from fixopenai.analysis.values import NOTHING, BoundMethod, ClassRef, FunctionRef, Instance, SdkMethod

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.pools import PoolWaits
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Scope
    from fixopenai.analysis.uses import CallUse, PoolWait
    from fixopenai.analysis.values import Values

Steps: TypeAlias = "tuple[tuple[Function, ast.expr], ...]"
_Calls: TypeAlias = "list[tuple[ast.Call, tuple[Scope, set[Function]]]]"


@dataclass(frozen=True, slots=True)
class Entry:
    """What runs a function: mostly a call of it; `through` leads from what is called to the call of a parameter.

    `wait` is what waits for the function where a pool runs it.
    """

    scope: Scope
    node: ast.expr
    through: Steps = ()
    wait: PoolWait | None = None


@dataclass(slots=True)
class Handed:
    """The calls that hand something to a parameter which is called: functions of the program, methods of the SDK."""

    functions: dict[Function, list[Entry]] = field(default_factory=dict)
    methods: list[tuple[Entry, CallUse]] = field(default_factory=list)


def entry_at(evaluator: Evaluator, scope: Scope, node: ast.expr, through: Steps = ()) -> Entry:
    """What runs a function that a node runs: what a lambda does that is run at once, whoever runs the lambda does."""
    around = scope.enclosing_function()
    runner = caller_of_lambda(evaluator, around) if around is not None else None
    return Entry(runner[1], runner[0], through) if runner is not None else Entry(scope, node, through)


def own_parameter(node: ast.expr | None, function: Function | None) -> str | None:
    """The parameter of its own plain function that a name is, and nothing else."""
    if not isinstance(node, ast.Name) or function is None or function.is_async or function.is_generator:
        return None
    given = {argument.arg for argument in (*function.parameters, *function.node.args.kwonlyargs)}
    bindings = function.scope.bindings.get(node.id, [])
    return node.id if node.id in given and all(binding is function.node for binding in bindings) else None


def calls_parameter(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is the call of a parameter of the plain function that it stands in."""
    return isinstance(node, ast.Call) and own_parameter(node.func, scope.enclosing_function()) is not None


def handed_over(program: Program, waits: PoolWaits) -> Handed:
    """Whatever is handed to a parameter that is called, over any number of functions; `waits` are pools that call."""
    calls = program.flow.calls_in_order()
    called = _called_parameters(program, calls, waits)
    uses: dict[ast.expr, CallUse] = {use.node: use for use in program.uses.calls}
    found = Handed()
    for node, (scope, functions) in calls:
        for function in sorted(functions, key=lambda one: one.order):
            for name, steps in called.get(function, {}).items():
                entry = entry_at(program.evaluator, scope, node, steps)
                for value in run_by_calling(program, _given(program, node, scope, name, function, steps)):
                    if isinstance(value, SdkMethod):
                        use = uses.get(steps[-1][1])
                        if use is not None and not value.is_async:
                            found.methods.append((entry, use))
                    else:
                        found.functions.setdefault(value.function, []).append(entry)
    return found


def _called_parameters(program: Program, calls: _Calls, waits: PoolWaits) -> dict[Function, dict[str, Steps]]:
    """For each function the parameters that it calls, or hands on to one that does, with the way to the call."""
    found: dict[Function, dict[str, Steps]] = {}
    direct = [(node, node.func, scope) for node, (scope, _) in calls]
    direct += [(use.node, use.node.func, use.scope) for use in program.uses.calls]
    direct += [(node, node.args[0], scope) for node, (scope, _) in waits.items()]
    for node, callee, scope in direct:
        function = scope.enclosing_function()
        name = own_parameter(callee, function)
        if function is not None and name is not None:
            found.setdefault(function, {}).setdefault(name, ((function, node),))
    queue = deque((function, name) for function, names in found.items() for name in names)
    while queue:
        function, name = queue.popleft()
        for scope, node in program.callers.get(function, ()):
            outer = scope.enclosing_function()
            handed_on = own_parameter(argument_of(node, scope, name, function, program.evaluator), outer)
            if outer is not None and handed_on is not None and handed_on not in found.get(outer, {}):
                found.setdefault(outer, {})[handed_on] = ((outer, node), *found[function][name])
                queue.append((outer, handed_on))
    return found


def _given(program: Program, node: ast.Call, scope: Scope, name: str, function: Function, steps: Steps) -> Values:
    """What a call hands to a parameter; whatever anything hands to it, where that cannot be told of this call."""
    evaluator = program.evaluator
    given = argument_of(node, scope, name, function, evaluator)
    if given is not None:
        is_handed_on = own_parameter(given, scope.enclosing_function()) is not None
        return NOTHING if is_handed_on else evaluator.values(given, scope)
    if is_left_out(node, scope, name, function, evaluator):
        default, outside = default_of(function, name), function.scope.parent
        return evaluator.values(default, outside) if default is not None and outside is not None else NOTHING
    last, call = steps[-1]
    if not isinstance(call, ast.Call):
        return NOTHING
    callee = call.args[0] if call in program.flow.pool_calls else call.func
    return evaluator.values(callee, last.module.scope_of(call))


def run_by_calling(program: Program, values: Values) -> list[FunctionRef | BoundMethod | SdkMethod]:
    """What a call of the values would run."""
    found: list[FunctionRef | BoundMethod | SdkMethod] = []
    attributes = program.evaluator.attributes
    for value in values | bound_callees(values, program.evaluator):
        if isinstance(value, (FunctionRef, BoundMethod, SdkMethod)):
            found.append(value)
        elif isinstance(value, (Instance, ClassRef)):
            methods = attributes.get(value, "__call__" if isinstance(value, Instance) else "__init__")
            found += [method for method in methods if isinstance(method, (FunctionRef, BoundMethod))]
    return found
