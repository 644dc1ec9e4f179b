"""What is passed over whatever git says of it: folders that hold no source, and what the user names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

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
    """Shell patterns for a name or for a path as displayed, beside `EXCLUDED_FOLDERS`.

    `display` stands before a path, which is relative to the given folder, when it is shown.
    """

    def __init__(self, patterns: Sequence[str], display: str) -> None:
        self._display = display
        self._pattern = _union(patterns) if patterns else None

    def covers(self, path: str, name: str) -> bool:
        """Whether the path, or what its last part is called, is excluded; not whether a folder around it is."""
        if name in EXCLUDED_FOLDERS:
            return True
        return self._pattern is not None and any(map(self._pattern.match, (name, path, self._display + path)))


def _union(patterns: Sequence[str]) -> re.Pattern[str]:
    import re
    from fnmatch import translate

    return re.compile("|".join(translate(pattern.removeprefix("./").rstrip("/")) for pattern in patterns))
