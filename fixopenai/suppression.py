"""Comments that silence: `# noqa`, `# noqa: FOA002`, `# fixopenai: ignore[FOA002]`, `# fixopenai: skip-file`."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Mapping

# The comments of a file by their 1-based lines.
Comments = Mapping[int, str]

_CODES = r"[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*"
_NOQA = re.compile(rf"#\s*noqa(?::[ \t]*(?P<codes>{_CODES}))?(?![\w:])", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*fixopenai:\s*ignore(?:\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)
_SKIP_FILE = re.compile(r"#\s*fixopenai:\s*skip-file\b", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s,]+")
_NEWLINES = re.compile(r"\r\n?")


def comments_of(text: str) -> Comments:
    """The comments of a text that may silence something; none are looked for where no word of theirs stands."""
    lowered = text.lower()
    if "noqa" not in lowered and "fixopenai" not in lowered:
        return {}
    lines = io.StringIO(_NEWLINES.sub("\n", text))
    try:
        return {
            token.start[0]: token.string
            for token in tokenize.generate_tokens(lines.readline)
            if token.type == tokenize.COMMENT
        }
    except (tokenize.TokenError, SyntaxError):
        return {}


def skips_file(text: str) -> bool:
    """Whether a comment on a line of its own takes the whole file out."""
    if "skip-file" not in text.lower():
        return False
    lines = _NEWLINES.sub("\n", text).split("\n")
    return any(
        _SKIP_FILE.match(comment) is not None and lines[line - 1].lstrip().startswith("#")
        for line, comment in comments_of(text).items()
    )


def is_silenced(comments: Comments, first: int, last: int, code: str) -> bool:
    """Whether a comment on one of the 1-based lines `first` to `last` silences the rule `code`."""
    found = [comments[line] for line in range(first, last + 1) if line in comments] if comments else []
    return any(
        _covers(match["codes"], code)
        for comment in found
        for pattern in (_NOQA, _IGNORE)
        if (match := pattern.search(comment)) is not None
    )


def _covers(codes: str | None, code: str) -> bool:
    if codes is None:
        return True
    return code in {name.upper() for name in _SEPARATORS.split(codes.strip())}
