"""Who reads an SDK object: a `for`, a `with`, a comprehension, or a function that iterates by itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk
from fixopenai.analysis.uses import ConsumerUse, colours
from fixopenai.analysis.values import (
    SDK_VALUES,
    BoundMethod,
    External,
    FunctionRef,
    Instance,
    Sdk,
    SdkAwaitable,
    SdkMethod,
    Values,
)

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Scope
    from fixopenai.analysis.uses import Reading
    from fixopenai.analysis.values import Origin
    from fixopenai.sdk.surface import TypeKind

# Functions that read an iterable to its end before they return.
EAGER = frozenset(
    f"builtins.{name}"
    for name in ("list", "tuple", "set", "frozenset", "sorted", "sum", "min", "max", "any", "all", "dict")
)
# Functions that give an iterator over an iterable and read nothing yet.
_LAZY = frozenset(
    {"builtins.enumerate", "builtins.zip", "builtins.map", "builtins.filter", "itertools.islice", "itertools.chain"}
)
# Methods of lists and deques that read an iterable to its end, and those that sets and counters have.
_GROWS = frozenset({"extend", "extendleft"})
_GROWS_SETS = frozenset({"update", "intersection_update", "difference_update", "symmetric_difference_update"})
_SETS = frozenset({"builtins.set", "collections.Counter"})
_ITERABLE: frozenset[TypeKind] = frozenset({"stream", "page", "handler"})


def consumer_of(node: ast.expr, scope: Scope, values: Values, evaluator: Evaluator) -> ConsumerUse | None:
    """What reads the SDK object that `node` is, None where nothing does right there."""
    held = [value for value in values if isinstance(value, SDK_VALUES)]
    types = evaluator.flow.surface.types
    keys = [value.type_key for value in held if isinstance(value, (Sdk, SdkAwaitable))]
    kinds = frozenset(types[key].kind for key in keys if key is not None)
    unawaited = any(isinstance(value, SdkAwaitable) for value in held)
    # A bare method is the callee of `r.iter_bytes()`: what that gives has no type of its own.
    is_iterator = any(isinstance(value, SdkMethod) for value in held)
    reading = _reading(node, scope, evaluator)
    if reading is None:
        return None
    how, outermost, statement = reading
    if how != "with" and not (kinds & _ITERABLE or is_iterator or unawaited):
        return None
    # An async page is a model: `dict(page)` and `for name, value in page` read its fields, and rightly so.
    if kinds == {"page"} and colours(held) == {True} and _reads_fields(statement):
        return None
    # A page is an iterable, but no iterator: `next(page)` is wrong in either colour.
    if how == "next" and kinds == {"page"}:
        return None
    written_async = isinstance(statement, (ast.AsyncFor, ast.AsyncWith)) or (
        (isinstance(statement, ast.comprehension) and bool(statement.is_async)) or _is_anext(statement)
    )
    return ConsumerUse(
        node=outermost,
        inner=node,
        statement=statement,
        reading=how,
        scope=scope,
        origins=frozenset(value.origin for value in held),
        colours=colours(held),
        kinds=kinds,
        unawaited=unawaited,
        written_async=written_async,
    )


def generator_reader(
    call: ast.Call, scope: Scope, evaluator: Evaluator, origins: frozenset[Origin], *, is_manager: bool
) -> ConsumerUse | None:
    """What reads the generator, or enters the context manager, that a call of a plain function gives.

    It may be kept under a name before, which nothing else reads.
    """
    inner = _only_read(call, scope) or call
    reading = _reading(inner, scope.module.scope_of(inner), evaluator)
    if reading is None or (reading[0] == "with") != is_manager:
        return None
    how, outermost, statement = reading
    kinds: frozenset[TypeKind] = frozenset({"manager" if is_manager else "stream"})
    sync = frozenset({False})
    around = scope.module.scope_of(inner)
    return ConsumerUse(
        outermost, inner, statement, how, around, origins, sync, kinds, unawaited=False, written_async=False
    )


def _only_read(call: ast.expr, scope: Scope) -> ast.expr | None:
    """The one place that reads a local name which is given the result of a call and nothing else."""
    above = scope.module.parents()[call]
    function = scope.enclosing_function()
    if not isinstance(above, ast.Assign) or len(above.targets) != 1 or function is None:
        return None
    target = above.targets[0]
    if not isinstance(target, ast.Name) or len(function.scope.bindings.get(target.id, ())) != 1:
        return None
    named = (part for part in walk(function.node) if isinstance(part, ast.Name) and part.id == target.id)
    reads = [part for part in named if isinstance(part.ctx, ast.Load)]
    within = len(reads) == 1 and scope.module.scope_of(reads[0]).enclosing_function() is function
    return reads[0] if within else None


def _reading(node: ast.expr, scope: Scope, evaluator: Evaluator) -> tuple[Reading, ast.expr, ast.AST] | None:
    parents = scope.module.parents()
    parent = parents[node]
    while isinstance(parent, ast.Call) and node in parent.args and dotted_callee(parent, scope, evaluator) in _LAZY:
        node, parent = parent, parents[parent]
    if isinstance(parent, (ast.For, ast.AsyncFor)) and parent.iter is node:
        return "for", node, parent
    if isinstance(parent, ast.comprehension) and parent.iter is node:
        return "comprehension", node, parent
    if isinstance(parent, ast.withitem) and parent.context_expr is node:
        return "with", node, parents[parent]
    if isinstance(parent, ast.Call) and parent.args and parent.args[0] is node:
        name = dotted_callee(parent, scope, evaluator)
        if name in {"builtins.next", "builtins.anext"}:
            return "next", node, parent
        is_join = isinstance(parent.func, ast.Attribute) and parent.func.attr == "join" and len(parent.args) == 1
        if name in EAGER or is_join or _grows(parent, scope, evaluator):
            return "all", node, parent
    return ("spread", node, parent) if _is_spread(node, parent, scope, evaluator) else None


def _grows(call: ast.Call, scope: Scope, evaluator: Evaluator) -> bool:
    """Whether a list or set takes up all that the one argument of a call gives."""
    method = call.func
    if not isinstance(method, ast.Attribute) or len(call.args) != 1 or call.keywords:
        return False
    if any(isinstance(value, (BoundMethod, FunctionRef)) for value in evaluator.values(method, scope)):
        return False
    return method.attr in _GROWS or (method.attr in _GROWS_SETS and _is_set(method.value, scope, evaluator))


def _is_set(node: ast.expr, scope: Scope, evaluator: Evaluator) -> bool:
    """Whether a set is written there, or under the name that stands there."""
    if isinstance(node, ast.Call):
        return dotted_callee(node, scope, evaluator) in _SETS
    owner = scope.owner(node.id) if isinstance(node, ast.Name) else None
    if owner is None or not isinstance(node, ast.Name):
        return isinstance(node, (ast.Set, ast.SetComp))
    bindings = owner.bindings.get(node.id, ())
    given = [binding.value for binding in bindings if isinstance(binding, (ast.Assign, ast.AnnAssign))]
    written = [value for value in given if value is not None and not isinstance(value, ast.Name)]
    return len(written) == len(bindings) > 0 and all(_is_set(value, owner, evaluator) for value in written)


def _is_spread(node: ast.expr, parent: ast.AST, scope: Scope, evaluator: Evaluator) -> bool:
    """`[*x]` and `f(*x)`, `a, b = x`, `xs += x`."""
    if isinstance(parent, ast.Starred):
        return isinstance(parent.ctx, ast.Load)
    if not isinstance(parent, (ast.Assign, ast.AugAssign)) or parent.value is not node:
        return False
    if isinstance(parent, ast.Assign):
        return any(isinstance(target, (ast.Tuple, ast.List)) for target in parent.targets)
    if not isinstance(parent.op, ast.Add):
        return False
    held = evaluator.values(parent.target, scope) if not isinstance(parent.target, ast.Name) else ()
    return not any(isinstance(value, Instance) for value in held)


def dotted_callee(call: ast.Call, scope: Scope, evaluator: Evaluator) -> str:
    """The dotted name of what is called, where it is one thing outside the program."""
    callees = evaluator.values(call.func, scope)
    callee = next(iter(callees)) if len(callees) == 1 else None
    return callee.dotted if isinstance(callee, External) else ""


def _reads_fields(statement: ast.AST) -> bool:
    if isinstance(statement, (ast.For, ast.comprehension)):
        return isinstance(statement.target, ast.Tuple)
    if isinstance(statement, (ast.Starred, ast.Assign, ast.AugAssign)):
        return True
    return isinstance(statement, ast.Call) and isinstance(statement.func, ast.Name) and statement.func.id == "dict"


def _is_anext(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Call) and isinstance(statement.func, ast.Name) and statement.func.id == "anext"
