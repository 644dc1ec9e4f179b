"""The `sarif` format: valid by the official schema, with what GitHub asks for, and with fixes that are --write's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from jsonschema import Draft4Validator
from report_projects import ODD_NAME, copied, everything, run
from test_reporting import change, outcome
from tools import contents

from fixopenai.positions import LineIndex
from fixopenai.reporting.line_hashes import line_hashes
from fixopenai.reporting.replacements import replacements
from fixopenai.reporting.report import Report
from fixopenai.reporting.sarif_report import sarif_report
from fixopenai.results import MigrationResult
from fixopenai.rules import rule_names

if TYPE_CHECKING:
    from collections.abc import Iterator

ASYNC = ("-s", "async-client")
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
BOM_AND_CR = b"""\
\xef\xbb\xbffrom openai import OpenAI\r\
client = OpenAI()\r\
\r\
async def names():\r\
    return client.models.list()\r\
"""


def sarif(folder: Path, *arguments: str) -> Any:
    """The one run of a log that is valid."""
    return valid(json.loads(run(folder, "-f", "sarif", *arguments).stdout))


def valid(log: Any) -> Any:
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in Draft4Validator(SCHEMA).iter_errors(log)]
    assert not errors, "\n".join(errors)
    assert (log["version"], log["$schema"]) == ("2.1.0", SCHEMA["id"])
    (the_run,) = log["runs"]
    return the_run


def results_of(the_run: Any, rule: str) -> list[Any]:
    return [result for result in the_run["results"] if result["ruleId"] == rule]


def physical(location: Any) -> tuple[str, dict[str, int]]:
    place = location["physicalLocation"]
    return unquote(place["artifactLocation"]["uri"]), place.get("region", {})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = everything(tmp_path_factory.mktemp("sarif"))
    (folder / "mac.py").write_bytes(BOM_AND_CR)
    return folder


@pytest.fixture(scope="module")
def planned(project: Path) -> Any:
    return sarif(project, *ASYNC)


def test_results_say_what_where_and_what_becomes_of_it(planned: Any) -> None:
    left = next(result for result in planned["results"] if "Left: " in result["message"]["text"])
    assert left["message"]["text"] == (
        "`client.chat.completions.create` is a sync call: it blocks the event loop. Left: the client is also used in "
        "main(), which is not async, at [shared_with_sync_script/label_all.py:11:20](1)."
    )
    (obstacle,) = left["relatedLocations"]
    assert obstacle["id"] == 1
    assert physical(obstacle)[0] == "shared_with_sync_script/label_all.py"
    assert left["level"] == "error"
    assert "fixes" not in left
    (location,) = left["locations"]
    region = {"startLine": 15, "startColumn": 16, "endLine": 18, "endColumn": 6}
    assert physical(location) == ("shared_with_sync_script/main.py", region)
    assert location["logicalLocations"] == [{"fullyQualifiedName": "label", "kind": "function"}]


def test_the_calls_on_the_way_are_a_code_flow(planned: Any) -> None:
    helper = results_of(planned, "FOA005")[1]
    ((flow,),) = ([thread["locations"] for thread in flow["threadFlows"]] for flow in helper["codeFlows"])
    assert [
        (physical(step["location"]), step["location"]["message"]["text"], step["nestingLevel"]) for step in flow
    ] == [
        (("blocking_helper/main.py", {"startLine": 25}), "summary calls Summarizer.summarize", 0),
        (("blocking_helper/summaries.py", {"startLine": 9}), "Summarizer.summarize calls complete", 1),
        (("blocking_helper/llm.py", {"startLine": 7}), "complete calls the SDK", 2),
    ]


def test_errors_are_notifications(planned: Any) -> None:
    (invocation,) = planned["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is False
    assert notification["level"] == "error"
    assert [physical(location) for location in notification["locations"]] == [("broken.py", {"startLine": 3})]
    assert "cannot be parsed" in notification["message"]["text"]


def test_files_are_named_by_uris_below_the_base(project: Path, planned: Any) -> None:
    """In whatever way they are named, the base and the URI together lead to the file."""
    base = planned["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    assert base == project.as_uri() + "/"
    artifacts = [found for found in _walk(planned["results"]) if "uriBaseId" in found]
    assert {artifact["uriBaseId"] for artifact in artifacts} == {"%SRCROOT%"}
    for artifact in artifacts:
        assert re.fullmatch(r"(?:[\w.~/-]|%[0-9A-F]{2})+", artifact["uri"], re.ASCII)
        assert Path(unquote(urlsplit(base + artifact["uri"]).path)).is_file()
    assert ODD_NAME in {unquote(artifact["uri"]) for artifact in artifacts}


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _walk(item)


def test_from_a_folder_below_files_are_named_from_the_top_of_the_repository(tmp_path: Path) -> None:
    """So does code scanning look for them, and follows no links."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "api").mkdir()
    copied(tmp_path / "services", "chat_stream_for")
    (tmp_path / "api" / "link").symlink_to(tmp_path / "services", target_is_directory=True)
    found = sarif(tmp_path / "api", "link")
    assert {physical(result["locations"][0])[0] for result in found["results"]} == {"services/chat_stream_for/main.py"}
    assert found["originalUriBaseIds"]["%SRCROOT%"]["uri"] == tmp_path.as_uri() + "/"


