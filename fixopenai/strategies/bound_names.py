"""Under which name a module outside the program can be used at a place, and the import it takes."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import External
from fixopenai.rewriting.edits import AddImported, Edit, InsertImport

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Module, Scope

# Packages that export none of the standard library's modules to `from ... import *`.
_CLEAN_STARS = frozenset({*sys.stdlib_module_names, "openai", "fastapi", "pydantic"})
_DEL = re.compile(r"\bdel\b")


def dotted_at(program: Program, scope: Scope, node: ast.expr, module: str, name: str) -> tuple[str, Edit | None]:
    """How `module.name` is written at `node` in `scope`, and the import to add, None where one serves already."""
    for wanted, tail in ((f"{module}.{name}", ""), (module, f".{name}")):
        for bound in _names_of(program, scope, node, wanted):
            return f"{bound}{tail}", None
    free = _free_name(program, scope, module, module)
    statement = f"import {module}" if free == module else f"import {module} as {free}"
    return f"{free}.{name}", Edit(scope.module, scope.module.tree, InsertImport(statement))


def imported_at(
    program: Program, scope: Scope, node: ast.expr, module: str, name: str, *, twin: str | None = None
) -> tuple[str, Edit | None]:
    """Under which plain name `module.name` can be called at `node`, and the import to add, None where one serves.

    `twin` is another module that has the same thing under the same name.
    """
    for home in (module, twin):
        bound = next(_names_of(program, scope, node, f"{home}.{name}"), None) if home is not None else None
        if bound is not None:
            return bound, None
    free = _free_name(program, scope, name, f"{module}.{name}")
    renamed = "" if free == name else f" as {free}"
    for statement in scope.module.tree.body:
        # A list that is open to one more name is where a person would put it.
        if isinstance(statement, ast.ImportFrom) and statement.module == module and not (statement.level or renamed):
            beside = next((alias.name for alias in statement.names if alias.asname is None and alias.name != "*"), None)
            if beside is not None:
                return free, Edit(scope.module, statement, AddImported(beside, free))
    statement_text = f"from {module} import {name}{renamed}"
    return free, Edit(scope.module, scope.module.tree, InsertImport(statement_text))


def _names_of(program: Program, scope: Scope, node: ast.expr, dotted: str) -> Iterator[str]:
    """Names that surely hold the thing when `node` runs."""
    for owner in scope.chain():
        if owner.kind not in ("module", "function"):
            continue
        for name in list(owner.slots):
            if (
                _is_only(owner, name, dotted)
                and scope.owner(name) is owner
                and not _is_mangled(name)
                and _surely_bound(program, owner, name, node, dotted)
            ):
                yield name


def _surely_bound(program: Program, owner: Scope, name: str, node: ast.expr, dotted: str) -> bool:
    """Whether an import of the name is run before `node`: at the top of the module, or earlier in the function."""
    if owner.kind == "module":
        # A star import may hide what was imported before it.
        hidden = last_star(program, owner.module, name, dotted)
        return any(_binds(part, name) and part.lineno > hidden for part in _always_run(owner.module))
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


def _is_mangled(name: str) -> bool:
    """Whether the name means another one inside a class."""
    return name.startswith("__") and not name.endswith("__")


def _is_deleted(owner: Scope, name: str) -> bool:
    if not _DEL.search(owner.module.source.text):
        return False
    return any(
        isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Del)
        and node.id == name
        and owner.module.scope_of(node).owner(name) is owner
        for node in walk(owner.module.tree)
    )


def last_star(program: Program, module: Module, name: str, dotted: str, clean: Collection[str] = _CLEAN_STARS) -> int:
    """The line of the last star import that may bind the name to something else; 0 if none may.

    `clean` are packages outside the program that do not.
    """
    stars = (star.lineno for star in module.star_imports if _may_bind(program, module, star, name, dotted, clean, ()))
    return max(stars, default=0)


def _may_bind(
    program: Program,
    module: Module,
    star: ast.ImportFrom,
    name: str,
    dotted: str,
    clean: Collection[str],
    seen: tuple[Module, ...],
) -> bool:
    key = program.flow.index.resolve(module.path, star.module or "", star.level)
    if key is None:
        is_clean = not star.level and (star.module or "").split(".")[0] in clean
        # What starts with an underscore is not exported.
        return not is_clean and not name.startswith("_")
    other = program.flow.parsed(key)
    if other is None:
        return True
    if name in other.scope.slots:
        # A module that was only read has no values; what its imports say is enough.
        bindings = other.scope.bindings.get(name, ())
        return _is_deleted(other.scope, name) or not all(_imports(part, name, dotted) for part in bindings)
    inner = other.star_imports if other not in seen else []
    return any(_may_bind(program, other, deeper, name, dotted, clean, (*seen, other)) for deeper in inner)


def _imports(statement: ast.AST | None, name: str, dotted: str) -> bool:
    """Whether a statement binds the name by importing just that."""
    if isinstance(statement, ast.Import):
        return any((alias.asname or alias.name) == name and alias.name == dotted for alias in statement.names)
    if isinstance(statement, ast.ImportFrom) and not statement.level:
        found = (alias for alias in statement.names if (alias.asname or alias.name) == name)
        return all(f"{statement.module}.{alias.name}" == dotted for alias in found)
    return False


def _is_only(owner: Scope, name: str, dotted: str) -> bool:
    """Whether the name is imported, never anything but the one thing, and never deleted."""
    imported = all(isinstance(binding, (ast.Import, ast.ImportFrom)) for binding in owner.bindings.get(name, ()))
    return imported and owner.slots[name].values == {External(dotted)} and not _is_deleted(owner, name)


def _free_name(program: Program, scope: Scope, name: str, dotted: str) -> str:
    """The thing's own name where nothing hides it, else one with an underscore before it, and as many behind it."""
    while _is_taken(program, scope, name, dotted):
        name = f"{name}_" if name.startswith("_") else f"_{name}"
    return name


def _is_taken(program: Program, scope: Scope, name: str, dotted: str) -> bool:
    if last_star(program, scope.module, name, dotted):
        return True
    owner = scope.owner(name)
    return owner is not None and not (owner.kind == "module" and _is_only(owner, name, dotted))
