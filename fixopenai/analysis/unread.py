"""Where names lead in modules that were not analysed: followed by their spelling alone, over imports."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.analysis.tree import children, walk

_MAKERS = frozenset({"__new__", "__init__", "__post_init__", "__set_name__"})
_Code: TypeAlias = "dict[str, list[ast.AST]]"

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.module_index import ModuleIndex, Parts
    from fixopenai.analysis.scopes import Module


@dataclass(slots=True)
class _Names:
    """What the names in a module stand for.

    `run` has the code that a name runs, or that gave what it holds; `made` what making an object of a class of that
    name runs; `global_values` what the module keeps under it since its import. Which class or function it is in does
    not matter. `imported` has a module of the program and a name in it, or None and a dotted name; of `stars`, all
    names are meant.
    """

    run: _Code = field(default_factory=lambda: defaultdict(list))
    made: _Code = field(default_factory=lambda: defaultdict(list))
    global_values: _Code = field(default_factory=lambda: defaultdict(list))
    imported: dict[str, list[tuple[Parts | None, str]]] = field(default_factory=lambda: defaultdict(list))
    stars: list[Parts] = field(default_factory=list)

    def code(self, name: str, at_import: bool) -> Iterator[tuple[ast.AST, bool]]:
        """The code behind a name, and whether it has run when the module was imported."""
        yield from ((code, at_import) for code in self.run.get(name, ()))
        yield from ((code, True) for code in self.global_values.get(name, ()))
        if not at_import:
            yield from ((code, False) for code in self.made.get(name, ()))


class Unread:
    """Modules of the program that were parsed and no more."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._known: dict[Parts, _Names | None] = {}

    def reach(self, key: Parts, names: Iterable[str], is_meant: Callable[[str], bool], *, is_made: bool = True) -> bool:
        """Whether code that the names of a module may run mentions a dotted name that is meant.

        What an object got when it was made at import counts where it is used. Async functions are left out: calling one
        runs nothing. What the making of the objects runs is left out where none `is_made`. A module that cannot be
        parsed may mention anything.
        """
        asked = frozenset(names)
        queue = [(key, name, not is_made) for name in asked]
        seen = set(queue)
        while queue:
            key, name, at_import = queue.pop()
            known = self._names(key)
            if known is None:
                return True
            nexts = {(star, name, at_import) for star in known.stars}
            imported: list[tuple[Parts | None, str, set[str], bool]] = [
                (origin, dotted, {dotted, *asked}, at_import) for origin, dotted in known.imported.get(name, ())
            ]
            for code, has_run in known.code(name, at_import):
                chains = list(_chains(code))
                mentioned = {part for chain in chains for part in chain}
                nexts |= {(key, other, has_run) for other in mentioned - known.imported.keys()}
                for first, *rest in chains:
                    for origin, other in known.imported.get(first, ()):
                        imported.append((origin, ".".join((other, *rest)), {other, *mentioned, *asked}, has_run))
            for origin, dotted, others, has_run in imported:
                if origin is not None:
                    modules = self._modules(origin, others)
                    nexts |= {(module, other, has_run) for module in modules for other in others}
                elif is_meant(dotted):
                    return True
            queue += nexts - seen
            seen |= nexts
        return False

    def _modules(self, origin: Parts, names: Collection[str]) -> list[Parts]:
        """A module, and those below it that names lead to: of `a.b.f()`, `a` is only the first."""
        found = [origin]
        for key in found:
            below = ((*key, name) for name in names)
            found += [module for module in below if module not in found and self._flow.index.exists(module)]
        return found

    def _names(self, key: Parts) -> _Names | None:
        if key not in self._known:
            module = self._flow.parsed(key)
            is_folder = self._flow.index.file(key) is None
            self._known[key] = _names_in(module, self._flow.index) if module else _Names() if is_folder else None
        return self._known[key]


def _names_in(module: Module, index: ModuleIndex) -> _Names:
    found = _Names()
    shared = {name for node in walk(module.tree) if isinstance(node, ast.Global) for name in node.names}
    queue: list[tuple[ast.AST, bool]] = [(module.tree, False)]
    while queue:
        node, in_function = queue.pop()
        if isinstance(node, ast.FunctionDef):
            found.run[node.name].append(node)
        elif isinstance(node, ast.ClassDef):
            _define_class(node, found)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                dotted = alias.name if alias.asname else alias.name.split(".")[0]
                key = index.resolve(module.path, alias.name) if alias.asname else index.root(module.path, alias.name)
                found.imported[alias.asname or dotted].append((key, "" if key is not None else dotted))
        elif isinstance(node, ast.ImportFrom):
            _import_from(node, module, index, found)
        for name, value, is_attribute in _bindings(node):
            if not in_function:
                found.global_values[name].append(value)
            elif is_attribute or name in shared:  # the others are the function's own, and so is their code
                found.run[name].append(value)
        is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        queue += [(child, in_function or is_function) for child in children(node)]
    return found


def _import_from(node: ast.ImportFrom, module: Module, index: ModuleIndex, found: _Names) -> None:
    key = index.resolve(module.path, node.module or "", node.level)
    for alias in node.names:
        if key is None:
            found.imported[alias.asname or alias.name].append((None, f"{node.module}.{alias.name}"))
        elif alias.name == "*":
            found.stars.append(key)
        elif index.exists((*key, alias.name)):
            found.imported[alias.asname or alias.name].append(((*key, alias.name), ""))
        else:
            found.imported[alias.asname or alias.name].append((key, alias.name))


def _bindings(node: ast.AST) -> list[tuple[str, ast.expr, bool]]:
    """The names that a node gives a value to, with it, and whether they are those of attributes."""
    if isinstance(node, ast.Assign):
        return [bound for target in node.targets for bound in _bound(target, node.value)]
    if isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
        return _bound(node.target, node.value)
    if isinstance(node, ast.withitem) and node.optional_vars is not None:
        return _bound(node.optional_vars, node.context_expr)
    return []


def _bound(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr, bool]]:
    if isinstance(target, ast.Name):
        return [(target.id, value, False)]
    if isinstance(target, ast.Attribute):
        return [(target.attr, value, True)]
    if isinstance(target, (ast.Subscript, ast.Starred)):
        return _bound(target.value, value)
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else []
    return [bound for part in parts for bound in _bound(part, value)]


def _define_class(node: ast.ClassDef, found: _Names) -> None:
    """Its methods have names of their own, but for those that making or using an object runs without naming them."""
    for part in node.body:
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) or part.name in _MAKERS:
            found.made[node.name].append(part)
        elif isinstance(part, ast.FunctionDef) and part.name.startswith("__"):
            found.run[node.name].append(part)
    found.run[node.name] += [*node.decorator_list, *node.bases]


def _chains(root: ast.AST) -> Iterator[list[str]]:
    """`a.b.c` as its three names, and `.c` of anything else as an empty name and the one."""
    queue = [root]
    while queue:
        node = queue.pop()
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            yield [node.id, *names]
        else:
            if names:
                yield ["", *names]
            queue += [child for child in children(node) if not isinstance(child, ast.AsyncFunctionDef)]
