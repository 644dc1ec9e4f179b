"""What the table tells about the SDK: types and their members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixopenai.sdk.records import MemberKind, TypeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Member", "MemberKind", "SdkType", "TypeKind"]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a type.

    `returns` is the key of the type that comes out (after the await, on the async side), None for plain data. For a
    manager it is the key of the context manager, whose `enter` says what `with` yields. `stream` is the key of
    what comes out when `stream=True` is given, None where there is no such mode.
    """

    name: str
    kind: MemberKind
    returns: str | None = None
    stream: str | None = None


@dataclass(frozen=True, slots=True)
class SdkType:
    """A type of the SDK in both colours.

    `key` is unique: the access path from a client for resources (`chat.completions`), the sync class name for the
    rest, and `Outer[Inner]` for a response that parses to an `Inner`. `async_name` is None where there is no async
    twin; it equals `sync_name` where both colours share the class. `enter` is the key of what `with` yields, None
    where the type is no context manager.
    """

    key: str
    kind: TypeKind
    sync_name: str
    async_name: str | None
    members: Mapping[str, Member]
    enter: str | None
