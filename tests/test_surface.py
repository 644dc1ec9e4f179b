"""The table of the SDK's types: against the installed SDK, against known facts, and its loader."""

from __future__ import annotations

import copy
import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import fixopenai.sdk.surface
from fixopenai.sdk import generator
from fixopenai.sdk.introspection import is_class, sdk_modules
from fixopenai.sdk.merge import ReleasesDifferError, merge_surfaces
from fixopenai.sdk.surface import Member, Surface, load_surface

if TYPE_CHECKING:
    from fixopenai.sdk.records import MemberRecord, SurfaceRecord

TABLE = Path(fixopenai.sdk.surface.__file__).with_name("surface.json")


@pytest.fixture(scope="module")
def surface() -> Surface:
    return load_surface()


@pytest.fixture(scope="module")
def table() -> SurfaceRecord:
    record: SurfaceRecord = json.loads(TABLE.read_bytes())
    return record


@pytest.fixture(scope="module")
def installed() -> SurfaceRecord:
    return generator.installed_surface()


# The installed SDK


def test_table_holds_every_type_of_the_installed_release(table: SurfaceRecord, installed: SurfaceRecord) -> None:
    heads = {key: {**record, "members": None} for key, record in installed["types"].items()}
    assert len(heads) > 50
    assert {key: {**table["types"][key], "members": None} for key in heads if key in table["types"]} == heads


def _members(record: SurfaceRecord) -> dict[tuple[str, str], tuple[str, str | None, str | None]]:
    return {
        (key, name): (member["kind"], member.get("returns"), member.get("stream"))
        for key, sdk_type in record["types"].items()
        for name, member in sdk_type["members"].items()
    }


def test_table_holds_every_member_of_the_installed_release(table: SurfaceRecord, installed: SurfaceRecord) -> None:
    found, known = _members(installed), _members(table)
    assert len(found) > 500
    assert {place: member for place, member in found.items() if known.get(place) != member} == {}


def test_newest_release_of_the_table_is_described_to_the_letter(table: SurfaceRecord, installed: SurfaceRecord) -> None:
    if installed["releases"] != table["releases"][-1:]:
        pytest.skip(f"openai {table['releases'][-1]} is not installed")
    for key, record in installed["types"].items():
        assert table["types"][key]["members"].items() >= record["members"].items(), key


def test_table_holds_every_name_of_the_installed_release(table: SurfaceRecord, installed: SurfaceRecord) -> None:
    for module, names in installed["modules"].items():
        assert {name: table["modules"][module].get(name) for name in names} == names
    assert installed["pairs"].items() <= table["pairs"].items()


def test_views_have_the_members_of_the_installed_views(surface: Surface, installed: SurfaceRecord) -> None:
    import openai

    client = openai.OpenAI(api_key="unused")
    resources = [key for key, record in installed["types"].items() if "with_raw_response" in record["members"]]
    assert len(resources) > 20
    for key in resources:
        live = (
            client if installed["types"][key]["kind"] == "client" else functools.reduce(getattr, key.split("."), client)
        )
        for view in ("with_raw_response", "with_streaming_response"):
            live_view = getattr(live, view)
            door = surface.member(key, view)
            assert door is not None
            assert door.returns is not None
            assert {name for name in dir(live_view) if not name.startswith("_")} <= surface.types[
                door.returns
            ].members.keys()
            assert surface.types[door.returns].sync_name == type(live_view).__name__


def test_every_view_class_of_the_installed_release_resolves(surface: Surface) -> None:
    suffixes = ("WithRawResponse", "WithStreamingResponse", "WithStreamedResponse")
    classes = [
        (module.__name__, name)
        for module in sdk_modules()
        for name, value in vars(module).items()
        if name.endswith(suffixes) and is_class(value) and value.__module__ == module.__name__
    ]
    assert len(classes) > 100
    for module, name in classes:
        found = surface.resolve(f"{module}.{name}")
        assert found is not None, name
        assert name == (found[0].async_name if found[1] else found[0].sync_name)


