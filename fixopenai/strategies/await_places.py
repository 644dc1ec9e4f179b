"""Whether an `await` can be put at a place."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from fixopenai.analysis.consumers import EAGER
from fixopenai.analysis.externals import LOCKS
from fixopenai.analysis.forms import waiting_call
from fixopenai.analysis.tree import called_name, own_nodes, walk
from fixopenai.analysis.uses import is_thread_call
from fixopenai.analysis.values import NOTHING, BoundMethod, ExternalInstance, FunctionRef, Instance
from fixopenai.rewriting.edits import Edit, GeneratorToList
from fixopenai.strategies.bound_names import last_star
from fixopenai.strategies.plans import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Module, Scope

# A context manager that is not known, but called like this, is taken for a lock.
_LOCK_NAME = re.compile(r"lock|mutex|semaphore", re.IGNORECASE)
# Functions that read all of an iterable before they return (`any` and `all`: perhaps less), so a list serves as well.
_EAGER = frozenset(name.removeprefix("builtins.") for name in EAGER)
LOSES_UPDATES = "it stands in an augmented assignment, which would lose updates made while it waits"
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def await_obstacle(program: Program, node: ast.expr, scope: Scope) -> tuple[str, ast.expr | ast.stmt] | None:
    """Why `node` cannot be awaited where it stands in an async function, and what is in the way; None if it can."""
    module = scope.module
    parents = program.parents_of(module)
    function = scope.enclosing_function()
    depth = 0
    direct = parents[node]
    callees = program.evaluator.values(direct.func, scope) if isinstance(direct, ast.Call) else NOTHING
    if isinstance(direct, ast.Call) and node in direct.args and is_thread_call(callees, direct.args.index(node)):
        return "its result is handed to a thread as if it were a function", direct
    waiting = waiting_call(node, scope, program.evaluator)
    if waiting is not None:
        return "its result is handed to asyncio.wait(), which takes tasks alone: see asyncio.gather()", waiting
    grandchild: ast.AST = node
    child: ast.AST = node
    parent = parents[child]
    while function is not None and child is not function.node:
        if isinstance(parent, _COMPREHENSIONS) and not _is_first_source(parent, child, grandchild):
            if isinstance(parent, ast.GeneratorExp) and not is_eager_argument(program, module, parent):
                return "it stands in a generator expression, which an await would make asynchronous", parent
            depth += 1
            if depth > 1:
                return "it stands in nested comprehensions, where Python before 3.11 allows no await", parent
        if isinstance(parent, ast.With) and child in parent.body and _holds_lock(program, parent, scope):
            return "it stands in a `with` on a thread lock, which must not be held across an await", parent.items[
                0
            ].context_expr
        if isinstance(parent, ast.stmt) and _updates(parent, scope):
            return LOSES_UPDATES, parent
        grandchild, child = child, parent
        if child not in parents:
            break
        parent = parents[child]
    decorator = _locking_decorator(program, function) if function is not None else None
    if decorator is not None:
        return "a decorator of the function holds a lock, which must not be held across an await", decorator
    acquired = _acquired_before(function.node, node) if function is not None else None
    if acquired is not None:
        return "a lock may be held there, which must not be held across an await", acquired
    return None


def update_around(program: Program, node: ast.expr, scope: Scope) -> ast.stmt | None:
    """The statement that changes, by a call, what others share: it reads that before the call, and sets it behind."""
    parents = program.parents_of(scope.module)
    function = scope.enclosing_function()
    child: ast.AST = node
    while function is not None and child is not function.node and not isinstance(child, ast.stmt):
        child = parents[child]
    return child if isinstance(child, ast.stmt) and _updates(child, scope) else None


def generator_edits(program: Program, node: ast.expr, scope: Scope) -> set[Edit]:
    """An await in a generator expression makes it asynchronous, so one that is read at once becomes a list."""
    module = scope.module
    parents = program.parents_of(module)
    child: ast.AST = node
    while not isinstance(child, ast.stmt):
        parent = parents[child]
        is_source = isinstance(child, ast.comprehension) and child is getattr(parent, "generators", [None])[0]
        if isinstance(parent, ast.GeneratorExp) and not (is_source and _stands_in(node, child.iter, parents)):  # type: ignore[attr-defined]
            return {Edit(module, parents[parent], GeneratorToList(None))}
        child = parent
    return set()


def awaited_generator_edits(program: Program, node: ast.Call, scope: Scope) -> set[Edit] | Refusal:
    """The same around an await that stands there already: what reads a generator at once cannot read an async one."""
    edits = generator_edits(program, node, scope)
    readers = [edit.node for edit in edits if isinstance(edit.node, ast.Call) and edit.node.args]
    if all(is_eager_argument(program, scope.module, reader.args[0]) for reader in readers):
        return edits
    named = (reader for reader in readers if isinstance(reader.func, ast.Name) and reader.func.id in _EAGER)
    unsure = next(named, None)
    if unsure is None:
        return set()
    why = f"{called_name(unsure)}() may not be Python's own, which reads no asynchronous generator"
    return Refusal(why, scope.module.place(unsure))


def _stands_in(node: ast.AST, root: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while node is not root and node in parents:
        node = parents[node]
    return node is root


def is_eager_argument(program: Program, module: Module, node: ast.expr) -> bool:
    """Whether a generator expression is read to its end by the call that it is the first argument of."""
    outer = module.parents()[node]
    if not isinstance(outer, ast.Call) or not outer.args or outer.args[0] is not node:
        return False
    name = called_name(outer)
    if isinstance(outer.func, ast.Attribute):
        return name == "join"
    is_free = name in _EAGER and module.scope_of(outer).owner(name) is None
    # Some modules of the standard library export a `max` of their own.
    return is_free and not last_star(program, module, name, f"builtins.{name}", clean=())


def needs_parentheses(program: Program, node: ast.expr, scope: Scope) -> bool:
    """Whether an await in the place of `node` must be put in parentheses."""
    parent = program.parents_of(scope.module)[node]
    if isinstance(parent, (ast.Attribute, ast.Subscript)):
        return parent.value is node
    if isinstance(parent, ast.Call):
        return parent.func is node
    return isinstance(parent, ast.Await)


def _is_first_source(comprehension: ast.AST, child: ast.AST, grandchild: ast.AST) -> bool:
    """The iterable of the first `for` of a comprehension is evaluated around it."""
    if not isinstance(comprehension, _COMPREHENSIONS):
        return False
    first = comprehension.generators[0]
    return child is first and grandchild is first.iter


def _holds_lock(program: Program, statement: ast.With, scope: Scope) -> bool:
    for item in statement.items:
        for value in program.evaluator.values(item.context_expr, scope):
            if isinstance(value, ExternalInstance):
                return value.dotted in LOCKS
        if _LOCK_NAME.search(ast.unparse(item.context_expr)):
            return True
        if any(_takes_lock(program, function) for function in _entered(program, item.context_expr, scope)):
            return True
    return False


def _entered(program: Program, node: ast.expr, scope: Scope) -> Iterator[Function]:
    """The functions of the program that a `with` runs: a context manager's body, an object's `__enter__`."""
    if isinstance(node, ast.Call) and node in program.flow.calls:
        yield from program.flow.calls[node][1]
    for value in program.evaluator.values(node, scope):
        if isinstance(value, Instance):
            for method in program.evaluator.attributes.get(value, "__enter__"):
                if isinstance(method, BoundMethod):
                    yield method.function


def _takes_lock(program: Program, function: Function) -> bool:
    return any(
        (isinstance(node, ast.With) and _holds_lock(program, node, function.scope))
        or (isinstance(node, ast.Attribute) and node.attr == "acquire")
        for node in own_nodes(function.node)
    )


def yields_under_lock(program: Program, function: Function) -> ast.expr | None:
    """Where a generator stops while it holds a thread lock: as an async one it would hold it while others run."""
    parents = program.parents_of(function.module)
    for node in own_nodes(function.node):
        child: ast.AST = node
        while isinstance(node, ast.Yield) and child is not function.node:
            parent = parents[child]
            if isinstance(parent, ast.With) and child in parent.body and _holds_lock(program, parent, function.scope):
                return node
            child = parent
    return None


def _locking_decorator(program: Program, function: Function) -> ast.expr | None:
    """A decorator of the program's own that holds a lock around an async function."""
    scope = function.scope.parent
    decorators: list[ast.expr] = getattr(function.node, "decorator_list", [])
    for decorator in decorators:
        callee = decorator.func if isinstance(decorator, ast.Call) else decorator
        for value in program.evaluator.values(callee, scope) if scope is not None else ():
            if isinstance(value, FunctionRef):
                module = value.function.module
                withs = (node for node in walk(value.function.node) if isinstance(node, ast.With))
                if any(_holds_lock(program, node, module.scope_of(node)) for node in withs):
                    return decorator
    return None


