"""The keys of `[tool.fixopenai]`: what each takes, and what it is for. The documentation is made from this table."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from fixopenai.errors import UsageError
from fixopenai.patterns import Patterns, read_patterns
from fixopenai.rules import check_selectors
from fixopenai.settings import OUTPUT_FORMATS, STRATEGIES, THREAD_WRAPPERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from fixopenai.settings import Strategy, ThreadWrapper

_Choice = TypeVar("_Choice", bound=str)


@dataclass(frozen=True, slots=True)
class Key:
    """`read` makes a field of `Settings` of a TOML value: where it stands, the value, the folder its paths speak from.

    `default` and `example` are TOML; `what` is a sentence without its full stop.
    """

    kind: str
    default: str
    example: str
    what: str
    read: Callable[[str, object, Path], Any]


def read_choice(where: str, value: object, choices: tuple[_Choice, ...]) -> _Choice:
    """One of the choices; UsageError where it is none of them."""
    for choice in choices:
        if choice == value:
            return choice
    raise UsageError(f"{where}: '{value}' is not one of {', '.join(choices)}")


def read_codes(where: str, given: Iterable[str]) -> tuple[str, ...]:
    """Codes or prefixes of rules, each perhaps several with commas between them; UsageError for one that fits none."""
    codes = tuple(code.strip().upper() for value in given for code in value.removesuffix(",").split(","))
    check_selectors(where, codes)
    return codes


def _strategy(where: str, value: object, base: Path) -> Strategy:
    del base
    return read_choice(where, value, STRATEGIES)


def _thread_wrapper(where: str, value: object, base: Path) -> ThreadWrapper:
    del base
    return read_choice(where, value, THREAD_WRAPPERS)


def _output_format(where: str, value: object, base: Path) -> str:
    del base
    return read_choice(where, value, OUTPUT_FORMATS)


def _codes(where: str, value: object, base: Path) -> tuple[str, ...]:
    del base
    return read_codes(where, _strings(where, value))


def _selected(where: str, value: object, base: Path) -> tuple[str, ...]:
    codes = _codes(where, value, base)
    if not codes:
        raise UsageError(f"{where}: without a code, nothing is looked for")
    return codes


def _patterns(where: str, value: object, base: Path) -> Patterns:
    return read_patterns(where, _strings(where, value), base)


def _more_patterns(where: str, value: object, base: Path) -> tuple[Patterns, ...]:
    return (_patterns(where, value, base),)


def _flag(where: str, value: object, base: Path) -> bool:
    del base
    if not isinstance(value, bool):
        raise UsageError(f"{where}: {value!r} is neither true nor false")
    return value


def _file_ignores(where: str, value: object, base: Path) -> tuple[tuple[Patterns, tuple[str, ...]], ...]:
    return tuple(
        (read_patterns(where, (pattern,), base), _codes(f"{where}.'{pattern}'", codes, base))
        for pattern, codes in _table(where, value).items()
    )


def _file_strategies(where: str, value: object, base: Path) -> tuple[tuple[Patterns, Strategy], ...]:
    return tuple(
        (read_patterns(where, (pattern,), base), _strategy(f"{where}.'{pattern}'", name, base))
        for pattern, name in _table(where, value).items()
    )


def _strings(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where}: {value!r} is not a list of strings")
    return tuple(value)


def _table(where: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: {value!r} is not a table of patterns")
    return value


KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "strategy": Key("string", '"auto"', '"to-thread"', "How to repair", _strategy),
        "thread-wrapper": Key(
            "string", '"to_thread"', '"run_in_threadpool"', "How a call goes to a thread", _thread_wrapper
        ),
        "select": Key(
            "list of strings", '["FOA0"]', '["FOA001", "FOA002"]', "Rules to use: codes or prefixes", _selected
        ),
        "ignore": Key("list of strings", "[]", '["FOA010"]', "Rules not to use", _codes),
        "per-file-ignores": Key(
            "table of lists",
            "{}",
            '{ "scripts/" = ["FOA010"] }',
            "Rules not to use in files that fit a pattern",
            _file_ignores,
        ),
        "per-file-strategy": Key(
            "table of strings",
            "{}",
            '{ "legacy/" = "to-thread" }',
            "How to repair files that fit a pattern; the last one that fits holds",
            _file_strategies,
        ),
        "exclude": Key(
            "list of strings",
            "the folders of environments, caches and builds, as in ruff",
            '["build", "vendor"]',
            "What to pass over, instead of what is passed over by default",
            _patterns,
        ),
        "extend-exclude": Key("list of strings", "[]", '["generated/"]', "What to pass over as well", _more_patterns),
        "force-exclude": Key("boolean", "false", "true", "Pass over even what is given by name", _flag),
        "respect-gitignore": Key("boolean", "true", "false", "Pass over what git ignores", _flag),
        "output-format": Key("string", '"text"', '"concise"', "What the result looks like", _output_format),
    }
)