# The table itself


def test_table_is_rendered_canonically(table: SurfaceRecord) -> None:
    assert generator.render(table) == TABLE.read_text(encoding="utf-8")


def test_every_key_leads_to_a_type(surface: Surface) -> None:
    for key, sdk_type in surface.types.items():
        assert sdk_type.key == key
        assert sdk_type.enter is None or sdk_type.enter in surface.types
        for member in sdk_type.members.values():
            assert member.returns is None or member.returns in surface.types, (key, member)
            assert member.stream is None or member.stream in surface.types, (key, member)


def test_every_resource_and_manager_member_leads_somewhere(surface: Surface) -> None:
    for key, sdk_type in surface.types.items():
        for member in sdk_type.members.values():
            if member.kind in ("resource", "manager"):
                assert member.returns is not None, (key, member)


def test_every_name_in_the_table_resolves_with_its_colour(surface: Surface, table: SurfaceRecord) -> None:
    for module, names in table["modules"].items():
        for name in names:
            found = surface.resolve(f"{module}.{name}")
            assert found is not None, (module, name)
            assert found[1] == name.startswith("Async"), (module, name)


# Known facts


@pytest.mark.parametrize(
    ("key", "name", "expected"),
    [
        pytest.param("OpenAI", "chat", Member("chat", "resource", "chat"), id="client-has-resource"),
        pytest.param("AzureOpenAI", "chat", Member("chat", "resource", "chat"), id="azure-has-the-same-resources"),
        pytest.param("BedrockOpenAI", "responses", Member("responses", "resource", "responses"), id="bedrock-too"),
        pytest.param("openai", "chat", Member("chat", "resource", "chat"), id="module-is-a-client"),
        pytest.param("openai", "api_key", Member("api_key", "attribute"), id="module-setting"),
        pytest.param("openai", "ChatCompletion", None, id="0.x-class-is-no-member-of-the-module"),
        pytest.param("OpenAI", "api_key", Member("api_key", "attribute"), id="client-attribute"),
        pytest.param("OpenAI", "base_url", Member("base_url", "attribute"), id="client-property"),
        pytest.param("OpenAI", "close", Member("close", "call"), id="client-close"),
        pytest.param("OpenAI", "is_closed", Member("is_closed", "local"), id="client-is-closed"),
        pytest.param("OpenAI", "with_options", Member("with_options", "local", "OpenAI"), id="with-options-keeps-type"),
        pytest.param("AzureOpenAI", "copy", Member("copy", "local", "AzureOpenAI"), id="copy-keeps-azure"),
        pytest.param("OpenAI", "post", Member("post", "call", None, "Stream"), id="low-level-post"),
        pytest.param("OpenAI", "delete", Member("delete", "call"), id="low-level-delete"),
        pytest.param("chat.completions", "create", Member("create", "call", None, "Stream"), id="decorated-create"),
        pytest.param("chat.completions", "parse", Member("parse", "call"), id="parse"),
        pytest.param(
            "chat.completions", "stream", Member("stream", "manager", "ChatCompletionStreamManager"), id="chat-stream"
        ),
        pytest.param(
            "beta.chat.completions",
            "stream",
            Member("stream", "manager", "ChatCompletionStreamManager"),
            id="chat-stream-while-it-was-beta",
        ),
        pytest.param("completions", "create", Member("create", "call", None, "Stream"), id="completions"),
        pytest.param("responses", "create", Member("create", "call", None, "Stream"), id="responses-create"),
        pytest.param(
            "responses", "stream", Member("stream", "manager", "ResponseStreamManager"), id="responses-stream"
        ),
        pytest.param("embeddings", "create", Member("create", "call"), id="embeddings-do-not-stream"),
        pytest.param("images", "generate", Member("generate", "call", None, "Stream"), id="images-stream-since-1.90"),
        pytest.param("models", "list", Member("list", "page", "SyncPage"), id="plain-page"),
        pytest.param("files", "list", Member("list", "page", "SyncCursorPage"), id="page-class-changed-newest-counts"),
        pytest.param("beta.threads.messages", "list", Member("list", "page", "SyncCursorPage"), id="messages-page"),
        pytest.param("audio.speech", "create", Member("create", "call"), id="binary-response-is-data"),
        pytest.param("files", "wait_for_processing", Member("wait_for_processing", "call"), id="polling"),
        pytest.param("beta.threads.runs", "create_and_poll", Member("create_and_poll", "call"), id="create-and-poll"),
        pytest.param("beta.threads.runs", "create", Member("create", "call", None, "Stream"), id="runs-create-streams"),
        pytest.param(
            "beta.threads.runs", "stream", Member("stream", "manager", "AssistantStreamManager"), id="runs-stream"
        ),
        pytest.param(
            "beta.threads.runs",
            "submit_tool_outputs_stream",
            Member("submit_tool_outputs_stream", "manager", "AssistantStreamManager"),
            id="submit-tool-outputs-stream",
        ),
        pytest.param(
            "beta.threads.runs", "steps", Member("steps", "resource", "beta.threads.runs.steps"), id="nested-resource"
        ),
        pytest.param("vector_stores.file_batches", "upload_and_poll", Member("upload_and_poll", "call"), id="upload"),
        pytest.param("webhooks", "unwrap", Member("unwrap", "local"), id="webhooks-unwrap"),
        pytest.param("webhooks", "verify_signature", Member("verify_signature", "local"), id="webhooks-verify"),
        pytest.param(
            "realtime", "connect", Member("connect", "manager", "RealtimeConnectionManager"), id="realtime-connect"
        ),
        pytest.param(
            "RealtimeConnectionManager", "enter", Member("enter", "call", "RealtimeConnection"), id="enter-is-awaited"
        ),
        pytest.param("RealtimeConnection", "send", Member("send", "call"), id="connection-send"),
        pytest.param("RealtimeConnection", "recv", Member("recv", "call"), id="connection-recv"),
        pytest.param("RealtimeConnection.session", "update", Member("update", "call"), id="connection-resource"),
        pytest.param(
            "RealtimeConnection.conversation",
            "item",
            Member("item", "resource", "RealtimeConnection.conversation.item"),
            id="connection-nested-resource",
        ),
        pytest.param("Stream", "close", Member("close", "call"), id="stream-close"),
        pytest.param("Stream", "response", Member("response", "attribute"), id="stream-response"),
        pytest.param(
            "ChatCompletionStream", "get_final_completion", Member("get_final_completion", "call"), id="final"
        ),
        pytest.param(
            "ChatCompletionStream", "until_done", Member("until_done", "call", "ChatCompletionStream"), id="until-done"
        ),
        pytest.param(
            "ChatCompletionStream",
            "current_completion_snapshot",
            Member("current_completion_snapshot", "attribute"),
            id="snapshot",
        ),
        pytest.param("ResponseStream", "get_final_response", Member("get_final_response", "call"), id="final-response"),
        pytest.param("AssistantEventHandler", "on_text_delta", Member("on_text_delta", "call"), id="handler-hook"),
        pytest.param(
            "AssistantEventHandler", "text_deltas", Member("text_deltas", "iterator"), id="iterable-attribute"
        ),
        pytest.param("SyncCursorPage", "has_next_page", Member("has_next_page", "local"), id="page-has-next"),
        pytest.param(
            "SyncCursorPage", "get_next_page", Member("get_next_page", "call", "SyncCursorPage"), id="page-get-next"
        ),
        pytest.param("SyncCursorPage", "iter_pages", Member("iter_pages", "iterator"), id="page-iter-pages"),
        pytest.param("SyncCursorPage", "data", Member("data", "attribute"), id="page-data"),
        pytest.param("LegacyAPIResponse", "parse", Member("parse", "local"), id="raw-parse-is-not-awaited"),
        pytest.param("LegacyAPIResponse", "headers", Member("headers", "attribute"), id="raw-headers"),
        pytest.param("LegacyAPIResponse", "text", Member("text", "attribute"), id="raw-text-is-a-property"),
        pytest.param("APIResponse", "parse", Member("parse", "call"), id="streaming-parse-is-awaited"),
        pytest.param("APIResponse", "text", Member("text", "call"), id="streaming-text-is-a-method"),
        pytest.param("APIResponse", "iter_lines", Member("iter_lines", "iterator"), id="streaming-iter-lines"),
        pytest.param("StreamedBinaryAPIResponse", "stream_to_file", Member("stream_to_file", "call"), id="to-file"),
        pytest.param(
            "chat.completions.with_raw_response",
            "create",
            Member("create", "call", "LegacyAPIResponse", "LegacyAPIResponse[Stream]"),
            id="raw-call",
        ),
        pytest.param("LegacyAPIResponse[Stream]", "parse", Member("parse", "local", "Stream"), id="raw-stream"),
        pytest.param(
            "files.with_raw_response",
            "list",
            Member("list", "call", "LegacyAPIResponse[SyncCursorPage]"),
            id="raw-page-is-a-call",
        ),
        pytest.param(
            "chat.completions.with_streaming_response",
            "create",
            Member(
                "create",
                "manager",
                "ResponseContextManager[APIResponse]",
                "ResponseContextManager[APIResponse[Stream]]",
            ),
            id="streaming-call",
        ),
        pytest.param(
            "audio.speech.with_streaming_response",
            "create",
            Member("create", "manager", "ResponseContextManager[StreamedBinaryAPIResponse]"),
            id="streaming-binary",
        ),
        pytest.param("responses.with_streaming_response", "parse", None, id="parse-is-in-the-raw-view-only"),
        pytest.param(
            "OpenAI.with_raw_response",
            "chat",
            Member("chat", "resource", "chat.with_raw_response"),
            id="client-raw-view",
        ),
        pytest.param("chat.completions.with_raw_response", "stream", None, id="managers-have-no-raw-view"),
        pytest.param("OpenAI.with_raw_response", "close", None, id="client-methods-have-no-raw-view"),
        pytest.param("chat.completions", "nope", None, id="unknown-member"),
        pytest.param("nope", "create", None, id="unknown-type"),
        pytest.param("nope.with_raw_response", "create", None, id="view-of-unknown-type"),
        pytest.param("Stream.with_raw_response", "close", None, id="view-of-what-has-none"),
        pytest.param("LegacyAPIResponse[nope]", "parse", None, id="response-of-unknown-type"),
    ],
)
def test_member(surface: Surface, key: str, name: str, expected: Member | None) -> None:
    assert surface.member(key, name) == expected


