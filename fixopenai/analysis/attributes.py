"""What `value.name` is."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.externals import canonical
from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import (
    NOTHING,
    AppState,
    BoundMethod,
    ClassRef,
    External,
    ExternalInstance,
    FunctionRef,
    Instance,
    ModuleRef,
    Sdk,
    SdkClass,
    SdkMethod,
    SuperOf,
    Symbol,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.module_index import Parts
    from fixopenai.analysis.scopes import Class, Function, Module, Slot

_STATEFUL = frozenset(
    {"fastapi.FastAPI", "starlette.applications.Starlette", "fastapi.Request", "starlette.requests.Request",
     "fastapi.WebSocket", "starlette.websockets.WebSocket", "fastapi.requests.HTTPConnection",
     "starlette.requests.HTTPConnection", "fastapi.applications.FastAPI"}
)  # fmt: skip


PROPERTIES = frozenset({"builtins.property", "functools.cached_property"})


class Attributes:
    """Attribute look-up on every kind of value."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        # Those that were read since somebody last asked.
        self.properties: set[Function] = set()

    def get(self, value: Value, name: str) -> Values:
        """The values of `value.name`."""
        if isinstance(value, Sdk):
            return self._sdk(value, name)
        if isinstance(value, Instance):
            return self._instance(value, name)
        if isinstance(value, External):
            return self.external(f"{value.dotted}.{name}")
        if isinstance(value, ModuleRef):
            return self.module(value.key, name)
        if isinstance(value, ClassRef):
            return self._class(value.cls, value.cls.ancestors(), name, ClassRef(value.cls))
        if isinstance(value, SuperOf):
            return self._above(value.cls, name)
        if isinstance(value, AppState):
            return frozenset(self.flow.read(self.flow.state_slot(name)))
        if isinstance(value, ExternalInstance):
            return self._external_instance(value, name)
        return NOTHING

    def external(self, dotted: str) -> Values:
        """What a dotted name outside the program means: a class of the SDK, its module, or something unknown."""
        dotted = canonical(dotted)
        found = self.flow.surface.resolve(dotted)
        if found is not None and found[0].kind != "module":
            sdk_type, is_async = found
            if sdk_type.key.startswith("openai."):
                # `openai.ChatCompletion` of release 0.x: a class that is called through, never made.
                origin = self.flow.origin("module", "openai", False, None, None)
                return frozenset({Sdk(sdk_type.key, False, origin)})
            return frozenset({SdkClass(sdk_type.key, is_async, dotted)})
        if dotted.startswith("openai.") and dotted.count(".") == 1:
            member = self.flow.surface.member("openai", dotted[len("openai.") :])
            if member is not None and member.kind == "resource" and member.returns is not None:
                origin = self.flow.origin("module", "openai", False, None, None)
                return frozenset({Sdk(member.returns, False, origin)})
        return frozenset({External(dotted)})

    def module(self, key: Parts, name: str) -> Values:
        """What `name` is in the module at `key`: bound there, star-imported there, or a module below it."""
        module = self.flow.module(key)
        found: Values = NOTHING
        if module is not None:
            found = self.global_name(module, name, set())
        if found:
            return found
        below = (*key, name)
        if self.flow.index.exists(below):
            return frozenset({ModuleRef(below)})
        if module is None and self.flow.index.file(key) is not None:
            self.flow.await_module(key)
            return frozenset({Symbol(key, name)})
        return NOTHING

    def global_name(self, module: Module, name: str, seen: set[Module]) -> Values:
        """The values of a module-level name, star imports followed."""
        slot = module.scope.slots.get(name)
        if slot is not None:
            return frozenset(self.flow.read(slot))
        if module in seen:
            return NOTHING
        seen.add(module)
        for statement in module.star_imports:
            key = self.flow.index.resolve(module.path, statement.module or "", statement.level)
            if key is None:
                found = self.external(f"{statement.module}.{name}") if not statement.level else NOTHING
                if any(isinstance(value, (SdkClass, Sdk)) for value in found):
                    return found
                continue
            target = self.flow.module(key)
            if target is not None:
                found = self.global_name(target, name, seen)
                if found:
                    return found
        return NOTHING

    def _sdk(self, value: Sdk, name: str) -> Values:
        member = self.flow.surface.member(value.type_key, name)
        if member is None or member.kind == "attribute":
            return NOTHING
        if member.kind == "resource":
            if member.returns is None:
                return NOTHING
            return frozenset({Sdk(member.returns, value.is_async, value.origin)})
        return frozenset({SdkMethod(value.type_key, name, value.is_async, value.origin)})

    def _instance(self, value: Instance, name: str) -> Values:
        cls = value.cls
        below = () if value.exact else cls.descendants()
        bound = {_bound_slot(one.ancestors(), name): None for one in (cls, *below)}
        found: set[Value] = {ClassRef(one) for one in (cls, *below)} if name == "__class__" else set()
        for slot in bound:
            if slot is not None:
                found |= self._held(slot, value)
        for member in (*cls.ancestors(), *below):
            self.flow.read(member.family)
            found |= self.flow.read(member.attribute(name))
        if not found:
            for one in (cls, *below):
                clients = tuple(self.flow.read(self.client_slot(one)))
                if clients and not _names_itself(one, name):
                    for client in clients:
                        found |= self.get(client, name)
        return frozenset(found)

    def _above(self, cls: Class, name: str) -> Values:
        """What `super()` finds: in the bases of a class, or in what stands behind it in a class that inherits it."""
        receiver = Instance(cls, exact=False)
        found = self._class(cls, cls.ancestors()[1:], name, receiver)
        for below in cls.descendants():
            order = below.ancestors()
            found |= self._class(below, order[order.index(cls) + 1 :], name, receiver)
        return found

    def tuple_fields(self, value: Instance) -> list[Values]:
        """The fields of a named tuple in their order; none of any other object."""
        self.flow.read(value.cls.family)
        if not any("typing.NamedTuple" in one.external_bases for one in value.cls.ancestors()):
            return []
        return [self.get(value, name) for _, name in value.cls.fields()]

    def hides(self, value: Instance, client: Sdk, name: str) -> bool:
        """Whether an object that is a client of a subclass has something of its own under a name of the client's."""
        return client in self.flow.read(self.client_slot(value.cls)) and _names_itself(value.cls, name)

    def client_slot(self, cls: Class) -> Slot:
        """The slot of the clients that objects of a class are, where it is a subclass of a client's."""
        return self.flow.node_slot(cls.node, "client")

    def _class(self, cls: Class, order: tuple[Class, ...], name: str, receiver: Instance | ClassRef) -> Values:
        """What the first class of `order` that binds `name` binds it to, methods bound to the receiver."""
        self.flow.read(cls.family)
        slot = _bound_slot(order, name)
        return self._held(slot, receiver) if slot is not None else NOTHING

    def _held(self, slot: Slot, receiver: Instance | ClassRef) -> Values:
        found: set[Value] = set()
        for value in tuple(self.flow.read(slot)):
            found |= self._bound(value, receiver)
        return frozenset(found)

    def _bound(self, value: Value, receiver: Instance | ClassRef) -> Values:
        if not isinstance(value, FunctionRef) or value.function.cls is None:
            return frozenset({value})
        function = value.function
        if "builtins.staticmethod" in function.decorators:
            return frozenset({value})
        if "builtins.classmethod" in function.decorators:
            cls = receiver.cls
            return frozenset({BoundMethod(ClassRef(cls), function)})
        if isinstance(receiver, ClassRef):
            return frozenset({value})
        if function.decorators & PROPERTIES:
            self.properties.add(function)
            return frozenset(self.flow.read(function.returns))
        return frozenset({BoundMethod(receiver, function)})

    def _external_instance(self, value: ExternalInstance, name: str) -> Values:
        if value.dotted in _STATEFUL:
            if name == "state":
                return frozenset({AppState()})
            if name == "app":
                return frozenset({ExternalInstance("fastapi.FastAPI")})
        found = self.flow.read(self.flow.external_slot(value.dotted, name))
        return frozenset(found) or frozenset({External(f"{value.dotted}.{name}")})


def _names_itself(cls: Class, name: str) -> bool:
    """Whether a class binds a name, or sets an attribute of that name in its methods, whatever it holds."""
    return any(
        name in owner.scope.slots
        or any(
            isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store)
            for node in walk(owner.node)
        )
        for owner in cls.ancestors()
    )


def _bound_slot(order: tuple[Class, ...], name: str) -> Slot | None:
    """That of the first class that binds a name."""
    for owner in order:
        slot = owner.scope.slots.get(name)
        if slot is not None:
            return slot
    return None
