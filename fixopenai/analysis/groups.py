"""Client groups: all the clients that meet under one name somewhere, which must therefore have one colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from fixopenai.analysis.values import SDK_VALUES, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.analysis.uses import CallUse, ClassCheck, ConsumerUse, Escape, Uses
    from fixopenai.analysis.values import Value


class _HasOrigins(Protocol):
    @property
    def origins(self) -> frozenset[Origin]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Clients that share names, and everything that is done with them."""

    origins: frozenset[Origin]
    calls: tuple[CallUse, ...]
    consumers: tuple[ConsumerUse, ...]
    escapes: tuple[Escape, ...]
    checks: tuple[ClassCheck, ...]


class _Union:
    def __init__(self) -> None:
        self.parent: dict[Origin, Origin] = {}

    def find(self, origin: Origin) -> Origin:
        parent = self.parent.setdefault(origin, origin)
        while parent is not self.parent[parent]:
            self.parent[parent] = self.parent[self.parent[parent]]
            parent = self.parent[parent]
        self.parent[origin] = parent
        return parent

    def join(self, origins: Iterable[Origin]) -> None:
        first: Origin | None = None
        for origin in origins:
            root = self.find(origin)
            if first is None:
                first = root
            elif root is not first:
                self.parent[root] = first


_Use = TypeVar("_Use", bound="_HasOrigins")


def client_groups(slots: Iterable[Iterable[Value]], uses: Uses) -> dict[Origin, Group]:
    """The group of each origin; `slots` are the values of every name, attribute and result in the program.

    Clients that meet under a name without being used there have nothing in common, but for an annotation of the name.
    """
    union = _Union()
    for values in slots:
        here = {value.origin for value in values if isinstance(value, SDK_VALUES)}
        for origin in here:
            union.find(origin)
        if any(origin.kind == "annotation" for origin in here):
            union.join(here)
    every_use: tuple[_HasOrigins, ...] = (*uses.calls, *uses.consumers, *uses.escapes, *uses.checks)
    for use in every_use:
        union.join(use.origins)
    members: dict[Origin, list[Origin]] = {}
    for origin in list(union.parent):
        members.setdefault(union.find(origin), []).append(origin)
    calls = _by_root(union, uses.calls)
    consumers = _by_root(union, uses.consumers)
    escapes = _by_root(union, uses.escapes)
    checks = _by_root(union, uses.checks)
    groups: dict[Origin, Group] = {}
    for root, origins in members.items():
        group = Group(
            frozenset(origins),
            tuple(calls.get(root, ())),
            tuple(consumers.get(root, ())),
            tuple(escapes.get(root, ())),
            tuple(checks.get(root, ())),
        )
        groups.update(dict.fromkeys(origins, group))
    return groups


def _by_root(union: _Union, uses: Iterable[_Use]) -> dict[Origin, list[_Use]]:
    found: dict[Origin, list[_Use]] = {}
    for use in uses:
        found.setdefault(union.find(next(iter(use.origins))), []).append(use)
    return found
