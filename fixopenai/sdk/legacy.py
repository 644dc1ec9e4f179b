"""The module-level classes of the SDK before 1.0 (`openai.ChatCompletion.create`): gone, but still met in code.

Source: openai-python 0.28.1, `openai/api_resources/*.py`, public class methods of every class that `openai` exports.
All of them block. An async twin stands beside the method in the same class and is named with a leading `a`
(`acreate`); it is kept apart, for it says nothing about the colour of what it hangs on. From 1.0 on every one of
these names raises APIRemovedInV1. With `stream=True` a generator comes out, which is iterated like a Stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.sdk.model import Member, SdkType

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALLS = {
    "Audio": "retrieve transcribe transcribe_raw translate translate_raw",
    "ChatCompletion": "create retrieve",
    "Completion": "create retrieve",
    "Customer": "create",
    "Deployment": "create delete list retrieve",
    "Edit": "create retrieve",
    "Embedding": "create retrieve",
    "Engine": "list modify retrieve",
    "File": "create delete download find_matching_files list retrieve wait_for_processing",
    "FineTune": "cancel create delete list list_events retrieve",
    "FineTuningJob": "cancel create delete list list_events retrieve",
    "Image": "create create_edit create_variation retrieve",
    "Model": "delete list retrieve",
    "Moderation": "create",
}
_ITERATORS = {
    "Deployment": "auto_paging_iter",
    "Engine": "auto_paging_iter",
    "File": "auto_paging_iter",
    "FineTune": "auto_paging_iter stream_events",
    "FineTuningJob": "auto_paging_iter",
    "Model": "auto_paging_iter",
}
_STREAMING = frozenset({("ChatCompletion", "create"), ("Completion", "create")})


def legacy_types() -> Iterator[SdkType]:
    """The classes as sync resources under the keys `openai.ChatCompletion` and so on, without the async methods."""
    for name, calls in _CALLS.items():
        members = {call: _call(name, call) for call in calls.split()}
        members |= {iterator: Member(iterator, "iterator") for iterator in _ITERATORS.get(name, "").split()}
        yield SdkType(f"openai.{name}", "resource", name, None, members, None)


def _call(class_name: str, name: str) -> Member:
    return Member(name, "call", stream="Stream" if (class_name, name) in _STREAMING else None)
