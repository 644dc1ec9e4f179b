"""Calls of a function that values do not show: through objects that cannot be followed, by name, through doubles."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis import externals
from fixopenai.analysis.doubles import is_async_double, replacement_of
from fixopenai.analysis.lookups import EVALUATING, NAMING, TABLES, TELLING
from fixopenai.analysis.tree import called_name, walk
from fixopenai.analysis.values import (
    BoundMethod,
    ClassRef,
    External,
    FunctionRef,
    Instance,
    Mock,
    ModuleRef,
    TypeExpression,
    Unknown,
)
from fixopenai.strategies.plans import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Module
    from fixopenai.analysis.values import Value, Values

_LITERALS = (ast.Constant, ast.JoinedStr, ast.Dict, ast.List, ast.Set, ast.Tuple, ast.DictComp, ast.ListComp)


def hidden_caller(program: Program, functions: Collection[Function]) -> Refusal | None:
    """The first place that may call one of the functions, which are to become async, without awaiting it."""
    named: dict[str, list[Function]] = {}
    for function in sorted(functions, key=lambda one: one.order):
        named.setdefault(function.name, []).append(function)
    for module, node in program.lookups.of(named):
        refusal: Refusal | None = None
        if isinstance(node, ast.Attribute):
            refusal = _unresolved(program, module, node, named)
        elif isinstance(node, ast.Call):
            refusal = _handed(program, module, node, named.get("__call__", ()))
            refusal = refusal or _by_name(program, module, node, named) or _replaced(program, module, node, named)
            refusal = refusal or _looked_through(program, module, node, named)
        if refusal is None and isinstance(node, (ast.Call, ast.Subscript)):
            refusal = _by_computed_name(program, module, node, named)
        if refusal is not None:
            return refusal
    methods = {name for name, found in named.items() if any(function.cls is not None for function in found)}
    elsewhere = program.elsewhere(methods, named.keys() - methods, {module.path for module in program.modules})
    if elsewhere is None:
        return None
    name, place = elsewhere
    return Refusal(f"{named[name][0].qualname}() may be called through an object that cannot be followed", place)


def _unresolved(
    program: Program, module: Module, node: ast.Attribute, named: dict[str, list[Function]]
) -> Refusal | None:
    """`x.complete` where nothing is known of `x`: taken as a value, set, or called with arguments that fit."""
    above = module.parents()[node]
    call = above if isinstance(above, ast.Call) and above.func is node else None
    for function in named[node.attr]:
        fits = call is None or _fits(call, function)
        if fits and _may_hold(program, node.value, function, module):
            if isinstance(node.ctx, ast.Store):
                given = above.value if isinstance(above, ast.Assign) else None
                if given is not None and is_async_double(program.evaluator, module, given):
                    continue
                why = f"{function.qualname}() may be replaced on an object that cannot be followed"
            else:
                why = f"{function.qualname}() may be called through an object that cannot be followed"
            return Refusal(why, module.place(node))
    return None


def _handed(program: Program, module: Module, node: ast.Call, functions: Iterable[Function]) -> Refusal | None:
    """An object that can be called, handed to code that may call it: `map(asker, questions)`."""
    owners = {
        cls: function
        for function in functions
        if function.cls
        for cls in (*function.cls.ancestors(), *function.cls.descendants())
    }
    if not owners:
        return None
    scope = module.scope_of(node)
    callees = program.evaluator.values(node.func, scope)
    inside = (FunctionRef, BoundMethod, ClassRef, Instance)
    if callees and all(isinstance(callee, inside) or _is_harmless(callee) for callee in callees):
        return None
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        for value in program.evaluator.values(argument, scope):
            if isinstance(value, Instance) and value.cls in owners:
                why = f"{owners[value.cls].qualname}() may be called by {ast.unparse(node.func)[:60]}()"
                return Refusal(why, module.place(node))
    return None


def _may_hold(program: Program, receiver: ast.expr, function: Function, module: Module) -> bool:
    """Whether an object of which little is known may be one with the method, or the module of the function."""
    if isinstance(receiver, _LITERALS):
        return False
    values = program.evaluator.values(receiver, module.scope_of(receiver))
    if function.cls is None:
        text = module.source.text
        found_by_name = any(word in text for word in ("import_module", "__import__", "sys.modules"))
        return found_by_name and all(isinstance(value, (Unknown, TypeExpression)) for value in values)
    # An object of a class without such a method: a mixin, whose other half has it, or one that looks names up itself.
    return all(isinstance(value, (Unknown, Mock)) or _is_open(value) for value in values)


def _is_harmless(callee: Value) -> bool:
    return isinstance(callee, External) and callee.dotted in externals.HARMLESS | externals.DEPENDS


def _is_open(value: Value) -> bool:
    if not isinstance(value, Instance):
        return False
    return not value.exact or any("__getattr__" in cls.scope.slots for cls in value.cls.ancestors())


def _fits(node: ast.Call, function: Function) -> bool:
    """Whether the call could be one of this method, by its arguments."""
    arguments = function.node.args
    if function.cls is None:
        return True
    if arguments.vararg is None and len(node.args) > len(function.parameters) - 1:
        return False
    names = {parameter.arg for parameter in (*function.parameters, *arguments.kwonlyargs)}
    given = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
    if arguments.kwarg is None and not given <= names:
        return False
    spread = any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args)
    required = len(function.parameters) - 1 - len(arguments.defaults)
    return spread or len(node.args) + len(given & names) >= required


def _by_name(program: Program, module: Module, node: ast.Call, named: dict[str, list[Function]]) -> Refusal | None:
    """`getattr(x, "complete")` that is not called at once."""
    if not isinstance(node.func, ast.Name) or node.func.id != "getattr" or len(node.args) < 2:
        return None
    label = node.args[1]
    if not isinstance(label, ast.Constant) or label.value not in named:
        return None
    above = module.parents()[node]
    if isinstance(above, ast.Call) and above.func is node and above in program.flow.calls:
        return None
    values = program.evaluator.values(node, module.scope_of(node))
    known = _held(values)
    for function in named[str(label.value)]:
        if not values or function in known:
            why = f"{function.qualname}() is looked up by its name"
            return Refusal(why, module.place(node))
    return None


def _by_computed_name(
    program: Program, module: Module, node: ast.Call | ast.Subscript, named: dict[str, list[Function]]
) -> Refusal | None:
    """`getattr(x, name)(...)`, where `x` has such a function, and `globals()[name](...)`."""
    owners: Values = frozenset()
    label: ast.expr | None = None
    if isinstance(node, ast.Call) and called_name(node) == "getattr" and len(node.args) > 1:
        owners, label = program.evaluator.values(node.args[0], module.scope_of(node)), node.args[1]
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call) and called_name(node.value) in TABLES:
        owners, label = frozenset({ModuleRef(module.key)}), node.slice
        if isinstance(label, ast.Constant) and label.value in named:
            owner = named[str(label.value)][0]
            return Refusal(f"{owner.qualname}() is looked up by its name", module.place(node))
    if label is None or isinstance(label, ast.Constant) or not _is_called(module, node):
        return None
    start = label.values[0] if isinstance(label, ast.JoinedStr) and label.values else None
    prefix = str(start.value) if isinstance(start, ast.Constant) else ""
    for name in sorted(name for name in named if name.startswith(prefix)):
        known = _held(value for owner in owners for value in program.evaluator.attributes.get(owner, name))
        function = next((function for function in named[name] if function in known), None)
        if function is not None:
            why = f"{function.qualname}() may be looked up by a name that is computed"
            return Refusal(why, module.place(node))
    return None


def _looked_through(
    program: Program, module: Module, node: ast.Call, named: dict[str, list[Function]]
) -> Refusal | None:
    """`vars(x)`, `inspect.getmembers(x)` of what has such a function, `eval` of its name, a class made of its class."""
    name = called_name(node)
    text = "".join(part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str))
    found: Function | None = None
    if name in EVALUATING:
        found = next((functions[0] for word, functions in named.items() if word in text), None)
    elif node.args and (name in TELLING or (name == "type" and len(node.args) == 3)):
        owners = program.evaluator.values(node.args[1 if name == "type" else 0], module.scope_of(node))
        for owner in (*owners, *program.evaluator.elements(owners)):
            for word, functions in named.items():
                held = _held(program.evaluator.attributes.get(owner, word))
                found = found or next((function for function in functions if function in held), None)
    if found is None:
        return None
    why = f"{found.qualname}() may be called through {ast.unparse(node.func)}()"
    return Refusal(why, module.place(node))


def _held(values: Iterable[Value]) -> set[Function]:
    """The functions of the program among what something holds."""
    return {value.function for value in values if isinstance(value, (FunctionRef, BoundMethod))}


def _is_called(module: Module, node: ast.expr) -> bool:
    """Whether what was looked up is called, there or under the name that it is given."""
    above = module.parents()[node]
    if isinstance(above, ast.Call):
        return above.func is node
    names = {target.id for target in getattr(above, "targets", ()) if isinstance(target, ast.Name)}
    function = module.scope_of(node).enclosing_function()
    return bool(names) and any(
        isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in names
        for part in walk(function.node if function is not None else module.tree)
    )


def _replaced(program: Program, module: Module, node: ast.Call, named: dict[str, list[Function]]) -> Refusal | None:
    """A test that puts something in the function's place which is not awaited."""
    method = called_name(node)
    if method in NAMING:
        texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
        given = next((name for name in (*texts, *(k.arg for k in node.keywords)) if name in named), None)
        if given is not None:
            why = f"{named[str(given)][0].qualname}() is named in {method}()"
            return Refusal(why, module.place(node))
    found = replacement_of(node)
    if found is None:
        return None
    label, new = found
    name = label.rsplit(".", 1)[-1]
    if name not in named or new is None or is_async_double(program.evaluator, module, new):
        return None
    why = f'{named[name][0].qualname}() is patched by name ("{label}")'
    return Refusal(why, module.place(node))
