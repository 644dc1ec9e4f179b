from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixopenai.discovery import discover, is_folder
from fixopenai.errors import SourceError, UsageError
from fixopenai.exclusion import EXCLUDED_FOLDERS
from fixopenai.patterns import read_patterns
from fixopenai.programs import programs
from fixopenai.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fixopenai.discovery import Root

USER = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "protocol.file.allow=always")


@pytest.fixture(autouse=True)
def _plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder that everybody may enter, and the rights of an ordinary user (root reads what is forbidden)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    shutil.rmtree(folder)


def git(folder: Path, *arguments: str) -> str:
    process = subprocess.run(["git", *USER, *arguments], cwd=folder, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout


def plant(folder: Path, *paths: str, content: str = "") -> None:
    for path in paths:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)


def repository(folder: Path, *tracked: str) -> None:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet")
    plant(folder, *tracked)
    git(folder, "add", "--force", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=x")


@contextlib.contextmanager
def nest(folder: Path, names: Sequence[str]) -> Iterator[None]:
    """These folders, each in the one before it, around an empty deep.py; made and removed step by step.

    The whole path may be too long to use, and the tree too deep for `shutil.rmtree`, which pytest cleans up with.
    """
    here = Path.cwd()
    os.chdir(folder)
    for name in names:
        Path(name).mkdir()
        os.chdir(name)
    innermost = os.open(".", os.O_RDONLY)
    Path("deep.py").touch()
    os.chdir(here)
    try:
        yield
    finally:
        os.chdir(innermost)
        os.close(innermost)
        Path("deep.py").unlink()
        for name in reversed(names):
            os.chdir(os.pardir)
            Path(name).rmdir()
        os.chdir(here)


def unexpected(error: SourceError) -> None:
    raise AssertionError(error)


def found(folder: Path, exclude: Sequence[str] = ()) -> list[str]:
    """What is discovered, displayed relative to the folder; no error may be told."""
    return displays(discover(folder, excluding(folder, exclude), cwd=folder, on_error=unexpected))


def excluding(base: Path, patterns: Sequence[str]) -> Settings:
    """Settings that pass over more, by patterns that speak from this folder."""
    return Settings(extend_exclude=(read_patterns("--extend-exclude", tuple(patterns), base),) if patterns else ())


def told(folder: Path) -> tuple[list[str], list[str]]:
    """What is discovered, and the errors."""
    errors: list[SourceError] = []
    root = discover(folder, cwd=folder, on_error=errors.append)
    return displays(root), [str(error) for error in errors]


def displays(root: Root) -> list[str]:
    assert all(file.path.is_file() for file in root.files)
    return [file.display for file in root.files]


@pytest.fixture(params=["git", "walk"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder that git answers for, and one that is walked: the same rules hold in both."""
    if request.param == "git":
        git(tmp_path, "init", "--quiet")
    return tmp_path


class TestEverywhere:
    def test_python_files_and_nothing_else(self, place: Path) -> None:
        plant(place, "app.py", "pkg/b.py", "stub.pyi", "note.ipynb", "script", "app.pyc", "py", ".hidden.py")
        assert found(place) == [".hidden.py", "app.py", "pkg/b.py"]

    def test_sorted_by_the_parts_of_the_path(self, place: Path) -> None:
        plant(place, "a.py", "a/z.py", "a-b/c.py", "a/b/c.py", "B.py", "a!.py")
        assert found(place) == ["B.py", "a/b/c.py", "a/z.py", "a!.py", "a-b/c.py", "a.py"]

    @pytest.mark.parametrize("name", sorted(EXCLUDED_FOLDERS - {".git"}))
    def test_folders_that_hold_no_source(self, place: Path, name: str) -> None:
        plant(place, "app.py", f"pkg/{name}/lib/x.py", f"{name}.py")
        assert found(place) == sorted(["app.py", f"{name}.py"])

    def test_a_folder_called_build_is_source_until_it_is_ignored(self, place: Path) -> None:
        plant(place, "build/app.py")
        assert found(place) == ["build/app.py"]

    @pytest.mark.parametrize("marker", ["pyvenv.cfg", "conda-meta/history", "bin/activate", "Scripts/activate"])
    def test_environments_are_known_by_their_marker(self, place: Path, marker: str) -> None:
        plant(place, "app.py", f"my-env/{marker}", "my-env/lib/python3.12/os.py", "my-env/x.py")
        assert found(place) == ["app.py"]

    def test_environments_are_passed_over_when_they_are_tracked(self, tmp_path: Path) -> None:
        repository(tmp_path, "app.py", "a/pyvenv.cfg", "a/lib/x.py", "b/bin/activate", "b/lib/x.py", "venv/lib/x.py")
        assert found(tmp_path) == ["app.py"]

    def test_a_link_into_what_is_passed_over_is_not_followed(self, place: Path) -> None:
        plant(place, "app.py", "env/pyvenv.cfg", "env/lib/x.py", "node_modules/gyp/x.py")
        (place / "one.py").symlink_to("env/lib/x.py")
        (place / "two.py").symlink_to("node_modules/gyp/x.py")
        assert found(place) == ["app.py"]

    def test_an_environment_made_in_the_project_folder_hides_only_its_packages(self, place: Path) -> None:
        plant(place, "pyvenv.cfg", "app.py", "lib/python3.12/site-packages/openai/client.py")
        assert found(place) == ["app.py"]

    def test_an_excluded_folder_given_by_name_is_searched(self, place: Path) -> None:
        plant(place, "dist/app.py", "dist/node_modules/x.py")
        assert displays(discover(place / "dist", cwd=place, on_error=unexpected)) == ["dist/app.py"]

    @pytest.mark.parametrize(
        ("pattern", "left"),
        [
            ("gen", ["app.py", "pkg/app.py", "pkg/x_pb2.py"]),
            ("./gen/", ["app.py", "pkg/app.py", "pkg/gen/a.py", "pkg/x_pb2.py"]),
            ("gen/", ["app.py", "pkg/app.py", "pkg/x_pb2.py"]),
            ("pkg/gen", ["app.py", "gen/a.py", "pkg/app.py", "pkg/x_pb2.py"]),
            ("*_pb2.py", ["app.py", "gen/a.py", "pkg/app.py", "pkg/gen/a.py"]),
            ("app.py", ["gen/a.py", "pkg/gen/a.py", "pkg/x_pb2.py"]),
            ("pkg/*.py", ["app.py", "gen/a.py", "pkg/gen/a.py"]),
            ("pkg/**", ["app.py", "gen/a.py"]),
            ("**/gen/*.py", ["app.py", "pkg/app.py", "pkg/x_pb2.py"]),
            ("/app.py", ["gen/a.py", "pkg/app.py", "pkg/gen/a.py", "pkg/x_pb2.py"]),
        ],
    )
    def test_exclude_takes_patterns_as_in_a_gitignore(self, place: Path, pattern: str, left: list[str]) -> None:
        plant(place, "app.py", "gen/a.py", "pkg/app.py", "pkg/gen/a.py", "pkg/x_pb2.py")
        assert found(place, [pattern, "nothing"]) == left

    def test_exclude_speaks_from_the_current_folder(self, place: Path) -> None:
        plant(place, "svc/app.py", "svc/gen/a.py")
        root = discover(place / "svc", excluding(place, ["svc/gen"]), cwd=place, on_error=unexpected)
        assert displays(root) == ["svc/app.py"]

    def test_a_linked_folder_is_not_entered(self, place: Path) -> None:
        plant(place, "pkg/a.py")
        (place / "again").symlink_to("pkg")
        (place / "circle").symlink_to(".")
        (place / "folder.py").symlink_to("pkg")
        assert found(place) == ["pkg/a.py"]

    def test_a_linked_file_is_taken_when_it_adds_something(
        self, place: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        outside = tmp_path_factory.mktemp("outside")
        plant(outside, "far.py")
        plant(place, "a.py", "bin/tool")
        for name, target in {
            "same.py": "a.py",
            "tool.py": "bin/tool",
            "tool2.py": "bin/tool",
            "chain.py": "same.py",
            "far.py": str(outside / "far.py"),
        }.items():
            (place / name).symlink_to(target)
        root = discover(place, cwd=place, on_error=unexpected)
        assert [(file.display, file.imported_as) for file in root.files] == [("a.py", "a.py"), ("bin/tool", "tool.py")]
        assert [file.display for file in root.outside] == ["far.py"]

    def test_broken_links_are_told_for_python_files(self, place: Path) -> None:
        plant(place, "a.py")
        (place / "gone.py").symlink_to("nowhere.py")
        (place / "loop.py").symlink_to("loop.py")
        (place / "gone.txt").symlink_to("nowhere.txt")
        assert told(place) == (["a.py"], ["gone.py: broken symlink", "loop.py: broken symlink"])

    def test_pipes_and_sockets_are_not_opened(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        plant(place, "a.py")
        os.mkfifo(place / "pipe.py")
        monkeypatch.chdir(place)
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
            listener.bind("socket.py")
            assert found(place) == ["a.py"]

    def test_odd_names_survive(self, place: Path) -> None:
        odd = ["a\nb.py", "a\tb.py", 'q"\\.py', "é.py", os.fsdecode(b"\xff.py"), "? x.py", " .py", "H 1 2\tc.py"]
        odd += ["160000.py", "new\nline/in.py", "H 1/in.py"]
        plant(place, *odd)
        assert found(place) == sorted(odd, key=lambda name: name.split("/"))

    def test_deep_trees_are_no_trouble(self, place: Path) -> None:
        with nest(place, ["d"] * 1200):
            assert found(place) == ["d/" * 1200 + "deep.py"]

    @pytest.mark.parametrize("mode", ["git", "walk"])
    def test_an_unreadable_folder_is_told(self, as_nobody: Path, mode: str) -> None:
        if mode == "git":
            git(as_nobody, "init", "--quiet")
        plant(as_nobody, "a.py", "pkg/locked/b.py", "pkg/c.py")
        locked = as_nobody / "pkg" / "locked"
        locked.chmod(0)
        assert told(as_nobody) == (["a.py", "pkg/c.py"], ["pkg/locked: cannot be read: Permission denied"])
        assert told(as_nobody / "pkg") == (["c.py"], ["locked: cannot be read: Permission denied"])
        locked.chmod(0o700)

    def test_an_unreadable_given_folder_is_told(self, as_nobody: Path) -> None:
        locked = as_nobody / "locked"
        locked.mkdir()
        locked.chmod(0)
        assert told(locked) == ([], [f"{locked}: cannot be read: Permission denied"])


class TestGivenPath:
    def test_a_file_is_taken_whatever_its_ending(self, tmp_path: Path) -> None:
        plant(tmp_path, "pyproject.toml", "a.py", "venv/script")
        (program,) = programs([tmp_path / "venv" / "script"], Settings(), unexpected)
        assert displays(program.root) == ["a.py", "venv/script"]
        assert program.editable == frozenset({"venv/script"})

    def test_what_a_link_leads_to_is_taken_under_its_own_name_and_once(self, tmp_path: Path) -> None:
        plant(tmp_path, "a.py")
        (tmp_path / "link.py").symlink_to("a.py")
        (program,) = programs([tmp_path / "link.py", tmp_path / "a.py"], Settings(), unexpected)
        assert displays(program.root) == ["a.py"]
        assert program.editable == frozenset({"a.py"})

    def test_a_path_that_does_not_exist(self, tmp_path: Path) -> None:
        plant(tmp_path, "a.py")
        (tmp_path / "broken.py").symlink_to("nowhere")
        for name in ("missing", "broken.py", "a.py/b.py"):
            with pytest.raises(UsageError, match=f"{name} does not exist$"):
                is_folder(tmp_path / name)

    def test_a_path_that_cannot_be_a_path(self, tmp_path: Path) -> None:
        for name in ("x" * 300, "a\0b"):
            with pytest.raises(UsageError, match="cannot be read"):
                is_folder(tmp_path / name)

    def test_pipes_and_devices_are_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.py")
        for path in (tmp_path / "pipe.py", Path(os.devnull)):
            with pytest.raises(UsageError, match=r"is neither a file nor a folder$"):
                is_folder(path)

    @pytest.mark.parametrize(
        ("given", "opened"),
        [
            (".", ["main.py", "svc/app.py"]),
            ("svc", ["svc/app.py"]),
            ("./svc/", ["svc/app.py"]),
        ],
    )
    def test_paths_are_opened_and_shown_as_given(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, opened: list[str]
    ) -> None:
        plant(tmp_path, "main.py", "svc/app.py")
        monkeypatch.chdir(tmp_path)
        root = discover(Path(given), on_error=unexpected)
        assert [(file.filename, file.display) for file in root.files] == [(name, name) for name in opened]

    def test_an_absolute_path_is_shown_from_the_current_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plant(tmp_path, "svc/app.py")
        monkeypatch.chdir(tmp_path)
        root = discover(tmp_path / "svc", on_error=unexpected)
        assert [(file.filename, file.display) for file in root.files] == [(f"{tmp_path}/svc/app.py", "svc/app.py")]

    def test_a_current_folder_behind_a_link_is_still_the_current_folder(self, tmp_path: Path) -> None:
        plant(tmp_path, "real/svc/app.py")
        (tmp_path / "link").symlink_to("real")
        root = discover(tmp_path / "real" / "svc", cwd=tmp_path / "link", on_error=unexpected)
        assert displays(root) == ["svc/app.py"]

    @pytest.mark.parametrize("given", ["../other", "..", "link"])
    def test_what_lies_elsewhere_is_shown_from_the_given_folder(self, tmp_path: Path, given: str) -> None:
        plant(tmp_path, "other/app.py", "here/b.py")
        (tmp_path / "here" / "link").symlink_to("../other")
        root = discover(Path(given), cwd=tmp_path / "here", on_error=unexpected)
        expected = ["here/b.py", "other/app.py"] if given == ".." else ["app.py"]
        assert displays(root) == expected

    def test_a_linked_folder_that_is_given_is_searched_under_its_own_name(self, place: Path) -> None:
        plant(place, "real/app.py")
        (place / "link").symlink_to("real")
        assert displays(discover(place / "link", cwd=place, on_error=unexpected)) == ["real/app.py"]


class TestGit:
    def test_tracked_and_new_files_without_the_ignored(self, tmp_path: Path) -> None:
        repository(tmp_path, "kept.py", "forced/tracked.py", ".github/tool.py")
        plant(tmp_path, ".gitignore", content="forced/\n*_gen.py\n")
        plant(tmp_path, "new.py", "a_gen.py", "forced/ignored.py", ".scripts/new.py")
        assert found(tmp_path) == [".github/tool.py", ".scripts/new.py", "forced/tracked.py", "kept.py", "new.py"]

    def test_ignored_by_info_exclude(self, tmp_path: Path) -> None:
        repository(tmp_path, "a.py")
        plant(tmp_path, "mine.py")
        (tmp_path / ".git" / "info" / "exclude").write_text("mine.py\n")
        assert found(tmp_path) == ["a.py"]

    def test_tracked_folders_that_ruff_excludes_are_passed_over_too(self, tmp_path: Path) -> None:
        repository(tmp_path, "a.py", "node_modules/gyp/x.py")
        assert found(tmp_path) == ["a.py"]

    def test_files_gone_from_disk_are_passed_over(self, tmp_path: Path) -> None:
        repository(tmp_path, "a.py", "b.py", "pkg/c.py", "swapped/d.py", "moved/e.py")
        (tmp_path / "b.py").unlink()
        shutil.rmtree(tmp_path / "pkg")
        shutil.rmtree(tmp_path / "swapped")
        (tmp_path / "swapped").touch()
        (tmp_path / "moved").rename(tmp_path / "new")
        (tmp_path / "moved").symlink_to("new")
        assert found(tmp_path) == ["a.py", "new/e.py"]

    def test_a_file_in_conflict_is_listed_once(self, tmp_path: Path) -> None:
        repository(tmp_path, "a.py")
        for branch, content in (("other", "1"), ("third", "2")):
            git(tmp_path, "checkout", "--quiet", "-b", branch, "HEAD" if branch == "other" else "other~1")
            plant(tmp_path, "a.py", content=content)
            git(tmp_path, "commit", "--quiet", "--all", "--message=x")
        subprocess.run(["git", *USER, "merge", "other"], cwd=tmp_path, capture_output=True)
        assert "U" in git(tmp_path, "status", "--short")
        assert found(tmp_path) == ["a.py"]

    def test_a_folder_inside_the_work_tree(self, tmp_path: Path) -> None:
        repository(tmp_path, "a.py", "svc/b.py", "svc/inner/c.py")
        plant(tmp_path, ".gitignore", content="inner/x.py\nsvc/inner/y.py\n")
        plant(tmp_path, "svc/inner/x.py", "svc/inner/y.py")
        assert displays(discover(tmp_path / "svc", cwd=tmp_path, on_error=unexpected)) == [
            "svc/b.py",
            "svc/inner/c.py",
            "svc/inner/x.py",
        ]

    @pytest.mark.parametrize("pattern", ["tmp/", "tmp/*", "/tmp"])
    def test_an_ignored_folder_given_by_name_is_walked(self, tmp_path: Path, pattern: str) -> None:
        repository(tmp_path, "a.py", "tmp/checkout/tracked.py")
        plant(tmp_path, ".gitignore", content=f"{pattern}\n")
        plant(tmp_path, "tmp/checkout/b.py", "tmp/checkout/gen/c.py")
        plant(tmp_path, "tmp/checkout/.gitignore", content="gen\n")
        given = tmp_path / "tmp" / "checkout"
        assert found(given) == ["b.py", "tracked.py"]

    def test_repositories_inside_are_listed_by_their_own_rules(self, tmp_path: Path) -> None:
        repository(tmp_path / "library", "lib.py")
        project = tmp_path / "project"
        repository(project, "a.py")
        git(project, "submodule", "--quiet", "add", "../library", "vendor/library")
        repository(project / "nested", "n.py", "ignored_by_the_outer.py")
        plant(project, "vendor/library/new.py", "nested/gen.py", "nested/new.py", "ignored_by_the_outer.py")
        plant(project, ".gitignore", content="ignored_by_the_outer.py\n")
        plant(project, "nested/.gitignore", content="gen.py\n")
        repository(project / "nested" / "deeper", "d.py")
        assert found(project) == [
            "a.py",
            "nested/deeper/d.py",
            "nested/ignored_by_the_outer.py",
            "nested/n.py",
            "nested/new.py",
            "vendor/library/lib.py",
            "vendor/library/new.py",
        ]

    def test_an_ignored_repository_inside_stays_out(self, tmp_path: Path) -> None:
        repository(tmp_path, "a.py")
        repository(tmp_path / "checkout", "n.py")
        plant(tmp_path, ".gitignore", content="checkout/\n")
        assert found(tmp_path) == ["a.py"]
        assert found(tmp_path / "checkout") == ["n.py"]

    def test_a_submodule_without_its_own_repository_is_walked(self, tmp_path: Path) -> None:
        repository(tmp_path, "a.py")
        (tmp_path / "sub").mkdir()
        git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
        git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},gone")
        assert found(tmp_path) == ["a.py"]
        plant(tmp_path, "sub/b.py")
        assert found(tmp_path) == ["a.py", "sub/b.py"]

    def test_a_repository_may_be_called_like_a_file(self, tmp_path: Path) -> None:
        repository(tmp_path / "plotly", "p.py")
        project = tmp_path / "project"
        repository(project, "a.py")
        git(project, "submodule", "--quiet", "add", "../plotly", "plotly.py")
        repository(project / "socket.io.py", "s.py")
        plant(project, "160000 is no mode")
        assert found(project) == ["a.py", "plotly.py/p.py", "socket.io.py/s.py"]

    def test_a_linked_work_tree(self, tmp_path: Path) -> None:
        repository(tmp_path / "main", "a.py")
        git(tmp_path / "main", "worktree", "add", "--quiet", "../second")
        assert found(tmp_path / "second") == ["a.py"]

    def test_variables_of_another_repository_are_not_heard(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        repository(tmp_path / "here", "a.py")
        repository(tmp_path / "hooked", "b.py")
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "hooked" / ".git"))
        monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "hooked" / ".git" / "index"))
        assert found(tmp_path / "here") == ["a.py"]

    def test_nothing_that_the_repository_names_is_run_and_nothing_is_written(self, tmp_path: Path) -> None:
        repository(tmp_path, "a.py")
        trap = tmp_path / ".git" / "trap"
        trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
        trap.chmod(0o755)
        for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "filter.x.clean", "filter.x.process"):
            git(tmp_path, "config", key, str(trap))
        (tmp_path / ".git" / "hooks").mkdir(exist_ok=True)
        shutil.copy(trap, tmp_path / ".git" / "hooks" / "post-index-change")
        plant(tmp_path, ".gitattributes", content="*.py filter=x\n")
        os.utime(tmp_path / "a.py", (1, 1))
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / ".git").rglob("*")}
        assert found(tmp_path) == ["a.py"]
        assert not (tmp_path / "sprung").exists()
        assert {path: path.stat().st_mtime_ns for path in (tmp_path / ".git").rglob("*")} == before

    def test_without_git_the_repository_is_walked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        repository(tmp_path, "a.py", "svc/b.py")
        plant(tmp_path, ".gitignore", content="gen/\n/svc/only.py\n")
        plant(tmp_path, "svc/gen/c.py", "svc/only.py", "svc/deep/svc/only.py")
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        assert found(tmp_path) == ["a.py", "svc/b.py", "svc/deep/svc/only.py"]
        assert found(tmp_path / "svc") == ["b.py", "deep/svc/only.py"]
        assert found(tmp_path / "svc" / "gen") == ["c.py"]

    def test_a_repository_that_git_refuses_is_walked(self, tmp_path: Path) -> None:
        repository(tmp_path, "a.py")
        plant(tmp_path, ".gitignore", content="gen.py\n")
        plant(tmp_path, "gen.py", "nested/n.py", "nested/.git/HEAD")
        git(tmp_path, "config", "core.repositoryFormatVersion", "99")
        assert found(tmp_path) == ["a.py", "nested/n.py"]


class TestWalk:
    def test_hidden_folders_are_passed_over(self, tmp_path: Path) -> None:
        plant(tmp_path, "a.py", ".cache/b.py", "pkg/.secret/c.py")
        (tmp_path / "link.py").symlink_to(".cache/b.py")
        assert found(tmp_path) == ["a.py"]

    def test_a_repository_inside_starts_anew(self, tmp_path: Path) -> None:
        plant(tmp_path, ".gitignore", content="gen.py\n")
        plant(tmp_path, "gen.py", "inner/gen.py", "inner/.git/HEAD", "inner/pkg/gen.py")
        assert found(tmp_path) == ["inner/gen.py", "inner/pkg/gen.py"]

    def test_a_linked_gitignore_is_not_followed(self, tmp_path: Path) -> None:
        plant(tmp_path, "rules", content="a.py\n")
        plant(tmp_path, "a.py")
        (tmp_path / ".gitignore").symlink_to("rules")
        assert found(tmp_path) == ["a.py"]

    def test_an_unreadable_gitignore_is_told(self, as_nobody: Path) -> None:
        plant(as_nobody, "a.py", "pkg/.gitignore")
        (as_nobody / "pkg" / ".gitignore").chmod(0)
        assert told(as_nobody) == (["a.py"], ["pkg/.gitignore: cannot be read: Permission denied"])

    def test_a_path_too_long_to_open_is_told(self, tmp_path: Path) -> None:
        with nest(tmp_path, ["d" * 200] * 25):
            files, errors = told(tmp_path)
        assert files == []
        assert [error.rpartition(": ")[2] for error in errors] == ["File name too long"]


IGNORED = [
    pytest.param("gen.py", ["a/gen.py", "gen.py"], id="name-at-any-depth"),
    pytest.param("/gen.py", ["gen.py"], id="anchored-by-a-leading-slash"),
    pytest.param("a/gen.py", ["a/gen.py"], id="anchored-by-an-inner-slash"),
    pytest.param("a/", ["a/gen.py", "a/keep.py"], id="folder"),
    pytest.param("gen.py/", [], id="folder-pattern-spares-a-file"),
    pytest.param("*.py\n!keep.py", ["a/gen.py", "gen.py"], id="brought-back"),
    pytest.param("!keep.py\n*.py", ["a/gen.py", "a/keep.py", "gen.py", "keep.py"], id="last-pattern-wins"),
    pytest.param("a/\n!a/keep.py", ["a/gen.py", "a/keep.py"], id="nothing-comes-back-from-an-ignored-folder"),
    pytest.param("/*\n!/a/", ["gen.py", "keep.py"], id="all-but-a-folder"),
    pytest.param("a/\r\n!keep.py\r", ["a/gen.py", "a/keep.py"], id="folder-with-crlf"),
    pytest.param("a/**\n!a/keep.py", ["a/gen.py"], id="it-comes-back-when-only-the-content-is-ignored"),
    pytest.param("*\n!*/\n!keep.py", ["a/gen.py", "gen.py"], id="list-of-what-is-wanted"),
    pytest.param("# gen.py\n\n   \ngen.py   \r", ["a/gen.py", "gen.py"], id="comments-blanks-crlf-trailing-spaces"),
    pytest.param("\ufeffgen.py", ["a/gen.py", "gen.py"], id="bom"),
    pytest.param("**/gen.py", ["a/gen.py", "gen.py"], id="leading-stars"),
    pytest.param("**/a/*.py", ["a/gen.py", "a/keep.py"], id="stars-for-no-folder"),
    pytest.param("[gk]e[!n]*.py", ["a/keep.py", "keep.py"], id="classes"),
    pytest.param("[!k-m]en.p[x-z]", ["a/gen.py", "gen.py"], id="classes-with-ranges"),
    pytest.param("gen[.py\n[\n\\\n!\n/\n[z-a]en.py\nkeep.py", ["a/keep.py", "keep.py"], id="broken-ones-cost-no-other"),
    pytest.param("g?n.py\n?keep.py", ["a/gen.py", "gen.py"], id="question-mark"),
    pytest.param("\\gen.py", ["a/gen.py", "gen.py"], id="escape"),
]


@pytest.mark.parametrize(("rules", "ignored"), IGNORED)
def test_gitignore_means_what_it_means_to_git(place: Path, rules: str, ignored: list[str]) -> None:
    paths = ["a/gen.py", "a/keep.py", "gen.py", "keep.py"]
    plant(place, *paths)
    (place / ".gitignore").write_bytes(rules.encode())
    assert found(place) == [path for path in paths if path not in ignored]


def test_a_folder_brought_back_brings_nothing_in_it_back(place: Path) -> None:
    plant(place, ".gitignore", content="build\n*_gen.py\n!src\n")
    plant(place, "src/a.py", "src/a_gen.py", "src/build/b.py", "src/deep/build/b.py")
    assert found(place) == ["src/a.py"]


def test_the_innermost_gitignore_decides(place: Path) -> None:
    plant(place, ".gitignore", content="*_gen.py\n!kept_gen.py\nbuild/\n")
    plant(place, "svc/.gitignore", content="!a_gen.py\nkept_gen.py\n!build\n")
    for folder in ("", "svc/", "svc/deep/"):
        plant(place, f"{folder}a_gen.py", f"{folder}b_gen.py", f"{folder}kept_gen.py", f"{folder}build/x.py")
    assert found(place) == [
        "kept_gen.py",
        "svc/a_gen.py",
        "svc/build/x.py",
        "svc/deep/a_gen.py",
        "svc/deep/build/x.py",
    ]


def test_names_that_are_not_ascii(place: Path) -> None:
    plant(place, "é/gen.py", "ü.py", "日本/日.py", "a.py")
    plant(place, ".gitignore", content="é/\nü.*\n日本/*\n")
    assert found(place) == ["a.py"]


# Not among the pieces is what pathspec reads in another way than git: `[[:upper:]]`, `//` and `***`, `?` and classes
# for a character that is not ASCII.
@pytest.mark.parametrize("seed", range(40))
def test_random_rules_ignore_what_git_ignores(tmp_path: Path, seed: int) -> None:
    generator = random.Random(seed)
    names = ["a", "b", "ab", "a b", "a.b", "a-b", "[a]", "B", "#a", "!a", "a\\"]
    pieces = ["a", "b", "B", "*", "**", "?", "/", "/", "[ab]", "[!a]", "[a-", "[]a]", "[^b-]", "\\"]
    pieces += ["\\a", "\\#", " ", "-", ".", ".py", "*.py", "**/", "/**", "!", "#"]

    def path() -> str:
        return "".join(f"{generator.choice(names)}.d/" for _ in range(generator.randrange(4)))

    def pattern() -> str:
        chosen = "".join(generator.choices(pieces, k=generator.randrange(1, 5)))
        ending = generator.choice(["", "", "/", ".d", ".d/", ".py", " "])
        return re.sub("//+", "/", re.sub(r"\*{3,}", "**", generator.choice(["", "", "!", "/", "!/"]) + chosen + ending))

    plant(tmp_path, *(f"{path()}{generator.choice(names)}.py" for _ in range(60)))
    folders = [tmp_path, *sorted(entry for entry in tmp_path.rglob("*") if entry.is_dir())]
    for folder in generator.sample(folders, min(4, len(folders))):
        plant(folder, ".gitignore", content="\n".join(pattern() for _ in range(generator.randrange(1, 6))))
    walked = found(tmp_path)
    git(tmp_path, "init", "--quiet")
    listed = git(tmp_path, "ls-files", "-z", "--others", "--exclude-standard", "*.py").split("\0")[:-1]
    assert sorted(walked) == sorted(listed)
