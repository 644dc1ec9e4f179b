"""The command line: options -> settings -> execution -> exit code, and every error as one line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

from typer import Argument, BadParameter, Exit, Option, Typer
from typer.core import TyperCommand
from typer.main import get_command

from fixopenai._version import __version__
from fixopenai.config_keys import read_choice, read_codes
from fixopenai.configuration import Configuration, read_inline
from fixopenai.errors import FixOpenAIError, UsageError
from fixopenai.execution import CLEAN, FAILED, Task, execute
from fixopenai.option_values import number_of_jobs, optional_choice, typed_patterns, usable_output_file
from fixopenai.reporting.emit import COUNTING_FORMATS, Output
from fixopenai.reporting.streams import ColorChoice, make_unbreakable, say_error, surviving_its_reader
from fixopenai.rules import rule_names
from fixopenai.settings import OUTPUT_FORMATS, STRATEGIES, THREAD_WRAPPERS

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = "fixopenai"
_COMPLETE = "_FIXOPENAI_COMPLETE"
_COLOR_CHOICES: tuple[ColorChoice, ...] = get_args(ColorChoice)
# The base of all errors in the user's words, of click or of Typer's own copy of it: which one depends on the release.
_ParseError: Any = BadParameter.__bases__[0]


class _Command(TyperCommand):
    """Hands words on as they were typed: converting them would make Typer import pydantic at every start."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if ctx.resilient_parsing:  # for completion, which reads what only the whole of it notes
            return super().parse_args(ctx, args)
        given, rest, _ = self.make_parser(ctx).parse_args(args=list(args))
        # Its name depends on the release as well.
        help_option: Any = self.get_help_option(ctx)
        if given.pop(help_option.name, False):
            with surviving_its_reader(sys.stdout):
                sys.stdout.write(f"{ctx.get_help()}\n")
            raise Exit
        # What was not given is missing, None, empty or a marker, as the release has it; the defaults stand below.
        ctx.params.update({k: v for k, v in given.items() if isinstance(v, (bool, str, list, tuple)) and v != ()})
        return rest


_app = Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def run(arguments: Sequence[str]) -> int:
    """Do what the command line says; the result is the exit code."""
    make_unbreakable()
    try:
        Path.cwd()
    except OSError as error:
        say_error(f"the current folder cannot be used: {error.strerror}")
        return FAILED
    command: Any = get_command(_app)
    if _COMPLETE in os.environ:  # a shell asks what could follow
        from typer.completion import get_completion_inspect_parameters

        get_completion_inspect_parameters()  # makes the shells known that Typer knows
        command.main(list(arguments), prog_name=_NAME, complete_var=_COMPLETE)
    verbose = False
    try:
        with command.make_context(_NAME, list(arguments)) as context:
            verbose = bool(context.params.get("verbose"))
            return int(command.invoke(context))
    except Exit as end:
        return end.exit_code
    except _ParseError as error:
        say_error(error.format_message())
    except FixOpenAIError as error:
        say_error(str(error))
    except Exception as error:
        from fixopenai.reporting.bug import say_internal_error

        say_internal_error(error, verbose=verbose)
    return FAILED


