"""One .gitignore file, with git's own meaning of a pattern (gitignore(5), wildmatch.c).

A path is judged alone: whoever asks does not enter an ignored folder, as git does not. That, and one expression for
many patterns, is why this is not a general matching library: those match what lies below a pattern as well, which
answers `foo/**` with `!foo/keep.py`, or `!kept/` below `*.py`, in another way than git.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_POSIX_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_POSIX_CLASS = re.compile(r"\[:([^\]]*):\]")


class _Pattern(NamedTuple):
    """`anchored` patterns are held against the whole path, the others against the last part of it."""

    expression: str
    ignores: bool
    folders_only: bool
    anchored: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring patterns that all ignore, or all bring back."""

    ignores: bool
    name: re.Pattern[str] | None
    path: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The patterns of one file, the last run first. `base` is the folder of the file, "" or with a slash at its end."""

    base: str
    folders: tuple[_Run, ...]
    files: tuple[_Run, ...]

    def verdict(self, path: str, name: str, *, is_folder: bool) -> bool | None:
        """Ignored, brought back, or None where no pattern speaks of it. `path` lies below `base`; `name` ends it."""
        for run in self.folders if is_folder else self.files:
            if run.name and run.name.fullmatch(name):
                return run.ignores
            if run.path and run.path.fullmatch(path, len(self.base)):
                return run.ignores
        return None


def parse_gitignore(text: str, base: str) -> IgnoreRules:
    """The rules of a .gitignore file with this text; a pattern that git could never match is passed over."""
    lines = text.removeprefix("\ufeff").split("\n")
    patterns = [pattern for line in lines if (pattern := _parsed(line.removesuffix("\r"))) is not None]
    return IgnoreRules(base, _runs(patterns), _runs([pattern for pattern in patterns if not pattern.folders_only]))


def ignores(rules: Iterable[IgnoreRules], path: str, name: str, *, is_folder: bool) -> bool:
    """What the first of these files that speaks of the path says: the one in the innermost folder comes first."""
    for each in rules:
        verdict = each.verdict(path, name, is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False


def _parsed(line: str) -> _Pattern | None:
    pattern = _without_trailing_spaces(line)
    if pattern.startswith("#"):
        return None
    ignores = not pattern.startswith("!")
    pattern = pattern if ignores else pattern[1:]
    folders_only = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    anchored = "/" in pattern
    expression = _expression(pattern.removeprefix("/"), anchored=anchored)
    return _Pattern(expression, ignores, folders_only, anchored) if expression else None


def _without_trailing_spaces(line: str) -> str:
    kept = line.rstrip(" ")
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return line[: len(kept) + 1] if backslashes % 2 else kept


def _runs(patterns: list[_Pattern]) -> tuple[_Run, ...]:
    runs: list[_Run] = []
    for ignores, run in groupby(reversed(patterns), key=lambda pattern: pattern.ignores):
        members = list(run)
        name = _union([pattern.expression for pattern in members if not pattern.anchored])
        path = _union([pattern.expression for pattern in members if pattern.anchored])
        runs.append(_Run(ignores, name, path))
    return tuple(runs)


def _union(expressions: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{expression})" for expression in expressions), re.DOTALL) if expressions else None


def _expression(pattern: str, *, anchored: bool) -> str | None:
    """The pattern as a regular expression; None where git's matcher gives up (a class or an escape without its end)."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "*":
            part, at = _stars(pattern, at, anchored=anchored)
        elif character == "?":
            part, at = "[^/]", at + 1
        elif character == "[":
            part, at = _character_class(pattern, at)
        elif character == "\\":
            part, at = re.escape(pattern[at + 1 : at + 2]), at + 2
        else:
            part, at = re.escape(character), at + 1
        if not part:
            return None
        parts.append(part)
    return "".join(parts)


def _stars(pattern: str, start: int, *, anchored: bool) -> tuple[str, int]:
    """`**` crosses folders only where it stands for whole parts of a path."""
    end = start
    while pattern[end : end + 1] == "*":
        end += 1
    whole_part = pattern[start - 1 : start] in {"", "/"} and pattern[end : end + 1] in {"", "/"}
    if not anchored or end - start == 1 or not whole_part:
        return "[^/]*", end
    return (".*", end) if end == len(pattern) else ("(?:.*/)?", end + 1)


def _character_class(pattern: str, start: int) -> tuple[str, int]:
    """`[...]` as an expression and where it ends; an empty expression where it does not end."""
    at = start + 1
    negated = pattern[at : at + 1] in {"!", "^"}
    first = at = at + negated
    items: list[str] = []
    low = ""  # the character a range could start with
    while at == first or pattern[at : at + 1] != "]":
        posix = _POSIX_CLASS.match(pattern, at)
        if posix:
            if posix[1] not in _POSIX_CLASSES:
                return "", at
            items.append(_POSIX_CLASSES[posix[1]])
            low, at = "", posix.end()
            continue
        is_range = low != "" and pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in {"", "]"}
        at += is_range
        at += pattern[at : at + 1] == "\\"
        character = pattern[at : at + 1]
        if not character:
            return "", at
        if is_range:
            if low < character:
                items.append(f"{re.escape(low)}-{re.escape(character)}")
            low = ""
        else:
            items.append(re.escape(character))
            low = character
        at += 1
    return ("[^/" if negated else "(?!/)[") + "".join(items) + "]", at + 1
