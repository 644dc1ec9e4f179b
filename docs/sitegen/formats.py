"""What each output format looks like: a real run on a fixture."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import indent

from fixopenai import cli
from fixopenai.settings import OUTPUT_FORMATS
from sitegen.documents import ROOT

_EXAMPLE = ROOT / "tests" / "fixtures" / "silent_blocking_call" / "project"
_LEXERS = {"patch": "diff", "text": "diff", "json": "json", "sarif": "json", "html": "html", "markdown": "markdown"}
_LINES = 60


def samples() -> str:
    """One tab for each format, cut where it grows long."""
    with tempfile.TemporaryDirectory() as folder:
        return "\n\n".join(_tab(name, Path(folder) / name) for name in OUTPUT_FORMATS)


def _tab(name: str, file: Path) -> str:
    cli.run(["--quiet", "--output-format", name, "--output-file", str(file), str(_EXAMPLE)])
    lines = file.read_text(encoding="utf-8").splitlines()
    rest = len(lines) - _LINES
    shown = [*lines[:_LINES], f"... and {rest} more lines"] if rest > 0 else lines
    block = "\n".join([f"````{_LEXERS.get(name, 'text')}", *shown, "````"])
    return f'=== "`{name}`"\n\n{indent(block, "    ")}'
