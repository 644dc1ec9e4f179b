"""Which modules run in one process with a module, and so with the same packages installed, as far as can be told."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.module_index import ModuleIndex
    from fixopenai.analysis.scopes import Module


class Neighbours:
    """A repository may hold several services; those that import each other are one, over any number of imports.

    So are a module and those in the folders above and below it: what starts a service often lies there.
    """

    def __init__(self, modules: list[Module], index: ModuleIndex) -> None:
        self._modules = modules
        self._service = {module.path: module.path for module in modules}
        for module in modules:
            for path in _imported(module, index):
                if path in self._service:
                    self._service[self._first(path)] = self._first(module.path)
        self._importers: dict[str, list[Module]] = {}

    def any_imports(self, package: str, near: Module) -> bool:
        """Whether a package from outside is imported by what runs with the module."""
        if package not in self._importers:
            self._importers[package] = [module for module in self._modules if _names_package(module, package)]
        folder = PurePosixPath(near.path).parent
        for module in self._importers[package]:
            other = PurePosixPath(module.path).parent
            one_service = self._first(module.path) == self._first(near.path)
            if one_service or folder == other or folder in other.parents or other in folder.parents:
                return True
        return False

    def _first(self, path: str) -> str:
        while self._service[path] != path:
            self._service[path] = path = self._service[self._service[path]]
        return path


def _imported(module: Module, index: ModuleIndex) -> Iterator[str]:
    for node in walk(module.tree):
        if isinstance(node, ast.Import):
            keys = [index.resolve(module.path, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            key = index.resolve(module.path, node.module or "", node.level)
            keys = [key, *((*key, alias.name) for alias in node.names)] if key is not None else []
        else:
            continue
        for key in keys:
            file = index.file(key) if key is not None else None
            if file is not None:
                yield file


def _names_package(module: Module, package: str) -> bool:
    """Whether any import, at whatever depth, names the package or something in it."""
    if package not in module.source.text:
        return False
    for node in walk(module.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            continue
        if any(name.partition(".")[0] == package for name in names):
            return True
    return False
