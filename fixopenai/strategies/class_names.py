"""Renamed SDK classes and the imports behind them: settled once, for all fixes that are made in a module."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import External, SdkClass
from fixopenai.rewriting.edits import (
    AddImported,
    Edit,
    EditError,
    InsertImport,
    RemoveImport,
    RemoveImported,
    Rename,
    RenameImported,
    ReplaceImport,
)
from fixopenai.strategies.class_mentions import (
    annotations_in,
    is_type_check,
    names_in,
    quoted_name,
    statements_of,
    type_strings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Scope
    from fixopenai.analysis.values import Value
    from fixopenai.strategies.plans import ClassReference

_HOMES = ("typing", "collections.abc", "typing_extensions", "httpx", "contextlib")
_Binding = tuple[ast.ImportFrom, ast.alias]


def class_name_edits(program: Program, references: Iterable[ClassReference]) -> set[Edit]:
    """The edits that give every reference its new name; EditError when one cannot have it."""
    edits: set[Edit] = set()
    by_name: dict[tuple[Scope, str], list[ClassReference]] = defaultdict(list)
    for reference in references:
        written = quoted_name(program, reference) if isinstance(reference.node, ast.Constant) else reference.node
        if isinstance(written, ast.Attribute):
            edits.add(_attribute(program, reference, written))
        else:
            assert isinstance(written, ast.Name)
            name = written.id
            owner = reference.scope.owner(name)
            if owner is None:
                edits |= _without_binding(program, reference, name)
            else:
                by_name[owner, name].append(reference)
    for (owner, name), found in by_name.items():
        edits |= _Names(program, owner, name, found).edits()
    return edits


def _attribute(program: Program, reference: ClassReference, node: ast.Attribute) -> Edit:
    base = program.evaluator.values(node.value, reference.scope)
    if not any(isinstance(value, External) for value in base):
        raise EditError("the client's class is reached through another module", reference.node)
    return Edit(reference.module, reference.node, Rename(node.attr, reference.new))


def _without_binding(program: Program, reference: ClassReference, name: str) -> set[Edit]:
    """A name from a star import: the twin comes from the same one."""
    if not reference.module.star_imports:
        raise EditError("the client's class is not imported by name", reference.node)
    edits = {Edit(reference.module, reference.node, Rename(name, reference.new))}
    resolve = program.flow.index.resolve
    stars = reference.module.star_imports
    if any(resolve(reference.module.path, star.module or "", star.level) is not None for star in stars):
        # A module of the program exports the old class; whether it has the new one is not known.
        edits.add(Edit(reference.module, reference.module.tree, InsertImport(f"from openai import {reference.new}")))
    return edits


class _Names:
    """All that happens to one imported class name in one scope."""

    def __init__(self, program: Program, owner: Scope, name: str, references: list[ClassReference]) -> None:
        self.program = program
        self.owner = owner
        self.module = owner.module
        self.name = name
        self.references = references
        self.new = references[0].new
        self.bindings = list(self._imports(name))

    def edits(self) -> set[Edit]:
        stores = [node for node in self._names(self.name) if not isinstance(node.ctx, ast.Load)]
        if not self.bindings:
            raise EditError("the client's class is not imported by name", self.references[0].node)
        tests = self._tests() if stores else []
        remains = self._remains(tests)
        if stores and remains:
            raise EditError(f"{self.name} is bound in several ways", stores[0])
        odd = self._odd_mention() if remains else None
        if odd is not None:
            raise EditError(f"{self.name} is also used in a way that cannot be followed", odd)
        statement, alias = self.bindings[0]
        from_program = self._from_program(statement)
        if alias.asname and not remains and not from_program:
            return {Edit(self.module, found, RenameImported(self.name, self.new)) for found, _ in self.bindings}
        bound = self._bound_already()
        self._check_free(bound or self.new, bound is not None)
        renames = {Edit(self.module, r.node, Rename(self.name, bound or self.new)) for r in self.references}
        renames |= {Edit(self.module, node, Rename(self.name, bound or self.new)) for node in (*stores, *tests)}
        return renames | self._import_edits(remains, bound, from_program)

    def _import_edits(self, remains: bool, bound: str | None, from_program: bool) -> set[Edit]:
        edits: set[Edit] = set()
        statement = self.bindings[0][0]
        if from_program and bound is None and not remains and len(statement.names) == 1 and len(self.bindings) == 1:
            return {Edit(self.module, statement, ReplaceImport(self.new))}
        if from_program and bound is None:
            edits.add(Edit(self.module, self.module.tree, InsertImport(f"from openai import {self.new}")))
            bound = self.new
        for statement, _ in self.bindings:
            if bound is None:
                operation = AddImported(self.name, self.new) if remains else RenameImported(self.name, self.new)
                edits.add(Edit(self.module, statement, operation))
            elif not remains and len(statement.names) > 1:
                edits.add(Edit(self.module, statement, RemoveImported(self.name)))
            elif not remains and not from_program and self._stands_alone(statement):
                edits.add(Edit(self.module, statement, RemoveImport()))
        return edits

    def _stands_alone(self, statement: ast.ImportFrom) -> bool:
        """Whether nothing but the statement is on its lines, no comment speaks of it, and no block needs it."""
        lines = self.module.lines
        above = lines.line_text(statement.lineno - 1).strip() if statement.lineno > 1 else ""
        start, end = lines.span(statement)
        line_end = lines.line_start(statement.end_lineno or 1) + len(lines.line_text(statement.end_lineno or 1))
        return (
            statement in self.module.tree.body[:-1]
            and start == lines.line_start(statement.lineno)
            and not lines.text[end:line_end].strip()
            and not above.startswith("#")
            and not above.endswith("\\")
            and "#" not in lines.text[start:end]
        )

    def _imports(self, name: str) -> Iterator[_Binding]:
        """The `from ... import` statements of the scope that bind the name."""
        for node in statements_of(self.owner):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        yield node, alias

    def _from_program(self, statement: ast.ImportFrom) -> bool:
        """Whether the class is imported from a module of the program, which exports only the old one."""
        return self.program.flow.index.resolve(self.module.path, statement.module or "", statement.level) is not None

    def _bound_already(self) -> str | None:
        """The name under which the scope has the twin already."""
        for name, slot in self.owner.slots.items():
            values = slot.values
            if (
                len(values) == 1
                and all(self._is_twin(value) for value in values)
                and any(True for _ in self._imports(name))
            ):
                return name
        return None

    def _is_twin(self, value: Value) -> bool:
        if isinstance(value, SdkClass):
            return value.is_async and value.dotted.rsplit(".", 1)[-1] == self.new
        # The twins of `Iterator`, `Generator` and the HTTP client.
        return isinstance(value, External) and any(value.dotted == f"{home}.{self.new}" for home in _HOMES)

    def _check_free(self, name: str, is_twin: bool) -> None:
        for reference in self.references:
            owner = reference.scope.owner(name)
            if owner is not None and not (is_twin and owner is self.owner):
                raise EditError(f"the name {name} is taken", reference.node)

    def _tests(self) -> list[ast.Name]:
        """Places that only ask whether the import worked: `if OpenAI`, `OpenAI is None`."""
        parents = self.program.parents_of(self.module)
        found = []
        for node in self._names(self.name):
            parent = parents[node]
            if isinstance(parent, (ast.If, ast.IfExp, ast.While, ast.Assert)):
                asked = parent.test is node
            else:
                asked = isinstance(parent, (ast.BoolOp, ast.Compare)) or (
                    isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)
                )
            if asked and isinstance(node.ctx, ast.Load):
                found.append(node)
        return found

    def _odd_mention(self) -> ast.Name | None:
        """A mention that is neither a call nor a type: `type(client) is OpenAI`, a class handed on."""
        parents = self.program.parents_of(self.module)
        renamed: set[ast.AST | None] = {reference.node for reference in self.references}
        # Where a client is made by `default_factory=OpenAI`, the class is followed like a call.
        renamed |= {origin.node for origin in self.program.flow.origins()}
        types = {id(part) for holder in annotations_in(self.module.tree) for part in walk(holder)}
        for node in self._names(self.name):
            parent = parents[node]
            if node in renamed or not isinstance(node.ctx, ast.Load) or id(node) in types:
                continue
            called = isinstance(parent, ast.Call) and (parent.func is node or is_type_check(parent))
            if not called and not isinstance(parent, (ast.Attribute, ast.Tuple, ast.Subscript, ast.BinOp, ast.IfExp)):
                return node
        return None

    def _remains(self, tests: list[ast.Name]) -> bool:
        """Whether the old name is still needed when the references, and these tests, are renamed."""
        # `import X as X` says that others import it from here.
        if any(alias.asname == alias.name for _, alias in self.bindings):
            return True
        renamed: set[ast.AST] = {*(reference.node for reference in self.references), *tests}
        if any(node not in renamed and isinstance(node.ctx, ast.Load) for node in self._names(self.name)):
            return True
        if any(node not in renamed and names_in(node, self.name) for node in type_strings(self.module.tree)):
            return True
        return self.owner.kind == "module" and self.program.importers.any_takes(self.name, self.module)

    def _names(self, name: str) -> list[ast.Name]:
        """Every mention of the name that means this binding."""
        return [
            node
            for node in walk(self.module.tree)
            if isinstance(node, ast.Name) and node.id == name and self.module.scope_of(node).owner(name) is self.owner
        ]
