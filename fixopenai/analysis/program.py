"""One program: its modules, the values in them, the uses of SDK objects, and the client groups."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from fixopenai.analysis.collector import collect_uses
from fixopenai.analysis.context_changes import own_context_change, reached_with_context
from fixopenai.analysis.doubles import find_doubles
from fixopenai.analysis.evaluator import Evaluator
from fixopenai.analysis.flow import Flow
from fixopenai.analysis.groups import Group, client_groups
from fixopenai.analysis.helpers import HelperWays
from fixopenai.analysis.hidden_clients import made_out_of_sight
from fixopenai.analysis.importers import Importers
from fixopenai.analysis.interest import Interest, interest_of
from fixopenai.analysis.lookups import Lookups
from fixopenai.analysis.loop_users import own_loop_use, own_stop
from fixopenai.analysis.neighbours import Neighbours
from fixopenai.analysis.reach import Reach
from fixopenai.analysis.statements import Statements
from fixopenai.analysis.tree import walk
from fixopenai.analysis.unread import Unread
from fixopenai.analysis.values import BoundMethod, FunctionRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from fixopenai.analysis.flow import Loader
    from fixopenai.analysis.module_index import ModuleIndex
    from fixopenai.analysis.scopes import Function, Module, Scope
    from fixopenai.analysis.uses import CallUse, HelperUse, Parents, Uses
    from fixopenai.analysis.values import Origin
    from fixopenai.results import Place
    from fixopenai.sdk.surface import Surface


class Elsewhere(Protocol):
    """Gives the first place, in files that were not parsed, that uses a method or function by its name."""

    def __call__(
        self, methods: Collection[str], functions: Collection[str], parsed: Collection[str]
    ) -> tuple[str, Place] | None: ...


@dataclass(slots=True, eq=False)
class Program:
    """The facts that rules and strategies decide on.

    `callers` gives the calls of each function of the program, `callees` the functions that it may call itself;
    `helpers` the calls on the event loop of functions that block, `helper_ways` all that leads to such. `loop_use`
    and `context_changes` find what keeps a function out of a thread, `stops` the StopIteration that may leave it.
    """

    evaluator: Evaluator
    uses: Uses
    groups: dict[Origin, Group]
    callers: dict[Function, list[tuple[Scope, ast.Call]]]
    callees: dict[Function, list[tuple[ast.Call, set[Function]]]]
    elsewhere: Elsewhere
    helper_ways: HelperWays = field(init=False)
    helpers: list[HelperUse] = field(default_factory=list)
    loop_use: Reach = field(init=False)
    context_changes: Reach = field(init=False)
    stops: Reach = field(init=False)
    unread: Unread = field(init=False)
    _neighbours: Neighbours | None = None
    _importers: Importers | None = None
    _lookups: Lookups | None = None
    _hidden: tuple[Place | None] | None = None
    _spelled: dict[str, list[tuple[Module, ast.expr]]] | None = None
    _stores: dict[str, list[tuple[Module, ast.Attribute]]] | None = None
    _aliases: dict[str, set[str]] = field(default_factory=dict)
    _named: dict[Function, list[tuple[Module, ast.expr]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.unread = Unread(self.flow)
        self.loop_use = Reach(self, own_loop_use)
        self.context_changes = Reach(self, own_context_change, reached_with_context)
        self.stops = Reach(self, own_stop)

    @property
    def flow(self) -> Flow:
        """The values and roles behind the facts."""
        return self.evaluator.flow

    @property
    def modules(self) -> list[Module]:
        """All modules that were parsed, by path."""
        return sorted(self.flow.modules.values(), key=lambda module: module.path)

    @property
    def neighbours(self) -> Neighbours:
        """Which modules run in one process."""
        if self._neighbours is None:
            self._neighbours = Neighbours(self.modules, self.flow.index)
        return self._neighbours

    @property
    def importers(self) -> Importers:
        """Which modules take a name out of which."""
        if self._importers is None:
            self._importers = Importers(self.modules, self.evaluator)
        return self._importers

    @property
    def lookups(self) -> Lookups:
        """Where something may be looked up by its name."""
        if self._lookups is None:
            self._lookups = Lookups(self.modules, self.evaluator)
        return self._lookups

    @property
    def hidden_client(self) -> Place | None:
        """Where a sync client is made that may be used unseen, if anywhere."""
        if self._hidden is None:
            self._hidden = (made_out_of_sight(self),)
        return self._hidden[0]

    def group(self, origins: frozenset[Origin]) -> Group:
        """The group that a use belongs to."""
        return self.groups[next(iter(origins))]

    def call_at(self, node: ast.expr) -> CallUse | None:
        """The SDK call that an expression is, None where it is none."""
        return next((call for call in self.uses.calls if call.node is node), None)

    def stores_of(self, name: str) -> list[tuple[Module, ast.Attribute]]:
        """The places where an attribute of this name is set or deleted, of whatever object."""
        if self._stores is None:
            self._stores = {}
            for module in self.modules:
                for node in walk(module.tree):
                    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                        self._stores.setdefault(node.attr, []).append((module, node))
        return self._stores.get(name, [])

    def names_of(self, function: Function) -> list[tuple[Module, ast.expr]]:
        """The places where a function of the program is named, as a value or to be called."""
        if self._spelled is None:
            self._spelled = self._spelled_like_functions()
        # Each name is looked at once, however many functions share it; `import f as g` makes two of one.
        for name in (function.name, *self._aliases.get(function.name, ())):
            for module, node in self._spelled.pop(name, ()):
                for value in self.evaluator.values(node, module.scope_of(node)):
                    if isinstance(value, (FunctionRef, BoundMethod)):
                        self._named.setdefault(value.function, []).append((module, node))
        return self._named.get(function, [])

    def _spelled_like_functions(self) -> dict[str, list[tuple[Module, ast.expr]]]:
        self._note_aliases()
        names = {function.name for module in self.modules for function in module.functions}
        names.update(alias for aliases in self._aliases.values() for alias in aliases)
        found: dict[str, list[tuple[Module, ast.expr]]] = {}
        for module in self.modules:
            for node in walk(module.tree):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
                    found.setdefault(node.id, []).append((module, node))
                elif isinstance(node, ast.Attribute) and node.attr in names:
                    found.setdefault(node.attr, []).append((module, node))
        return found

    def _note_aliases(self) -> None:
        """The names under which others are imported, over any number of modules."""
        renamed: dict[str, set[str]] = {}
        for module in self.modules:
            for node in walk(module.tree):
                for alias in node.names if isinstance(node, ast.ImportFrom) else ():
                    if alias.asname is not None and alias.asname != alias.name:
                        renamed.setdefault(alias.name, set()).add(alias.asname)
        for name in renamed:
            queue = [name]
            found = self._aliases.setdefault(name, set())
            while queue:
                fresh = renamed.get(queue.pop(), set()) - found
                found |= fresh
                queue += fresh

    def parents_of(self, module: Module) -> Parents:
        """Each node's parent in a module."""
        return module.parents()


class Related(Protocol):
    """Gives the modules that use one of the interesting names, each once."""

    def __call__(self, interest: Interest) -> Iterable[Module]: ...


def analyze(
    modules: Iterable[Module],
    index: ModuleIndex,
    surface: Surface,
    load: Loader,
    elsewhere: Elsewhere,
    related: Related | None = None,
) -> Program:
    """Compute the facts of a program from its modules.

    `related` finds further modules by the names that lead to SDK objects, round by round until no name is new;
    without it the modules are all there are. `load` gets the modules that an SDK object is handed to, `elsewhere`
    tells of uses by name in files that need not be parsed.
    """
    flow = Flow(index, surface, load)
    for module in modules:
        flow.add_module(module)
    evaluator = Evaluator(flow)
    statements = Statements(evaluator)
    flow.run(statements.run)
    known = Interest()
    while related is not None:
        interest = interest_of(evaluator)
        fresh, known = interest.since(known), interest
        found = related(fresh) if fresh else ()
        for module in found:
            if flow.module(module.key) is None:
                flow.add_module(module)
        if not found:
            break
        flow.run(statements.run)
    flow.forget_what_is_known_now()
    evaluator.forget()
    return _facts(evaluator, elsewhere)


def _facts(evaluator: Evaluator, elsewhere: Elsewhere) -> Program:
    """Uses, groups and callers, once the values are known."""
    flow = evaluator.flow
    uses = collect_uses(evaluator)
    uses.escapes.extend(find_doubles(evaluator))
    groups = client_groups((slot.values for slot in flow.all_slots()), uses)
    callers: dict[Function, list[tuple[Scope, ast.Call]]] = {}
    callees: dict[Function, list[tuple[ast.Call, set[Function]]]] = {}
    for node, (scope, functions) in flow.calls_in_order():
        for function in functions:
            callers.setdefault(function, []).append((scope, node))
        caller = scope.enclosing_function()
        if caller is not None:
            callees.setdefault(caller, []).append((node, functions))
    program = Program(evaluator, uses, groups, callers, callees, elsewhere)
    program.helper_ways = HelperWays(program)
    program.helpers.extend(program.helper_ways.uses())
    return program