@pytest.mark.parametrize(
    ("key", "kind", "names", "enter"),
    [
        pytest.param("OpenAI", "client", ("OpenAI", "AsyncOpenAI"), "OpenAI", id="client-enters-itself"),
        pytest.param("AzureOpenAI", "client", ("AzureOpenAI", "AsyncAzureOpenAI"), "AzureOpenAI", id="azure"),
        pytest.param("openai", "module", ("openai", None), None, id="module-has-no-twin"),
        pytest.param("chat.completions", "resource", ("Completions", "AsyncCompletions"), None, id="resource"),
        pytest.param("Stream", "stream", ("Stream", "AsyncStream"), "Stream", id="stream-enters-itself"),
        pytest.param("SyncPage", "page", ("SyncPage", "AsyncPage"), None, id="page"),
        pytest.param(
            "ChatCompletionStreamManager",
            "manager",
            ("ChatCompletionStreamManager", "AsyncChatCompletionStreamManager"),
            "ChatCompletionStream",
            id="chat-manager",
        ),
        pytest.param(
            "AssistantStreamManager",
            "manager",
            ("AssistantStreamManager", "AsyncAssistantStreamManager"),
            "AssistantEventHandler",
            id="manager-of-a-type-variable",
        ),
        pytest.param(
            "AssistantEventHandler",
            "handler",
            ("AssistantEventHandler", "AsyncAssistantEventHandler"),
            None,
            id="handler",
        ),
        pytest.param(
            "RealtimeConnectionManager",
            "manager",
            ("RealtimeConnectionManager", "AsyncRealtimeConnectionManager"),
            "RealtimeConnection",
            id="connection-manager",
        ),
        pytest.param(
            "beta.RealtimeConnectionManager",
            "manager",
            ("RealtimeConnectionManager", "AsyncRealtimeConnectionManager"),
            "beta.RealtimeConnection",
            id="beta-class-of-the-same-name",
        ),
        pytest.param(
            "LegacyAPIResponse", "response", ("LegacyAPIResponse", "LegacyAPIResponse"), None, id="one-class-for-both"
        ),
        pytest.param(
            "ResponseContextManager[StreamedBinaryAPIResponse]",
            "manager",
            ("ResponseContextManager", "AsyncResponseContextManager"),
            "StreamedBinaryAPIResponse",
            id="manager-of-a-response",
        ),
        pytest.param(
            "OpenAI.with_streaming_response",
            "raw",
            ("OpenAIWithStreamedResponse", "AsyncOpenAIWithStreamedResponse"),
            None,
            id="client-streaming-view",
        ),
    ],
)
def test_type(surface: Surface, key: str, kind: str, names: tuple[str, str | None], enter: str | None) -> None:
    sdk_type = surface.types[key]
    assert (sdk_type.kind, (sdk_type.sync_name, sdk_type.async_name), sdk_type.enter) == (kind, names, enter)


