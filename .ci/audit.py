"""Asks whether known vulnerabilities are in what pip would install: `audit.py REPORT [options of pip-audit]`.

The report is that of `pip install --report`. Exit code 1 where something is vulnerable, 2 where the question is wrong.
That nobody could be asked, or could tell, is no fault of the change under test: it is printed, package by package.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

AUDIT = (sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json")


def main(report: str, *options: str) -> int:
    installs = json.loads(Path(report).read_text(encoding="utf-8"))["install"]
    # What was asked for by path is this project, of which no index knows.
    packages = [each["metadata"] for each in installs if not each["is_direct"]]
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "requirements.txt")
        listed.write_text("".join(f"{each['name']}=={each['version']}\n" for each in packages), encoding="utf-8")
        done = subprocess.run([*AUDIT, "-r", listed, *options], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        print(done.stderr, end="")
        return 2
    answers = json.loads(done.stdout)["dependencies"] if done.stdout else []
    found = [f"{each['name']} {each['version']}: {bug['id']}" for each in answers for bug in each.get("vulns", ())]
    unknown = [each["skip_reason"] for each in answers if "skip_reason" in each]
    if not answers:
        *_, last_line = done.stderr.splitlines() or ["no reason given"]
        unknown = [f"all of them: {last_line}"]
    audited, vulnerable = sum("vulns" in each for each in answers), sum(bool(each.get("vulns")) for each in answers)
    print(f"{audited} of {len(packages)} packages audited, {vulnerable} vulnerable")
    print(*(f"VULNERABLE: {line}\n" for line in found), *(f"NOT AUDITED: {why}\n" for why in unknown), sep="", end="")
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
