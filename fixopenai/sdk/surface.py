"""Loads the table of the SDK's types and answers questions about them.

A type stands for both colours: it is named by its sync class, and a member's kind says how the async twin of that
member is used. `member.kind` on the async side: call is awaited; page is awaited or `async for`-ed; manager is
`async with`-ed without await; iterator is `async for`-ed without await; local, resource and attribute are the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.sdk.legacy import legacy_types
from fixopenai.sdk.model import Member, MemberKind, SdkType, TypeKind
from fixopenai.sdk.records import ASYNC_MARK, SurfaceRecord
from fixopenai.sdk.table import TypeTable
from fixopenai.sdk.views import RAW_VIEW, STREAMING_VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Member", "MemberKind", "SdkType", "Surface", "TypeKind", "load_surface"]

_VIEW_SUFFIXES = {
    "WithRawResponse": RAW_VIEW,
    "WithStreamingResponse": STREAMING_VIEW,
    "WithStreamedResponse": STREAMING_VIEW,
}


@dataclass(frozen=True, slots=True)
class Surface:
    """The SDK's types by key, and the ways to reach them by name.

    `releases` are the SDK releases that the table was made from, oldest first. `modules` and `pairs` are as in
    SurfaceRecord, with `pairs` in both directions.
    """

    releases: tuple[str, ...]
    types: Mapping[str, SdkType]
    modules: Mapping[str, Mapping[str, str]]
    pairs: Mapping[str, str]

    def member(self, type_key: str, name: str) -> Member | None:
        """The member `name` of the type, None when there is no such type or member."""
        sdk_type = self.types.get(type_key)
        return sdk_type.members.get(name) if sdk_type is not None else None

    def resolve(self, dotted: str) -> tuple[SdkType, bool] | None:
        """The type behind the dotted path of a class (or of the package), and whether the class is the async one."""
        module, _, name = dotted.rpartition(".")
        target = self.modules.get(module, {}).get(name)
        if target is not None:
            return self.types[target.removeprefix(ASYNC_MARK)], target.startswith(ASYNC_MARK)
        known = self.types.get(dotted)
        if known is not None and (known.kind == "module" or module == "openai"):
            return known, False
        return self._resolve_view(dotted, name)

    def _resolve_view(self, dotted: str, name: str) -> tuple[SdkType, bool] | None:
        """The view classes stand beside their resource and are named after it: CompletionsWithRawResponse."""
        for suffix, view in _VIEW_SUFFIXES.items():
            owner = self.resolve(dotted.removesuffix(suffix)) if name.endswith(suffix) else None
            found = self.types.get(owner[0].key + view) if owner is not None else None
            if owner is not None and found is not None and name in (found.sync_name, found.async_name):
                return found, owner[1]
        return None

    def twin(self, dotted: str) -> str | None:
        """The dotted path of the class of the other colour in the same module, None where there is none."""
        if dotted in self.pairs:
            return self.pairs[dotted]
        found = self.resolve(dotted)
        if found is None:
            return None
        sdk_type, is_async = found
        names = _twin_names(dotted, is_async=is_async)
        return next((name for name in names if self.resolve(name) == (sdk_type, not is_async)), None)


def _twin_names(dotted: str, *, is_async: bool) -> Iterator[str]:
    """The SDK names twins X and AsyncX, and its pages SyncX and AsyncX."""
    module, _, name = dotted.rpartition(".")
    if is_async:
        yield f"{module}.{name.replace('Async', '', 1)}"
        yield f"{module}.{name.replace('Async', 'Sync', 1)}"
    else:
        yield f"{module}.Async{name.removeprefix('Sync')}"


@lru_cache(maxsize=1)
def load_surface() -> Surface:
    """The table that ships with the package, read once."""
    record: SurfaceRecord = json.loads(Path(__file__).with_name("surface.json").read_bytes())
    pairs = record["pairs"]
    return Surface(
        releases=tuple(record["releases"]),
        types=TypeTable(record["types"], legacy_types()),
        modules=record["modules"],
        pairs={**pairs, **{async_name: name for name, async_name in pairs.items()}},
    )
