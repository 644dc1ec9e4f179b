"""The process: `--version` without importing anything, and the ends that are nobody's error."""

from __future__ import annotations

import os
import site
import sys

INTERRUPTED = 130


def main() -> int:
    _import_nothing_from_here()
    _fill_in_closed_streams()
    arguments = sys.argv[1:]
    try:
        if arguments in (["--version"], ["-V"]) and _says_version():
            return 0
        from fixopenai.cli import run

        return run(arguments)
    except KeyboardInterrupt:
        from fixopenai.reporting.streams import say

        say("interrupted")
        return INTERRUPTED


def _import_nothing_from_here() -> None:
    """`python -m` looks for modules in the current folder, which may be the one that is analysed.

    Unless this package or what is installed beside it comes from there. What is not loaded yet is not used for it.
    """
    try:
        here = os.path.realpath(os.curdir)
    except FileNotFoundError:
        return
    installed = (__file__ + "/../..", os.__file__ + "/..", *site.getsitepackages(), site.getusersitepackages())
    if here not in map(os.path.realpath, installed):
        sys.path[:] = [place for place in sys.path if os.path.realpath(place) != here]


def _fill_in_closed_streams() -> None:
    """What goes to a closed stream goes nowhere, and not into a file that was opened under its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _says_version() -> bool:
    """False where it cannot be written, which takes more words."""
    from fixopenai._version import __version__

    try:
        sys.stdout.write(f"fixopenai {__version__}\n")
        sys.stdout.flush()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
