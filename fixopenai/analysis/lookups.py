"""Where a program may look something up by its name: each module is walked once, however many names are looked for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.analysis.doubles import PATCHERS
from fixopenai.analysis.tree import called_name, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Module

Lookup: TypeAlias = "ast.Attribute | ast.Call | ast.Subscript"
# A place by its module and its number in it, and what stands there.
_Numbered: TypeAlias = "tuple[str, int, Module, Lookup]"
# Functions that give a table of names, and all those that give the names of an object.
TABLES = frozenset({"globals", "vars"})
TELLING = frozenset({"vars", "getmembers", "dir"})
# Functions that run a text, and those that take names as texts or keywords.
EVALUATING = frozenset({"eval", "exec"})
NAMING = frozenset({"multiple", "dict", "setitem", "methodcaller", "attrgetter"})
_LOOKING = PATCHERS | TABLES | TELLING | EVALUATING | NAMING | {"getattr", "type"}


class Lookups:
    """The attributes of objects that are not known, and the calls that tell names."""

    def __init__(self, modules: list[Module], evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._attributes: dict[str, list[_Numbered]] = {}
        self._unresolved: dict[str, list[_Numbered]] = {}
        self._telling: list[_Numbered] = []
        self._calls: list[_Numbered] = []
        for module in modules:
            for number, node in enumerate(walk(module.tree)):
                self._note(module, number, node)

    def of(self, names: Collection[str]) -> Iterator[tuple[Module, Lookup]]:
        """What may look up functions of these names, module by module; every call where one is `__call__`."""
        found = list(self._calls if "__call__" in names else self._telling)
        for name in names:
            found += self._unknown(name)
        for _, _, module, node in sorted(found, key=lambda one: one[:2]):
            yield module, node

    def _note(self, module: Module, number: int, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute):
            self._attributes.setdefault(node.attr, []).append((module.path, number, module, node))
        elif isinstance(node, ast.Call):
            self._calls.append((module.path, number, module, node))
            if called_name(node) in _LOOKING:
                self._telling.append((module.path, number, module, node))
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
            self._calls.append((module.path, number, module, node))
            self._telling.append((module.path, number, module, node))

    def _unknown(self, name: str) -> list[_Numbered]:
        if name not in self._unresolved:
            self._unresolved[name] = [
                one
                for one in self._attributes.get(name, ())
                if isinstance(one[3], ast.Attribute) and not self._evaluator.values(one[3], one[2].scope_of(one[3]))
            ]
        return self._unresolved[name]
