"""One walk over a tree: its scopes, the names bound in them, and the statements whose effect matters."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.scopes import Class, Constraint, Function, Module, Scope
from fixopenai.analysis.tree import children

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.analysis.scopes import FunctionNode

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_EFFECTS = frozenset({ast.Call, ast.Yield, ast.YieldFrom, ast.Await})
# Expressions whose own value never matters.
_PLAIN_VALUES = (ast.Constant, ast.JoinedStr, ast.Compare, ast.UnaryOp)
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


def build_scopes(module: Module) -> None:
    """Fill the module's scopes, functions, classes and constraints from its tree."""
    _Builder(module).build()


class _Builder:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.current: ast.AST = module.tree

    def build(self) -> None:
        scope = Scope("module", self.module.tree, None, self.module)
        self.module.scope = scope
        self.module.scopes[self.module.tree] = scope
        self.statements(self.module.tree.body, scope, "")

    def statements(self, body: Iterable[ast.stmt], scope: Scope, prefix: str) -> None:
        for statement in body:
            self.statement(statement, scope, prefix)

    def bind(self, name: str, scope: Scope) -> None:
        """Bind a name by the statement at work."""
        scope.bind(name)
        scope.note_binding(name, self.current)

    def statement(self, node: ast.stmt, scope: Scope, prefix: str) -> None:
        self.current = node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.function_statement(node, scope, prefix)
        elif isinstance(node, ast.ClassDef):
            self.class_statement(node, scope, prefix)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.import_statement(node, scope)
        else:
            self.other_statement(node, scope, prefix)

    def function_statement(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, prefix: str) -> None:
        self.bind(node.name, scope)
        self.expressions(
            [*node.decorator_list, *_signature(node.args), *([node.returns] if node.returns else [])], scope
        )
        function = self.new_function(node, scope, prefix, isinstance(node, ast.AsyncFunctionDef))
        self.module.constraints.append(Constraint(node, scope))
        inner = function.scope
        for statement in _declarations(node.body):
            (inner.global_names if isinstance(statement, ast.Global) else inner.outer_names).update(statement.names)
        self.statements(node.body, inner, f"{function.qualname}.")

    def new_function(self, node: FunctionNode, scope: Scope, prefix: str, is_async: bool) -> Function:
        inner = Scope("function", node, scope, self.module)
        name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        function = Function(node, inner, self.module, scope.cls, prefix + name, is_async)
        inner.function = function
        for argument in _arguments(node.args):
            inner.bind(argument.arg)
            inner.note_binding(argument.arg, node)
        self.module.scopes[node] = inner
        self.module.functions.append(function)
        return function

    def class_statement(self, node: ast.ClassDef, scope: Scope, prefix: str) -> None:
        self.bind(node.name, scope)
        self.expressions([*node.decorator_list, *node.bases, *(word.value for word in node.keywords)], scope)
        inner = Scope("class", node, scope, self.module)
        inner.cls = Class(node, inner, self.module, prefix + node.name)
        self.module.scopes[node] = inner
        self.module.classes.append(inner.cls)
        self.module.constraints.append(Constraint(node, scope))
        self.statements(node.body, inner, f"{prefix}{node.name}.")

    def import_statement(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if alias.name == "*":
                assert isinstance(node, ast.ImportFrom)
                self.module.star_imports.append(node)
            else:
                name = alias.name if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
                self.bind(alias.asname or name, scope)
        self.module.constraints.append(Constraint(node, scope))

    def other_statement(self, node: ast.stmt, scope: Scope, prefix: str) -> None:
        effect = False
        for field, value in node.__dict__.items():
            if field in _BODIES and isinstance(value, list):
                for part in value:
                    self.current = node
                    self.part(part, scope, prefix)
            elif isinstance(value, ast.AST):
                effect |= self.expression(value, scope)
            elif isinstance(value, list):
                for part in value:
                    if isinstance(part, ast.AST):
                        effect |= self.expression(part, scope)
        if effect or _moves_values(node):
            self.module.constraints.append(Constraint(node, scope))

    def part(self, part: ast.AST, scope: Scope, prefix: str) -> None:
        if isinstance(part, ast.stmt):
            self.statement(part, scope, prefix)
        elif isinstance(part, ast.ExceptHandler):
            if part.name:
                self.bind(part.name, scope)
            if part.type is not None and self.expression(part.type, scope):
                self.module.constraints.append(Constraint(part.type, scope))
            self.statements(part.body, scope, prefix)
        elif isinstance(part, ast.match_case):
            self.expression(part.pattern, scope)
            if part.guard is not None:
                self.expression(part.guard, scope)
                self.module.constraints.append(Constraint(part.guard, scope))
            self.statements(part.body, scope, prefix)

    def expressions(self, nodes: Iterable[ast.AST], scope: Scope) -> bool:
        effect = False
        for node in nodes:
            effect |= self.expression(node, scope)
        return effect

    def expression(self, node: ast.AST, scope: Scope) -> bool:
        """Bind what the expression binds; whether evaluating it can do anything (a call, mostly)."""
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is ast.Store:  # type: ignore[attr-defined]
                self.bind(node.id, scope)  # type: ignore[attr-defined]
            return False
        if kind is ast.Constant:
            return False
        if isinstance(node, ast.NamedExpr):
            self.bind(node.target.id, _binding_scope(scope))
            self.expression(node.value, scope)
            return True
        if isinstance(node, ast.Lambda):
            self.lambda_expression(node, scope)
            return False
        if isinstance(node, _COMPREHENSIONS):
            return self.comprehension(node, scope)
        effect = kind in _EFFECTS
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            function = scope.enclosing_function()
            if function is not None:
                function.is_generator = True
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            self.bind(node.name, scope)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            self.bind(node.rest, scope)
        for child in children(node):
            effect |= self.expression(child, scope)
        return effect

    def lambda_expression(self, node: ast.Lambda, scope: Scope) -> None:
        self.expressions(_signature(node.args), scope)
        outer = scope.enclosing_function()
        function = self.new_function(node, scope, f"{outer.qualname}." if outer else "", is_async=False)
        self.expression(node.body, function.scope)
        self.module.constraints.append(Constraint(node, function.scope))

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope) -> bool:
        effect = False
        inner = Scope("comprehension", node, scope, self.module)
        inner.cls = scope.cls if scope.kind == "comprehension" else None
        self.module.scopes[node] = inner
        for position, generator in enumerate(node.generators):
            effect |= self.expression(generator.iter, scope if position == 0 else inner)
            effect |= self.expression(generator.target, inner)
            effect |= self.expressions(generator.ifs, inner)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return effect | self.expressions(parts, inner)


def _binding_scope(scope: Scope) -> Scope:
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    return scope


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    extra = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def _signature(arguments: ast.arguments) -> list[ast.expr]:
    """The expressions of a signature, which are evaluated around the function: annotations and defaults."""
    annotations = [argument.annotation for argument in _arguments(arguments) if argument.annotation is not None]
    return [*annotations, *arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]


def _declarations(body: list[ast.stmt]) -> list[ast.Global | ast.Nonlocal]:
    """The `global` and `nonlocal` statements of a body, not those of functions and classes inside it."""
    found: list[ast.Global | ast.Nonlocal] = []
    queue: list[ast.AST] = list(body)
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            found.append(node)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            queue.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))
    return found


def _moves_values(node: ast.stmt) -> bool:
    """Whether a statement without calls can still carry a value from one name to another, or read one by `+=`."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Add) and not isinstance(node.value, _PLAIN_VALUES)
    if isinstance(node, (ast.Assign, ast.Return)):
        return node.value is not None and not isinstance(node.value, _PLAIN_VALUES)
    return isinstance(node, (ast.AnnAssign, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.Match))
