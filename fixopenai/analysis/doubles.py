"""Where tests put something else in a client's place by name: code that relies on the client staying as it is."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import called_name, own_nodes, walk
from fixopenai.analysis.uses import Escape
from fixopenai.analysis.values import (
    NOTHING,
    SDK_VALUES,
    ClassRef,
    FunctionRef,
    Instance,
    ModuleRef,
    SdkClass,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Module
    from fixopenai.analysis.values import Origin

PATCHERS = frozenset({"patch", "setattr", "object", "dict", "multiple", "delattr"})


def find_doubles(evaluator: Evaluator) -> Iterator[Escape]:
    """`patch("app.llm.client")`, `monkeypatch.setattr(llm, "client", ...)`, `dependency_overrides[get_client]`."""
    for module in list(evaluator.flow.modules.values()):
        text = module.source.text
        if not any(word in text for word in ("patch", "setattr", "dependency_overrides", "globals()", "vars(")):
            continue
        for node in walk(module.tree):
            if isinstance(node, ast.Call):
                yield from _patched(evaluator, module, node)
            elif isinstance(node, ast.Subscript):
                yield from _looked_up(evaluator, module, node)
                yield from _overridden(evaluator, module, node.value, [node.slice])
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                for target in node.targets:
                    yield from _overridden(evaluator, module, target, node.value.keys)


def is_async_double(evaluator: Evaluator, module: Module, node: ast.expr) -> bool:
    """Whether a test double is awaited: an `AsyncMock`, an async function, or a mock whose methods are set to such."""
    scope = module.scope_of(node)
    values = evaluator.values(node, scope)
    callees = evaluator.values(node.func, scope) if isinstance(node, ast.Call) else NOTHING
    if any(getattr(value, "dotted", "") == "unittest.mock.AsyncMock" for value in values | callees):
        return True
    if any(isinstance(value, FunctionRef) and value.function.is_async for value in values):
        return True
    above = module.parents().get(node)
    function = scope.enclosing_function()
    if not isinstance(above, ast.Assign) or len(above.targets) != 1 or function is None:
        return False
    name = ast.unparse(above.targets[0])
    given = [
        part.value
        for part in own_nodes(function.node)
        if isinstance(part, ast.Assign)
        and any(isinstance(target, ast.Attribute) and _is_below(target, name) for target in part.targets)
    ]
    return bool(given) and all(is_async_double(evaluator, module, value) for value in given)


def _is_below(target: ast.Attribute, name: str) -> bool:
    return ast.unparse(target).startswith(f"{name}.")


def replacement_of(node: ast.Call) -> tuple[str, ast.expr | None] | None:
    """The name that a call of a patcher replaces, and what by; no node where the patcher makes a fitting double."""
    if called_name(node) not in PATCHERS or not node.args:
        return None
    texts = [a.value for a in node.args[:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    first = node.args[0]
    by_path = isinstance(first, ast.Constant) and isinstance(first.value, str) and "." in first.value
    if not texts or (not by_path and len(node.args) < 2):
        return None
    given = node.args[1 if by_path else 2 :]
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    new = given[0] if given else named.get("new", named.get("new_callable", named.get("value")))
    return (texts[0] if by_path else texts[-1]), new


def _patched(evaluator: Evaluator, module: Module, node: ast.Call) -> Iterator[Escape]:
    name = called_name(node)
    if name == "update" and isinstance(node.func, ast.Attribute) and node.args and isinstance(node.args[0], ast.Dict):
        yield from _overridden(evaluator, module, node.func.value, node.args[0].keys)
    patched = patched_values(evaluator, module, node)
    if patched is None:
        return
    label, values, where = patched
    if label.startswith("openai."):
        named = evaluator.flow.surface.resolve(label)
        if named is not None and named[1]:
            # Who patches the async class wants the client async.
            return
        made = frozenset(origin for origin in evaluator.flow.origins() if not origin.is_async)
        if made:
            yield Escape(node, module, made, f'is patched by name ("{label}")')
        return
    origins = _origins(evaluator, values, where)
    if origins:
        of_class = any(isinstance(value, SdkClass) for value in values)
        yield Escape(node, module, origins, f'is patched by name ("{label}")', is_double=not of_class)


def patched_values(evaluator: Evaluator, module: Module, node: ast.Call) -> tuple[str, Values, Module | None] | None:
    """The name that a call of a patcher replaces, what it holds, and the module it is looked up in."""
    if called_name(node) not in PATCHERS or not node.args:
        return None
    target = node.args[0]
    if isinstance(target, ast.Constant) and isinstance(target.value, str):
        return (target.value, *_named(evaluator, module, target.value))
    if len(node.args) < 2 or not isinstance(node.args[1], ast.Constant) or not isinstance(node.args[1].value, str):
        return None
    label = node.args[1].value
    where: Module | None = None
    found: set[Value] = set()
    for owner in evaluator.values(target, module.scope):
        if isinstance(owner, SdkClass) and not owner.is_async:
            found.add(owner)
        elif isinstance(owner, ModuleRef):
            where = evaluator.flow.module(owner.key)
            found |= evaluator.attributes.get(owner, label)
        elif isinstance(owner, (ClassRef, Instance)):
            found |= evaluator.attributes.get(owner, label)
    return label, frozenset(found), where


def _named(evaluator: Evaluator, module: Module, dotted: str) -> tuple[Values, Module | None]:
    """The values of the longest prefix of a dotted name that leads to something of the SDK's, and its module."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        key = evaluator.flow.index.resolve(module.path, ".".join(parts[:length]))
        if key is None:
            continue
        values = evaluator.attributes.module(key, parts[length])
        for name in parts[length + 1 :]:
            if any(isinstance(value, SDK_VALUES) for value in values):
                break
            values = frozenset(v for value in values for v in evaluator.attributes.get(_as_instance(value), name))
        return values, evaluator.flow.module(key)
    return frozenset(), None


