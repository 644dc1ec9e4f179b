"""Attributes that are set by a name that is a text: `setattr`, patches of tests, `__dict__`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import called_name, walk
from fixopenai.analysis.values import ClassRef, Instance

if TYPE_CHECKING:
    from collections.abc import Collection

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Class, Module

_SETTERS = frozenset({"setattr", "__setattr__", "object", "patch"})
_WORDS = ("setattr", "patch", "__dict__", "vars(")


def is_set_by_name(program: Program, name: str, classes: Collection[Class]) -> bool:
    """Whether an attribute of objects of the classes may be set by a text that names it, or by one not known."""
    return any(
        _sets(program, module, node, name, classes)
        for module in program.modules
        if any(word in module.source.text for word in _WORDS)
        for node in walk(module.tree)
    )


def _sets(program: Program, module: Module, node: ast.AST, name: str, classes: Collection[Class]) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "__dict__" and _is_of(program, module, node.value, classes)
    if not isinstance(node, ast.Call) or not node.args:
        return False
    called = called_name(node)
    if called == "vars":
        return _is_of(program, module, node.args[0], classes)
    if called not in _SETTERS:
        return False
    texts = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
    if any(isinstance(text, str) and text.rpartition(".")[2] == name for text in texts):
        return True
    return not texts and _is_of(program, module, node.args[0], classes)


def _is_of(program: Program, module: Module, node: ast.expr, classes: Collection[Class]) -> bool:
    owners = program.evaluator.values(node, module.scope_of(node))
    return any(isinstance(owner, (Instance, ClassRef)) and owner.cls in classes for owner in owners)