def test_a_file_outside_of_the_repository_has_an_absolute_uri(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    copied(tmp_path / "there", "chat_stream_for")
    found = sarif(tmp_path / "here", "../there")
    artifacts = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in found["results"]]
    assert artifacts == [{"uri": (tmp_path / "there" / "chat_stream_for" / "main.py").as_uri()}] * 3


# -- what GitHub asks for


def test_rules_hold_their_documentation(planned: Any) -> None:
    rules = planned["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["name"] for rule in rules} == rule_names()
    for rule in rules:
        for text in (rule["shortDescription"]["text"], rule["fullDescription"]["text"]):
            assert 0 < len(text) <= 1024
        assert rule["help"]["markdown"].startswith(f"# {rule['id']} {rule['name']}\n")
        assert "## Fix safety" in rule["help"]["text"]
    for result in planned["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_results_have_what_github_requires(planned: Any) -> None:
    for result in planned["results"]:
        _, region = physical(result["locations"][0])
        assert all(region[key] >= 1 for key in ("startLine", "startColumn", "endLine", "endColumn"))
        assert result["partialFingerprints"]["primaryLocationLineHash"]
        assert len(result["locations"]) == 1


def test_a_line_hash_is_a_polynomial_of_the_next_hundred_characters() -> None:
    """In powers of 37, modulo 2 to the 64th: a number of GitHub's own that must be met exactly."""

    def by_hand(characters: str) -> str:
        padded = [*map(ord, characters), 0xFFFF, *[0] * 100][:100]
        return f"{sum(code * 37 ** (99 - place) for place, code in enumerate(padded)) % 2**64:x}"

    assert line_hashes("") == [f"{by_hand('')}:1"]
    both = [f"{by_hand(chr(10).join(rest))}:1" for rest in (["ab", "cd", ""], ["cd", ""], [""])]
    assert line_hashes("ab\ncd\n") == line_hashes(" a\tb \r\n\tcd\r") == both
    long = "x" * 150
    assert line_hashes(f"{long}\n{long}")[0].endswith(":1")
    same = line_hashes(f"{long}\n" * 3)
    assert [number.partition(":")[2] for number in same] == ["1", "2", "3", "1"]
    assert len({number.partition(":")[0] for number in same[:3]}) == 1


def test_fingerprints_stay_when_lines_move_and_tell_findings_apart(tmp_path: Path) -> None:
    copied(tmp_path, "chat_stream_for", "blocking_helper")
    before = [result["partialFingerprints"] for result in sarif(tmp_path)["results"]]
    for name in ("chat_stream_for/main.py", "blocking_helper/main.py"):
        (tmp_path / name).write_text("# moved\n\n" + (tmp_path / name).read_text())
    moved = sarif(tmp_path)["results"]
    assert [result["partialFingerprints"] for result in moved] == before
    for name in ("findingHash/v1", "primaryLocationLineHash"):
        assert len({prints[name] for prints in before}) == len(before)


# -- fixes


def carried_out(folder: Path, the_run: Any) -> dict[str, bytes]:
    """The files below the folder after all fixes: each once, from the last edit of a file to its first."""
    files = contents(folder)
    for fix in (fix for result in the_run["results"] for fix in result.get("fixes", ())):
        for changed in fix["artifactChanges"]:
            path = unquote(changed["artifactLocation"]["uri"])
            bom = files[path][: 3 * files[path].startswith(b"\xef\xbb\xbf")]
            text = files[path][len(bom) :].decode()
            lines = LineIndex(text)
            for edit in reversed(changed["replacements"]):
                region = edit["deletedRegion"]
                start = lines.line_start(region["startLine"]) + region["startColumn"] - 1
                end = lines.line_start(region["endLine"]) + region["endColumn"] - 1
                text = text[:start] + edit.get("insertedContent", {}).get("text", "") + text[end:]
            files[path] = bom + text.encode()
    return files


@pytest.mark.parametrize("strategy", ["async-client", "to-thread", "auto"])
def test_carrying_out_all_fixes_is_what_write_does(tmp_path: Path, strategy: str) -> None:
    everything(tmp_path)
    (tmp_path / "mac.py").write_bytes(BOM_AND_CR)
    copied(tmp_path, "client_in_other_module", "thread_wrapper_given_result", "tabs_indented")
    before = contents(tmp_path)
    expected = carried_out(tmp_path, sarif(tmp_path, "-s", strategy))
    written = sarif(tmp_path, "-s", strategy, "--write")
    assert contents(tmp_path) == expected != before
    # What is done is no error any more, and cannot be done again.
    assert {result["level"] for result in written["results"] if "Fixed by" in result["message"]["text"]} == {"note"}
    assert not any("fixes" in result for result in written["results"])


def test_edits_are_as_small_as_they_can_be(planned: Any) -> None:
    first = next(result for result in planned["results"] if physical(result["locations"][0])[0] == ODD_NAME)
    (changed,) = first["fixes"][0]["artifactChanges"]
    here = changed["replacements"][-1]
    assert here["deletedRegion"] == {"startLine": 10, "startColumn": 19, "endLine": 10, "endColumn": 19}
    assert here["insertedContent"] == {"text": "await "}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("a\nb\n", "a\nb\n", [], id="nothing"),
        pytest.param("a\nb\n", "a\nx\nb\n", [(2, 2, "x\n")], id="a-line-comes"),
        pytest.param("a\nb\nc\n", "a\nc\n", [(2, 4, "")], id="a-line-goes"),
        pytest.param("f(x)", "await f(x)", [(0, 0, "await ")], id="in-a-line-without-an-end"),
        pytest.param("aa\n", "aaa\n", [(2, 2, "a")], id="what-both-begin-and-end-with-is-counted-once"),
        pytest.param("a\nb\nc\n", "x\nb\ny\n", [(0, 1, "x"), (4, 5, "y")], id="two-places"),
    ],
)
def test_replacements(old: str, new: str, expected: list[tuple[int, int, str]]) -> None:
    assert replacements(old, new) == expected


# -- from results made by hand


def test_nothing_in_a_name_becomes_a_link() -> None:
    odd = "[x](http:evil).py"
    made = outcome(odd, left=True, message="`[a](b)` blocks", review=None)
    log = json.loads(sarif_report(Report(MigrationResult((made,), (), (), 1, 1), "check")))
    (result,) = valid(log)["results"]
    assert result["message"]["text"] == "`[a] (b)` blocks. Left: it escapes, at [other.py:7:1](1)."


def test_what_cannot_be_printed_is_shown_but_edits_are_exact() -> None:
    made = outcome("caf\udce9.py", message="`\x1b[31m` blocks", review="\u202e")
    result = MigrationResult((made,), (change(),), (), 1, 1, units=(frozenset({"app.py"}),))
    (found,) = valid(json.loads(sarif_report(Report(result, "diff"))))["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "caf%E9.py"
    assert found["message"]["text"] == "`\\x1b[31m` blocks. Would be fixed by to-thread: shared. Review: \\u202e."
