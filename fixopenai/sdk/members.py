"""The members of a sync class of the SDK, and how each is used on its async twin.

The kind is read off the async twin: a coroutine function is a call, an async generator an iterator; a plain function
is a page, a manager or an iterator by what its annotation names, and local otherwise.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_origin

from fixopenai.sdk.introspection import async_twin, is_sdk_class, named_classes
from fixopenai.sdk.views import VIEW_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixopenai.sdk.records import MemberKind, TypeKind

# A pydantic setting that the SDK annotates on its models.
_NOT_MEMBERS = frozenset({"model_config"})
_ASYNC_ITERATORS = (AsyncIterator, AsyncIterable, AsyncGenerator)


@dataclass(frozen=True)
class FoundMember:
    """A member as introspection sees it, with classes where the table will have keys."""

    name: str
    kind: MemberKind
    returns: type | None = None
    stream: type | None = None


class UnclearMemberError(Exception):
    """A member whose kind cannot be told."""


def find_members(sync_class: type, async_class: type) -> Iterator[FoundMember]:
    """The public members of both classes by name; those that only one colour has are told from that one."""
    sync_members = dict(_public_members(sync_class))
    async_members = dict(_public_members(async_class))
    for name in sorted(sync_members | async_members):
        owner = sync_class if name in sync_members else async_class
        module, member = sync_members.get(name) or async_members[name]
        twin_module, twin = async_members.get(name) or (module, member)
        if inspect.isfunction(member):
            if not inspect.isfunction(twin):
                raise UnclearMemberError(f"{sync_class.__name__}.{name} is no function in {async_class}")
            yield _method(name, owner, member, async_class, twin)
        else:
            yield _attribute(name, owner, module, member, twin_module, twin)


def _public_members(cls: type) -> Iterator[tuple[str, tuple[str, object]]]:
    """Name, then the module of definition and the raw member; an annotation stands for an attribute without value."""
    for base in reversed(cls.__mro__):
        if not is_sdk_class(base):
            continue
        module = _defining_module(base)
        for name, annotation in inspect.get_annotations(base).items():
            if not name.startswith("_") and name not in _NOT_MEMBERS:
                yield name, (module, _Annotated(annotation))
        for name, value in vars(base).items():
            if not name.startswith("_") and name not in _NOT_MEMBERS and not _is_plain_default(value):
                yield name, (module, value)


@dataclass(frozen=True)
class _Annotated:
    annotation: object


def _is_plain_default(value: object) -> bool:
    return not isinstance(value, (property, functools.cached_property, staticmethod, classmethod)) and not callable(
        value
    )


def _defining_module(cls: type) -> str:
    """The module whose names the class's annotations use: the SDK sets `__module__` to `openai` on exported classes."""
    for value in vars(cls).values():
        function = inspect.unwrap(value) if inspect.isfunction(value) else None
        if function is not None and function.__module__.startswith("openai"):
            return str(function.__module__)
    return cls.__module__


def _attribute(name: str, owner: type, module: str, member: object, twin_module: str, twin: object) -> FoundMember:
    if isinstance(member, (staticmethod, classmethod)):
        return FoundMember(name, "local")
    if name in VIEW_NAMES:
        return FoundMember(name, "resource")
    tracked = [cls for cls in _attribute_classes(member, module, owner) if is_tracked(cls)]
    if tracked:
        return FoundMember(name, "resource", tracked[0])
    is_iterated = any(cls in _ASYNC_ITERATORS for cls in _attribute_classes(twin, twin_module, owner))
    return FoundMember(name, "iterator" if is_iterated else "attribute")


def _attribute_classes(member: object, module: str, owner: type) -> list[type]:
    if isinstance(member, _Annotated):
        return named_classes(member.annotation, module, owner)
    if isinstance(member, (property, functools.cached_property)):
        getter = member.fget if isinstance(member, property) else member.func
        return _returned(getter, owner) if getter is not None else []
    return []


def _method(
    name: str, owner: type, function: Callable[..., object], twin_owner: type, twin: Callable[..., object]
) -> FoundMember:
    function, twin = inspect.unwrap(function), inspect.unwrap(twin)
    tracked = list(dict.fromkeys(cls for cls in _returned(function, owner) if is_tracked(cls)))
    kind = _kind(twin, twin_owner, owner, tracked)
    missing = {async_twin(cls) for cls in tracked}.difference(_returned(twin, twin_owner))
    if missing and kind != "iterator":
        raise UnclearMemberError(f"{twin_owner.__name__}.{name} does not return {missing}")
    if kind == "iterator":
        return FoundMember(name, kind)
    streams = [cls for cls in tracked if class_kind(cls) == "stream"]
    if kind == "call" and streams and "stream" in inspect.signature(function).parameters:
        rest = [cls for cls in tracked if cls not in streams]
        return FoundMember(name, kind, rest[0] if rest else None, streams[0])
    if len(tracked) > 1:
        raise UnclearMemberError(f"{owner.__name__}.{name} returns one of {tracked}")
    return FoundMember(name, kind, tracked[0] if tracked else None)


def _kind(twin: Callable[..., object], twin_owner: type, owner: type, tracked: list[type]) -> MemberKind:
    if inspect.iscoroutinefunction(twin):
        return "call"
    if inspect.isasyncgenfunction(twin):
        return "iterator"
    names = {cls.__name__ for cls in _returned(twin, twin_owner)}
    if "AsyncPaginator" in names:
        return "page"
    if names & {cls.__name__ for cls in _ASYNC_ITERATORS}:
        return "iterator"
    if "Awaitable" in names or "Coroutine" in names:
        return "call"
    if any(cls is not owner and class_kind(cls) in ("manager", "stream", "handler") for cls in tracked):
        return "manager"
    return "local"


def _returned(function: Callable[..., object], owner: type) -> list[type]:
    """The classes that the return annotation names; `def f(self: T) -> T` returns its owner."""
    annotations = inspect.get_annotations(function)
    returned = annotations.get("return")
    if returned is not None and returned == annotations.get("self"):
        return [owner]
    return named_classes(returned, function.__module__, owner)


def is_tracked(cls: type) -> bool:
    """Whether the table has a type for the class: it has an async twin, and is no internal base."""
    return async_twin(cls) is not None and not cls.__name__.startswith("Base")


def entered_class(cls: type) -> type | None:
    """What `with` yields for an instance of the class, None when it is no context manager."""
    enter = getattr(cls, "__enter__", None)
    if enter is None:
        return None
    return next(iter(_returned(inspect.unwrap(enter), cls)), None)


def class_kind(cls: type) -> TypeKind:
    """The kind of a sync class, by its base classes and its protocol."""
    bases = {(get_origin(base) or base).__name__.partition("[")[0] for base in cls.__mro__}
    if "SyncAPIClient" in bases:
        return "client"
    if "BaseSyncPage" in bases:
        return "page"
    if "BaseAPIResponse" in bases or "LegacyAPIResponse" in bases:
        return "response"
    if cls.__name__.endswith("EventHandler"):
        return "handler"
    if entered_class(cls) not in (None, cls):
        return "manager"
    return "stream" if hasattr(cls, "__iter__") else "resource"
