"""What has to hold of a project as it is, and of a repair: each function raises `AssertionError` where it does not."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from typing import TYPE_CHECKING

from bench.repairs import Case, Repair, Run, read_files
from bench.serve import Answer, Exchange, Served

if TYPE_CHECKING:
    from bench.scenario import Before, Request


def prove_before(case_name: str, error: str, served: Served) -> None:
    """Every request behaves as the scenario says of the project before any repair."""
    for exchange in served.exchanges:
        _prove_exchange(served, exchange, exchange.request.before, error)
    if all(exchange.request.before != "broken" for exchange in served.exchanges):
        assert not served.errors, f"{case_name}: {served.log}"


def prove_report(repair: Repair) -> None:
    """The dry run and the writing run say the same, and what the scenario expects, with fitting exit codes."""
    expected = repair.case.expectation
    findings = repair.dry.findings
    _prove_exit_code(repair.dry, 0)
    _prove_exit_code(repair.write, 0 if expected.result == "fixed" else 1)
    assert _essence(repair.dry) == _essence(repair.write), "the dry run and --write report different things"
    for run in (repair.dry, repair.write, repair.again):
        assert not run.report["errors"], run.report["errors"]

    wrong = [request for request in repair.case.scenario.requests if request.before != "right"]
    assert len(findings) >= len(wrong), f"{len(findings)} findings for {len(wrong)} requests that go wrong: {findings}"
    statuses = {finding["status"] for finding in findings}
    assert statuses == {"fixed": {"fixed"}, "left": {"left"}, "partly": {"fixed", "left"}}[expected.result], findings
    assert all(finding["reason"] for finding in findings), findings
    if expected.result != "fixed":
        left = [f"{finding['reason']} {finding.get('obstacle')}" for finding in findings if finding["status"] == "left"]
        assert any(expected.reason in reason for reason in left), f"{expected.reason!r} is in none of {left}"
    if repair.case.strategy != "auto":
        used = {finding["strategy"] for finding in findings if finding["status"] == "fixed"}
        assert used <= {repair.case.strategy}, used


def prove_bytes(repair: Repair) -> None:
    """Only --write writes, it writes where it should, and what it writes keeps the layout of the source."""
    assert not repair.dry.touched, f"the dry run touched {repair.dry.touched}"
    before, after = read_files(repair.case.scenario.project), read_files(repair.folder)
    assert before.keys() == after.keys(), before.keys() ^ after.keys()
    if repair.case.expectation.result == "left":
        assert not repair.write.touched, f"--write touched {repair.write.touched}, though everything is left"
        assert before == after
        return
    assert repair.write.touched, "--write changed nothing"
    for name in repair.write.touched:
        assert name.endswith(".py"), f"{name} is not Python"
        assert before[name][1] == after[name][1], f"{name}: the mode changed"
        _prove_layout(name, before[name][0], after[name][0])


def prove_second_run(repair: Repair) -> None:
    """Once more: nothing changes, and nothing is found that was not left on purpose."""
    assert not repair.again.touched, f"the second run touched {repair.again.touched}"
    left = [finding for finding in repair.write.findings if finding["status"] == "left"]
    assert len(repair.again.findings) == len(left), repair.again.findings
    assert all(finding["status"] == "left" for finding in repair.again.findings), repair.again.findings
    _prove_exit_code(repair.again, 1 if left else 0)


def prove_served(case: Case, served: Served) -> None:
    """The repaired project answers rightly, keeps its loop free, and serves side by side."""
    for exchange in served.exchanges:
        state = exchange.request.before if case.strategy in exchange.request.left_by else "right"
        _prove_exchange(served, exchange, state, case.scenario.error)
    if all(case.strategy not in exchange.request.left_by for exchange in served.exchanges):
        assert not served.errors, served.log


def prove_untouched(repair: Repair) -> None:
    """Nothing is found in a right project, and none of its bytes change."""
    for run in (repair.dry, repair.write, repair.again):
        _prove_exit_code(run, 0)
        assert not run.findings, run.findings
        assert not run.report["errors"], run.report["errors"]
        assert not run.touched, run.touched
    assert read_files(repair.folder) == read_files(repair.case.scenario.project)


def _prove_exchange(served: Served, exchange: Exchange, state: Before, error: str) -> None:
    request = exchange.request
    answers = (exchange.answer, *exchange.repeats)
    if state == "broken":
        assert {answer.status for answer in answers} == {500}, f"{request}: {answers}"
        assert any(re.search(error, line) for line in served.errors), f"{request}: {served.log}"
        return
    expected = Answer(200, request.answer)
    for answer in answers:
        assert answer == expected, f"{request}: {answer} is not {expected}\n{served.log}"
    _prove_pace(exchange, state)


def _prove_pace(exchange: Exchange, state: Before) -> None:
    measures = _measures(exchange.request, exchange)
    if state in ("blocks", "stalls"):
        assert exchange.stalled, f"the loop is free: {measures}"
        assert state == "stalls" or not exchange.side_by_side, f"served side by side: {measures}"
        return
    assert not exchange.stalled, f"the loop stood still: {measures}"
    if exchange.request.offline:
        assert exchange.traffic.calls == 0, f"the API was asked: {measures}"
    else:
        assert exchange.side_by_side, f"not served side by side: {measures}"


def _measures(request: Request, exchange: Exchange) -> str:
    return f"{request}: stall {exchange.longest_stall_s:.3f} s, wall {exchange.wall_s:.3f} s, {exchange.traffic}"


def _prove_exit_code(run: Run, expected: int) -> None:
    assert run.exit_code == expected, f"exit code {run.exit_code}, not {expected}\n{run.findings}\n{run.stderr}"


def _essence(run: Run) -> list[tuple[object, ...]]:
    keys = ("rule", "line", "column", "function", "status", "strategy", "reason")
    return [tuple(finding[key] for key in keys) for finding in run.findings]


def _prove_layout(name: str, before: bytes, after: bytes) -> None:
    """The comments, the kinds of line ends and of indentation, and the end of the file are what they were."""
    lost = Counter(_comments(before)) - Counter(_comments(after))
    assert not lost, f"{name}: comments lost: {lost}"
    assert _line_ends(after) <= _line_ends(before), f"{name}: line ends {_line_ends(after)}"
    assert (b"\t" in after) == (b"\t" in before), f"{name}: tabs came or went"
    assert after[-1:].isspace() == before[-1:].isspace(), f"{name}: the end of the file"


def _comments(source: bytes) -> list[str]:
    tokens = tokenize.tokenize(io.BytesIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def _line_ends(source: bytes) -> set[bytes]:
    return set(re.findall(rb"\r\n|\r|\n", source))
