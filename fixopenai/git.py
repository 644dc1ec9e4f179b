"""What git is asked, and the one way to ask: no hook, no monitor, no lock, no network, no question to the user.

Nothing that a repository's configuration names is run. `git status` would run its filters on files whose time has
changed; with them switched off, a file that a filter stores in another form may count as changed, and is not written.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from subprocess import CompletedProcess

# A folder with `HEAD`, `objects` and `refs` in it is a repository to git, configuration and all: a clone may hold one.
_SETTINGS = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "safe.bareRepository=explicit"),
)
_FILTER = re.compile(r"filter\.(.*)\.(?:clean|smudge|process|required)", re.DOTALL)
_PATIENCE = 120.0  # seconds: a pipe in place of a file that git reads, or a pattern made for it, holds it for ever
# A hook or an alias sets these for its own repository; the folder git is run in says which one is meant here.
_REPOSITORY_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
# Messages as they are written in the source; nothing is fetched, not even by a partial clone.
_ENVIRONMENT = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none"}
_UNREADABLE = r"^warning: could not open directory '(.*?)/?': .*$"
_GITLINK = "160000"


@dataclass(frozen=True, slots=True)
class WorkTree:
    """Paths are relative to the folder that was listed; those of folders end with a slash, that one is "".

    `files` are names by folder. `repositories` are submodules and untracked repositories, of which git lists nothing;
    `unreadable` are folders that git could not look into for untracked files.
    """

    files: dict[str, set[str]]
    repositories: tuple[str, ...]
    unreadable: tuple[str, ...]


def top_of_work_tree(folder: str) -> str | None:
    """The nearest folder, from this one upwards, that has a `.git`; as a real path."""
    place = Path(os.path.realpath(folder))
    return next((str(top) for top in (place, *place.parents) if os.path.lexists(top / ".git")), None)


def way_down(top: str | None, folder: str) -> str:
    """From the top of the work tree to the folder, as a prefix; empty where the folder is the top, or there is none."""
    if top is None:
        return ""
    inside = os.path.relpath(os.path.realpath(folder), top).replace(os.sep, "/")
    return "" if inside == os.curdir else inside + "/"


def list_work_tree(folder: str, ending: str, *, ignored: bool) -> WorkTree | None:
    """Files that are tracked or untracked, the ignored ones only if asked for; None where git does not answer."""
    standard = () if ignored else ("--exclude-standard",)
    process = _git(folder, "ls-files", "-t", "--stage", "-z", "--cached", "--others", *standard)
    if process is None or process.returncode:
        return None
    files: dict[str, set[str]] = {}
    repositories: list[str] = []
    for record in os.fsdecode(process.stdout).split("\0"):
        # "? path", or "H mode object stage<tab>path"
        untracked = record.startswith("?")
        if untracked and record.endswith("/"):
            repositories.append(record[2:])
        elif not untracked and record.startswith(_GITLINK, 2):
            repositories.append(record.partition("\t")[2] + "/")
        elif record.endswith(ending):
            path = record[2:] if untracked else record.partition("\t")[2]
            cut = path.rfind("/") + 1
            files.setdefault(path[:cut], set()).add(path[cut:])
    return WorkTree(files, tuple(repositories), _unreadable(folder, process.stderr))


def is_ignored(folder: str) -> bool:
    """Whether the repository around this folder ignores the whole of it."""
    process = _git(folder, "check-ignore", "--quiet", "--no-index", ".")
    return process is not None and process.returncode == 0


def uncommitted(files: Iterable[Path]) -> set[Path]:
    """Those of the files that git tracks and would show as changed; links stand for what they lead to.

    None of them where git is not installed or the folder is not its; UsageError where it refuses to answer.
    """
    targets = {file: file.resolve() for file in files}
    folders: dict[Path, set[str]] = {}
    for target in targets.values():
        folders.setdefault(target.parent, set()).add(target.name)
    changed = {folder / name for folder, names in folders.items() for name in _changed_in(folder, names)}
    return {file for file, target in targets.items() if target in changed}


def _changed_in(folder: Path, names: Collection[str]) -> set[str]:
    status = "status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=all"
    process = _git(folder, "config", "--list", "--name-only", "-z")
    if process is not None and process.returncode == 0:
        without_filters = _without_filters(folder, os.fsdecode(process.stdout).split("\0"))
        process = _git(folder, *without_filters, "--literal-pathspecs", *status, "--", *sorted(names))
    if process is None or b"not a git repository" in process.stderr:
        return set()
    if process.returncode:
        reason = os.fsdecode(process.stderr.strip().partition(b"\n")[0])
        raise UsageError(f"git cannot tell whether {folder} has uncommitted changes: {reason}")
    # "XY path", the path from the top of the work tree, whose last part is one of the names.
    return {record[3:].rpartition("/")[2] for record in os.fsdecode(process.stdout).split("\0") if record}


def _without_filters(folder: Path, keys: Iterable[str]) -> Iterator[str]:
    """What switches off the filters among the keys of a configuration; UsageError where that cannot be said."""
    for name in sorted({found[1] for key in keys if (found := _FILTER.fullmatch(key)) is not None}):
        if "=" in name:
            message = (
                f"git cannot tell whether {folder} has uncommitted changes: its filter '{name}' cannot be left out"
            )
            raise UsageError(message)
        for setting in ("clean=", "process=", "required=false"):
            yield from ("-c", f"filter.{name}.{setting}")


def _unreadable(folder: str, warnings: bytes) -> tuple[str, ...]:
    found = re.findall(_UNREADABLE, os.fsdecode(warnings), re.MULTILINE)
    if not found:
        return ()
    prefix = way_down(top_of_work_tree(folder), folder)  # git names them from the top of the work tree
    return tuple(path.removeprefix(prefix) + "/" for path in found)


def _git(folder: str | Path, *arguments: str) -> CompletedProcess[bytes] | None:
    """The finished process, whatever its exit code, which is -1 for one that did not end; None without git."""
    import subprocess

    environment = {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}
    try:
        return subprocess.run(
            ["git", *_SETTINGS, *arguments],
            cwd=folder or None,
            env=environment | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(["git"], -1, b"", b"no answer in %d seconds" % _PATIENCE)
    except OSError:
        return None
