"""Handlers of assistants' streams: subclasses of AssistantEventHandler follow the colour of their stream."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.blocking import blocking_node
from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import Instance, SdkClass
from fixopenai.rewriting.edits import Edit, MakeAsync
from fixopenai.strategies.plans import ClassReference, Refusal

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Class, Function, Scope

# Decorators that give the function back as it is.
_MARKS = frozenset({"typing.override", "typing_extensions.override"})
_WHY = "`event_handler=` would have to become async as well"


def switch_handler(
    program: Program, node: ast.expr, scope: Scope
) -> tuple[list[ClassReference], dict[Function, Edit]] | Refusal:
    """The bases to rename and the hooks (`on_...`) to make async, for the handler that a call is given."""
    place = scope.module.place(node)
    handlers = program.evaluator.values(node, scope)
    if not handlers:
        return Refusal(_WHY, place)
    references: list[ClassReference] = []
    hooks: dict[Function, Edit] = {}
    for handler in handlers:
        if not isinstance(handler, Instance):
            return Refusal(_WHY, place)
        if _is_async(program, handler.cls):
            continue
        found = _bases(program, handler.cls)
        if not found or handler.cls.descendants() or len(handler.cls.ancestors()) > 1:
            return Refusal(_WHY, place)
        used = _own_use(program, handler.cls)
        if used is not None:
            return used
        references += found
        for function in handler.cls.module.functions:
            if function.cls is not handler.cls or function.is_async or not function.name.startswith("on_"):
                continue
            refusal = _hook_refusal(program, function)
            if refusal is not None:
                return refusal
            hooks[function] = Edit(function.module, function.node, MakeAsync())
    return references, hooks


def _is_async(program: Program, cls: Class) -> bool:
    surface = program.flow.surface
    resolved = [surface.resolve(base) for owner in cls.ancestors() for base in owner.external_bases]
    return any(found is not None and found[1] for found in resolved)


def _bases(program: Program, cls: Class) -> list[ClassReference]:
    scope = cls.scope.parent
    assert scope is not None
    found = []
    for base in cls.node.bases:
        for value in program.evaluator.values(base, scope):
            twin = program.flow.surface.twin(value.dotted) if isinstance(value, SdkClass) else None
            if isinstance(value, SdkClass) and twin is not None and isinstance(base, (ast.Name, ast.Attribute)):
                old, new = value.dotted.rsplit(".", 1)[-1], twin.rsplit(".", 1)[-1]
                found.append(ClassReference(cls.module, scope, base, old, new))
    return found


def _own_use(program: Program, cls: Class) -> Refusal | None:
    """A handler that is waited for itself (`handler.until_done()`) is more than something that is called back."""
    surface = program.flow.surface
    found = (surface.resolve(base) for base in cls.external_bases)
    waiting = {name for one in found if one is not None for name, m in one[0].members.items() if m.kind != "attribute"}
    for module in program.modules:
        for node in walk(module.tree):
            if not isinstance(node, ast.Attribute) or node.attr not in waiting:
                continue
            values = program.evaluator.values(node.value, module.scope_of(node))
            if any(isinstance(value, Instance) and value.cls is cls for value in values):
                return Refusal(f"the handler's own {node.attr}() is used", module.place(node))
    return None


def _hook_refusal(program: Program, function: Function) -> Refusal | None:
    """A hook is called by the SDK alone, and must not block the loop that then calls it."""
    if function.decorators - _MARKS or len(function.decorators) < len(getattr(function.node, "decorator_list", [])):
        return Refusal(_WHY, function.module.place(function.node))
    for scope, call in program.callers.get(function, []):
        why = f"{function.qualname}() would become async, and is called by other code"
        return Refusal(why, scope.module.place(call))
    found = blocking_node(program.evaluator, function)
    if found is not None:
        why, node, where = found
        place = where.module.place(node)
        return Refusal(f"{function.qualname}() would block the event loop: {why}", place)
    return None
