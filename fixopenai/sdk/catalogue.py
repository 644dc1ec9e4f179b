"""Walks the installed SDK from its clients to everything they lead to, and names what it finds."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING

from fixopenai.sdk.introspection import async_twin, is_class, is_sdk_class, sdk_modules
from fixopenai.sdk.members import FoundMember, class_kind, entered_class, find_members, is_tracked
from fixopenai.sdk.records import ASYNC_MARK
from fixopenai.sdk.views import RAW_RESPONSE, STREAMING_RESPONSE, VIEW_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from fixopenai.sdk.records import MemberRecord, SurfaceRecord, TypeRecord

# Classes that no member leads to: what the views return, and what users annotate with or subclass.
_SEED_MODULES = ("openai._response", "openai._streaming", "openai.pagination", "openai.lib.streaming")
_BETA_MODULES = "openai.resources.beta"


class CatalogueError(Exception):
    """Two classes that would share a key, or a resource whose views break the SDK's pattern."""


class Catalogue:
    """The types of the installed release: records by key, and the key of every class."""

    def __init__(self) -> None:
        self._package, *self._modules = sdk_modules()
        self._classes: dict[str, type] = {}
        self._keys: dict[type, str] = {}
        self._records: dict[str, TypeRecord] = {}
        self._client = self._package.OpenAI(api_key="unused")
        for cls in _named(self._package).values():
            if is_tracked(cls) and class_kind(cls) == "client":
                self._key(cls)
        for module in self._modules:
            if module.__name__ in _SEED_MODULES:
                for cls in filter(is_tracked, _named(module).values()):
                    self._key(cls)
            if module.__name__ == "openai._legacy_response":
                self._add(RAW_RESPONSE, module.LegacyAPIResponse)
        self._records["openai"] = self._module_record()

    def surface(self) -> SurfaceRecord:
        """The record of the release."""
        return {
            "releases": [str(self._package.__version__)],
            "modules": self._module_names(),
            "pairs": self._pairs(),
            "types": self._records,
        }

    def _key(self, cls: type) -> str:
        """The key of a class that is known by its name; describes the class when it is new."""
        if cls in self._keys:
            return self._keys[cls]
        key = "beta." + cls.__name__ if cls.__module__.startswith(_BETA_MODULES) else cls.__name__
        self._add(key, cls)
        return key

    def _add(self, key: str, cls: type) -> None:
        """Describes the class under the key, and everything its members lead to; without a twin it serves both."""
        if self._classes.setdefault(key, cls) is not cls:
            raise CatalogueError(f"{key} is {cls} and {self._classes[key]}")
        if key in self._records:
            return
        self._keys[cls] = min(self._keys.get(cls, key), key, key=lambda name: (name.count("."), name))
        for base in cls.__mro__[1:]:
            if base.__name__ == cls.__name__:  # a generated class, extended by hand under its own name (Webhooks)
                self._keys.setdefault(base, key)
        twin = async_twin(cls) or cls
        record: TypeRecord = {
            "kind": class_kind(cls),
            "sync": cls.__name__,
            "async": twin.__name__,
            "enter": None,
            "members": {},
        }
        self._records[key] = record
        entered = entered_class(cls)
        if entered is not None:
            record["enter"] = self._key(entered)
        found = list(find_members(cls, twin))
        views = self._views(key, cls) if any(member.name in VIEW_NAMES for member in found) else None
        for member in found:
            record["members"][member.name] = self._member_record(key, cls, member, views)

    def _member_record(self, key: str, owner: type, member: FoundMember, views: dict[str, str] | None) -> MemberRecord:
        record: MemberRecord = {"kind": member.kind}
        if member.name in VIEW_NAMES:
            definer = next(base for base in owner.__mro__ if _defines(base, member.name))
            record["returns"] = f"{definer.__name__ if class_kind(owner) == 'client' else key}.{member.name}"
        elif member.kind == "resource" and member.returns is not None:
            record["returns"] = member.name if class_kind(owner) == "client" else f"{key}.{member.name}"
            self._add(record["returns"], member.returns)
        elif member.returns is not None:
            record["returns"] = self._key(member.returns)
        if member.stream is not None:
            record["stream"] = self._key(member.stream)
        if views is not None and member.kind in ("call", "page", "resource") and member.name not in VIEW_NAMES:
            response = views.get(member.name)
            if response != STREAMING_RESPONSE:
                record["view"] = response
        return record

    def _views(self, key: str, cls: type) -> dict[str, str]:
        """The members that a resource's views have, with the class of response that the streaming one yields."""
        live = self._client if class_kind(cls) == "client" else functools.reduce(getattr, key.split("."), self._client)
        raw = _public_names(live.with_raw_response)
        if not hasattr(live, "with_streaming_response"):  # 1.0.0 has the raw view only
            return dict.fromkeys(raw, RAW_RESPONSE)
        streaming = _public_names(live.with_streaming_response)
        if streaming - raw:
            raise CatalogueError(f"{key}: the streaming view alone has {sorted(streaming - raw)}")
        methods = vars(live.with_streaming_response)
        return {name: _response_class(methods.get(name)) if name in streaming else RAW_RESPONSE for name in raw}

    def _module_record(self) -> TypeRecord:
        """The package as a sync client: its lazily loaded resources, and the settings it reads."""
        resources = [
            name for name, member in self._records["OpenAI"]["members"].items() if member["kind"] == "resource"
        ]
        members: dict[str, MemberRecord] = {
            name: {"kind": "resource", "returns": name} for name in resources if name in vars(self._package)
        }
        for name in inspect.get_annotations(self._package):
            if not name.startswith("_") and name not in members:
                members[name] = {"kind": "attribute"}
        return {"kind": "module", "sync": "openai", "async": None, "enter": None, "members": members}

    def _module_names(self) -> dict[str, dict[str, str]]:
        """The public names of every tracked class by module."""
        targets = dict(self._keys)
        twins = ((async_twin(cls), key) for cls, key in self._keys.items())
        async_targets = {twin: ASYNC_MARK + key for twin, key in twins if twin is not None}
        modules: dict[str, dict[str, str]] = {}
        for module in (self._package, *self._modules):
            names = {
                name: targets.get(cls) or async_targets[cls]
                for name, cls in _named(module).items()
                if (cls in targets or cls in async_targets) and _is_home(module, name, cls)
            }
            if names:
                modules[module.__name__] = names
        return modules

    def _pairs(self) -> dict[str, str]:
        """Exported names of two colours that are no types of the table: HTTP clients and the like."""
        tracked = {async_twin(cls) for cls in self._keys}
        exported = dir(self._package)
        return {
            f"openai.{name.replace('Async', '', 1)}": f"openai.{name}"
            for name in exported
            if name.replace("Async", "", 1) in exported
            and not name.startswith("_")
            and "Async" in name
            and getattr(self._package, name) not in tracked
        }


