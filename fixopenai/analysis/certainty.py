"""Whether an expression is surely what the values say: plain data has no values, so a name may hold it as well."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.externals import HARMLESS_BASES, TASKS
from fixopenai.analysis.given import argument_of
from fixopenai.analysis.set_by_name import is_set_by_name
from fixopenai.analysis.tree import own_nodes, walk
from fixopenai.analysis.uses import colours
from fixopenai.analysis.values import (
    BoundMethod,
    External,
    FunctionRef,
    Instance,
    Partial,
    Sdk,
    SdkAwaitable,
    SdkMethod,
)
from fixopenai.analysis.wrappers import thread_position

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Scope

_DEEPEST = 4
# Statements that bind a name by `:=` alone.
_NAMING = (ast.If, ast.While, ast.Expr, ast.Return, ast.Assert)


def is_certain(program: Program, node: ast.expr, scope: Scope, depth: int = 0) -> bool:
    """Whether an expression is an SDK call, or a name or helper through which nothing but one can come."""
    if depth > _DEEPEST:
        return False
    if isinstance(node, (ast.Await, ast.NamedExpr)):
        return is_certain(program, node.value, scope, depth)
    if isinstance(node, ast.Call):
        if External("builtins.iter") in program.evaluator.values(node.func, scope) and len(node.args) == 1:
            return is_certain(program, node.args[0], scope, depth)
        called, scope = _called(program, node, scope)
        if isinstance(called, ast.Lambda):
            return is_certain(program, called.body, scope.module.scope_of(called.body), depth + 1)
        return _is_sdk_method(program, called, scope) or _is_helper(program, called, scope, depth)
    if isinstance(node, ast.Name):
        return _is_certain_name(program, node, scope, depth)
    if isinstance(node, ast.Attribute):
        if _is_handlers_iterator(program, node, scope):
            return is_certain(program, node.value, scope, depth)
        return _is_certain_attribute(program, node, scope, depth)
    return False


def _is_handlers_iterator(program: Program, node: ast.Attribute, scope: Scope) -> bool:
    """`stream.text_deltas` of a run's stream, which is iterated over without being called."""
    values = program.evaluator.values(node, scope)
    types = program.flow.surface.types
    return bool(values) and all(
        isinstance(value, SdkMethod) and types[value.type_key].kind == "handler" for value in values
    )


def _called(program: Program, node: ast.Call, scope: Scope) -> tuple[ast.expr, Scope]:
    """The function whose result the call gives: that of a thread wrapper, or of a task, is handed to it."""
    callees = program.evaluator.values(node.func, scope)
    if any(isinstance(value, External) and value.dotted in TASKS for value in callees):
        coroutine = node.args[0] if node.args else None
        return _called(program, coroutine, scope) if isinstance(coroutine, ast.Call) else (node.func, scope)
    position = thread_position(program.evaluator, node, scope)
    called = node.func if position is None or position >= len(node.args) else node.args[position]
    for _ in range(_DEEPEST):
        values = program.evaluator.values(called, scope)
        bound = next(iter(values)) if len(values) == 1 else None
        if not isinstance(bound, Partial) or not bound.node.args:
            break
        called, scope = bound.node.args[0], bound.scope
    return called, scope


def _is_sdk_method(program: Program, called: ast.expr, scope: Scope) -> bool:
    """A method of an SDK object, and nothing else can be under its name."""
    callees = program.evaluator.values(called, scope)
    methods = [callee for callee in callees if isinstance(callee, SdkMethod)]
    if len(colours(methods)) != 1 or len(methods) != len(callees):
        return False
    root = called
    while isinstance(root, ast.Attribute):
        root = root.value
        values = program.evaluator.values(root, scope)
        if values and all(isinstance(value, Sdk) for value in values):
            return True
    return root is called


def _is_helper(program: Program, called: ast.expr, scope: Scope, depth: int) -> bool:
    """A function of the program all of whose returns are certain."""
    callees = program.evaluator.values(called, scope)
    followed = [callee for callee in callees if isinstance(callee, (FunctionRef, BoundMethod))]
    functions = {callee.function for callee in followed}
    if len(functions) != 1 or len(callees) != len(followed):
        return False
    (function,) = functions
    if isinstance(function.node, ast.Lambda) or function.is_generator or function.node.decorator_list:
        return False
    if function.cls is not None and function.cls.descendants():
        return False
    returns = [part for part in own_nodes(function.node) if isinstance(part, ast.Return)]
    return bool(returns) and all(
        part.value is not None and is_certain(program, part.value, function.module.scope_of(part.value), depth + 1)
        for part in returns
    )


