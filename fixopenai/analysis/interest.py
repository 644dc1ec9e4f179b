"""Which names of a module lead to SDK objects: files that use none of them cannot matter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    TypeExpression,
    Value,
)

if TYPE_CHECKING:
    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Class, Function, Module, Scope, Slot

# How far a value is looked into: containers of tasks of instances end long before.
_DEEPEST = 20
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


class _Interest:
    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.flow = evaluator.flow
        self.functions: set[Function] = set()
        self.classes: dict[Class, bool] = {}
        for scope in self.flow.sdk_nodes.values():
            self.note_functions(scope)

    def note_functions(self, scope: Scope) -> None:
        """The functions around an SDK object: who calls them matters."""
        for around in scope.chain():
            if around.function is not None:
                self.functions.add(around.function)

    def compute(self) -> Interest:
        found = Interest()
        for module in self.flow.modules.values():
            names = {name for name, slot in module.scope.slots.items() if self.holds(slot)}
            if names:
                found.exports[module] = names
        found.state = {name for name, slot in self.flow.state_slots() if self.holds(slot)}
        return found

    def holds(self, slot: Slot) -> bool:
        return any(self.leads(value, 0) for value in slot.values)

    def leads(self, value: Value, depth: int) -> bool:
        """Whether an SDK object can be got at through the value."""
        if isinstance(value, SDK_VALUES):
            return True
        if depth > _DEEPEST:
            return False
        if isinstance(value, SdkClass):
            return self.flow.surface.types[value.type_key].kind in _TRACKED_CLASSES
        if isinstance(value, (FunctionRef, BoundMethod)):
            return self.function_leads(value.function, depth)
        if isinstance(value, (ClassRef, Instance)):
            return self.class_leads(value.cls, depth)
        if isinstance(value, (Iterable, Pending, ContextManager)):
            return any(self.leads(inner, depth + 1) for inner in tuple(value.slot.values))
        if isinstance(value, TypeExpression):
            declared = self.evaluator.annotations.declared(value.node, value.scope)
            return bool(declared.dependencies) or any(self.leads(inner, depth + 1) for inner in declared.values)
        if isinstance(value, Partial) and value.node.args:
            bound = self.evaluator.values(value.node.args[0], value.scope)
            return any(self.leads(inner, depth + 1) for inner in bound)
        return False

    def function_leads(self, function: Function, depth: int) -> bool:
        if function in self.functions:
            return True
        results = (*function.returns.values, *function.yields.values)
        if any(self.leads(inner, depth + 1) for inner in results if not isinstance(inner, (FunctionRef, BoundMethod))):
            self.functions.add(function)
            return True
        return False

    def class_leads(self, cls: Class, depth: int) -> bool:
        known = self.classes.get(cls)
        if known is not None:
            return known
        # Assumed while it is being found out, so that classes that hold each other end.
        self.classes[cls] = False
        slots = [*cls.attributes.values(), *cls.scope.slots.values()]
        leads = any(self.leads(inner, depth + 1) for slot in slots for inner in tuple(slot.values))
        leads = leads or any(self.class_leads(base, depth + 1) for base in cls.bases)
        self.classes[cls] = leads
        return leads