def test_binary_content_is_plain_data(surface: Surface) -> None:
    assert "HttpxBinaryResponseContent" not in surface.types


# Names


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        pytest.param("openai", ("openai", False), id="package"),
        pytest.param("openai.OpenAI", ("OpenAI", False), id="client"),
        pytest.param("openai.AsyncOpenAI", ("OpenAI", True), id="async-client"),
        pytest.param("openai.Client", ("OpenAI", False), id="client-alias"),
        pytest.param("openai.AsyncClient", ("OpenAI", True), id="async-client-alias"),
        pytest.param("openai._client.OpenAI", ("OpenAI", False), id="client-where-it-is-defined"),
        pytest.param("openai.lib.azure.AsyncAzureOpenAI", ("AzureOpenAI", True), id="azure-where-it-is-defined"),
        pytest.param("openai.Stream", ("Stream", False), id="stream"),
        pytest.param("openai._streaming.AsyncStream", ("Stream", True), id="stream-where-it-is-defined"),
        pytest.param(
            "openai.AsyncAssistantEventHandler", ("AssistantEventHandler", True), id="lazily-exported-handler"
        ),
        pytest.param("openai.pagination.SyncPage", ("SyncPage", False), id="page"),
        pytest.param("openai.resources.chat.AsyncCompletions", ("chat.completions", True), id="resource-re-exported"),
        pytest.param("openai.resources.AsyncChat", ("chat", True), id="resource-of-all-resources"),
        pytest.param(
            "openai.resources.chat.completions.Completions",
            ("chat.completions", False),
            id="resource-module-or-package",
        ),
        pytest.param("openai.resources.completions.Completions", ("completions", False), id="same-name-other-resource"),
        pytest.param("openai.resources.Completions", ("completions", False), id="same-name-re-exported"),
        pytest.param("openai.resources.edits.Edits", ("edits", False), id="resource-of-1.0-only"),
        pytest.param(
            "openai.resources.chat.completions.AsyncCompletionsWithRawResponse",
            ("chat.completions.with_raw_response", True),
            id="view-class",
        ),
        pytest.param("openai.ChatCompletion", ("openai.ChatCompletion", False), id="0.x-class"),
        pytest.param("openai.types.chat.ChatCompletion", None, id="model"),
        pytest.param("openai.RateLimitError", None, id="exception"),
        pytest.param("openai.HttpxBinaryResponseContent", None, id="same-class-for-both-colours"),
        pytest.param("openai.DefaultHttpxClient", None, id="http-client-is-no-type"),
        pytest.param("openai.ClientWithRawResponse", None, id="view-of-an-alias-does-not-exist"),
        pytest.param("OpenAI", None, id="key-is-no-path"),
        pytest.param("chat.completions", None, id="resource-key-is-no-path"),
        pytest.param("other.OpenAI", None, id="same-name-elsewhere"),
        pytest.param("", None, id="empty"),
    ],
)
def test_resolve(surface: Surface, dotted: str, expected: tuple[str, bool] | None) -> None:
    found = surface.resolve(dotted)
    assert (found and (found[0].key, found[1])) == expected


