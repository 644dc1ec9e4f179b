"""The same bytes, however strings are hashed, folders are listed, files are named, and work is shared out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from report_projects import copied, everything, run
from terminal import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Each file system lists a folder in an order of its own. This stands in for those that are not at hand.
LISTING = """\
import os
from contextlib import contextmanager

scandir = os.scandir


@contextmanager
def listed(path):
    with scandir(path) as entries:
        yield sorted(entries, key=lambda entry: entry.name, reverse={backwards})


os.scandir = listed
"""
WAYS = (("0", "1", False), ("1", "2", True), ("4242", "5", False))  # seed, jobs, listed backwards


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three programs, with files enough for workers to be started."""
    folder = tmp_path_factory.mktemp("code")
    everything(folder / "first")
    copied(folder / "second", "helper_shared_by_all", "provider_hierarchy", "stream_forms")
    copied(folder / "third", "client_in_other_module", "retry_loop", "conditional_client")
    for number in range(400):
        (folder / "third" / f"empty{number}.py").write_text("")
    return folder


def started(folder: Path, path: Path, way: tuple[str, str, bool], *arguments: str) -> tuple[int, str, str]:
    seed, jobs, backwards = way
    (path / "sitecustomize.py").write_text(LISTING.format(backwards=backwards))
    search = os.pathsep.join([str(path), str(ROOT)])
    done = run(folder, "--jobs", jobs, *arguments, PYTHONHASHSEED=seed, PYTHONPATH=search)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["-f", "json"], id="json"),
        pytest.param(["-f", "sarif", "-s", "async-client"], id="sarif"),
        pytest.param(["-f", "html", "-s", "to-thread"], id="html"),
        pytest.param(["-f", "patch"], id="patch"),
        pytest.param(["--color", "always"], id="text"),
    ],
)
def test_every_way_to_the_result_gives_the_same(code: Path, tmp_path: Path, arguments: list[str]) -> None:
    one, *others = (started(code, tmp_path, way, *arguments, "first", "second", "third") for way in WAYS)
    assert one[0] == 2  # a file that is not Python
    assert len(one[1]) > 1000
    assert all(other == one for other in others)


def test_files_of_one_program_may_be_named_in_any_order(code: Path, tmp_path: Path) -> None:
    names = [path.relative_to(code).as_posix() for path in sorted((code / "second").rglob("*.py"))]
    (code / "pyproject.toml").write_text("")
    told = {started(code, tmp_path, WAYS[0], "-f", "json", *order) for order in (names, names[::-1])}
    assert len(told) == 1
    assert '"path": "second/stream_forms' in told.pop()[1]
