"""The command as it runs on a terminal: in a pseudo-terminal of a given width."""

from __future__ import annotations

import os
import pty
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
# What would change colours, widths and links.
_UNWANTED = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI", "FORCE_HYPERLINK", "TERM_PROGRAM", "VTE_VERSION", "WT_SESSION")


def environment(**more: str) -> dict[str, str]:
    """This process's, for a plain terminal, and with the package to be found."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    search = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**kept, "PYTHONPATH": search, "TERM": "xterm", **more}


def run_on_terminal(
    folder: Path,
    *arguments: str,
    columns: int = 80,
    errors: bool = False,
    variables: Mapping[str, str] = MappingProxyType({}),
    program: tuple[str, ...] = ("-m", "fixopenai"),
) -> tuple[int, str]:
    """Exit code and everything that reaches the terminal; standard error does if `errors` are wanted too."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=folder,
        env=environment(**variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs if errors else subprocess.DEVNULL,
    )
    os.close(theirs)
    output = b""
    try:
        while chunk := os.read(ours, 65536):
            output += chunk
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(ours)
    return process.wait(), output.decode().replace("\r\n", "\n")
