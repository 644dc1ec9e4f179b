"""Joins the surfaces of several releases into one table that serves all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixopenai.sdk.records import MemberRecord, SurfaceRecord, TypeRecord


class ReleasesDifferError(Exception):
    """The same name means different things in different releases, so that one table cannot tell the truth."""


def merge_surfaces(surfaces: Sequence[SurfaceRecord]) -> SurfaceRecord:
    """One surface with everything that any release has; oldest first, for the newest counts where they differ.

    Raises ReleasesDifferError when a type or a member changes its kind, or what a member returns does.
    """
    merged: SurfaceRecord = {"releases": [], "modules": {}, "pairs": {}, "types": {}}
    for surface in surfaces:
        for key, record in surface["types"].items():
            known = merged["types"].get(key)
            place = f"{key} in {', '.join(surface['releases'])}"
            merged["types"][key] = record if known is None else _merged_type(known, record, place)
        for module, names in surface["modules"].items():
            merged["modules"][module] = merged["modules"].get(module, {}) | names
        merged["pairs"] |= surface["pairs"]
        merged["releases"] += surface["releases"]
    _check_returns(surfaces, merged)
    return merged


def _merged_type(known: TypeRecord, record: TypeRecord, place: str) -> TypeRecord:
    if known["kind"] != record["kind"]:
        raise ReleasesDifferError(f"{place} is a {record['kind']}, was a {known['kind']}")
    members = dict(known["members"])
    for name, member in record["members"].items():
        old = members.get(name)
        members[name] = member if old is None else _merged_member(old, member, f"{name} of {place}")
    return {**record, "members": members}


def _merged_member(known: MemberRecord, member: MemberRecord, place: str) -> MemberRecord:
    """The newer member, with the stream mode that the older may have had alone."""
    # `platform_headers` was a property once: neither kind has a colour.
    if known["kind"] != member["kind"] and {known["kind"], member["kind"]} != {"local", "attribute"}:
        raise ReleasesDifferError(f"{place} is a {member['kind']}, was a {known['kind']}")
    if "stream" in known and "stream" not in member:
        return {**member, "stream": known["stream"]}
    return member


def _check_returns(surfaces: Sequence[SurfaceRecord], merged: SurfaceRecord) -> None:
    """Holds what every member returns in every release against the table: a type of the same kind, or plain data."""
    for surface in surfaces:
        for key, record in surface["types"].items():
            for name, member in record["members"].items():
                newest = merged["types"][key]["members"][name]
                if _returned_kind(surface, member) != _returned_kind(merged, newest):
                    releases = ", ".join(surface["releases"])
                    raise ReleasesDifferError(f"{name} of {key} returns {newest.get('returns')}, not so in {releases}")


def _returned_kind(surface: SurfaceRecord, member: MemberRecord) -> str | None:
    """The kind of the type that the member returns; views are no types of their own in a record."""
    record = surface["types"].get(member.get("returns", ""))
    return record["kind"] if record is not None else None
