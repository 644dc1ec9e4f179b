"""What a statement does to the slots."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis import fastapi
from fixopenai.analysis.patterns import Patterns
from fixopenai.analysis.tree import children
from fixopenai.analysis.values import (
    ClassRef,
    Dependency,
    External,
    FunctionRef,
    Instance,
    ModuleRef,
    SdkClass,
    Symbol,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixopenai.analysis.annotations import Declared
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Class, Constraint, Function, Scope, Slot


class Statements:
    """One method a kind of statement; `run` is the step of the work list."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.assignments = evaluator.assignments
        self.patterns = Patterns(evaluator)
        self.flow = evaluator.flow
        self._handlers: dict[type[ast.AST], Callable[..., None]] = {
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated_assign,
            ast.Return: self._return,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.Match: self._match,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.Lambda: self._lambda,
            ast.ClassDef: self._class,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
        }

    def run(self, constraint: Constraint) -> None:
        """Compute the effect of one statement."""
        node, scope = constraint.node, constraint.scope
        self.evaluator.forget()
        handler = self._handlers.get(type(node))
        if handler is not None:
            handler(node, scope)
        elif isinstance(node, ast.expr):
            self.evaluator.values(node, scope)
        else:
            for child in children(node):
                if isinstance(child, ast.expr):
                    self.evaluator.values(child, scope)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        values = self.evaluator.values(node.value, scope)
        for target in node.targets:
            if isinstance(target, (ast.Tuple, ast.List)) and isinstance(node.value, (ast.Tuple, ast.List)):
                self._unpack(target, node.value, scope)
            else:
                self.assignments.assign(target, values, scope)

    def _unpack(self, target: ast.Tuple | ast.List, value: ast.Tuple | ast.List, scope: Scope) -> None:
        """`a, b = x, y` pairs name by name; with a star, or of other lengths, every name gets every value."""
        exact = len(target.elts) == len(value.elts) and not any(
            isinstance(element, ast.Starred) for element in [*target.elts, *value.elts]
        )
        if not exact:
            self.assignments.assign(target, self.evaluator.values(value, scope), scope)
            return
        for name, element in zip(target.elts, value.elts, strict=True):
            self.assignments.assign(name, self.evaluator.values(element, scope), scope)

    def _annotated_assign(self, node: ast.AnnAssign, scope: Scope) -> None:
        values = self._given(node.annotation, node.value, scope)
        if scope.kind == "class" and scope.cls is not None and isinstance(node.target, ast.Name):
            self.flow.add(scope.cls.attribute(node.target.id), values)
        self.assignments.assign(node.target, values, scope)

    def _return(self, node: ast.Return, scope: Scope) -> None:
        function = scope.enclosing_function()
        if node.value is not None and function is not None:
            self.flow.add(function.returns, self.evaluator.values(node.value, scope))

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        self.assignments.assign(node.target, self.evaluator.elements(self.evaluator.values(node.iter, scope)), scope)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            values = self.evaluator.values(item.context_expr, scope)
            if item.optional_vars is not None:
                self.assignments.assign(item.optional_vars, self.evaluator.entered(values), scope)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        values = self.evaluator.values(node.subject, scope)
        for case in node.cases:
            self.patterns.bind(case.pattern, values, scope)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        assert scope.function is not None
        self.flow.add(scope.function.returns, self.evaluator.values(node.body, scope))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        function = scope.module.scopes[node].function
        assert function is not None
        values: set[Value] = {FunctionRef(function)}
        for decorator in reversed(node.decorator_list):
            values |= self._decorate(decorator, function, scope)
        self.assignments.bind(node.name, values, scope)
        self._parameters(function, scope)
        if node.returns is not None:
            declared = self.evaluator.annotations.declared(node.returns, scope)
            if function.is_generator:
                self.flow.add(function.yields, self.evaluator.elements(declared.values))
            else:
                self.flow.add(function.returns, declared.values)

    def _decorate(self, decorator: ast.expr, function: Function, scope: Scope) -> set[Value]:
        """Note what the decorator is; one of the program is called with the function, others give it back."""
        found: set[Value] = set()
        role = fastapi.decorator_role(decorator, self.evaluator.values(_callee(decorator), scope))
        if role is not None:
            self.flow.roles[function].add(role)
        for value in self.evaluator.values(decorator, scope):
            if isinstance(value, FunctionRef) and value.function.parameters:
                first = value.function.scope.slots[value.function.parameters[0].arg]
                self.flow.add(first, {FunctionRef(function)})
                found |= self.evaluator.results.of(value)
        for value in self.evaluator.values(_callee(decorator), scope):
            if isinstance(value, External):
                function.decorators.add(value.dotted)
        if isinstance(decorator, ast.Attribute) and decorator.attr in {"setter", "deleter"}:
            function.decorators.add("builtins.property")
        return found

    def _parameters(self, function: Function, scope: Scope) -> None:
        arguments = function.node.args
        slots = function.scope.slots
        parameters = function.parameters
        defaults = {parameter.arg: default for parameter, default in function.defaults()}
        if function.cls is not None and parameters and "builtins.staticmethod" not in function.decorators:
            receiver: Value = Instance(function.cls, exact=False)
            if "builtins.classmethod" in function.decorators or function.name in {"__new__", "__init_subclass__"}:
                receiver = ClassRef(function.cls)
            self.flow.add(slots[parameters[0].arg], {receiver})
        for parameter in [*parameters, *arguments.kwonlyargs]:
            self._parameter(parameter, defaults.get(parameter.arg), slots[parameter.arg], scope)

    def _parameter(self, parameter: ast.arg, default: ast.expr | None, slot: Slot, scope: Scope) -> None:
        self.flow.add(slot, self._given(parameter.annotation, default, scope))

    def _given(self, annotation: ast.expr | None, default: ast.expr | None, scope: Scope) -> Values:
        """What a parameter or a field of a class may hold by its annotation and its default, injected or not."""
        declared = self._declared(annotation, scope)
        values: set[Value] = set(declared.values) if declared is not None else set()
        dependencies = set(declared.dependencies) if declared is not None else set()
        for value in self.evaluator.values(default, scope) if default is not None else ():
            if isinstance(value, Dependency):
                dependencies.add(value)
            else:
                values.add(value)
        if dependencies:
            classes = frozenset(ClassRef(value.cls) for value in values if isinstance(value, Instance))
            for dependency in dependencies:
                values |= self.evaluator.results.injected(dependency, classes)
        return frozenset(values)

    def _declared(self, annotation: ast.expr | None, scope: Scope) -> Declared | None:
        return self.evaluator.annotations.declared(annotation, scope) if annotation is not None else None

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        cls = scope.module.scopes[node].cls
        assert cls is not None
        for written in node.bases:
            # `Base[T]` is a `Base`.
            base = written.value if isinstance(written, ast.Subscript) else written
            for value in self.evaluator.values(base, scope):
                self._add_base(cls, value)
        for part in (*node.decorator_list, *(keyword.value for keyword in node.keywords)):
            self.evaluator.values(part, scope)
        self.assignments.bind(node.name, {ClassRef(cls)}, scope)

    def _add_base(self, cls: Class, value: Value) -> None:
        if isinstance(value, Symbol):
            if self.flow.load(value.key) is not None:
                for found in self.evaluator.attributes.module(value.key, value.name):
                    if not isinstance(found, Symbol):
                        self._add_base(cls, found)
        elif isinstance(value, ClassRef):
            if cls.add_base(value.cls):
                for relative in [*cls.ancestors(), *cls.descendants()]:
                    self.flow.wake(relative.family)
        elif isinstance(value, (SdkClass, External)):
            cls.external_bases.add(value.dotted)

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            if alias.asname:
                key = self.flow.index.resolve(scope.module.path, alias.name)
                found = (
                    frozenset({ModuleRef(key)}) if key is not None else self.evaluator.attributes.external(alias.name)
                )
                self.assignments.bind(alias.asname, found, scope)
            else:
                root = alias.name.split(".")[0]
                key = self.flow.index.root(scope.module.path, alias.name)
                value: Value = ModuleRef(key) if key is not None else External(root)
                self.assignments.bind(root, {value}, scope)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        key = self.flow.index.resolve(scope.module.path, node.module or "", node.level)
        for alias in node.names:
            if alias.name == "*":
                continue
            name = alias.asname or alias.name
            if key is not None:
                self.assignments.bind(name, self.evaluator.attributes.module(key, alias.name), scope)
            elif not node.level:
                self.assignments.bind(name, self.evaluator.attributes.external(f"{node.module}.{alias.name}"), scope)


def _callee(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