@_app.command(cls=_Command, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def _command(
    paths: Annotated[list[str] | None, Argument(metavar="PATHS", help="Files and folders, or - for a text.")] = None,
    write: Annotated[bool, Option("--write", "-w", help="Apply the changes.")] = False,
    check: Annotated[bool, Option("--check", help="List findings, change nothing, exit 1 if any.")] = False,
    interactive: Annotated[
        bool, Option("--interactive", "-i", help="Ask about each group of changes, and apply those agreed to.")
    ] = False,
    strategy: Annotated[
        str | None,
        Option(
            "--strategy",
            "-s",
            metavar="|".join(STRATEGIES),
            autocompletion=lambda: STRATEGIES,
            help="How to repair; default: auto.",
        ),
    ] = None,
    thread_wrapper: Annotated[
        str | None,
        Option(
            metavar="|".join(THREAD_WRAPPERS),
            autocompletion=lambda: THREAD_WRAPPERS,
            help="How a call goes to a thread; default: to_thread.",
        ),
    ] = None,
    select: Annotated[
        list[str] | None, Option(metavar="CODES", autocompletion=rule_names, help="Rules to use: codes or prefixes.")
    ] = None,
    ignore: Annotated[
        list[str] | None, Option(metavar="CODES", autocompletion=rule_names, help="Rules not to use.")
    ] = None,
    output_format: Annotated[
        str | None,
        Option(
            "--output-format",
            "-f",
            metavar="|".join(OUTPUT_FORMATS),
            autocompletion=lambda: OUTPUT_FORMATS,
            help="Default: text, a view on a terminal and the patch where it is piped.",
        ),
    ] = None,
    statistics: Annotated[
        bool, Option("--statistics", help=f"Count by rule, in place of the rest ({', '.join(COUNTING_FORMATS)}).")
    ] = False,
    output_file: Annotated[str | None, Option("--output-file", "-o", metavar="FILE", help="Write to FILE.")] = None,
    exclude: Annotated[
        list[str] | None, Option(metavar="PATTERNS", help="What to pass over, instead of the default folders.")
    ] = None,
    extend_exclude: Annotated[list[str] | None, Option(metavar="PATTERNS", help="What to pass over as well.")] = None,
    force_exclude: Annotated[
        bool | None, Option("--force-exclude/--no-force-exclude", help="Pass over even what is given by name.")
    ] = None,
    respect_gitignore: Annotated[
        bool | None,
        Option("--respect-gitignore/--no-respect-gitignore", help="Pass over what git ignores; the default."),
    ] = None,
    stdin_filename: Annotated[
        str | None, Option("--stdin-filename", metavar="FILE", help="With -: the file that the text is of.")
    ] = None,
    allow_dirty: Annotated[bool, Option("--allow-dirty", help="Write to files with uncommitted changes.")] = False,
    exit_zero: Annotated[bool, Option("--exit-zero", help="Exit with 0 whatever is found, with 2 for errors.")] = False,
    jobs: Annotated[
        str | None, Option("--jobs", "-j", metavar="N", help="Worker processes for several folders; default: CPUs.")
    ] = None,
    config: Annotated[
        list[str] | None,
        Option(metavar="FILE|KEY=VALUE", help="A TOML file with a [tool.fixopenai], or one key of it."),
    ] = None,
    isolated: Annotated[bool, Option("--isolated", help="Look for no pyproject.toml.")] = False,
    color: Annotated[
        str,
        Option(
            metavar="|".join(_COLOR_CHOICES),
            autocompletion=lambda: _COLOR_CHOICES,
            help="always shows the view in a pipe as well. NO_COLOR, FORCE_COLOR work.",
        ),
    ] = "auto",
    side_by_side: Annotated[
        bool, Option("--side-by-side", help="Old and new in two columns, in a view of 100 columns or more.")
    ] = False,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Results and errors only.")] = False,
    verbose: Annotated[bool, Option("--verbose", "-v", help="Say more: strategies not taken, client groups.")] = False,
    explain: Annotated[
        str | None, Option(metavar="CODE", autocompletion=rule_names, help="Explain a rule and exit.")
    ] = None,
    list_rules: Annotated[bool, Option("--list-rules", help="List the rules and exit.")] = False,
    install_completion: Annotated[
        bool, Option("--install-completion", help="Install completion for this shell and exit.")
    ] = False,
    show_completion: Annotated[
        bool, Option("--show-completion", help="Show what completion for this shell needs and exit.")
    ] = False,
    version: Annotated[bool, Option("--version", "-V", help="Show the version and exit.")] = False,
) -> int:
    """Find and repair FastAPI code that calls the OpenAI SDK in the wrong colour.

    Without --write, nothing is changed: the diff shows what would be.
    """
    colors = read_choice("--color", color, _COLOR_CHOICES)
    if install_completion or show_completion:
        return _set_up_completion("--install-completion" if install_completion else "--show-completion")
    if version or list_rules or explain is not None:
        return _inform(version=version, explain=explain, colors=colors)
    is_text = paths is not None and "-" in paths
    _refuse_together(
        ("--check", check, "--write", write),
        ("--check", check, "--interactive", interactive),
        ("--quiet", quiet, "--verbose", verbose),
        ("-", is_text, "--write, as the result goes to standard output,", write),
        ("-", is_text, "--interactive", interactive),
        ("-", is_text, "other paths", paths is not None and len(paths) > 1),
    )
    if stdin_filename is not None and not is_text:
        raise UsageError("--stdin-filename goes with - alone")
    if (paths and "" in paths) or stdin_filename == "":
        raise UsageError("an empty path names no file or folder")
    typed: dict[str, Any] = {
        "strategy": optional_choice("--strategy", strategy, STRATEGIES),
        "thread_wrapper": optional_choice("--thread-wrapper", thread_wrapper, THREAD_WRAPPERS),
        "select": select and read_codes("--select", select),
        "ignore": ignore and read_codes("--ignore", ignore),
        "output_format": optional_choice("--output-format", output_format, OUTPUT_FORMATS),
        "exclude": exclude and typed_patterns("--exclude", exclude),
        "extend_exclude": extend_exclude and (typed_patterns("--extend-exclude", extend_exclude),),
        "force_exclude": force_exclude,
        "respect_gitignore": respect_gitignore,
    }
    configuration = _configuration(typed, config or [], isolated=isolated)
    given = [Path(path) for path in paths or ["."]]
    text_path = Path(stdin_filename) if stdin_filename is not None else None
    first = text_path or given[0]
    output = Output(
        format=configuration.output_format(first if os.path.isdir(first) else first.parent),  # noqa: PTH112 - any name
        file=usable_output_file(output_file),
        color=colors,
        quiet=quiet,
        verbose=verbose,
        side_by_side=side_by_side,
        statistics=statistics,
    )
    if statistics and output.format not in COUNTING_FORMATS:
        raise UsageError(f"--statistics: the formats that count are {', '.join(COUNTING_FORMATS)}, not {output.format}")
    task = Task(
        paths=given,
        source=configuration,
        output=output,
        mode="check" if check else "write" if write or interactive else "diff",
        text=(sys.stdin.buffer.read(), text_path) if is_text else None,
        allow_dirty=allow_dirty,
        interactive=interactive,
        exit_zero=exit_zero,
        jobs=number_of_jobs(jobs),
    )
    return execute(task)


def _refuse_together(*pairs: tuple[str, bool, str, bool]) -> None:
    for first, is_first, second, is_second in pairs:
        if is_first and is_second:
            raise UsageError(f"{first} and {second} exclude each other")


def _configuration(typed: dict[str, Any], given: list[str], *, isolated: bool) -> Configuration:
    """`--config` names a file, or sets keys; what has an option of its own comes before both."""
    inline = [text for text in given if "=" in text and not Path(text).is_file()]
    files = [Path(text) for text in given if text not in inline]
    if len(files) > 1:
        raise UsageError(f"--config: {files[0]} and {files[1]} exclude each other")
    _refuse_together(("--config FILE", bool(files), "--isolated", isolated))
    options = {**read_inline(inline), **{name: value for name, value in typed.items() if value is not None}}
    return Configuration(options, files[0] if files else None, isolated)


def _set_up_completion(option: str) -> int:
    """Typer's own, with a command of its own: for the real one, its options would be made at every start."""
    app = Typer(add_completion=True)
    app.command()(_nothing)
    with surviving_its_reader(sys.stdout):
        get_command(app).main([option], prog_name=_NAME, standalone_mode=False)
    return CLEAN


def _nothing() -> None:
    """What the command does that only sets completion up."""


def _inform(*, version: bool, explain: str | None, colors: ColorChoice) -> int:
    if version:
        with surviving_its_reader(sys.stdout):
            sys.stdout.write(f"fixopenai {__version__}\n")
        return CLEAN
    from fixopenai.reporting import rule_pages

    if explain is None:
        rule_pages.list_rules(colors)
    else:
        rule_pages.explain(explain, colors)
    return CLEAN
