"""Projects whose reports hold all that a report can hold, and the runs that make them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from test_cli import environment

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "tests" / "fixtures"
BROKEN = b"import openai\n\ndef f(:\n"
# A name and a line in which every format has to escape something; columns count characters, not bytes.
ODD_NAME = "é 100% [a](b) `c`, d:e.py"
ODD = b"""\
import asyncio\r
from openai import OpenAI\r
\r
clients = {"<b>|`*_](1)": OpenAI()}\r
client = OpenAI()\r
\r
\r
async def \xc3\xa9t\xc3\xa9(prompt: str) -> str:\r
    await asyncio.sleep(0)\r
    "\xf0\x9d\x94\x98"; answer = client.responses.create(model="m", input=prompt); return answer.output_text\r
"""


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """What came out, line ends as they came."""
    command = [sys.executable, "-m", "fixopenai", *arguments]
    env = environment(PYTHONUTF8="1", **more)
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def copied(folder: Path, *fixtures: str) -> Path:
    """The projects of these fixtures, side by side."""
    for fixture in fixtures:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(FIXTURES / fixture / "project", folder / fixture, ignore=ignored)
    return folder


def everything(folder: Path) -> Path:
    """With `-s async-client`: fixed and left, over several files, to be reviewed, with an obstacle, and an error."""
    copied(folder, "blocking_helper", "shared_with_sync_script", "chat_stream_for")
    (folder / ODD_NAME).write_bytes(ODD)
    (folder / "broken.py").write_bytes(BROKEN)
    return folder
