"""Test doubles of whole objects: what stands in for an object whose methods become async must be awaited as well."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.doubles import is_async_double, patched_values, replacement_of
from fixopenai.analysis.tree import walk
from fixopenai.analysis.values import ClassRef, FunctionRef, Instance, Iterable, Mock
from fixopenai.strategies.plans import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Class, Function, Module
    from fixopenai.analysis.values import Values

_SPECS = frozenset({"spec", "spec_set", "autospec"})
_Owners = dict["Class", "Function"]


def doubled_object(program: Program, functions: Collection[Function]) -> Refusal | None:
    """The first double of an object with one of the methods, which are to become async, that has plain ones instead."""
    owners: _Owners = {}
    for function in sorted(functions, key=lambda function: function.qualname):
        if function.cls is not None:
            for cls in (function.cls, *function.cls.descendants()):
                owners.setdefault(cls, function)
    if not owners:
        return None
    for module in program.modules:
        text = module.source.text
        if "patch" not in text and "setattr" not in text and "dependency_overrides" not in text:
            continue
        for node in walk(module.tree):
            for function, why in (
                *_patched(program, module, node, owners),
                *_overridden(program, module, node, owners),
            ):
                assert isinstance(node, (ast.expr, ast.stmt))
                where = module.place(node)
                return Refusal(f"{function.qualname}() belongs to an object that is {why}", where)
    return None


def _patched(program: Program, module: Module, node: ast.AST, owners: _Owners) -> Iterator[tuple[Function, str]]:
    """`patch("app.service")`, `monkeypatch.setattr(app, "service", Fake())`."""
    replaced = replacement_of(node) if isinstance(node, ast.Call) else None
    if replaced is None or not isinstance(node, ast.Call) or any(keyword.arg in _SPECS for keyword in node.keywords):
        return
    patched = patched_values(program.evaluator, module, node)
    new = replaced[1]
    for function in _methods(patched[1] if patched is not None else frozenset(), owners):
        if new is None or not _is_fitting(
            program, module, new, program.evaluator.values(new, module.scope_of(new)), owners
        ):
            yield function, f'patched by name ("{replaced[0]}")'


def _overridden(program: Program, module: Module, node: ast.AST, owners: _Owners) -> Iterator[tuple[Function, str]]:
    """`app.dependency_overrides[get_service] = Fake`, and the other ways to write it."""
    for key, new in _overrides(node):
        scope = module.scope_of(key)
        given: Values = frozenset().union(*(_results(v) for v in program.evaluator.values(key, scope)))
        for function in _methods(given, owners):
            made, values = _made(program, module, new)
            if not _is_fitting(program, module, made, values, owners):
                yield function, f"replaced through dependency_overrides[{ast.unparse(key)}]"


def _overrides(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    pairs: list[tuple[ast.expr | None, ast.expr]] = []
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and _names_overrides(target.value):
                pairs.append((target.slice, node.value))
            elif _names_overrides(target) and isinstance(node.value, ast.Dict):
                pairs += zip(node.value.keys, node.value.values, strict=True)
    elif isinstance(node, ast.Call) and _updates_overrides(node.func):
        for given in node.args:
            pairs += zip(given.keys, given.values, strict=True) if isinstance(given, ast.Dict) else ()
    yield from ((key, new) for key, new in pairs if key is not None)


def _names_overrides(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "dependency_overrides"


def _updates_overrides(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "update" and _names_overrides(node.value)


def _methods(values: Values, owners: _Owners) -> list[Function]:
    return [owners[v.cls] for v in values if isinstance(v, (Instance, ClassRef)) and v.cls in owners]


def _results(value: object) -> Values:
    """What a dependency gives."""
    if isinstance(value, ClassRef):
        return frozenset({Instance(value.cls, exact=True)})
    if not isinstance(value, FunctionRef):
        return frozenset()
    given = frozenset(value.function.returns.values | value.function.yields.values)
    return given.union(*(item.slot.values for item in given if isinstance(item, Iterable)))


def _made(program: Program, module: Module, new: ast.expr) -> tuple[ast.expr, Values]:
    """What an override gives, and the expression that says so."""
    if isinstance(new, ast.Lambda):
        return new.body, program.evaluator.values(new.body, module.scope_of(new.body))
    values = program.evaluator.values(new, module.scope_of(new))
    return new, frozenset().union(*(_results(value) for value in values))


def _is_fitting(program: Program, module: Module, new: ast.expr, values: Values, owners: _Owners) -> bool:
    """Whether a double has async methods: an `AsyncMock`, a mock with a `spec`, a class that becomes async as well."""
    if is_async_double(program.evaluator, module, new):
        return True
    known = (
        _is_specified(value) or (isinstance(value, (Instance, ClassRef)) and value.cls in owners) for value in values
    )
    return bool(values) and all(known)


def _is_specified(value: object) -> bool:
    return isinstance(value, Mock) and any(keyword.arg in _SPECS for keyword in value.node.keywords)