@pytest.mark.parametrize(
    ("sync_path", "async_path"),
    [
        pytest.param("openai.OpenAI", "openai.AsyncOpenAI", id="client"),
        pytest.param("openai.Client", "openai.AsyncClient", id="alias-stays-alias"),
        pytest.param("openai.AzureOpenAI", "openai.AsyncAzureOpenAI", id="azure"),
        pytest.param("openai.BedrockOpenAI", "openai.AsyncBedrockOpenAI", id="bedrock"),
        pytest.param("openai.lib.azure.AzureOpenAI", "openai.lib.azure.AsyncAzureOpenAI", id="same-module"),
        pytest.param("openai.Stream", "openai.AsyncStream", id="stream"),
        pytest.param("openai.pagination.SyncCursorPage", "openai.pagination.AsyncCursorPage", id="sync-prefix"),
        pytest.param("openai.AssistantEventHandler", "openai.AsyncAssistantEventHandler", id="handler"),
        pytest.param("openai.APIResponse", "openai.AsyncAPIResponse", id="response"),
        pytest.param(
            "openai.resources.chat.Completions", "openai.resources.chat.AsyncCompletions", id="resource-re-exported"
        ),
        pytest.param(
            "openai.resources.files.FilesWithStreamingResponse",
            "openai.resources.files.AsyncFilesWithStreamingResponse",
            id="view-class",
        ),
        pytest.param("openai.DefaultHttpxClient", "openai.DefaultAsyncHttpxClient", id="http-client"),
    ],
)
def test_twin(surface: Surface, sync_path: str, async_path: str) -> None:
    assert surface.twin(sync_path) == async_path
    assert surface.twin(async_path) == sync_path


