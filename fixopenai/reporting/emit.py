"""Which part of a report goes where: results to standard output or a file, everything else to standard error."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from fixopenai.errors import UsageError
from fixopenai.reporting.concise_report import concise_lines
from fixopenai.reporting.escaping import visible_lines
from fixopenai.reporting.report import summarize
from fixopenai.reporting.streams import rich_console, say, say_error, surviving_its_reader, wants_color
from fixopenai.reporting.words import closing_line, left_line, summary_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixopenai.reporting.report import Report
    from fixopenai.reporting.streams import ColorChoice
    from fixopenai.settings import OutputFormat

Form = Literal["view", "concise", "statistics", "source", "patch", "document"]

# The formats that are one document: each is made by the function of this name in the module of this name.
_DOCUMENTS: dict[OutputFormat, str] = {
    "json": "json_report",
    "github": "github_report",
    "sarif": "sarif_report",
    "markdown": "markdown_report",
    "html": "html_report",
}
# What these leave out is told on standard error; all others say themselves how many findings there are.
_WITHOUT_NUMBERS: tuple[OutputFormat, ...] = ("github",)
COUNTING_FORMATS: tuple[OutputFormat, ...] = ("text", "concise", "json")


@dataclass(frozen=True, slots=True)
class Output:
    """What the user wants to see, and where; `statistics` wants numbers in place of findings and changes."""

    format: OutputFormat = "text"
    file: Path | None = None
    color: ColorChoice = "auto"
    quiet: bool = False
    verbose: bool = False
    side_by_side: bool = False
    statistics: bool = False

    def form(self, report: Report) -> Form:
        """The form of the result: `text` is a view for people, and what programs can use where none looks on."""
        if self.format in _DOCUMENTS:
            return "document"
        if self.statistics:
            return "statistics"
        if self.format != "text":
            return "patch" if self.format == "patch" else "concise"
        if report.text is not None and report.mode != "check":
            return "source"
        if self.file is None and (sys.stdout.isatty() or self.color == "always"):
            return "view"
        return "concise" if report.mode == "check" else "patch"


def emit(report: Report, output: Output) -> None:
    form = output.form(report)
    if form == "view":
        _emit_view(report, output)
        return
    # A text that cannot be read gives nothing back, and the file that was to take it keeps what it holds.
    if form != "source" or not report.result.errors:
        data = _render(report, output, form)
        if form in ("patch", "source") and output.file is None and sys.stdout.isatty():
            data = visible_lines(data)  # for people: bytes that are exact may be commands to their terminal
        _write(data, output.file)
    _say_errors(report, output)
    if not output.quiet:
        _say_notes(report, output, form)


def _emit_view(report: Report, output: Output) -> None:
    if report.result.outcomes or report.changes:
        from fixopenai.reporting.links import links_to
        from fixopenai.reporting.side_by_side import want_of_room
        from fixopenai.reporting.view import show_files, show_summary

        console = rich_console(sys.stdout, output.color)
        narrow = want_of_room(console)
        with surviving_its_reader(sys.stdout):
            show_files(
                console,
                report,
                diff=_wants_diff(report, output),
                verbose=output.verbose,
                side_by_side=output.side_by_side and not narrow,
                links=links_to(report.result.sources, sys.stdout, output.color),
            )
        _say_errors(report, output)
        if not output.quiet:
            _say_unused_side_by_side(report, output, "--check shows no diff" if report.mode == "check" else narrow)
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
    if form == "document":
        return _document(report, output)
    color = output.file is None and wants_color(sys.stdout, output.color)
    if form == "statistics":
        from fixopenai.reporting.statistics import statistics_lines

        return _encoded(statistics_lines(report, color=color), output.file)
    if form == "concise":
        return _encoded(concise_lines(report, color=color, verbose=output.verbose), output.file)
    if form == "source":
        return _source(report, report.text or b"")
    if not report.changes:
        return b""
    from fixopenai.reporting.diffs import patch

    return patch(report.changes)


def _source(report: Report, text: bytes) -> bytes:
    """The text that came in as it became."""
    changed = [change.source.encode(change.new_text) for change in report.changes]
    return changed[0] if changed else text


def _document(report: Report, output: Output) -> bytes:
    if output.statistics:
        from fixopenai.reporting.statistics import statistics_json

        return statistics_json(report)
    name = _DOCUMENTS[output.format]
    make: Callable[[Report], bytes] = getattr(import_module(f"fixopenai.reporting.{name}"), name)
    return make(report)


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
    _say_unused_side_by_side(report, output, "it is for the view, which a terminal or --color always shows")
    if form == "document" and output.file is None and output.format not in _WITHOUT_NUMBERS:
        return
    if form in ("patch", "source") and report.result.outcomes:
        _say_findings(report, output)
    for line in (summary_line(summarize(report), report.mode), left_line(report), closing_line(report)):
        if line:
            say(line)


def _say_unused_side_by_side(report: Report, output: Output, why: str) -> None:
    if output.side_by_side and report.changes and why:
        say(f"note: --side-by-side has no effect: {why}")


def _say_findings(report: Report, output: Output) -> None:
    if not sys.stderr.isatty():
        for line in concise_lines(report, color=wants_color(sys.stderr, output.color), verbose=output.verbose):
            say(line)
        return
    from fixopenai.reporting.links import links_to
    from fixopenai.reporting.view import show_files

    console = rich_console(sys.stderr, output.color)
    links = links_to(report.result.sources, sys.stderr, output.color)
    with surviving_its_reader(sys.stderr):
        show_files(console, report, diff=False, verbose=output.verbose, links=links)
