"""The process: `--version` without importing anything, and the ends that are nobody's error."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> int:
    arguments = sys.argv[1:]
    try:
        if arguments in (["--version"], ["-V"]):
            from fixopenai._version import __version__

            sys.stdout.write(f"fixopenai {__version__}\n")
            sys.stdout.flush()
            return 0
        from fixopenai.cli import run

        return run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        return _leave_quietly()


def _leave_quietly() -> int:
    import os

    # What is still buffered would be tried again, and fail again, when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
