"""The script that tries every strategy on copies of real projects: what it tells, and that it can fail."""

from __future__ import annotations

import subprocess
import sys

from report_projects import FIXTURES, ROOT


def at_scale(*arguments: str) -> subprocess.CompletedProcess[str]:
    folders = [str(FIXTURES / name / "project") for name in ("retry_loop", "right_streams")]
    command = [sys.executable, "tests/bench/at_scale.py", *folders, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)


def test_every_strategy_holds_on_projects() -> None:
    done = at_scale()
    assert done.returncode == 0, done.stdout + done.stderr
    *_, total = done.stdout.splitlines()
    assert total.startswith(
        "2 folders, 0 failed: 1 findings; fixed: auto 1, async-client 1, to-thread 1; 3 files changed"
    )


def test_a_project_that_takes_too_long_has_failed() -> None:
    done = at_scale("--timeout", "0.001")
    assert done.returncode == 2
    assert done.stdout.count("FAILED") == 8
