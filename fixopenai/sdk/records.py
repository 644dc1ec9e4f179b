"""The shape of `surface.json`, shared by what writes it (generator, merge) and what reads it (surface)."""

from __future__ import annotations

from typing import Literal, TypedDict

MemberKind = Literal["call", "page", "manager", "local", "resource", "attribute", "iterator"]
TypeKind = Literal["client", "resource", "raw", "stream", "page", "manager", "response", "module", "handler"]

ASYNC_MARK = "async "
"""Stands before the type's key in `modules` where the name is that of the async class."""


class _MemberKindRecord(TypedDict):
    kind: MemberKind


class MemberRecord(_MemberKindRecord, total=False):
    """One member. Absent keys mean: plain data comes out, no `stream=True` mode, and the usual view.

    `view` speaks of `with_raw_response` and `with_streaming_response` on the resource that has the member. Absent:
    both have it, and the streaming one yields an APIResponse. Else it is the name of the class that is yielded
    instead, LegacyAPIResponse when only the raw view has the member, and null when neither has it.
    """

    returns: str
    stream: str
    view: str | None


TypeRecord = TypedDict(
    "TypeRecord",
    {"kind": TypeKind, "sync": str, "async": str | None, "enter": str | None, "members": dict[str, MemberRecord]},
)
"""One type: its kind, the class names of both colours, the key of what `with` yields, its members by name."""


class SurfaceRecord(TypedDict):
    """The whole table.

    `releases` are oldest first. `modules` maps a module to its public class names and each of them to the key of
    its type, behind ASYNC_MARK for the async class. `pairs` maps dotted sync names to their async twin where the
    class itself is of no interest (HTTP clients). `types` maps keys to types.
    """

    releases: list[str]
    modules: dict[str, dict[str, str]]
    pairs: dict[str, str]
    types: dict[str, TypeRecord]
