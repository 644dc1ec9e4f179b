"""The names of a client's class, wherever a group of clients comes from: they become those of the async class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import SdkClass
from fixopenai.strategies.client_arguments import switch_arguments
from fixopenai.strategies.plans import ClassReference, Refusal

if TYPE_CHECKING:
    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Scope
    from fixopenai.analysis.values import Origin
    from fixopenai.results import Place
    from fixopenai.strategies.limits import Limits


class ClientClasses:
    """Says why a class cannot be another one; `references` are the names that can, noted on the way."""

    def __init__(self, program: Program, group: Group, limits: Limits) -> None:
        self.program = program
        self.group = group
        self.limits = limits
        self.references: list[ClassReference] = []

    def origins_refusal(self, *, asked_for: bool) -> Refusal | None:
        """The constructors and annotations of the group; unless `asked_for`, it has to make its clients itself."""
        origins = sorted(self.group.origins, key=_origin_order)
        made = [origin for origin in origins if origin.kind != "annotation"]
        for origin in made:
            # Code that awaits whatever reaches it was written for async clients: the sync one is the mistake.
            if origin.is_async and not _all_mixed_awaited(self.group):
                return Refusal("an async client reaches the same names", _place(origin))
            if origin.kind == "module":
                return Refusal("the calls are made on the openai module itself, not on a client that could change")
        for origin in origins:
            refusal = self._origin_refusal(origin)
            if refusal is not None:
                return refusal
        if not made and not all_awaited(self.group):
            if not asked_for:
                place = _place(origins[0])
                return Refusal("nobody in the repository makes the client, so its callers may pass a sync one", place)
            hidden = self.program.hidden_client
            if hidden is not None:
                return Refusal("a sync client that cannot be followed from there may be the one that is used", hidden)
        return None

    def checks_refusal(self) -> Refusal | None:
        """`isinstance(client, OpenAI)` asks for the new class once the client has it."""
        for check in self.group.checks:
            refusal = self.limits.file_refusal(check.scope.module, check.node)
            refusal = refusal or self._reference(check.node, check.scope)
            if refusal is not None:
                return refusal
        return None

    def _origin_refusal(self, origin: Origin) -> Refusal | None:
        node, scope = origin.node, origin.scope
        if node is None or scope is None or origin.is_async:
            return None
        refusal = self.limits.file_refusal(scope.module, node)
        if refusal is not None:
            return refusal
        if origin.kind == "annotation":
            return self._reference(node, scope)
        if not isinstance(node, ast.Call):
            return self._reference(node, scope)
        switched = switch_arguments(self.program, node, scope, all_awaited=all_awaited(self.group))
        if isinstance(switched, Refusal):
            return switched
        self.references += switched
        return self._class_refusal(node, node.func, scope)

    def _class_refusal(self, call: ast.Call, node: ast.expr, scope: Scope) -> Refusal | None:
        """The class that is called is named in place, or chosen in place between named ones."""
        if isinstance(node, ast.IfExp):
            return self._class_refusal(call, node.body, scope) or self._class_refusal(call, node.orelse, scope)
        values = self.program.evaluator.values(node, scope)
        if not values or not all(isinstance(value, SdkClass) for value in values):
            return Refusal("the client's class is a subclass, or cannot be followed", scope.module.place(call))
        return self._reference(node, scope)

    def _reference(self, node: ast.expr, scope: Scope) -> Refusal | None:
        """Note a class name that is to be renamed."""
        values = self.program.evaluator.values(node, scope)
        classes = [value for value in values if isinstance(value, SdkClass)]
        if isinstance(node, ast.Constant):
            return self._quoted_reference(node, scope)
        if len(classes) != 1 or len(values) != 1:
            return Refusal("the client's class cannot be told", scope.module.place(node))
        twin = self.program.flow.surface.twin(classes[0].dotted)
        if twin is None:
            return Refusal(f"{classes[0].dotted} has no async twin", scope.module.place(node))
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return Refusal("the client's class is not named in place", scope.module.place(node))
        old, new = classes[0].dotted.rsplit(".", 1)[-1], twin.rsplit(".", 1)[-1]
        self.references.append(ClassReference(scope.module, scope, node, old, new))
        return None

    def _quoted_reference(self, node: ast.Constant, scope: Scope) -> Refusal | None:
        for origin in self.group.origins:
            if origin.node is node:
                sdk_type = self.program.flow.surface.types[origin.type_key]
                if sdk_type.async_name is None:
                    return Refusal(f"{sdk_type.sync_name} has no async twin", scope.module.place(node))
                self.references.append(
                    ClassReference(scope.module, scope, node, sdk_type.sync_name, sdk_type.async_name)
                )
        return None


def all_awaited(group: Group) -> bool:
    """Whether the code shows that an async client was meant: every request is awaited already."""
    calls = [use for use in group.calls if use.kind == "call" and False in use.colours]
    return bool(calls) and all(use.form != "plain" for use in calls)


def _all_mixed_awaited(group: Group) -> bool:
    """Whether all code that clients of both colours reach is written for the async ones."""
    calls = [use for use in group.calls if len(use.colours) == 2 and use.kind == "call"]
    read = [use for use in group.consumers if len(use.colours) == 2]
    return all(use.form != "plain" for use in calls) and all(use.written_async for use in read)


def _place(origin: Origin) -> Place | None:
    if origin.node is None or origin.scope is None:
        return None
    return origin.scope.module.place(origin.node)


def _origin_order(origin: Origin) -> tuple[str, int, int]:
    if origin.node is None or origin.scope is None:
        return "", 0, 0
    return origin.scope.module.order(origin.node)
