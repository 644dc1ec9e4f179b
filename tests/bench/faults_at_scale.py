"""How the tool bears what is too large for the test suite: `python tests/bench/faults_at_scale.py [CASE]...`.

Each line is a case: its exit code, seconds, the most memory in MB, and the last line on standard error. Nothing may
end with a traceback, and no temporary file may be left.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
APP = """\
from openai import OpenAI

client = OpenAI()


async def answer(prompt: str) -> str:
    return client.responses.create(model="m", input=prompt).output_text
"""


def many_files(folder: Path) -> None:
    """100,000 files in 1,000 folders, one of which matters."""
    for number in range(1000):
        inner = folder / f"p{number}"
        inner.mkdir()
        for each in range(100):
            (inner / f"m{each}.py").write_text("def f(a):\n    return a + 1\n")
    (folder / "app.py").write_text(APP)


def many_files_in_git(folder: Path) -> None:
    many_files(folder)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "add", "."], cwd=folder, check=True)


def fifty_megabytes(folder: Path) -> None:
    (folder / "huge.py").write_text(APP + "x = 1\n" * 8_400_000)
    (folder / "app.py").write_text(APP)


def nine_megabytes(folder: Path) -> None:
    function = "\n\ndef table_{0}():\n    return {{'a': [{0}, {0}], 'b': len(str({0}))}}\n"
    (folder / "app.py").write_text(APP + "".join(map(function.format, range(130_000))))


def one_line(folder: Path) -> None:
    """5 MB of numbers, each of which is a node."""
    (folder / "app.py").write_text(APP + "\nx = [" + "1, " * 1_666_000 + "]\n")


def one_argument(folder: Path) -> None:
    """The same, in the call that has to be awaited."""
    numbers = "1, " * 1_666_000
    (folder / "app.py").write_text(APP.replace("input=prompt", f"input=[{numbers}]"))


def many_that_hold_together(folder: Path) -> None:
    """2,000 routes that share one client: one unit, more files than a process may open by default."""
    (folder / "llm.py").write_text("from openai import OpenAI\n\nclient = OpenAI()\n")
    for number in range(2000):
        route = APP.replace("from openai import OpenAI\n\nclient = OpenAI()", "from llm import client")
        (folder / f"route{number}.py").write_text(route)


CASES: tuple[Callable[[Path], None], ...] = (
    many_files,
    many_files_in_git,
    fifty_megabytes,
    nine_megabytes,
    one_line,
    one_argument,
    many_that_hold_together,
)


def measure(case: Callable[[Path], None], folder: Path) -> None:
    case(folder)
    command = [sys.executable, "-m", "fixopenai", "--write", "--allow-dirty", "-f", "concise"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        errors.seek(0)
        lines = errors.read().decode().splitlines()
    seconds, memory = time.monotonic() - start, usage.ru_maxrss // 1024
    code = os.waitstatus_to_exitcode(status)
    assert not any("Traceback" in line for line in lines), lines
    assert not list(folder.rglob("*.tmp"))
    print(f"{case.__name__:24} exit {code}  {seconds:6.1f} s  {memory:6} MB  {lines[-1] if lines else ''}", flush=True)  # noqa: T201


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = sys.argv[1:]
    for case in CASES:
        if not wanted or case.__name__ in wanted:
            with tempfile.TemporaryDirectory() as folder:
                measure(case, Path(folder))


if __name__ == "__main__":
    main()
