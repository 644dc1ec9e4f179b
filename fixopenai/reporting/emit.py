"""Which part of a report goes where: results to standard output or a file, everything else to standard error."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fixopenai.errors import UsageError
from fixopenai.reporting.report import summarize
from fixopenai.reporting.streams import rich_console, say, say_error, surviving_its_reader, wants_color
from fixopenai.reporting.words import closing_line, finding_line, group_lines, summary_line

if TYPE_CHECKING:
    from pathlib import Path

    from fixopenai.reporting.report import Report
    from fixopenai.reporting.streams import ColorChoice
    from fixopenai.settings import OutputFormat

Form = Literal["view", "lines", "source", "patch", "json"]


@dataclass(frozen=True, slots=True)
class Output:
    """What the user wants to see, and where."""

    format: OutputFormat = "text"
    file: Path | None = None
    color: ColorChoice = "auto"
    quiet: bool = False
    verbose: bool = False

    def form(self, report: Report) -> Form:
        """The form of the result: `text` is a view for people, and what programs can use where none looks on."""
        if self.format != "text":
            return self.format
        if report.text is not None and report.mode != "check":
            return "source"
        if self.file is None and (sys.stdout.isatty() or self.color == "always"):
            return "view"
        return "lines" if report.mode == "check" else "patch"


def emit(report: Report, output: Output) -> None:
    form = output.form(report)
    if form == "view":
        _emit_view(report, output)
        return
    _write(_render(report, output, form), output.file)
    _say_errors(report, output)
    if not output.quiet:
        _say_notes(report, output, form)


def _emit_view(report: Report, output: Output) -> None:
    if report.result.outcomes or report.changes:
        from fixopenai.reporting.view import show_files, show_summary

        console = rich_console(sys.stdout, output.color)
        with surviving_its_reader(sys.stdout):
            show_files(console, report, diff=_wants_diff(report, output), verbose=output.verbose)
        _say_errors(report, output)
        if not output.quiet:
            with surviving_its_reader(sys.stdout):
                show_summary(console, report)
    else:
        _say_errors(report, output)
        if not output.quiet:
            _write(_encoded([summary_line(summarize(report), report.mode)], None), None)


def _wants_diff(report: Report, output: Output) -> bool:
    """What has been written can be seen in the files."""
    return report.mode != "check" and (report.written is None or output.verbose)


def _render(report: Report, output: Output, form: Form) -> bytes:
    if form == "json":
        from fixopenai.reporting.json_report import json_report

        return json_report(report)
    if form == "lines":
        color = output.file is None and wants_color(sys.stdout, output.color)
        return _encoded(_lines(report, output, color=color), output.file)
    if form == "source":
        return _source(report)
    if not report.changes:
        return b""
    from fixopenai.reporting.diffs import patch

    return patch(report.changes)


def _source(report: Report) -> bytes:
    """The text that came in as it became; nothing where it cannot be read."""
    if report.result.errors or report.text is None:
        return b""
    changed = [change.source.encode(change.new_text) for change in report.changes]
    return changed[0] if changed else report.text


def _encoded(lines: list[str], file: Path | None) -> bytes:
    """Lines for standard output, whose encoding the user's environment decides, or for a file."""
    encoding = "utf-8" if file else sys.stdout.encoding
    return "".join(f"{line}\n" for line in lines).encode(encoding, "backslashreplace")


def _write(data: bytes, file: Path | None) -> None:
    if file is None:
        with surviving_its_reader(sys.stdout):
            sys.stdout.buffer.write(data)
        return
    try:
        file.write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write to {file}: {error.strerror}") from error


def _say_errors(report: Report, output: Output) -> None:
    for error in report.result.errors:
        say_error(str(error), output.color)


def _say_notes(report: Report, output: Output, form: Form) -> None:
    """What the result itself does not say."""
    if form == "json" and output.file is None:
        return
    if form in ("patch", "source") and report.result.outcomes:
        _say_findings(report, output)
    for line in (summary_line(summarize(report), report.mode), closing_line(report)):
        if line:
            say(line)


def _say_findings(report: Report, output: Output) -> None:
    if not sys.stderr.isatty():
        for line in _lines(report, output, color=wants_color(sys.stderr, output.color)):
            say(line)
        return
    from fixopenai.reporting.view import show_files

    with surviving_its_reader(sys.stderr):
        show_files(rich_console(sys.stderr, output.color), report, diff=False, verbose=output.verbose)


def _lines(report: Report, output: Output, *, color: bool) -> list[str]:
    verbose = output.verbose
    lines = [finding_line(outcome, report.mode, color=color, verbose=verbose) for outcome in report.result.outcomes]
    return lines + [line for group in report.result.groups if verbose for line in group_lines(group)]
