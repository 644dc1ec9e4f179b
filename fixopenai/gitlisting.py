"""What git lists in a folder, asked in a way that runs nothing the repository names and writes nothing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subprocess import CompletedProcess

# A hook or an alias sets these for its own repository; the given folder says which one is meant here.
_REPOSITORY_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
_UNREADABLE = re.compile(r"^warning: could not open directory '(.*?)/?': .*$", re.MULTILINE)
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


def list_work_tree(folder: str, ending: str) -> WorkTree | None:
    """Files that are tracked, or untracked and not ignored; None where git is missing or refuses to answer."""
    listing = "-t", "--stage", "-z", "--cached", "--others", "--exclude-standard"
    process = _git(folder, "ls-files", *listing)
    if process is None or process.returncode:
        return None
    files: dict[str, set[str]] = {}
    repositories: list[str] = []
    for record in os.fsdecode(process.stdout).split("\0"):
        # "? path", or "H mode object stage<tab>path"
        untracked = record.startswith("?")
        if record.endswith(ending):
            path = record[2:] if untracked else record.partition("\t")[2]
            cut = path.rfind("/") + 1
            files.setdefault(path[:cut], set()).add(path[cut:])
        elif untracked and record.endswith("/"):
            repositories.append(record[2:])
        elif record.startswith(_GITLINK, 2):
            repositories.append(record.partition("\t")[2] + "/")
    return WorkTree(files, tuple(repositories), _unreadable(folder, process.stderr))


def is_ignored(folder: str) -> bool:
    """Whether the repository around this folder ignores the whole of it."""
    process = _git(folder, "check-ignore", "--quiet", "--no-index", ".")
    return process is not None and process.returncode == 0


def _unreadable(folder: str, warnings: bytes) -> tuple[str, ...]:
    found = _UNREADABLE.findall(os.fsdecode(warnings))
    if not found:
        return ()
    prefix = way_down(top_of_work_tree(folder), folder)  # git names them from the top of the work tree
    return tuple(path.removeprefix(prefix) + "/" for path in found)


def _git(folder: str, command: str, *arguments: str) -> CompletedProcess[bytes] | None:
    import subprocess

    environment = {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}
    # Warnings as they are written in the source; no locks; nothing is fetched, not even by a partial clone.
    environment |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none"}
    settings = "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"
    try:
        return subprocess.run(
            ["git", *settings, command, *arguments],
            cwd=folder or None,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
