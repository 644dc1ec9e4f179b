"""Where the analysis loses sight of an SDK object: containers, calls outside the program, threads."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from fixopenai.analysis import externals
from fixopenai.analysis.uses import is_thread_call
from fixopenai.analysis.values import (
    BoundMethod,
    ClassRef,
    External,
    ExternalInstance,
    FunctionRef,
    Instance,
    Partial,
    Sdk,
    SdkMethod,
    Symbol,
    Unknown,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Function, Scope
    from fixopenai.analysis.uses import Parents

# Objects that are read: iterated, entered, closed.
_READ = frozenset({"stream", "page", "manager", "response"})
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_KEPT = "is kept in a container"


class Sight:
    """Tells how far an object can be followed."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.callers: dict[Function, list[tuple[ast.Call, Scope]]] = defaultdict(list)
        for node, (scope, functions) in evaluator.flow.calls.items():
            for function in functions:
                self.callers[function].append((node, scope))

    def lost(self, node: ast.expr, scope: Scope, parents: Parents) -> str | None:
        """Why an object cannot be followed from here, as a clause; None if it can."""
        parent = parents[node]
        if isinstance(parent, (ast.Call, ast.keyword, ast.Starred)):
            why = self.argument(node, parent, scope, parents)
            is_read = self.is_read(node, scope) or not isinstance(parents[parent], ast.Call)
            return "is unpacked" if why is None and isinstance(parent, ast.Starred) and is_read else why
        if isinstance(parent, _COMPREHENSIONS):
            return self.kept(node, scope)
        if isinstance(parent, (ast.YieldFrom, ast.Compare)) and self.is_read(node, scope):
            return "returns a stream that is read in a way that cannot be followed"
        if isinstance(parent, _DISPLAYS):
            # A dict that a lifespan yields is its state, followed as `request.state`.
            state = isinstance(parent, ast.Dict) and isinstance(parents[parent], ast.Yield)
            return None if state or self.is_unpacked(parent, scope, parents) else self.kept(node, scope)
        if isinstance(parent, ast.Assign):
            return next((why for target in parent.targets if (why := self.assigned(node, target, scope))), None)
        return self.assigned(node, parent.target, scope) if isinstance(parent, ast.AnnAssign) else None

    def assigned(self, node: ast.expr, target: ast.expr, scope: Scope) -> str | None:
        """Why a target of an assignment cannot be followed."""
        if isinstance(target, (ast.Tuple, ast.List)) and self.is_read(node, scope):
            return "returns a stream that is unpacked"
        if isinstance(target, ast.Subscript):
            return self.kept(node, scope)
        if isinstance(target, ast.Attribute) and not self.evaluator.values(target, scope):
            base = self.evaluator.values(target.value, scope)
            if not any(isinstance(value, (Instance, ClassRef)) for value in base):
                return "is set on an object that cannot be followed"
        return None

    def kept(self, node: ast.expr, scope: Scope) -> str:
        """What to say of an object in a container: of a stream, not that the client stands there."""
        return f"returns something that {_KEPT}" if self.is_read(node, scope) else _KEPT

    def argument(self, node: ast.expr, parent: ast.AST, scope: Scope, parents: Parents) -> str | None:
        """An argument is followed into functions of the program, and out of sight anywhere else."""
        call = parents[parent] if not isinstance(parent, ast.Call) else parent
        if not isinstance(call, ast.Call):
            return None
        callees = self.evaluator.values(call.func, scope)
        outside = {value.dotted for value in callees if isinstance(value, External)}
        if "functools.partial" in outside:
            return "is bound with functools.partial"
        if "builtins.getattr" in outside:
            computed = len(call.args) < 2 or not isinstance(call.args[1], ast.Constant)
            return "is looked into by a name that is computed" if computed else None
        if not _reaches_parameter(call, parent, node, callees):
            return "is handed on through *args or **kwargs"
        if is_thread_call(callees) or _is_thread_method(call, callees):
            return "is used in a thread"
        if outside & externals.THREAD_READERS:
            return "is read in a thread"
        if callees and all(self.follows(callee) for callee in callees):
            return None
        given = self.evaluator.values(call, scope) if isinstance(call.func, ast.Attribute) else frozenset()
        if any(not isinstance(value, (ExternalInstance, External, Unknown)) for value in given):
            return None
        name = ast.unparse(call.func)
        return f"is handed to {name if len(name) < 60 else 'a call'}(), which cannot be followed"

    def is_unpacked(self, display: ast.expr, scope: Scope, parents: Parents) -> bool:
        """Whether elements are followed name by name: `a, b = x, y`, and `a, b = f()` for a tuple that f returns."""
        above = parents[display]
        if not isinstance(display, (ast.Tuple, ast.List)):
            return False
        size = len(display.elts)
        if isinstance(above, ast.Assign):
            return all(_fits(target, size) for target in above.targets)
        function = scope.enclosing_function()
        calls = self.callers.get(function, []) if function is not None and isinstance(above, ast.Return) else []
        return bool(calls) and all(_unpacks(call, outer.module.parents(), size) for call, outer in calls)

    def is_read(self, node: ast.expr, scope: Scope) -> bool:
        """Whether the object is one that is iterated or entered: a stream, say."""
        types = self.evaluator.flow.surface.types
        values = self.evaluator.values(node, scope)
        return any(isinstance(value, Sdk) and types[value.type_key].kind in _READ for value in values)

    def follows(self, callee: Value) -> bool:
        """Whether the analysis knows where the arguments of a call of `callee` go."""
        if isinstance(callee, (FunctionRef, BoundMethod, Partial, Instance)):
            return True
        if isinstance(callee, ClassRef):
            bases = callee.cls.external_bases
            return not bases - externals.HARMLESS_BASES or any(base.startswith("pydantic.") for base in bases)
        if isinstance(callee, SdkMethod):
            return True
        if isinstance(callee, Symbol):
            return self.evaluator.flow.module(callee.key) is not None
        if isinstance(callee, External):
            dotted = callee.dotted
            return (
                dotted in externals.HARMLESS
                or dotted in externals.IDENTITY
                or dotted in externals.AWAITING_CALLS
                or externals.takes_async_client(dotted)
                or dotted.split(".")[0] in externals.HARMLESS_ROOTS
            )
        return False


def _unpacks(call: ast.Call, parents: Parents, size: int) -> bool:
    above = parents[call]
    above = parents[above] if isinstance(above, ast.Await) else above
    return isinstance(above, ast.Assign) and all(_fits(target, size) for target in above.targets)


def _is_thread_method(call: ast.Call, callees: Values) -> bool:
    return not callees and isinstance(call.func, ast.Attribute) and call.func.attr in externals.THREAD_METHODS


def _fits(target: ast.expr, size: int) -> bool:
    return isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == size


def _reaches_parameter(call: ast.Call, parent: ast.AST, node: ast.expr, callees: Values) -> bool:
    """Whether an argument gets to a named parameter of every function of the program that is called."""
    for callee in callees:
        if not isinstance(callee, (FunctionRef, BoundMethod)):
            continue
        function = callee.function
        if isinstance(parent, ast.keyword):
            named = {parameter.arg for parameter in (*function.parameters, *function.node.args.kwonlyargs)}
            if parent.arg not in named:
                return False
        elif isinstance(parent, ast.Starred):
            return False
        elif node in call.args:
            at = call.args.index(node)
            bound = 1 if isinstance(callee, BoundMethod) else 0
            spread = any(isinstance(argument, ast.Starred) for argument in call.args[:at])
            if spread or at + bound >= len(function.parameters):
                return False
    return True
