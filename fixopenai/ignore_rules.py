"""What one .gitignore says of a path: pathspec reads the patterns."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixopenai.globs import read_globs

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_FOLDERS_ONLY = re.compile(r"(?<! )/ *$")


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The patterns of one .gitignore; `base` is its folder, with a slash at its end, as in the paths it is asked about.

    Folders are asked about without a slash at their end, and of patterns that have lost theirs. With it, `build/**`
    would match `build/`, and pathspec could not tell what names the folder itself, which outweighs the rest, from what
    names a folder around it. Whoever asks does not enter an ignored folder, as git does not.
    """

    base: str
    files: GitIgnoreSpec
    folders: GitIgnoreSpec

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """Ignored, brought back, or None where no pattern speaks of it."""
        spec = self.folders if is_folder else self.files
        return spec.check_file(path[len(self.base) :]).include


def parse_gitignore(data: bytes, base: str) -> IgnoreRules:
    """The rules of a .gitignore in this folder; patterns that pathspec cannot read are passed over, as git does."""
    given = os.fsdecode(data.removeprefix(BOM_UTF8)).split("\n")
    lines = [line for each in given if _is_readable(line := each.removesuffix("\r"))]
    folder_lines = [_FOLDERS_ONLY.sub("", line) for line in lines]
    return IgnoreRules(base, read_globs(lines), read_globs(line for line in folder_lines if _is_readable(line)))


def _is_readable(line: str) -> bool:
    try:
        read_globs([line])
    except (ValueError, re.error):
        return False
    return True