@pytest.mark.parametrize(
    "dotted",
    [
        pytest.param("openai", id="module"),
        pytest.param("openai.ChatCompletion", id="0.x-class"),
        pytest.param("openai._legacy_response.LegacyAPIResponse", id="one-class-for-both"),
        pytest.param("openai.RateLimitError", id="exception"),
        pytest.param("other.OpenAI", id="not-the-sdk"),
    ],
)
def test_no_twin(surface: Surface, dotted: str) -> None:
    assert surface.twin(dotted) is None


def test_every_tracked_name_has_a_twin_beside_it(surface: Surface, table: SurfaceRecord) -> None:
    alone = {f"{module}.{name}" for module, names in table["modules"].items() for name in names}
    without = {dotted for dotted in alone if surface.twin(dotted) is None}
    assert without == {"openai._legacy_response.LegacyAPIResponse"}


# Before 1.0


def test_legacy_methods_are_calls_of_the_sync_names_only(surface: Surface) -> None:
    chat = surface.types["openai.ChatCompletion"]
    assert chat.async_name is None
    assert chat.members["create"] == Member("create", "call", stream="Stream")
    assert "acreate" not in chat.members


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("openai.Audio", "transcribe_raw"),
        ("openai.Edit", "create"),
        ("openai.Embedding", "create"),
        ("openai.Image", "create_variation"),
        ("openai.Moderation", "create"),
        ("openai.FineTuningJob", "list_events"),
    ],
)
def test_legacy_call(surface: Surface, key: str, name: str) -> None:
    assert surface.member(key, name) == Member(name, "call")


