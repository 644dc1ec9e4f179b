"""Which modules take a name out of which: by import, as an attribute, or spelled as a string beside the module."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import ModuleRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.module_index import Parts
    from fixopenai.analysis.scopes import Module


class Importers:
    """Each name is looked for once, however many modules define one that is called so."""

    def __init__(self, modules: list[Module], evaluator: Evaluator) -> None:
        self._modules = modules
        self._evaluator = evaluator
        self._by_name: dict[str, dict[Parts, set[Module]]] = {}

    def any_takes(self, name: str, out_of: Module) -> bool:
        """Whether another module takes the name out of this one."""
        if name not in self._by_name:
            found = self._by_name[name] = {}
            for module in self._modules:
                for key in self._takes_from(name, module):
                    found.setdefault(key, set()).add(module)
        return bool(self._by_name[name].get(out_of.key, set()) - {out_of})

    def _takes_from(self, name: str, module: Module) -> Iterator[Parts]:
        # Who imports with a star need not spell the name; everybody else must.
        if not (name in module.source.text or module.star_imports):
            return
        for node in walk(module.tree):
            if isinstance(node, ast.ImportFrom) and any(alias.name in (name, "*") for alias in node.names):
                key = self._evaluator.flow.index.resolve(module.path, node.module or "", node.level)
                if key is not None:
                    yield key
            elif isinstance(node, ast.Attribute) and node.attr == name:
                yield from self._modules_in((node.value,), module)
            elif isinstance(node, ast.Call) and any(_spells(part, name) for part in node.args):
                # `getattr(llm, "OpenAI")`, `patch.object(llm, "OpenAI")`.
                yield from self._modules_in(node.args, module)

    def _modules_in(self, nodes: Iterable[ast.expr], module: Module) -> Iterator[Parts]:
        for node in nodes:
            for value in self._evaluator.values(node, module.scope_of(node)):
                if isinstance(value, ModuleRef):
                    yield value.key


def _spells(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == name