def _is_certain_name(program: Program, node: ast.Name, scope: Scope, depth: int) -> bool:
    """A local name to which every assignment gives an SDK object."""
    owner = scope.owner(node.id)
    if owner is None or owner.kind != "function":
        return False
    # Nothing can be read from None.
    bindings = [binding for binding in owner.bindings.get(node.id) or [None] if not _is_none(binding)]
    return bool(bindings) and all(_is_certain_binding(program, node.id, binding, owner, depth) for binding in bindings)


def _is_certain_attribute(program: Program, node: ast.Attribute, scope: Scope, depth: int) -> bool:
    """An attribute of an object of the program that is given an SDK object wherever it is set, and never anything else.

    Nothing can be read from None, which it may hold before.
    """
    owners = program.evaluator.values(node.value, scope)
    classes = {owner.cls for owner in owners if isinstance(owner, Instance)}
    if not classes or not all(isinstance(owner, Instance) for owner in owners):
        return False
    relatives = {one for cls in classes for one in (*cls.ancestors(), *cls.descendants())}
    declared = [binding for one in relatives for binding in one.scope.bindings.get(node.attr, ())]
    if not all(_is_none(binding) for binding in declared):
        return False
    if any(one.external_bases - HARMLESS_BASES for one in relatives):
        # A base class outside the program may set it.
        return False
    if declared and any(one.node.decorator_list or one.external_bases for one in relatives):
        # What is declared in a dataclass or a model is given to its constructor.
        return False
    given: list[tuple[ast.expr, Scope]] = []
    for module, store in program.stores_of(node.attr):
        around = module.scope_of(store)
        receivers = program.evaluator.values(store.value, around)
        if receivers and not any(isinstance(value, Instance) and value.cls in relatives for value in receivers):
            continue
        binding = module.parents()[store]
        if not isinstance(binding, (ast.Assign, ast.AnnAssign)) or binding.value is None:
            return False
        if not _is_none(binding):
            given.append((binding.value, around))
    if not given or is_set_by_name(program, node.attr, relatives):
        return False
    return all(is_certain(program, value, around, depth + 1) for value, around in given)


def _is_none(binding: ast.AST | None) -> bool:
    if not isinstance(binding, (ast.Assign, ast.AnnAssign)):
        return False
    return binding.value is None or (isinstance(binding.value, ast.Constant) and binding.value.value is None)


def _is_certain_binding(program: Program, name: str, binding: ast.AST | None, owner: Scope, depth: int) -> bool:
    if binding is owner.node and owner.function is not None:
        return _is_certain_parameter(program, name, owner.function, depth)
    if isinstance(binding, _NAMING):
        named = [part for part in walk(binding) if isinstance(part, ast.NamedExpr) and part.target.id == name]
        return bool(named) and all(is_certain(program, part, owner, depth + 1) for part in named)
    if isinstance(binding, (ast.Assign, ast.AnnAssign)) and binding.value is not None:
        targets = binding.targets if isinstance(binding, ast.Assign) else [binding.target]
        plain = all(isinstance(target, ast.Name) for target in targets)
        return plain and is_certain(program, binding.value, owner, depth + 1)
    if isinstance(binding, (ast.With, ast.AsyncWith)):
        for item in binding.items:
            if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name:
                entered = item.context_expr
                return is_certain(program, entered, owner, depth + 1) or _in_thread(program, entered, owner, depth)
    return False


def _in_thread(program: Program, call: ast.expr, scope: Scope, depth: int) -> bool:
    """`contextmanager_in_threadpool(manager)` gives what the manager gives."""
    return isinstance(call, ast.Call) and len(call.args) == 1 and is_certain(program, call.args[0], scope, depth + 1)


def _is_certain_parameter(program: Program, name: str, function: Function, depth: int) -> bool:
    """A parameter that is annotated with a type of the SDK, or that every call in the program gives an SDK object."""
    slot = function.scope.slots.get(name)
    if slot is None or not all(isinstance(value, (Sdk, SdkAwaitable)) for value in slot.values):
        return False
    for parameter in (*function.parameters, *function.node.args.kwonlyargs):
        if parameter.arg == name and parameter.annotation is not None:
            within = {id(part) for part in walk(parameter.annotation)}
            if any(isinstance(v, Sdk) and id(v.origin.node) in within for v in slot.values):
                return True
    callers = program.callers.get(function, [])
    return bool(callers) and all(
        (given := argument_of(call, scope, name, function, program.evaluator)) is not None
        and is_certain(program, given, scope, depth + 1)
        for scope, call in callers
    )
