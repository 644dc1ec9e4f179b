"""Where a module mentions a class other than by calling it: in annotations, in quotes, in type checks."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import SdkClass
from fixopenai.rewriting.edits import EditError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Scope
    from fixopenai.strategies.plans import ClassReference


def quoted_name(program: Program, reference: ClassReference) -> ast.Name | ast.Attribute:
    """How a class is written in a quoted type; EditError when that is not all that its word stands for there."""
    assert isinstance(reference.node, ast.Constant)
    text = str(reference.node.value)
    types = program.flow.surface.types
    found: list[ast.Name | ast.Attribute] = []
    for part in walk(ast.parse(text.strip(), mode="eval")):
        if isinstance(part, (ast.Name, ast.Attribute)):
            values = program.evaluator.values(part, reference.scope)
            if any(isinstance(v, SdkClass) and types[v.type_key].sync_name == reference.old for v in values):
                found.append(part)
    words = {part.id if isinstance(part, ast.Name) else part.attr for part in found}
    if len(words) != 1 or len(re.findall(rf"\b{re.escape(min(words))}\b", text)) != len(found):
        raise EditError("the client's class is quoted in a way that cannot be followed", reference.node)
    # A plain name needs an import, which serves the dotted ones beside it as well.
    return min(found, key=lambda part: isinstance(part, ast.Attribute))


def statements_of(scope: Scope) -> Iterator[ast.AST]:
    """The statements of a scope, those in functions and classes inside it left aside."""
    queue: list[ast.AST] = list(getattr(scope.node, "body", []))
    while queue:
        node = queue.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            queue.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))


def is_type_check(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in {"isinstance", "issubclass", "cast"}


def annotations_in(tree: ast.Module) -> Iterator[ast.expr]:
    for node in walk(tree):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
            yield node.returns


def type_strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Strings that may name a class: quoted annotations, arguments of `cast` and the like, entries of `__all__`."""
    holders: list[ast.AST] = list(annotations_in(tree))
    for node in walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in {"cast", "TypeVar", "NewType"}:
            holders += [*node.args, *node.keywords]
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                holders.append(node.value)
    for holder in holders:
        for part in walk(holder):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part


def names_in(node: ast.Constant, name: str) -> bool:
    return re.search(rf"(?<![\w.]){name}(?!\w)", str(node.value)) is not None
