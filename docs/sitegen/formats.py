"""What each output format looks like: a real run on a fixture."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import indent

from fixopenai import cli
from fixopenai.settings import OUTPUT_FORMATS
from sitegen.documents import ROOT

HTML_SAMPLE = "samples/report.html"
_EXAMPLE = ROOT / "tests" / "fixtures" / "silent_blocking_call" / "project"
_LEXERS = {"text": "diff", "patch": "diff", "json": "json", "sarif": "json", "markdown": "markdown"}
_LINES = 60


def samples() -> str:
    """One tab for each format, cut where it grows long."""
    return "\n\n".join(_tab(name) for name in OUTPUT_FORMATS)


def html_sample() -> str:
    """The page itself: as text it would say little."""
    return _made("html")


def _tab(name: str) -> str:
    if name == "html":
        return f'=== "`{name}`"\n\n    [The page of the same run]({HTML_SAMPLE})'
    lines = _made(name).splitlines()
    rest = len(lines) - _LINES
    shown = [*lines[:_LINES], f"... and {rest} more lines"] if rest > 0 else lines
    block = "\n".join([f"````{_LEXERS.get(name, 'text')}", *shown, "````"])
    return f'=== "`{name}`"\n\n{indent(block, "    ")}'


def _made(name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        cli.run(["--quiet", "--output-format", name, "--output-file", str(file), str(_EXAMPLE)])
        return file.read_text(encoding="utf-8")
