"""Reads the installed `openai` package: its modules, its classes, their twins, and what annotations name.

Annotations are read by hand, for the SDK imports many of the names in them for type checkers only, where
`typing.get_type_hints` fails.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
import sys
import typing
from collections.abc import Awaitable, Coroutine
from importlib.util import resolve_name
from types import ModuleType, UnionType

from typing_extensions import Self

# Models and command lines have no colour; the others need packages that the SDK does not require.
_SKIPPED_PACKAGES = ("openai.types", "openai.cli", "openai._vendor", "openai._extras", "openai.helpers")


def sdk_modules() -> list[ModuleType]:
    """Every module of the installed SDK that can hold a class of interest, the package itself first."""
    package = importlib.import_module("openai")
    return [package, *_submodules(package)]


def _submodules(package: ModuleType) -> typing.Iterator[ModuleType]:
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if info.name in _SKIPPED_PACKAGES or info.name.endswith(".__main__"):
            continue
        try:
            module = importlib.import_module(info.name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "openai":
                raise
            continue  # needs an extra such as websockets, and defines no class that others return
        yield module
        if info.ispkg:
            yield from _submodules(module)


def is_class(value: object) -> typing.TypeGuard[type]:
    """Like `inspect.isclass`, which wakes the SDK's lazy proxies: they ask for an API key then."""
    return issubclass(type(value), type)


def is_sdk_class(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "openai"


def async_twin(cls: type) -> type | None:
    """The async class beside a sync one, by the SDK's names: X and AsyncX, SyncX and AsyncX; None if it has none."""
    if not is_sdk_class(cls) or cls.__name__.startswith("_") or "Async" in cls.__name__:
        return None
    twin = getattr(sys.modules[cls.__module__], "Async" + cls.__name__.removeprefix("Sync"), None)
    return twin if is_class(twin) else None


def named_classes(annotation: object, module: str, owner: type) -> list[type]:
    """The classes an annotation names at its outer level: unions and awaitables are opened, other arguments are not.

    `module` is where the annotation stands, `owner` the class that `Self` means there. The arguments of an
    AsyncPaginator are kept: its page class is the last.
    """
    if annotation is Self:
        return [owner]
    if isinstance(annotation, str):
        return _in_expression(ast.parse(annotation, mode="eval").body, module, owner)
    if isinstance(annotation, typing.ForwardRef):
        return named_classes(annotation.__forward_arg__, module, owner)
    if isinstance(annotation, typing.TypeVar):
        bound = named_classes(annotation.__bound__, annotation.__module__, owner)
        if len(bound) != 1:  # the response types that a low-level request can be told to make: anything
            return []
        return [owner] if bound[0] in owner.__mro__ else bound
    origin = typing.get_origin(annotation)
    if origin is None:
        return [annotation] if is_class(annotation) else []
    opened = _opened_arguments(origin, list(typing.get_args(annotation)))
    heads = [origin] if is_class(origin) and origin not in _UNIONS else []
    return heads + [found for argument in opened for found in named_classes(argument, module, owner)]


_Argument = typing.TypeVar("_Argument")
_UNIONS = (typing.Union, UnionType)


def _opened_arguments(origin: object, arguments: list[_Argument]) -> list[_Argument]:
    if origin in _UNIONS:
        return arguments
    if origin in (Awaitable, Coroutine) or getattr(origin, "__name__", "") == "AsyncPaginator":
        return arguments[-1:]
    if origin in (typing.Optional, typing.Annotated):
        return arguments[:1]
    return []


def _in_expression(node: ast.expr, module: str, owner: type) -> list[type]:
    if isinstance(node, ast.BinOp):
        return _in_expression(node.left, module, owner) + _in_expression(node.right, module, owner)
    if isinstance(node, ast.Constant):
        return named_classes(node.value, module, owner) if isinstance(node.value, str) else []
    if isinstance(node, ast.Subscript):
        head = _named_object(node.value, module)
        head = typing.get_origin(head) or head
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        heads = [head] if is_class(head) and head not in _UNIONS else []
        opened = _opened_arguments(head, arguments)
        return heads + [found for argument in opened for found in _in_expression(argument, module, owner)]
    return named_classes(_named_object(node, module), module, owner)


def _named_object(node: ast.expr, module: str) -> object:
    """What a dotted name means in the module, type checkers' imports included; None for builtins and the like."""
    if isinstance(node, ast.Attribute):
        return getattr(_named_object(node.value, module), node.attr, None)
    if not isinstance(node, ast.Name):
        return None
    namespace = vars(sys.modules[module])
    if node.id in namespace:
        value: object = namespace[node.id]
        return value
    imported = _source_imports(module).get(node.id)
    if imported is None:
        return None
    try:
        return getattr(importlib.import_module(imported[0]), imported[1], None)
    except ModuleNotFoundError:
        return None  # an optional dependency, such as websockets


@functools.cache
def _source_imports(module: str) -> dict[str, tuple[str, str]]:
    """Every `from x import y` of the module's source, wherever it stands: local name to (absolute module, name)."""
    imports: dict[str, tuple[str, str]] = {}
    package = sys.modules[module].__package__ or module
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        if isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                imports[alias.asname or alias.name] = (source, alias.name)
    return imports
