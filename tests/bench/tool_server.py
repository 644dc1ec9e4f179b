"""A process that has imported the tool, and forks itself for each run of it: a line of stdin is the list of arguments.

Importing libcst and the tool takes three quarters of a short run. Each run is still a process of its own, with its own
arguments and streams, that comes in at the tool's entry point and ends as Python ends. Its output goes to two files in
the folder that the server is given; its exit code is printed. That the tool starts from nothing, other tests prove.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
from pathlib import Path

import fixopenai
from fixopenai.__main__ import main as run_tool

STDOUT, STDERR = "stdout", "stderr"
_RUN_TIMEOUT_S = 120


def main() -> int:
    folder = Path(sys.argv[1])
    for module in pkgutil.walk_packages(fixopenai.__path__, "fixopenai."):
        importlib.import_module(module.name)
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            # Out of the loop, so that whatever is raised ends the process as it would end the tool.
            return _run(json.loads(line), folder)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    return 0


def _run(arguments: list[str], folder: Path) -> int:
    signal.alarm(_RUN_TIMEOUT_S)
    for number, path in ((0, Path(os.devnull)), (1, folder / STDOUT), (2, folder / STDERR)):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.argv[1:] = arguments
    return run_tool()


if __name__ == "__main__":
    sys.exit(main())
