"""Which names of a module lead to SDK objects: files that use none of them cannot matter."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.analysis.partials import bound_callees
from fixopenai.analysis.values import (
    SDK_VALUES,
    BoundMethod,
    ClassRef,
    ContextManager,
    FunctionRef,
    Instance,
    Iterable,
    Partial,
    Pending,
    SdkClass,
    SdkMethod,
    TypeExpression,
    Value,
)

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Class, Function, Module, Slot

_TRACKED_CLASSES = frozenset({"client", "resource", "raw", "stream"})


@dataclass(slots=True)
class Interest:
    """Names by the module that exports them, and the attributes of `app.state` that hold something."""

    exports: dict[Module, set[str]] = field(default_factory=dict)
    state: set[str] = field(default_factory=set)

    def since(self, earlier: Interest) -> Interest:
        """What is in this one and was not in the earlier one."""
        fresh = Interest(state=self.state - earlier.state)
        for module, names in self.exports.items():
            new = names - earlier.exports.get(module, set())
            if new:
                fresh.exports[module] = new
        return fresh

    def __bool__(self) -> bool:
        return bool(self.exports or self.state)


def interest_of(evaluator: Evaluator) -> Interest:
    """The interesting names in all modules that are loaded."""
    return _Interest(evaluator).compute()


# A slot, a function or a class: what can hold an SDK object, or lead to one.
_Holder: TypeAlias = "Slot | Function | Class"


class _Interest:
    """Marks spread backwards, from SDK objects to whatever holds them; each holder is marked once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.flow = evaluator.flow
        self.held_by: dict[_Holder, list[_Holder]] = defaultdict(list)
        self.marked: set[_Holder] = set()

    def compute(self) -> Interest:
        self.link()
        self.spread()
        found = Interest()
        for module in self.flow.modules.values():
            names = {name for name, slot in module.scope.slots.items() if slot in self.marked}
            if names:
                found.exports[module] = names
        self.add_starred(found)
        found.state = {name.rsplit(".", 1)[-1] for name, slot in self.flow.state_slots() if slot in self.marked}
        return found

    def add_starred(self, found: Interest) -> None:
        """What a module imports with a star it exports as well, over any number of modules."""
        starring = [module for module in self.flow.modules.values() if module.star_imports]
        changed = True
        while changed:
            changed = False
            for module in starring:
                for statement in module.star_imports:
                    key = self.flow.index.resolve(module.path, statement.module or "", statement.level)
                    source = self.flow.module(key) if key is not None else None
                    names = found.exports.get(source, set()) if source is not None else set()
                    if not names <= found.exports.get(module, set()):
                        found.exports.setdefault(module, set()).update(names)
                        changed = True

    def link(self) -> None:
        for slot in self.flow.all_slots():
            for value in list(slot.values):
                self.link_value(value, slot)
        for module in self.flow.modules.values():
            for function in module.functions:
                self.held_by[function.returns].append(function)
                self.held_by[function.yields].append(function)
            for cls in module.classes:
                for slot in (*cls.attributes.values(), *cls.scope.slots.values()):
                    self.held_by[slot].append(cls)
                for base in cls.bases:
                    self.held_by[base].append(cls)
        # Who calls a function with an SDK object in it matters as well.
        for scope in self.flow.sdk_nodes.values():
            self.marked.update(around.function for around in scope.chain() if around.function is not None)

        self.marked.update(self.blocking())

    def blocking(self) -> set[Function]:
        """The plain functions that make sync SDK calls, and those that call them: who calls them blocks as well."""
        found: set[Function] = set()
        for node, scope in list(self.flow.sdk_nodes.items()):  # looking at values may add some
            function = scope.enclosing_function()
            if function is None or function.is_async or function in found:
                continue
            values = self.evaluator.values(node, scope)
            if any(isinstance(value, SdkMethod) and not value.is_async for value in values):
                found.add(function)
        callers: dict[Function, set[Function]] = defaultdict(set)
        entries = (*self.flow.calls.values(), *self.flow.reads.values(), *self.flow.handed.values())
        for scope, functions in entries:
            caller = scope.enclosing_function()
            if caller is not None and not caller.is_async:
                for function in functions:
                    callers[function].add(caller)
        queue = list(found)
        while queue:
            fresh = callers[queue.pop()] - found
            found |= fresh
            queue += fresh
        return found

    def link_value(self, value: Value, slot: Slot) -> None:
        """Note that `slot` holds what `value` leads to."""
        if isinstance(value, SDK_VALUES):
            self.marked.add(slot)
        elif isinstance(value, SdkClass):
            if self.flow.surface.types[value.type_key].kind in _TRACKED_CLASSES:
                self.marked.add(slot)
        elif isinstance(value, (FunctionRef, BoundMethod)):
            self.held_by[value.function].append(slot)
        elif isinstance(value, (ClassRef, Instance)):
            self.held_by[value.cls].append(slot)
        elif isinstance(value, (Iterable, Pending, ContextManager)):
            self.held_by[value.slot].append(slot)
        elif isinstance(value, TypeExpression):
            declared = self.evaluator.annotations.declared(value.node, value.scope)
            if declared.dependencies:
                self.marked.add(slot)
            for inner in declared.values:
                if not isinstance(inner, TypeExpression):
                    self.link_value(inner, slot)
        elif isinstance(value, Partial):
            for inner in bound_callees(frozenset({value}), self.evaluator):
                self.link_value(inner, slot)

    def spread(self) -> None:
        queue = list(self.marked)
        while queue:
            for holder in self.held_by.get(queue.pop(), ()):
                if holder not in self.marked:
                    self.marked.add(holder)
                    queue.append(holder)
