"""The `github` format: workflow commands, which GitHub Actions shows as annotations of the lines they speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.reporting.escaping import visible
from fixopenai.reporting.repository import repository_of
from fixopenai.reporting.words import verdict, way

if TYPE_CHECKING:
    from fixopenai.errors import SourceError
    from fixopenai.reporting.report import Mode, Report
    from fixopenai.reporting.repository import Repository
    from fixopenai.results import Outcome

_IN_MESSAGES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = _IN_MESSAGES | str.maketrans({":": "%3A", ",": "%2C"})


def github_report(report: Report) -> bytes:
    """A command a line.

    An `error` is what stands in the code or cannot be read; what --write has fixed is a `warning` where somebody has
    to look at it, else a `notice`.
    """
    repository = repository_of(report)
    commands = [_finding(outcome, report.mode, repository) for outcome in report.result.outcomes]
    commands += [_error(error, repository) for error in report.result.errors]
    return "".join(commands).encode()


def _finding(outcome: Outcome, mode: Mode, repository: Repository) -> str:
    finding, place = outcome.finding, outcome.finding.place
    position = {"line": place.line, "endLine": place.end_line}
    if place.line == place.end_line:  # GitHub takes columns inside of one line only
        position = {"line": place.line, "col": place.column, "endLine": place.line, "endColumn": place.end_column}
    lines = [f"{place}: {finding.rule} {finding.message}"]
    if finding.calls:
        lines.append(f"via {way(outcome)}")
    lines.append(verdict(outcome, mode))
    if outcome.review:
        lines.append(f"review: {outcome.review}")
    title = f"fixopenai ({finding.rule})"
    return _command(_level(outcome, mode), title, _file(place.path, repository), position, lines)


def _level(outcome: Outcome, mode: Mode) -> str:
    if mode != "write" or outcome.status == "left":
        return "error"
    return "warning" if outcome.review else "notice"


def _error(error: SourceError, repository: Repository) -> str:
    position = {} if error.line is None else {"line": error.line}
    return _command("error", "fixopenai", _file(error.path, repository), position, [str(error)])


def _file(display: str, repository: Repository) -> str:
    return repository.inside(display) or display


def _command(level: str, title: str, file: str, position: dict[str, int], lines: list[str]) -> str:
    properties = {"title": title, "file": visible(file), **position}
    listed = ",".join(f"{name}={str(value).translate(_IN_PROPERTIES)}" for name, value in properties.items())
    message = "\n".join(map(visible, lines)).translate(_IN_MESSAGES)
    return f"::{level} {listed}::{message}\n"
