"""Modules, classes, functions and the names in them: the ground that values move on."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from fixopenai.analysis.tree import parents_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixopenai.analysis.module_index import Parts
    from fixopenai.analysis.values import Value
    from fixopenai.positions import LineIndex
    from fixopenai.results import Place
    from fixopenai.source import SourceFile

ScopeKind = Literal["module", "class", "function", "comprehension"]
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Slot:
    """A place that holds values: a variable, an attribute, what a function returns. It knows who reads it."""

    __slots__ = ("readers", "values")

    def __init__(self) -> None:
        self.values: set[Value] = set()
        self.readers: set[Constraint] = set()


class Constraint:
    """A statement (of a compound one, its header) whose effect on the slots is computed until nothing changes.

    `rank` is its path and its number in the file, by which several are put in order.
    """

    __slots__ = ("node", "queued", "rank", "scope")

    def __init__(self, node: ast.AST, scope: Scope) -> None:
        self.node = node
        self.scope = scope
        self.rank = (scope.module.path, len(scope.module.constraints))
        self.queued = False


class Scope:
    """The names bound in one block of code."""

    __slots__ = (
        "bindings", "cls", "function", "global_names", "kind", "module", "node", "outer_names", "parent", "slots",
    )  # fmt: skip

    def __init__(self, kind: ScopeKind, node: ast.AST, parent: Scope | None, module: Module) -> None:
        self.kind = kind
        self.node = node
        self.parent = parent
        self.module = module
        self.slots: dict[str, Slot] = {}
        # The statements that bind a name here; None stands for one in another function (`global`, `nonlocal`).
        self.bindings: dict[str, list[ast.AST | None]] = {}
        self.global_names: set[str] = set()
        self.outer_names: set[str] = set()
        self.function: Function | None = None
        self.cls: Class | None = None

    def bind(self, name: str) -> Slot:
        """The slot that an assignment to `name` in this scope fills, made if it is new."""
        if name in self.global_names:
            return self.module.scope.slots.setdefault(name, Slot())
        if name in self.outer_names and (owner := self._outer_owner(name)) is not None:
            return owner.slots[name]
        slot = self.slots.get(name)
        if slot is None:
            slot = self.slots[name] = Slot()
        return slot

    def note_binding(self, name: str, statement: ast.AST) -> None:
        """Remember the statement that binds `name` when it runs in this scope."""
        if name in self.global_names:
            self.module.scope.bindings.setdefault(name, []).append(None)
        elif name in self.outer_names:
            owner = self._outer_owner(name)
            if owner is not None:
                owner.bindings.setdefault(name, []).append(None)
        else:
            found = self.bindings.setdefault(name, [])
            if statement not in found:
                found.append(statement)

    def owner(self, name: str) -> Scope | None:
        """The scope in which `name`, read here, is bound; None: a builtin, a star import or nothing."""
        if name in self.global_names:
            return self.module.scope if name in self.module.scope.slots else None
        scope: Scope | None = self
        while scope is not None:
            if name in scope.slots and (scope.kind != "class" or scope is self):
                return scope
            scope = scope.parent
        return None

    def enclosing_function(self) -> Function | None:
        """The function whose body this is, comprehensions looked through; None in a module or class body."""
        scope: Scope | None = self
        while scope is not None and scope.kind == "comprehension":
            scope = scope.parent
        return scope.function if scope is not None else None

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def _outer_owner(self, name: str) -> Scope | None:
        scope = self.parent
        while scope is not None:
            if scope.kind == "function" and name in scope.slots:
                return scope
            scope = scope.parent
        return None


@dataclass(slots=True, eq=False)
class Function:
    """A `def`, an `async def` or a lambda.

    `yields` holds what a generator yields, `returns` what it returns; `decorators` the dotted names of those that are
    known, filled while values are computed.
    """

    node: FunctionNode
    scope: Scope
    module: Module
    cls: Class | None
    qualname: str
    is_async: bool
    is_generator: bool = False
    returns: Slot = field(default_factory=Slot)
    yields: Slot = field(default_factory=Slot)
    decorators: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The plain name, `<lambda>` for a lambda."""
        return self.node.name if not isinstance(self.node, ast.Lambda) else "<lambda>"

    @property
    def order(self) -> tuple[str, int, int]:
        """Where the function stands in the program, for putting several in the order of the source."""
        return self.module.order(self.node)

    def defaults(self) -> Iterator[tuple[ast.arg, ast.expr]]:
        """The parameters that have one, each with its default."""
        arguments = self.node.args
        if arguments.defaults:
            yield from zip(self.parameters[-len(arguments.defaults) :], arguments.defaults, strict=True)
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if default is not None:
                yield parameter, default

    @property
    def parameters(self) -> list[ast.arg]:
        """Positional parameters, in order."""
        return [*self.node.args.posonlyargs, *self.node.args.args]


