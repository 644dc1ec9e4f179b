"""Text from scanned code and file names as Markdown that shows it and does nothing else."""

from __future__ import annotations

import re

from fixopenai.reporting.escaping import visible

_OPEN = 12  # lines of a list that need not be closed
_LONGEST = 300  # characters of one name or sentence, so that no report grows without end
_BACKTICKS = re.compile(r"`+")
# Words that mean nothing to Markdown, nor to a host that makes links of names, numbers and addresses.
_PLAIN = re.compile(r"""[('"]*[^\W_](?:[^\W_]|['/-])*[.,:;!?)'"]*|[.,:;!?()'"-]+""")
_PUNCTUATED = re.compile(r"(.+?)([.,:;]*)")


def code(text: str) -> str:
    """The text as code: in as many backticks as it takes."""
    text = _short(visible(text))
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(text)), default=0) + 1)
    # A space that stands at both ends is taken away again by whoever shows it.
    padding = " " if text[:1] in ("`", " ", "") or text[-1:] in ("`", " ") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def prose(text: str) -> str:
    """A sentence of ours with code in backticks in it: every word of it that could be more than a word becomes code."""
    parts = _short(visible(text)).split("`")
    # An odd number of backticks means that the code itself has some; all parts are safe, whichever they are taken for.
    return "".join(_code_or_nothing(part) if number % 2 else _words(part) for number, part in enumerate(parts))


def _code_or_nothing(part: str) -> str:
    return code(part) if part.strip() else part


def _words(text: str) -> str:
    return re.sub(r"\S+", lambda found: _word(found[0]), text)


def _word(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    match = _PUNCTUATED.fullmatch(word)
    return f"{code(match[1])}{match[2]}" if match else word


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def fenced(text: str, language: str) -> list[str]:
    """A block of code, its fence longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    return [f"{fence}{language}", text, fence]


def folded(summary: str, lines: list[str]) -> list[str]:
    """The lines, closed behind a summary where they are many; the summary is shown as it is."""
    if len(lines) <= _OPEN:
        return lines
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>"]