def _named(module: ModuleType) -> dict[str, type]:
    """The module's public names of SDK classes, with those that it loads lazily."""
    loaded = vars(module)
    values = {name: loaded[name] if name in loaded else getattr(module, name, None) for name in dir(module)}
    return {
        name: value
        for name, value in values.items()
        if not name.startswith("_") and is_class(value) and is_sdk_class(value)
    }


def _is_home(module: ModuleType, name: str, cls: type) -> bool:
    """Whether the module defines or exports the class, and does not merely use it."""
    if hasattr(module, "__path__") or name in getattr(module, "__all__", ()) or cls.__module__ == module.__name__:
        return True
    functions = filter(inspect.isfunction, vars(cls).values())
    return any(function.__module__ == module.__name__ for function in functions)


def _defines(cls: type, name: str) -> bool:
    return name in vars(cls) or name in inspect.get_annotations(cls)


def _public_names(value: object) -> set[str]:
    return {name for name in dir(value) if not name.startswith("_")}


def _response_class(wrapper: Callable[..., object] | None) -> str:
    """The response class of a streaming view's method: `to_custom_streamed_response_wrapper` keeps it in a cell."""
    cells = inspect.getclosurevars(wrapper).nonlocals if inspect.isfunction(wrapper) else {}
    response = cells.get("response_cls")
    return response.__name__ if is_class(response) else STREAMING_RESPONSE
