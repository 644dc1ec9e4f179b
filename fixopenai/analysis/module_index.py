"""Which file a dotted module name means, seen from the file that imports it."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Packages that a folder of the same name inside a package does not replace.
_INSTALLED = frozenset({"openai", "fastapi", "starlette", "pydantic", "anyio", "instructor", "langfuse", "langsmith"})
# The OpenAI Agents SDK, whose name many packages give to a part of their own.
_AGENTS_SDK = "agents"

Parts = tuple[str, ...]


class ModuleIndex:
    """All modules of one program by path; a path is the tuple of its parts below the root.

    A module `app.llm` may lie at `app/llm.py`, `src/app/llm.py` or `backend/app/llm/__init__.py`: which folder is on
    `sys.path` is not known, so every folder that could be is tried, the nearest to the importer first.
    """

    def __init__(self, files: Iterable[str], wrappers: frozenset[str] = frozenset()) -> None:
        """`wrappers` are files named like an installed package that import that package: they do not replace it."""
        self._wrappers = wrappers
        self._files: dict[Parts, str] = {}
        self._folders: set[Parts] = {()}
        self._bases: dict[str, set[Parts]] = defaultdict(set)
        for file in files:
            parts = tuple(file.split("/"))
            stem = parts[-1].removesuffix(".py")
            key = parts[:-1] if stem == "__init__" else (*parts[:-1], stem)
            self._files[key] = file
            if key:
                self._bases[key[-1]].add(key[:-1])
            for depth in range(1, len(parts)):
                folder = parts[:depth]
                if folder not in self._folders:
                    self._folders.add(folder)
                    self._bases[folder[-1]].add(folder[:-1])

    def file(self, key: Parts) -> str | None:
        """The file of the module or package at `key`; None for a package without `__init__.py`."""
        return self._files.get(key)

    def exists(self, key: Parts) -> bool:
        """Whether a module, a package or a plain folder (namespace package) is there."""
        return key in self._files or key in self._folders

    def key_of(self, file: str) -> Parts:
        """The key of a file: its parts without the ending, or its folder's for `__init__.py`."""
        parts = tuple(file.split("/"))
        stem = parts[-1].removesuffix(".py")
        return parts[:-1] if stem == "__init__" else (*parts[:-1], stem)

    def resolve(self, importer: str, dotted: str, level: int = 0) -> Parts | None:
        """The key that `import dotted` (or `from ..dotted`, with its level) means in `importer`; None: not ours."""
        folder = tuple(importer.split("/"))[:-1]
        names = tuple(dotted.split(".")) if dotted else ()
        if level:
            if level - 1 > len(folder):
                return None
            key = (*folder[: len(folder) - (level - 1)], *names)
            return key if self.exists(key) else None
        base = self._base(folder, names)
        return None if base is None else (*base, *names)

    def root(self, importer: str, dotted: str) -> Parts | None:
        """The key of the first name of an absolute `import a.b.c`."""
        key = self.resolve(importer, dotted)
        return None if key is None else key[: len(key) - dotted.count(".")]

    def _base(self, folder: Parts, names: Parts) -> Parts | None:
        """The folder on `sys.path` below which `names` is found, the best one for an importer in `folder`."""
        first = names[0]
        candidates = [base for base in self._bases.get(first, ()) if self.exists((*base, *names))]
        if names == (_AGENTS_SDK,):
            # A package that has a part of this name is not on `sys.path` for that: it is the SDK that is imported.
            candidates = [base for base in candidates if base not in self._files]
        if first in sys.stdlib_module_names or first in _INSTALLED:
            candidates = [base for base in candidates if self._shadows(base, folder, first)]
        ranked = sorted((rank, base) for base in candidates if (rank := self._rank(base, folder)) is not None)
        if ranked:
            return ranked[0][1]
        plain = [base for base in candidates if base not in self._files]
        return plain[0] if len(plain) == 1 and (*plain[0], first) in self._files else None

    def _rank(self, base: Parts, folder: Parts) -> tuple[bool, int] | None:
        """How likely `base` is on `sys.path` for code in `folder`: it holds the folder, or is a `src` beside it."""
        if folder[: len(base)] == base:
            return base in self._files, len(folder) - len(base)
        if base and folder[: len(base) - 1] == base[:-1]:
            return base in self._files, len(folder) - len(base) + 1
        return None

    def _shadows(self, base: Parts, folder: Parts, first: str) -> bool:
        """Whether a module in `base` hides an installed one: a real module, in a folder that scripts run from."""
        file = self._files.get((*base, first))
        return (
            file is not None and file not in self._wrappers and base not in self._files and folder[: len(base)] == base
        )
