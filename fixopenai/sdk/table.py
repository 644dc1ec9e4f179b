"""The SDK's types by key, each made from its record when somebody first asks for it.

A run asks for a few of the several hundred types; making all of them takes longer than reading the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from fixopenai.sdk.model import Member, SdkType
from fixopenai.sdk.views import RAW_VIEW, RESPONSE_MANAGER, STREAMING_VIEW, manager_type, response_type, view_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.sdk.records import MemberRecord, TypeRecord


class TypeTable(Mapping[str, SdkType]):
    """All types: those of the records, the views of resources and what the views return, and `ready` ones."""

    def __init__(self, records: Mapping[str, TypeRecord], ready: Iterable[SdkType]) -> None:
        self._records = records
        self._made = {sdk_type.key: sdk_type for sdk_type in ready}

    def __getitem__(self, key: str) -> SdkType:
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._make(key)
        return made

    def __iter__(self) -> Iterator[str]:
        """The keys of the records, then every other key that they lead to."""
        keys = dict.fromkeys([*self._records, *self._made])
        pending = list(keys)
        while pending:
            for key in _referred(self[pending.pop()]):
                if key not in keys:
                    keys[key] = None
                    pending.append(key)
        return iter(keys)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _make(self, key: str) -> SdkType:
        """Raises KeyError for what is no type of the SDK."""
        if key in self._records:
            return _recorded(key, self._records[key])
        for view in (RAW_VIEW, STREAMING_VIEW):
            owner = key.removesuffix(view)
            if owner != key:
                members = self._records[owner]["members"]
                door = members.get(view[1:])
                if door is not None and door.get("returns") == key:
                    return view_type(self[owner], view, members)
        outer, bracket, rest = key.partition("[")
        inner = rest.removesuffix("]")
        if not bracket or inner == rest or inner not in self:
            raise KeyError(key)
        make = manager_type if outer == RESPONSE_MANAGER else response_type
        return make(self[outer], inner)


def _recorded(key: str, record: TypeRecord) -> SdkType:
    members = {name: _member(name, member) for name, member in record["members"].items()}
    return SdkType(key, record["kind"], record["sync"], record["async"], members, record["enter"])


def _member(name: str, record: MemberRecord) -> Member:
    return Member(name, record["kind"], record.get("returns"), record.get("stream"))


def _referred(sdk_type: SdkType) -> Iterator[str]:
    if sdk_type.enter is not None:
        yield sdk_type.enter
    for member in sdk_type.members.values():
        yield from filter(None, (member.returns, member.stream))
