"""A stand-in for the tool with its command line: it does what a plan says, for better or worse.

With it the proofs are put to the test: `python -m bench.scripted_tool PLAN --strategy ... PROJECT`. The plan is a
JSON object: `edits` (file, old text, new text) and the answers that it gives about them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> int:
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    project = Path(sys.argv[-1])
    writing = "--write" in sys.argv
    open_edits = [edit for edit in plan["edits"] if edit[1].encode() in (project / edit[0]).read_bytes()]
    strategy = sys.argv[sys.argv.index("--strategy") + 1]
    statuses = [plan["status"]] * len(open_edits) or plan["statuses_without_edits"]
    findings = [_finding(status, strategy) for status in statuses]
    if writing or plan["dry_run_writes"]:
        for name, old, new in open_edits:
            file = project / name
            file.write_bytes(file.read_bytes().replace(old.encode(), new.encode()))
    report = {"version": 1, "findings": findings, "files": [], "errors": [], "summary": {}}
    sys.stdout.write(json.dumps(report))
    return 1 if writing and any(finding["status"] == "left" for finding in findings) else 0


def _finding(status: str, strategy: str) -> dict[str, object]:
    place = {"rule": "FOA002", "path": "main.py", "line": 1, "column": 1, "function": None}
    return {**place, "status": status, "strategy": strategy if status == "fixed" else None, "reason": "as planned"}


if __name__ == "__main__":
    sys.exit(main())
