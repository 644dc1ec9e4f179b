"""Under which name a module outside the program can be used at a place, and the import it takes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import External
from fixopenai.rewriting.edits import AddImported, Edit, InsertImport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.scopes import Module, Scope


def dotted_at(scope: Scope, node: ast.expr, module: str, name: str) -> tuple[str, Edit | None]:
    """How `module.name` is written at `node` in `scope`, and the import to add, None where one serves already."""
    for wanted, tail in ((f"{module}.{name}", ""), (module, f".{name}")):
        for bound in _names_of(scope, node, wanted):
            return f"{bound}{tail}", None
    free = _free_name(scope, module)
    statement = f"import {module}" if free == module else f"import {module} as {free}"
    return f"{free}.{name}", Edit(scope.module, scope.module.tree, InsertImport(statement))


def imported_at(scope: Scope, node: ast.expr, module: str, name: str) -> tuple[str, Edit | None]:
    """Under which plain name `module.name` can be called at `node`, and the import to add, None where one serves."""
    bound = next(_names_of(scope, node, f"{module}.{name}"), None)
    if bound is not None:
        return bound, None
    free = name
    while scope.owner(free) is not None:
        free = f"_{free}"
    renamed = "" if free == name else f" as {free}"
    for statement in _always_run(scope.module):
        # A list that is open to one more name, on its own line, is where a person would put it.
        if isinstance(statement, ast.ImportFrom) and statement.module == module and not (statement.level or renamed):
            beside = next((alias.name for alias in statement.names if alias.asname is None and alias.name != "*"), None)
            if beside is not None and statement in scope.module.tree.body:
                return free, Edit(scope.module, statement, AddImported(beside, free))
    statement_text = f"from {module} import {name}{renamed}"
    return free, Edit(scope.module, scope.module.tree, InsertImport(statement_text))


def _names_of(scope: Scope, node: ast.expr, dotted: str) -> Iterator[str]:
    """Names that surely hold the thing when `node` runs."""
    for owner in scope.chain():
        if owner.kind not in ("module", "function"):
            continue
        for name, slot in owner.slots.items():
            only_imported = all(isinstance(b, (ast.Import, ast.ImportFrom)) for b in owner.bindings.get(name, ()))
            if (
                slot.values == {External(dotted)}
                and only_imported
                and scope.owner(name) is owner
                and _surely_bound(owner, name, node)
            ):
                yield name


def _surely_bound(owner: Scope, name: str, node: ast.expr) -> bool:
    """Whether an import of the name is run before `node`: at the top of the module, or earlier in the function."""
    if owner.kind == "module":
        return any(_binds(statement, name) for statement in _always_run(owner.module))
    body = owner.function.node.body if owner.function is not None else []
    return isinstance(body, list) and any(_binds(part, name) and part.lineno < node.lineno for part in body)


def _always_run(module: Module) -> Iterator[ast.stmt]:
    for statement in module.tree.body:
        yield statement
        if isinstance(statement, ast.Try):
            yield from statement.body


def _binds(statement: ast.stmt, name: str) -> bool:
    if isinstance(statement, ast.Import):
        return any((alias.asname or alias.name) == name for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        return any((alias.asname or alias.name) == name for alias in statement.names)
    return False


def _free_name(scope: Scope, module: str) -> str:
    """The module's own name where nothing hides it, else one with underscores before it."""
    name = module
    while _is_taken(scope, name, module):
        name = f"_{name}"
    return name


def _is_taken(scope: Scope, name: str, module: str) -> bool:
    owner = scope.owner(name)
    if owner is None:
        return False
    imported = all(isinstance(binding, (ast.Import, ast.ImportFrom)) for binding in owner.bindings.get(name, ()))
    return not (owner.kind == "module" and imported and owner.slots[name].values == {External(module)})
