"""What scripts import: texts and paths in, frozen results out."""

from __future__ import annotations

import dataclasses
import doctest
from typing import TYPE_CHECKING

import pytest
from test_cli import BLOCKING, BROKEN
from tools import tree

import fixopenai
from fixopenai import SourceError, UsageError, api, migrate_paths, migrate_source

if TYPE_CHECKING:
    from pathlib import Path


def test_the_examples_run() -> None:
    assert doctest.testmod(api) == (0, doctest.testmod(api).attempted)
    assert doctest.testmod(api).attempted >= 10


def test_the_package_names_what_is_for_scripts() -> None:
    assert all(hasattr(fixopenai, name) for name in fixopenai.__all__)
    with pytest.raises(AttributeError, match="module 'fixopenai' has no attribute 'cli_of'"):
        _ = fixopenai.cli_of


def test_results_are_frozen() -> None:
    result = migrate_source(BLOCKING, strategy="to-thread")
    assert result.changed
    assert result.outcomes[0].strategy == "to-thread"
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.text = ""  # type: ignore[misc]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("\ufeff# fine\r\n", id="mark"),
        pytest.param("# coding: latin-1\nimport openai\ns = 'é'\n", id="cookie"),
        pytest.param("import openai\n\nx = '\\ud800'\n", id="surrogate-written-as-escape"),
    ],
)
def test_a_text_that_needs_nothing_stays(text: str) -> None:
    assert migrate_source(text) == api.SourceResult(text, ())


def test_a_text_in_another_encoding_keeps_its_characters() -> None:
    text = "\ufeff# café\r\n" + BLOCKING.replace("\n", "\r\n")
    assert migrate_source(text).text.startswith(
        "\ufeff# café\r\nfrom fastapi import FastAPI\r\nfrom openai import Async"
    )
    latin = "# coding: latin-1\n# café\n" + BLOCKING
    assert "# café\n" in migrate_source(latin).text


def test_a_text_of_a_file_takes_the_settings_of_its_project(tmp_path: Path) -> None:
    tree(tmp_path, {"pyproject.toml": '[tool.fixopenai]\nstrategy = "sync-def"\n', "app.py": ""})
    assert migrate_source(BLOCKING, filename=tmp_path / "app.py").outcomes[0].strategy == "sync-def"
    assert (
        migrate_source(BLOCKING, filename=tmp_path / "app.py", strategy="auto").outcomes[0].strategy == "async-client"
    )
    assert (tmp_path / "app.py").read_text() == ""


def test_select_and_ignore() -> None:
    assert not migrate_source(BLOCKING, ignore=["foa002"]).changed
    assert not migrate_source(BLOCKING, select=["FOA001"]).changed


def test_what_is_wrong_is_an_exception(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^x\.py:3: "):
        migrate_source(BROKEN, filename="x.py")
    with pytest.raises(SourceError, match="cannot be written in iso-8859-1"):
        migrate_source("# coding: latin-1\n# \u20ac\n")
    with pytest.raises(UsageError, match="'magic' is not one of auto"):
        migrate_source("", strategy="magic")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="select: no rule has the code or prefix 'E'"):
        migrate_source("", select=["E"])
    with pytest.raises(UsageError, match="does not exist"):
        migrate_paths([tmp_path / "nowhere"])
    for empty in ("", [""]):
        with pytest.raises(UsageError, match="an empty path names no file or folder"):
            migrate_paths(empty)
    with pytest.raises(UsageError, match="is a folder"):
        migrate_source("", filename=tmp_path)


def test_paths_are_written_only_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, {"a/app.py": BLOCKING, "b/app.py": BLOCKING, "b/broken.py": BROKEN})
    planned = migrate_paths([tmp_path / "a", tmp_path / "b"])
    assert len(planned.changes) == len(planned.outcomes) == 2
    assert (tmp_path / "a" / "app.py").read_text() == BLOCKING
    written = migrate_paths(str(tmp_path / "a"), write=True)
    assert [change.new_text for change in written.changes] == [(tmp_path / "a" / "app.py").read_text()]
    assert [error.line for error in planned.errors] == [3]
