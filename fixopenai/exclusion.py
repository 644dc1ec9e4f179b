"""What is passed over whatever git says of it: folders that hold no source, and what the user names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fixopenai.settings import Settings

# ruff's list, so that both tools see the same program; and bytecode caches.
EXCLUDED_FOLDERS = frozenset(
    {
        ".bzr",
        ".direnv",
        ".eggs",
        ".git",
        ".git-rewrite",
        ".hg",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pants.d",
        ".pyenv",
        ".pytest_cache",
        ".pytype",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        ".vscode",
        "__pycache__",
        "__pypackages__",
        "_build",
        "buck-out",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    }
)


class Exclusion:
    """What the settings pass over below one folder, which is given as it is opened."""

    def __init__(self, settings: Settings, folder: str | Path) -> None:
        self._names = EXCLUDED_FOLDERS if settings.exclude is None else frozenset()
        given = (settings.exclude, *settings.extend_exclude)
        wanted = [patterns.within(folder) for patterns in given if patterns is not None]
        self._patterns = [(patterns, patterns.way(folder)) for patterns in wanted]

    def covers(self, path: str, name: str) -> bool:
        """Whether a path relative to the folder, whose last part is `name`, is excluded; not a folder around it."""
        if name in self._names:
            return True
        return any(patterns.cover(way + path) for patterns, way in self._patterns)


def is_forced_out(settings: Settings, path: str | Path) -> bool:
    """Whether a path that the user gave by name is passed over all the same, or a folder around it is."""
    if not settings.force_exclude:
        return False
    real, here = Path(os.path.realpath(path)), os.path.realpath(os.curdir)
    if settings.exclude is None:
        steps = real.relative_to(here).parts if real.is_relative_to(here) else (real.name,)
        if not EXCLUDED_FOLDERS.isdisjoint(steps):
            return True
    given = (settings.exclude, *settings.extend_exclude)
    # A pattern with a slash at its end fits folders alone, which show themselves by theirs.
    name = f"{real.name}/" if os.path.isdir(real) else real.name  # noqa: PTH112 - any name
    return any(patterns.cover(patterns.way(real.parent) + name) for patterns in given if patterns is not None)
