"""The command line: options -> settings -> execution -> exit code, and every error as one line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

from typer import Argument, BadParameter, Exit, Option, Typer
from typer.core import TyperCommand
from typer.main import get_command

from fixopenai._version import __version__
from fixopenai.errors import FixOpenAIError, UsageError
from fixopenai.execution import CLEAN, FAILED, execute
from fixopenai.reporting.emit import Output
from fixopenai.reporting.streams import ColorChoice, make_unbreakable, say_error, surviving_its_reader
from fixopenai.rules import check_selectors
from fixopenai.settings import OUTPUT_FORMATS, STRATEGIES, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fixopenai.reporting.report import Mode

_COLOR_CHOICES: tuple[ColorChoice, ...] = get_args(ColorChoice)

_Choice = TypeVar("_Choice", bound=str)
# The base of all errors in the user's words, of click or of Typer's own copy of it: which one depends on the release.
_ParseError: Any = BadParameter.__bases__[0]


class _Command(TyperCommand):
    """Hands words on as they were typed: converting them would make Typer import pydantic at every start."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
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
    command: Any = get_command(_app)
    verbose = False
    try:
        with command.make_context("fixopenai", list(arguments)) as context:
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
    paths: Annotated[list[str] | None, Argument(metavar="PATHS", help="Files and folders; default: .")] = None,
    write: Annotated[bool, Option("--write", "-w", help="Apply the changes.")] = False,
    check: Annotated[bool, Option("--check", help="List findings, change nothing, exit 1 if any.")] = False,
    strategy: Annotated[str, Option("--strategy", "-s", metavar="|".join(STRATEGIES), help="How to repair.")] = "auto",
    select: Annotated[list[str] | None, Option(metavar="CODES", help="Rules to use: codes or prefixes.")] = None,
    ignore: Annotated[list[str] | None, Option(metavar="CODES", help="Rules not to use.")] = None,
    output_format: Annotated[
        str,
        Option(
            "--output-format",
            "-f",
            metavar="|".join(OUTPUT_FORMATS),
            help="text is a view on a terminal, and the patch where it is piped.",
        ),
    ] = "text",
    output_file: Annotated[str | None, Option("--output-file", "-o", metavar="FILE", help="Write to FILE.")] = None,
    allow_dirty: Annotated[bool, Option("--allow-dirty", help="Write to files with uncommitted changes.")] = False,
    color: Annotated[
        str,
        Option(
            metavar="|".join(_COLOR_CHOICES),
            help="always shows the view in a pipe as well. NO_COLOR, FORCE_COLOR work.",
        ),
    ] = "auto",
    side_by_side: Annotated[
        bool, Option("--side-by-side", help="Old and new in two columns, in a view of 100 columns or more.")
    ] = False,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Results and errors only.")] = False,
    verbose: Annotated[bool, Option("--verbose", "-v", help="Say more: strategies not taken, client groups.")] = False,
    explain: Annotated[str | None, Option(metavar="CODE", help="Explain a rule and exit.")] = None,
    list_rules: Annotated[bool, Option("--list-rules", help="List the rules and exit.")] = False,
    version: Annotated[bool, Option("--version", "-V", help="Show the version and exit.")] = False,
) -> int:
    """Find and repair FastAPI code that calls the OpenAI SDK in the wrong colour.

    Without --write, nothing is changed: the diff shows what would be.
    """
    colors = _choice("--color", color, _COLOR_CHOICES)
    if version or list_rules or explain is not None:
        return _inform(version=version, explain=explain, colors=colors)
    for first, second, both in (("--check", "--write", check and write), ("--quiet", "--verbose", quiet and verbose)):
        if both:
            raise UsageError(f"{first} and {second} exclude each other")
    settings = Settings(
        strategy=_choice("--strategy", strategy, STRATEGIES),
        select=_codes("--select", select),
        ignore=_codes("--ignore", ignore),
    )
    output = Output(
        format=_choice("--output-format", output_format, OUTPUT_FORMATS),
        file=_output_file(output_file),
        color=colors,
        quiet=quiet,
        verbose=verbose,
        side_by_side=side_by_side,
    )
    if paths and "" in paths:
        raise UsageError("an empty path names no file or folder")
    mode: Mode = "check" if check else "write" if write else "diff"
    return execute([Path(path) for path in paths or ["."]], settings, output, mode, allow_dirty=allow_dirty)


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


def _choice(option: str, value: str, choices: tuple[_Choice, ...]) -> _Choice:
    for choice in choices:
        if choice == value:
            return choice
    raise UsageError(f"{option}: '{value}' is not one of {', '.join(choices)}")


def _codes(option: str, given: Iterable[str] | None) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for value in given or () for code in value.removesuffix(",").split(","))
    check_selectors(option, codes)
    return codes


def _output_file(name: str | None) -> Path | None:
    """The file to write the result to, checked before anything is analysed or changed."""
    if name is None:
        return None
    path = Path(name)
    try:
        usable = bool(name) and not path.is_dir() and path.parent.is_dir()
    except OSError:  # a name that is too long
        usable = False
    if not usable:
        raise UsageError(f"--output-file: '{name}' is not a file, or its folder does not exist")
    return path
