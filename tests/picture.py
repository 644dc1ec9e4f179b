"""Draws `docs/terminal.svg`, what the tool shows on a terminal: `python tests/picture.py`.

The tool really runs, in a pseudo-terminal, on a fixture; nothing is written to it.
"""

from __future__ import annotations

import io

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from terminal import ROOT, run_on_terminal

PICTURE = ROOT / "docs" / "terminal.svg"
COMMAND = ("fixopenai", "tests/fixtures/awaited_sync_call")
COLUMNS = 100
# Of a character, in the units of the picture: 20 high, 0.61 as wide.
CHARACTER_WIDTH = 12.2

_THEME = TerminalTheme(
    background=(30, 33, 39),
    foreground=(200, 205, 214),
    normal=[
        (63, 68, 81),
        (224, 108, 117),
        (140, 194, 101),
        (209, 154, 102),
        (97, 175, 239),
        (198, 120, 221),
        (86, 182, 194),
        (215, 218, 224),
    ],
)

# Rich's own frame fetches a font from elsewhere; the one that the reader's system has will do.
_FRAME = """\
<svg viewBox="0 0 {width} {height}" role="img" aria-label="fixopenai on a terminal" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font: {char_height}px/{line_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def terminal_text() -> Text:
    """The command line, and all that the tool shows below it."""
    prompt = Text.assemble(("$ ", "bold green"), (" ".join(COMMAND), "bold"), "\n")
    return Text.assemble(prompt, "\n", Text.from_ansi(_shown()))


def draw(text: Text) -> str:
    console = Console(file=io.StringIO(), record=True, width=COLUMNS, force_terminal=True, color_system="truecolor")
    console.print(text, soft_wrap=True)
    console.print()  # the frame cuts into the last line
    return console.export_svg(title="fixopenai", theme=_THEME, code_format=_FRAME, unique_id="terminal")


def _shown() -> str:
    """What the tool writes to a terminal with colours, control sequences included."""
    variables = {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    code, output = run_on_terminal(ROOT, *COMMAND[1:], columns=COLUMNS, variables=variables)
    if code:
        raise RuntimeError(f"exit code {code}: {output}")
    return output.rstrip("\n")


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(terminal_text()), encoding="utf-8")
