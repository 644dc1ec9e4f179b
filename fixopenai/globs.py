"""Patterns as in a .gitignore, in time that does not explode: they may be the words of somebody who wants it to.

pathspec turns `*a*a*b` into `[^/]*a[^/]*a[^/]*b`, for which `re` tries every way to share a name out among the stars.
The first place at which what stands between two stars fits is as good as any later one, so none of those is tried.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathspec import GitIgnoreSpec

_STAR = "[^/]*"
_ANY_DEPTH = re.compile(r"\.\+|\.\*")
_BRACKETS = re.compile(r"\[(?:\\.|[^\]\\])+\]", re.DOTALL)
_MOST_DEPTHS = 3  # of `**` in one pattern: each may stand for any number of folders


def read_globs(lines: Iterable[str]) -> GitIgnoreSpec:
    """The patterns; ValueError or re.error for one that cannot be read."""
    from pathspec import GitIgnoreSpec  # only those pay for it who have patterns

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # what `re` has to say of `[[:alpha:]]`
        spec = GitIgnoreSpec.from_lines(lines)
        for pattern in cast("list[Any]", spec.patterns):
            if pattern.regex is None:
                continue
            text = pattern.regex.pattern
            if len(_ANY_DEPTH.findall(text)) > _MOST_DEPTHS:
                raise ValueError("too many ** in a pattern")
            if text.count(_STAR) > 1:
                pattern.regex = re.compile(_without_second_tries(text))
    return spec


def _without_second_tries(text: str) -> str:
    first, *parts = text.split(_STAR)
    written = [first]
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        if not part and not is_last:
            continue  # two stars in a row are one
        if is_last or _leaves_its_segment(part):
            written.append(_STAR + part)
        else:
            written.append(f"(?=(?P<star{number}>[^/]*?{part}))(?P=star{number})")
    return "".join(written)


def _leaves_its_segment(part: str) -> bool:
    plain = _BRACKETS.sub("", part)
    return "/" in plain or "(" in plain.replace("\\(", "")
