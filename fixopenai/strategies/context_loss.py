"""What a function sets in the context and would lose in a thread, which works on a copy of it."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from fixopenai.analysis.context_changes import managers_around_yield, may_set_unread
from fixopenai.analysis.tree import own_nodes
from fixopenai.analysis.values import SDK_VALUES, External, ExternalInstance, Symbol, Unknown
from fixopenai.strategies.plans import Refusal

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function
    from fixopenai.analysis.values import Value

_LOST = "which a thread does not hand back"


def context_refusal(program: Program, function: Function) -> Refusal | None:
    """Why a function cannot run in a thread: what it sets in the context would be gone when it is left."""
    found = program.context_changes.find(function)
    if found is None:
        return None
    module, node = found
    values = program.evaluator.values(node, module.scope_of(node)) if isinstance(node, ast.expr) else ()
    sets = "may set" if any(isinstance(value, Symbol) for value in values) else "sets"
    why = f"{function.qualname}() {sets} variables of the context by {ast.unparse(node)}, {_LOST}"
    return Refusal(why, module.place(node))


def dependency_refusal(program: Program, function: Function) -> Refusal | None:
    """What a dependency may set for the routes after it, by what cannot be followed."""
    module = function.module
    for item in managers_around_yield(function):
        manager = item.context_expr
        if may_set_unread(program, manager, function) or (
            # What is made for the sake of a name is that name's object: a session, a file.
            item.optional_vars is None and _is_unfollowed(program, manager, function)
        ):
            what = ast.unparse(manager)[:60]
            why = f"{function.qualname}() may set variables of the context by {what} around its yield, {_LOST}"
            return Refusal(why, module.place(manager))
    for node in own_nodes(function.node):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "set":
            continue
        if len(node.args) == 1 and not node.keywords and _is_unfollowed(program, node.func.value, function):
            why = f"{function.qualname}() may set variables of the context by {ast.unparse(node.func)}, {_LOST}"
            return Refusal(why, module.place(node))
    return None


def _is_unfollowed(program: Program, node: ast.expr, function: Function) -> bool:
    """Whether something global is of a package that is not analysed, or of unknown make."""
    callee = node.func if isinstance(node, ast.Call) else node
    root = callee
    while isinstance(root, (ast.Attribute, ast.Call, ast.Subscript)):
        root = root.func if isinstance(root, ast.Call) else root.value
    scope = function.module.scope_of(node)
    if not isinstance(root, ast.Name) or root.id in function.scope.slots:
        return False
    given = program.evaluator.values(node, scope)
    if any(isinstance(value, SDK_VALUES) for value in given):
        return False
    values = program.evaluator.values(callee, scope)
    return not values or any(_is_foreign(value) for value in values)


def _is_foreign(value: Value) -> bool:
    if isinstance(value, (External, ExternalInstance)):
        return value.dotted.split(".", maxsplit=1)[0] not in sys.stdlib_module_names
    return isinstance(value, Unknown)
