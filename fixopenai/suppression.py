"""Comments that silence: `# noqa`, `# noqa: FOA002`, `# fixopenai: ignore[FOA002]`, `# fixopenai: skip-file`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fixopenai.positions import LineIndex

_CODES = r"[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*"
_NOQA = re.compile(rf"#\s*noqa(?::[ \t]*(?P<codes>{_CODES}))?(?![\w:])", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*fixopenai:\s*ignore(?:\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)
_SKIP_FILE = re.compile(r"^[ \t]*#\s*fixopenai:\s*skip-file\b", re.IGNORECASE | re.MULTILINE)
_SEPARATORS = re.compile(r"[\s,]+")


def skips_file(text: str) -> bool:
    """Whether a comment on a line of its own takes the whole file out."""
    return "fixopenai" in text and _SKIP_FILE.search(text) is not None


def is_silenced(lines: LineIndex, first: int, last: int, code: str) -> bool:
    """Whether a comment on one of the 1-based lines `first` to `last` silences the rule `code`."""
    for line in range(first, last + 1):
        text = lines.line_text(line)
        if "#" not in text:
            continue
        for pattern in (_NOQA, _IGNORE):
            match = pattern.search(text)
            if match is not None and _covers(match["codes"], code):
                return True
    return False


def _covers(codes: str | None, code: str) -> bool:
    if codes is None:
        return True
    return code in {name.upper() for name in _SEPARATORS.split(codes.strip())}
