"""Values on the move: slots, the statements that fill them, and the work list that runs until nothing is new."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from fixopenai.analysis.scopes import Constraint, Slot
from fixopenai.analysis.values import SDK_VALUES, Origin, Symbol, Unknown

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable

    from fixopenai.analysis.module_index import ModuleIndex, Parts
    from fixopenai.analysis.scopes import Function, Module, Scope
    from fixopenai.analysis.values import OriginKind, Value
    from fixopenai.sdk.surface import Surface

# A slot that holds more values than this holds "anything": further ones are only taken if they are the SDK's own.
_MOST_VALUES = 16


class Loader(Protocol):
    """Gives the parsed module of a file, or None when it cannot be parsed."""

    def __call__(self, path: str) -> Module | None: ...


class Flow:
    """The state of the analysis of one program, filled by `run`.

    `sdk_nodes` are the expressions that were seen to hold a value of the SDK, with their scopes; `calls` the calls of
    functions of the program; `reads` those of properties; `handed` functions given to `sorted`, `map` and their like;
    `bound_calls` calls of a `partial` of a method of the SDK; `pool_calls` those that give a function to a pool of
    threads; `roles` what FastAPI does with a function.
    """

    def __init__(self, index: ModuleIndex, surface: Surface, load: Loader) -> None:
        self.index = index
        self.surface = surface
        self.modules: dict[Parts, Module] = {}
        self.sdk_nodes: dict[ast.expr, Scope] = {}
        self.calls: dict[ast.Call, tuple[Scope, set[Function]]] = {}
        self.reads: dict[ast.Attribute, tuple[Scope, set[Function]]] = {}
        self.handed: dict[ast.expr, tuple[Scope, set[Function]]] = {}
        self.bound_calls: dict[ast.Call, Scope] = {}
        self.pool_calls: dict[ast.Call, Scope] = {}
        self.roles: dict[Function, set[str]] = defaultdict(set)
        self._load = load
        self._parsed: dict[Parts, Module | None] = {}
        self._queue: list[Constraint] = []
        self._current: Constraint | None = None
        self._slots: dict[tuple[ast.AST, str], Slot] = {}
        self._state: dict[str, Slot] = defaultdict(Slot)
        self._waiting: dict[Parts, set[Constraint]] = defaultdict(set)
        self._origins: dict[tuple[ast.expr | None, str, bool], Origin] = {}

    def run(self, step: Callable[[Constraint], None]) -> None:
        """Apply `step` to every queued statement until no slot changes any more.

        Sets of what is woken have no certain order; where a slot is full, the first ones that come are kept.
        """
        while self._queue:
            now, self._queue = sorted(self._queue, key=lambda constraint: constraint.rank), []
            for constraint in now:
                constraint.queued = False
                self._current = constraint
                step(constraint)
        self._current = None

    def add_module(self, module: Module) -> None:
        """Make a module part of the program and queue its statements."""
        self.modules[module.key] = module
        for constraint in self._waiting.pop(module.key, ()):
            self._enqueue(constraint)
        for constraint in module.constraints:
            self._enqueue(constraint)

    def module(self, key: Parts) -> Module | None:
        """The module at `key` if it is already loaded."""
        return self.modules.get(key)

    def await_module(self, key: Parts) -> None:
        """Run the statement at work again once the module at `key` is loaded, if ever it is."""
        if self._current is not None:
            self._waiting[key].add(self._current)

    def load(self, key: Parts) -> Module | None:
        """The module at `key`, made part of the program if need be; None when there is no such file or it is broken."""
        found = self.parsed(key)
        if found is not None and key not in self.modules:
            self.add_module(found)
        return found

    def parsed(self, key: Parts) -> Module | None:
        """The same, to be read once all values are known: what its names hold in the program does not change."""
        if key not in self.modules and key not in self._parsed:
            path = self.index.file(key)
            self._parsed[key] = self._load(path) if path is not None else None
        return self.modules.get(key) or self._parsed[key]

    @property
    def statement(self) -> ast.AST | None:
        """The statement at work."""
        return self._current.node if self._current is not None else None

    def read(self, slot: Slot) -> set[Value]:
        """A slot's values; the statement at work runs again when they grow."""
        if self._current is not None:
            slot.readers.add(self._current)
        return slot.values

    def add(self, slot: Slot, values: Iterable[Value]) -> None:
        """Put values into a slot and wake up whoever reads it."""
        new = values - slot.values if isinstance(values, (set, frozenset)) else set(values) - slot.values
        if len(slot.values) + len(new) > _MOST_VALUES:
            new = {value for value in new if isinstance(value, SDK_VALUES)}
        if not new:
            return
        slot.values |= new
        self.wake(slot)

    def wake(self, slot: Slot) -> None:
        """Run the readers of a slot again."""
        for reader in slot.readers:
            self._enqueue(reader)

    def node_slot(self, node: ast.AST, use: str) -> Slot:
        """The slot that belongs to a node: the elements of a display, the result of a call in a thread."""
        return self._slots.setdefault((node, use), Slot())

    def state_slot(self, name: str) -> Slot:
        """The slot of `app.state.<name>`."""
        return self._state[name]

    def external_slot(self, dotted: str, name: str) -> Slot:
        """The slot of an attribute that the program sets on objects of a class outside it."""
        return self._state[f"{dotted}.{name}"]

    def calls_in_order(self) -> list[tuple[ast.Call, tuple[Scope, set[Function]]]]:
        """The calls by the order of the source: statements run in no certain one, and the first of several is told."""
        return sorted(self.calls.items(), key=lambda call: call[1][0].module.order(call[0]))

    def state_slots(self) -> Iterable[tuple[str, Slot]]:
        """All attributes of `app.state`."""
        return self._state.items()

    def origin(
        self, kind: OriginKind, type_key: str, is_async: bool, node: ast.expr | None, scope: Scope | None
    ) -> Origin:
        """The one origin of a node and class."""
        key = (node, type_key, is_async)
        found = self._origins.get(key)
        if found is None:
            found = self._origins[key] = Origin(kind, type_key, is_async, node, scope)
        return found

    def origins(self) -> Iterable[Origin]:
        """Every origin that was met."""
        return self._origins.values()

    def all_slots(self) -> Iterable[Slot]:
        """Every slot that exists, for the passes after the values are known: to look at values may make more."""
        for module in list(self.modules.values()):
            for scope in module.scopes.values():
                yield from list(scope.slots.values())
            for function in module.functions:
                yield function.returns
                yield function.yields
            for cls in module.classes:
                yield from list(cls.attributes.values())
        yield from list(self._slots.values())
        yield from list(self._state.values())

    def forget_what_is_known_now(self) -> None:
        """Take out of the slots what stood for modules that were loaded later, and whose own values are there now."""
        for slot in self.all_slots():
            stale = {
                value
                for value in slot.values
                if isinstance(value, (Symbol, Unknown)) and value.key is not None and value.key in self.modules
            }
            slot.values -= stale

    def _enqueue(self, constraint: Constraint) -> None:
        if not constraint.queued:
            constraint.queued = True
            self._queue.append(constraint)
