"""Every strategy on copies of real projects: `python tests/bench/at_scale.py FOLDER... [--timeout SECONDS]`.

Each folder is a checkout, or any tree with Python in it; it is only read. For each of them and each strategy:

- the tool ends by itself, in time, and names no bug of its own;
- nothing changes unless a finding is fixed, and then only in files that the report names;
- what it would change is what `--write` writes, and what `git apply` makes of the patch;
- files that compiled still do;
- a second run changes nothing, and finds none of what the first one says it fixed.

One line for each folder, then a total. The exit code is the number of folders in which something of this failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixopenai.settings import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What the tool reads: everything else would only be copied and looked at for its name.
_READ = (".py", ".pyi", ".gitignore", "pyproject.toml", "setup.py", "setup.cfg")
_NOT_COPIED = frozenset({".git", "node_modules", "__pycache__"})


class NotHeldError(Exception):
    """Something that has to hold and did not, in a line."""


@dataclass(slots=True)
class Tally:
    """What was seen, over all strategies."""

    runs: int = 0
    changed_files: int = 0
    slowest_s: float = 0.0
    findings: int = 0
    fixed: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def main(folders: list[Path], timeout_s: float) -> int:
    failed, total = 0, Tally()
    for folder in folders:
        tally = Tally()
        for strategy in STRATEGIES:
            try:
                _try(folder, strategy, timeout_s, tally)
            except NotHeldError as failure:
                tally.failures.append(f"{strategy}: {failure}")
        failed += bool(tally.failures)
        _say(folder.name, tally)
        total.runs += tally.runs
        total.changed_files += tally.changed_files
        total.slowest_s = max(total.slowest_s, tally.slowest_s)
        total.findings += tally.findings
        total.fixed += tally.fixed
    _say(f"{len(folders)} folders, {failed} failed", total)
    return failed


def _say(name: str, tally: Tally) -> None:
    fixed = ", ".join(f"{strategy} {number}" for strategy, number in tally.fixed.items()) or "nothing"
    took = f"{tally.runs} runs, slowest {tally.slowest_s:.1f} s"
    lines = [
        f"{name}: {tally.findings} findings; fixed: {fixed}; {tally.changed_files} files changed; {took}",
        *(f"  FAILED {failure}" for failure in tally.failures),
    ]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def _try(folder: Path, strategy: str, timeout_s: float, tally: Tally) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        written, patched = Path(scratch) / "written", Path(scratch) / "patched"
        _copy(folder, written)
        before = _digests(written)
        report = _report(written, strategy, timeout_s, tally, "--output-format", "json")
        fixed = [finding for finding in report["findings"] if finding["status"] == "fixed"]
        planned = {file["path"] for file in report["files"] if file["changed"]}
        if strategy == "auto":
            tally.findings = len(report["findings"])
        if planned and not fixed:
            raise NotHeldError(f"changes without a finding that is fixed: {sorted(planned)[:3]}")
        if unnamed := planned - _named(report):
            raise NotHeldError(f"changes files that the report does not name: {sorted(unnamed)[:3]}")
        if _digests(written) != before:
            raise NotHeldError("a dry run wrote something")
        if not planned:
            return
        tally.fixed[strategy] += len(fixed)
        tally.changed_files += len(planned)
        shutil.copytree(written, patched, symlinks=True)
        patch = _run(patched, strategy, timeout_s, tally, "--output-format", "patch").stdout
        applied = subprocess.run(["git", "apply", "-"], cwd=patched, input=patch, capture_output=True)
        if applied.returncode:
            raise NotHeldError(f"git apply: {applied.stderr.decode(errors='replace').strip()}")
        _report(written, strategy, timeout_s, tally, "--write", "--output-format", "json")
        after = _digests(written)
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        if changed != planned:
            raise NotHeldError(f"written and planned differ: {sorted(changed ^ planned)[:3]}")
        if after != _digests(patched):
            raise NotHeldError("what is written is not what the patch makes")
        _compile(folder, written, changed)
        second = _report(written, strategy, timeout_s, tally, "--output-format", "json")
        if again := [file["path"] for file in second["files"] if file["changed"]]:
            raise NotHeldError(f"a second run would change {again[:3]}")
        still = Counter(map(_kind, second["findings"])) - (
            Counter(map(_kind, report["findings"])) - Counter(map(_kind, fixed))
        )
        if still:
            raise NotHeldError(f"found after the repair: {sorted(still)[:3]}")


def _kind(finding: Mapping[str, Any]) -> tuple[str, str, str]:
    """What stays the same of a finding when lines move: the rule, the file and the function."""
    return finding["rule"], finding["path"], finding["function"] or ""


def _named(report: Mapping[str, Any]) -> set[str]:
    """All files that the report speaks of: findings, the calls that lead to them, clients and their uses."""

    def paths(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("path"), str):
                yield part["path"]
            for inner in part.values():
                yield from paths(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from paths(inner)

    return set(paths([report["findings"], report["groups"]]))


def _report(folder: Path, strategy: str, timeout_s: float, tally: Tally, *options: str) -> dict[str, Any]:
    done = _run(folder, strategy, timeout_s, tally, *options)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _run(
    folder: Path, strategy: str, timeout_s: float, tally: Tally, *options: str
) -> subprocess.CompletedProcess[bytes]:
    """The tool's own code is run from here; the project's configuration is left out, as it may leave files out."""
    command = [sys.executable, "-P", "-m", "fixopenai", "--isolated", "--strategy", strategy, *options, "."]
    if sys.version_info < (3, 11):
        command.remove("-P")
    began = time.monotonic()
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise NotHeldError(f"no end after {timeout_s:.0f} s") from None
    tally.runs += 1
    tally.slowest_s = max(tally.slowest_s, time.monotonic() - began)
    errors = done.stderr.decode(errors="replace")
    if done.returncode not in (0, 1, 2) or "Traceback" in errors or "a bug in fixopenai" in errors:
        raise NotHeldError(f"exit code {done.returncode}: {errors.strip().splitlines()[-1:]}")
    return done


def _copy(folder: Path, target: Path) -> None:
    """The files that the tool reads, links as links."""

    def passed_over(parent: str, names: list[str]) -> list[str]:
        return [name for name in names if name in _NOT_COPIED or not _is_wanted(Path(parent, name))]

    shutil.copytree(folder, target, symlinks=True, ignore=passed_over)


def _is_wanted(path: Path) -> bool:
    return path.name.endswith(_READ) or (path.is_dir() and not path.is_symlink())


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _compile(folder: Path, written: Path, names: set[str]) -> None:
    for name in sorted(names):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                compile((folder / name).read_bytes(), name, "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue
            try:
                compile((written / name).read_bytes(), name, "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                raise NotHeldError(f"{name} does not compile any more: {error}") from None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--timeout", type=float, default=300.0, metavar="SECONDS", help="for one run; default: 300")
    arguments = parser.parse_args()
    for given in arguments.folders:
        if not given.is_dir():
            parser.error(f"{given} is not a folder")
    raise SystemExit(main(arguments.folders, arguments.timeout))