def _acquired_before(function: ast.AST, node: ast.expr) -> ast.expr | None:
    """A `.acquire()` earlier in the function that is not awaited."""
    awaited = {part.value for part in walk(function) if isinstance(part, ast.Await)}
    for part in walk(function):
        if (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr == "acquire"
            and part not in awaited
            and part.lineno <= node.lineno
        ):
            return part
    return None


def _updates(statement: ast.stmt, scope: Scope) -> bool:
    """Whether a statement is `shared += ...`, or what says the same: `shared = shared + ...`, also by `.get()`."""
    if isinstance(statement, ast.AugAssign):
        return not (_is_local(statement.target, scope) or _is_list(statement.value, scope))
    if not isinstance(statement, ast.Assign):
        return False
    first: ast.expr = statement.value
    while isinstance(first, ast.BinOp):
        first = first.left
    shared = {ast.unparse(target) for target in statement.targets if not _is_local(target, scope)}
    return first is not statement.value and _read_item(first) in shared


def _read_item(node: ast.expr) -> str:
    """The code of an expression; `counts[key]` for `counts.get(key, 0)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return f"{ast.unparse(node.func.value)}[{ast.unparse(node.args[0])}]"
    return ast.unparse(node)


def _is_list(node: ast.expr, scope: Scope) -> bool:
    """Whether a list is given, by which a list grows where it is: nothing that was added meanwhile is lost."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("list", "sorted") and scope.owner(node.func.id) is None
    return isinstance(node, (ast.List, ast.ListComp))


def _is_local(target: ast.expr, scope: Scope) -> bool:
    if not isinstance(target, ast.Name):
        return False
    owner = scope.owner(target.id)
    return owner is not None and owner.function is scope.enclosing_function() and target.id not in scope.global_names
