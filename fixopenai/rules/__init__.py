"""The rules, one a module named `<code>_<name>.py` that holds its `RULE`; adding the file is all it takes.

Codes and names are read from the file names, so selecting rules imports none of them.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

from fixopenai.errors import UsageError
from fixopenai.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Rule", "all_rules", "check_selectors", "is_selected", "rule", "rule_names"]

DEFAULT_SELECTION = ("FOA0",)
_MODULE = re.compile(r"(foa\d{3})_(\w+)")


@cache
def _modules() -> Mapping[str, str]:
    """The module of each rule, by its code, in the order of the codes."""
    found = (_MODULE.fullmatch(module.name) for module in iter_modules(__path__))
    return MappingProxyType({match[1].upper(): match[0] for match in found if match})


def rule_names() -> dict[str, str]:
    """The name of each rule by its code, in the order of the codes."""
    return {code: module.partition("_")[2].replace("_", "-") for code, module in _modules().items()}


def rule(code: str) -> Rule:
    """The rule with this code; a KeyError if there is none."""
    found: Rule = import_module(f"{__name__}.{_modules()[code]}").RULE
    return found


def all_rules() -> tuple[Rule, ...]:
    return tuple(rule(code) for code in _modules())


def is_selected(code: str, select: Iterable[str], ignore: Iterable[str]) -> bool:
    """Whether the rule is on: the longest prefix of its code decides, and between two of one length `ignore` does."""
    return _longest_prefix(code, tuple(select) or DEFAULT_SELECTION) > _longest_prefix(code, ignore)


def _longest_prefix(code: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)


def check_selectors(option: str, selectors: Iterable[str]) -> None:
    """Raise UsageError for a selector that fits no rule; `option` is where the user wrote it."""
    for selector in selectors:
        if not selector or not any(code.startswith(selector) for code in _modules()):
            raise UsageError(f"{option}: no rule has the code or prefix '{selector}' (--list-rules shows them)")
