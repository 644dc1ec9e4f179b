"""The tool as a process of its own for each run: forked from a server that has imported it, or started by a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.tool_server import STDERR, STDOUT

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

_TESTS = Path(__file__).resolve().parents[1]
_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended; a negative exit code is the signal that killed it."""

    exit_code: int
    stdout: bytes
    stderr: bytes


# From the arguments of a run to how it ended.
Tool = Callable[[Sequence[str]], Ended]


def started_by(*command: str) -> Tool:
    """A tool that is started anew for each run."""

    def run(arguments: Sequence[str]) -> Ended:
        ended = subprocess.run([*command, *arguments], capture_output=True, timeout=_PATIENCE_S)
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


class ToolServer:
    """The real tool, forked for each run. Use as a context manager."""

    def __enter__(self) -> Self:
        self._scratch = tempfile.TemporaryDirectory()
        # The folder of a process that runs a module comes first in its path: this repository's tool is imported.
        self._server = subprocess.Popen(
            [sys.executable, "-m", "bench.tool_server", self._scratch.name],
            cwd=_TESTS.parent,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(_TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.communicate(timeout=_PATIENCE_S)
        self._scratch.cleanup()

    def run(self, arguments: Sequence[str]) -> Ended:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(json.dumps(arguments), file=self._server.stdin, flush=True)
        exit_code = int(self._server.stdout.readline())
        folder = Path(self._scratch.name)
        return Ended(exit_code, (folder / STDOUT).read_bytes(), (folder / STDERR).read_bytes())
