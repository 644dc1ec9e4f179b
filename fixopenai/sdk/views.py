"""The two views of a resource: `with_raw_response` and `with_streaming_response`.

The SDK writes them by one pattern for every resource, so the table holds the resource only and the views are made
here. In the raw view a call gives a LegacyAPIResponse, whose `parse()` is local in both colours. In the streaming
view it gives a context manager over an APIResponse (or a subclass that can write to a file), whose `parse()` is a
call. What `parse()` gives is what the resource's own member would have given, so `APIResponse[Stream]` stands beside
`APIResponse`. Source: `openai/_legacy_response.py` and `openai/_response.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fixopenai.sdk.model import Member, SdkType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixopenai.sdk.records import MemberRecord

RAW_VIEW = ".with_raw_response"
STREAMING_VIEW = ".with_streaming_response"
VIEW_NAMES = (RAW_VIEW[1:], STREAMING_VIEW[1:])
RAW_RESPONSE = "LegacyAPIResponse"
STREAMING_RESPONSE = "APIResponse"
RESPONSE_MANAGER = "ResponseContextManager"


def view_type(owner: SdkType, view: str, records: Mapping[str, MemberRecord]) -> SdkType:
    """The view of a resource or client; `records` are the owner's members as the table has them."""
    suffix = "WithRawResponse" if view == RAW_VIEW else "WithStreamingResponse"
    if owner.kind == "client" and view == STREAMING_VIEW:
        suffix = "WithStreamedResponse"
    viewed = (_viewed(member, view, records[name]) for name, member in owner.members.items())
    members = {member.name: member for member in viewed if member is not None}
    return SdkType(owner.key + view, "raw", owner.sync_name + suffix, f"{owner.async_name}{suffix}", members, None)


def response_type(plain: SdkType, parsed: str) -> SdkType:
    """The response whose `parse()` gives a `parsed`."""
    parse = replace(plain.members["parse"], returns=parsed)
    return replace(plain, key=f"{plain.key}[{parsed}]", members={**plain.members, "parse": parse})


def manager_type(plain: SdkType, response: str) -> SdkType:
    """The context manager that yields the response."""
    return replace(plain, key=f"{plain.key}[{response}]", enter=response)


def _viewed(member: Member, view: str, record: MemberRecord) -> Member | None:
    """The member as the view shows it, None when the view has no such member."""
    response = record.get("view", STREAMING_RESPONSE)
    if response is None or member.name in VIEW_NAMES or (view == STREAMING_VIEW and response == RAW_RESPONSE):
        return None
    if member.kind == "resource":
        return Member(member.name, "resource", f"{member.returns}{view}")
    if member.kind not in ("call", "page"):
        return None
    if view == RAW_VIEW:
        stream = _holding(RAW_RESPONSE, member.stream) if member.stream is not None else None
        return Member(member.name, "call", _holding(RAW_RESPONSE, member.returns), stream)
    returns = _holding(RESPONSE_MANAGER, _holding(response, member.returns))
    stream = _holding(RESPONSE_MANAGER, _holding(response, member.stream)) if member.stream is not None else None
    return Member(member.name, "manager", returns, stream)


def _holding(outer: str, inner: str | None) -> str:
    return f"{outer}[{inner}]" if inner is not None else outer