@dataclass(slots=True, eq=False)
class Class:
    """A class of the program: `attributes` holds what is set on its instances."""

    node: ast.ClassDef
    scope: Scope
    module: Module
    qualname: str
    bases: list[Class] = field(default_factory=list)
    subclasses: list[Class] = field(default_factory=list)
    attributes: dict[str, Slot] = field(default_factory=dict)
    external_bases: set[str] = field(default_factory=set)
    family: Slot = field(default_factory=Slot)
    _ancestors: tuple[Class, ...] | None = None
    _descendants: tuple[Class, ...] | None = None

    def ancestors(self) -> tuple[Class, ...]:
        """The class itself and its bases, nearest first, each once."""
        if self._ancestors is None:
            self._ancestors = _reached(self, lambda cls: cls.bases)
        return self._ancestors

    def add_base(self, base: Class) -> bool:
        """Note a base class; False when it was known."""
        if base in self.bases or base is self:
            return False
        self.bases.append(base)
        base.subclasses.append(self)
        for cls in (self, *self.descendants()):
            cls._ancestors = None
        for cls in base.ancestors():
            cls._descendants = None
        return True

    def descendants(self) -> tuple[Class, ...]:
        """All subclasses, direct and indirect, each once; not the class itself."""
        if self._descendants is None:
            self._descendants = _reached(self, lambda cls: cls.subclasses)[1:]
        return self._descendants

    def fields(self) -> list[tuple[Class, str]]:
        """The annotated names in its body and in those of its bases, with their classes, in the order of arguments."""
        return [
            (owner, statement.target.id)
            for owner in reversed(self.ancestors())
            for statement in owner.node.body
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        ]

    def attribute(self, name: str) -> Slot:
        """The slot of an instance attribute, made if it is new."""
        slot = self.attributes.get(name)
        if slot is None:
            slot = self.attributes[name] = Slot()
        return slot


def _reached(start: Class, next_ones: Callable[[Class], list[Class]]) -> tuple[Class, ...]:
    order, seen = [start], {start}
    for cls in order:
        for other in next_ones(cls):
            if other not in seen:
                seen.add(other)
                order.append(other)
    return tuple(order)


@dataclass(slots=True, eq=False)
class Module:
    """A parsed file: its path below the root, its tree and everything bound in it."""

    path: str
    key: Parts
    source: SourceFile
    tree: ast.Module
    lines: LineIndex
    scope: Scope = field(init=False)
    scopes: dict[ast.AST, Scope] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    star_imports: list[ast.ImportFrom] = field(default_factory=list)
    skipped: bool = False
    _parents: dict[ast.AST, ast.AST] | None = None

    @property
    def is_package(self) -> bool:
        """Whether the file is an `__init__.py`."""
        return self.path.rsplit("/", 1)[-1] == "__init__.py"

    def scope_of(self, node: ast.AST) -> Scope:
        """The scope in which a node of this module stands."""
        parents = self.parents()
        while node not in self.scopes:
            node = parents[node]
        return self.scopes[node]

    def place(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword | ast.arg) -> Place:
        """A node's place as reports show it."""
        return self.lines.place(self.path, node)

    def order(self, node: ast.expr | ast.stmt) -> tuple[str, int, int]:
        """Where a node stands in the program, for putting several in the order of the source."""
        return self.path, node.lineno, node.col_offset

    def parents(self) -> dict[ast.AST, ast.AST]:
        """Each node's parent, computed when first asked for."""
        if self._parents is None:
            self._parents = parents_below(self.tree)
        return self._parents