# Generator and loader


def _changed(table: SurfaceRecord, key: str, name: str, member: MemberRecord) -> SurfaceRecord:
    changed = copy.deepcopy(table)
    changed["types"][key]["members"][name] = member
    return changed


def test_merge_of_a_surface_with_itself_changes_nothing(table: SurfaceRecord) -> None:
    merged = merge_surfaces([table, table])
    assert {**merged, "releases": table["releases"]} == table


def test_merge_keeps_what_only_the_older_release_has(table: SurfaceRecord) -> None:
    older = _changed(table, "chat", "gone", {"kind": "call"})
    older["types"]["vanished"] = older["types"]["chat"]
    merged = merge_surfaces([older, table])
    assert merged["types"]["chat"]["members"]["gone"] == {"kind": "call"}
    assert "vanished" in merged["types"]


def test_merge_keeps_a_stream_mode_that_was_dropped(table: SurfaceRecord) -> None:
    newer = _changed(table, "chat.completions", "create", {"kind": "call"})
    merged = merge_surfaces([table, newer])
    assert merged["types"]["chat.completions"]["members"]["create"] == {"kind": "call", "stream": "Stream"}


def test_merge_accepts_a_property_that_becomes_a_local_method(table: SurfaceRecord) -> None:
    older = _changed(table, "OpenAI", "platform_headers", {"kind": "attribute"})
    assert merge_surfaces([older, table])["types"] == table["types"]


@pytest.mark.parametrize(
    ("key", "name", "member", "message"),
    [
        pytest.param("files", "create", {"kind": "local"}, "create of files in .* is a call, was a local", id="kind"),
        pytest.param("files", "list", {"kind": "page"}, "list of files returns SyncCursorPage", id="was-plain-data"),
        pytest.param(
            "files", "list", {"kind": "page", "returns": "Stream"}, "list of files returns", id="other-kind-of-type"
        ),
    ],
)
def test_merge_refuses_releases_that_contradict(
    table: SurfaceRecord, key: str, name: str, member: MemberRecord, message: str
) -> None:
    with pytest.raises(ReleasesDifferError, match=message):
        merge_surfaces([_changed(table, key, name, member), table])


def test_merge_refuses_a_type_that_changes_its_kind(table: SurfaceRecord) -> None:
    older = copy.deepcopy(table)
    older["types"]["Stream"]["kind"] = "manager"
    with pytest.raises(ReleasesDifferError, match=r"Stream in .* is a stream, was a manager"):
        merge_surfaces([older, table])


def test_merge_command_writes_the_table(tmp_path: Path) -> None:
    output = tmp_path / "merged.json"
    assert generator.main(["--merge", str(TABLE), "--output", str(output)]) == 0
    assert output.read_bytes() == TABLE.read_bytes()


def test_merge_command_fails_on_a_contradiction(
    table: SurfaceRecord, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = tmp_path / "older.json"
    older.write_text(json.dumps(_changed(table, "files", "create", {"kind": "local"})), encoding="utf-8")
    assert generator.main(["--merge", str(older), str(TABLE), "--output", str(tmp_path / "merged.json")]) == 1
    assert "create of files" in capsys.readouterr().err
    assert not (tmp_path / "merged.json").exists()


def test_surface_is_loaded_once() -> None:
    assert load_surface() is load_surface()


def test_loading_imports_neither_the_sdk_nor_heavy_modules() -> None:
    code = "import sys; from fixopenai.sdk.surface import load_surface; load_surface(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"openai", "libcst", "rich", "pydantic", "fixopenai.sdk.generator"}.isdisjoint(run.stdout.split())
