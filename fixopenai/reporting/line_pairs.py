"""Which old line stands beside which new one."""

from __future__ import annotations

import re
from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Pair = tuple[int | None, int | None]

_WORD = re.compile(r"\w+|[^\w\s]")
_ALIKE = 0.5
_TOO_MANY_PAIRS = 2_500


def line_pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[Pair]:
    """The rows of a stretch where old lines give way to new ones, as numbers of lines; None is an empty side.

    Lines that are alike share a row, in the order of both texts. What lies between them fills the rows from the top.
    """
    old_start = new_start = 0
    for old_end, new_end in [*_alike(old, new), (len(old), len(new))]:
        yield from zip_longest(range(old_start, old_end), range(new_start, new_end))
        if old_end < len(old):
            yield old_end, new_end
        old_start, new_start = old_end + 1, new_end + 1


def _alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of lines that are alike, in order in both texts, with as many words in common as can be."""
    if len(old) * len(new) > _TOO_MANY_PAIRS:
        return []
    old_words, new_words = ([Counter(_WORD.findall(line)) for line in lines] for lines in (old, new))
    common = [[_in_common(one, other) for other in new_words] for one in old_words]
    # best[i][j]: what the lines from `i` and from `j` on have in common at most.
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], common[i][j] and common[i][j] + best[i + 1][j + 1])
    found = []
    i = j = 0
    while i < len(old) and j < len(new):
        if common[i][j] and best[i][j] == common[i][j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _in_common(one: Counter[str], other: Counter[str]) -> int:
    """The number of words that two lines share; 0 where they are not alike."""
    shared = (one & other).total()
    return shared if shared >= _ALIKE * max(one.total(), other.total()) else 0
