"""The JSON Schema of the `json` format: real reports are valid by it, and it allows nothing else."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from report_projects import copied, everything, run

from fixopenai.reporting.json_report import FORMAT_VERSION
from fixopenai.settings import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCHEMA: dict[str, Any] = json.loads(files("fixopenai.reporting").joinpath("report.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def errors(document: Any) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def document(folder: Path, *arguments: str) -> Any:
    return json.loads(run(folder, "-f", "json", *arguments).stdout)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fixtures with all kinds of groups besides: of no client, of several, of either colour, and untaken strategies."""
    folder = everything(tmp_path_factory.mktemp("schema"))
    return copied(
        folder, "module_level_client", "conditional_client", "client_in_other_module", "credentials_by_function"
    )


@pytest.fixture(scope="module")
def full(project: Path) -> Any:
    return document(project, "-s", "async-client")


def test_it_is_a_schema_of_the_version_that_is_written() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["properties"]["version"]["const"] == FORMAT_VERSION
    assert SCHEMA["$id"] == f"urn:fixopenai:report:{FORMAT_VERSION}"
    assert ["auto", *SCHEMA["$defs"]["strategy"]["enum"]] == list(STRATEGIES)


def test_real_reports_are_valid(project: Path, full: Any) -> None:
    assert errors(full) == []
    # What the report is to show has to be there, or the test would prove little.
    assert {finding["status"] for finding in full["findings"]} == {"fixed", "left"}
    assert any(finding["obstacle"] for finding in full["findings"])
    assert any(finding["calls"] for finding in full["findings"])
    assert any(finding["review"] for finding in full["findings"])
    assert all(full[key] for key in ("findings", "files", "groups", "errors"))
    automatic = document(project)
    assert errors(automatic) == []
    assert any(finding["untaken"] for finding in automatic["findings"])
    assert any(not group["clients"] for group in automatic["groups"])
    assert any(group["reason"] for group in automatic["groups"])


@pytest.mark.parametrize("arguments", [("--check",), ("--statistics",), ("-s", "sync-def"), ("-s", "to-thread")])
def test_reports_of_other_runs_are_valid(project: Path, arguments: tuple[str, ...]) -> None:
    assert errors(document(project, *arguments)) == []


def test_reports_of_what_was_written_and_of_nothing_are_valid(tmp_path: Path) -> None:
    copied(tmp_path, "blocking_helper")
    written = document(tmp_path, "--write")
    assert errors(written) == []
    assert all(file["written"] for file in written["files"])
    after = document(tmp_path)
    assert errors(after) == []
    assert after["findings"] == []


def test_every_key_is_described_required_and_the_only_one() -> None:
    for schema in _objects(SCHEMA):
        assert schema["additionalProperties"] is False or "propertyNames" in schema
        for name, value in schema.get("properties", {}).items():
            assert _described(value) or name in ("path", "line", "function", "reason", "message", "name"), name
        if schema is not SCHEMA:
            assert set(schema.get("required", ())) == set(schema.get("properties", ()))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("type") == "object":
            yield value
        for item in value.values():
            yield from _objects(item)


def _described(value: dict[str, Any]) -> bool:
    return "description" in value or value.get("$ref") is not None


def _drop(*way: str | int) -> Callable[[Any], None]:
    def mutate(document: Any) -> None:
        *to, last = way
        for key in to:
            document = document[key]
        del document[last]

    return mutate


def _put(value: Any, *way: str | int) -> Callable[[Any], None]:
    def mutate(document: Any) -> None:
        *to, last = way
        for key in to:
            document = document[key]
        document[last] = value

    return mutate


@pytest.mark.parametrize(
    "mutate",
    [
        pytest.param(_put(FORMAT_VERSION + 1, "version"), id="another-version"),
        pytest.param(_put(1, "more"), id="another-key"),
        pytest.param(_put(1, "findings", 0, "more"), id="another-key-of-a-finding"),
        pytest.param(_put([], "statistics"), id="statistics-and-findings"),
        pytest.param(_drop("findings"), id="no-findings"),
        pytest.param(_drop("findings", 0, "reason"), id="no-reason"),
        pytest.param(_put(0, "findings", 0, "line"), id="a-line-0"),
        pytest.param(_put(None, "findings", 0, "strategy"), id="fixed-by-nothing"),
        pytest.param(_put("auto", "findings", 0, "strategy"), id="fixed-by-a-strategy-that-only-chooses"),
        pytest.param(_put("FOA2", "findings", 0, "rule"), id="no-rule"),
        pytest.param(_put([], "groups", 0, "uses", 0, "colours"), id="no-colour"),
        pytest.param(_put({"x": 1}, "summary", "by_rule"), id="numbers-of-no-rule"),
    ],
)
def test_what_is_no_report_is_refused(full: Any, mutate: Callable[[Any], None]) -> None:
    assert full["findings"][0]["status"] == "fixed"
    changed = deepcopy(full)
    mutate(changed)
    assert errors(changed)