def _looked_up(evaluator: Evaluator, module: Module, node: ast.Subscript) -> Iterator[Escape]:
    """`globals()["client"]`, `vars(service)["client"]`."""
    table, key = node.value, node.slice
    if not isinstance(table, ast.Call) or not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return
    name = called_name(table)
    owners: Iterable[Value] = ()
    if name == "globals" and not table.args:
        owners = (ModuleRef(module.key),)
    elif name == "vars" and table.args:
        owners = evaluator.values(table.args[0], module.scope_of(node))
    held = frozenset(value for owner in owners for value in evaluator.attributes.get(owner, key.value))
    origins = _origins(evaluator, held)
    if origins:
        yield Escape(node, module, origins, f"is looked up by its name in {name}()")


def _as_instance(value: Value) -> Value:
    return Instance(value.cls, exact=False) if isinstance(value, ClassRef) else value


def _overridden(
    evaluator: Evaluator, module: Module, base: ast.expr, keys: Iterable[ast.expr | None]
) -> Iterator[Escape]:
    """Dependencies that `app.dependency_overrides` replaces."""
    if not isinstance(base, ast.Attribute) or base.attr != "dependency_overrides":
        return
    for key in keys:
        for value in evaluator.values(key, module.scope) if key is not None else ():
            origins = _origins(evaluator, frozenset({value})) if isinstance(value, FunctionRef) else frozenset()
            if key is not None and origins and isinstance(value, FunctionRef):
                why = f"is replaced through dependency_overrides[{value.function.name}]"
                yield Escape(key, module, origins, why, is_double=True)


def _origins(evaluator: Evaluator, values: Values, where: Module | None = None) -> frozenset[Origin]:
    """The clients behind the values: held, returned by a function, or made by a class that is patched in `where`."""
    found: set[Origin] = set()
    for value in values:
        if isinstance(value, SDK_VALUES):
            found.add(value.origin)
        elif isinstance(value, FunctionRef):
            results = value.function.returns.values | value.function.yields.values
            found |= {result.origin for result in results if isinstance(result, SDK_VALUES)}
        elif isinstance(value, SdkClass):
            of_class = evaluator.flow.surface.types[value.type_key].kind == "client"
            found |= {
                o
                for o in evaluator.flow.origins()
                if not o.is_async and (not of_class or o.type_key == value.type_key) and _is_named_in(o, where)
            }
    return frozenset(found)


def _is_named_in(origin: Origin, where: Module | None) -> bool:
    """Whether the class of a client is looked up in the module whose name is patched, as far as can be told."""
    if where is None or origin.scope is None or origin.scope.module is where:
        return True
    return not (isinstance(origin.node, ast.Call) and isinstance(origin.node.func, ast.Name))
