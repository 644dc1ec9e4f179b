"""A hash for each line of a text, as GitHub computes it to know an alert again when its line has moved."""

from __future__ import annotations

import re
import struct
from collections import Counter
from itertools import accumulate

_BLOCK = 100  # characters that are hashed from the start of the line, those of the next lines included
_BASE = 37
_MODULUS = 2**64
_OUT = pow(_BASE, _BLOCK, _MODULUS)
_END = 0xFFFF
_NEWLINE = ord("\n")
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANKS = re.compile(r"[ \t]+")


def line_hashes(text: str) -> list[str]:
    """For each line in turn `<hash>:<number>`, which counts the lines so far that have this hash.

    Spaces and tabs do not count, all line ends are alike, characters are units of UTF-16.
    """
    data = _BLANKS.sub("", _LINE_END.sub("\n", text)).encode("utf-16-le", "surrogatepass")
    units = [*struct.unpack(f"<{len(data) // 2}H", data), _END]
    starts = [0, *(number for number, unit in enumerate(units, 1) if unit == _NEWLINE)]
    sums = list(accumulate([*units, *[0] * _BLOCK], lambda sum_, unit: (sum_ * _BASE + unit) % _MODULUS, initial=0))
    seen: Counter[int] = Counter()
    hashes = []
    for start in starts:
        value = (sums[start + _BLOCK] - sums[start] * _OUT) % _MODULUS
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes
