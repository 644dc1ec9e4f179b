"""Which pages are made, and what goes into the places that the written ones leave: `<!-- put: NAME -->` on a line.

A name that is not known ends the build. Nothing of this is kept in the repository.
"""

from __future__ import annotations

import re
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from fixopenai.rules import all_rules
from fixopenai.rules.base import STRATEGY_COSTS
from sitegen.configuration import keys_example, keys_table
from sitegen.documents import ROOT, document, opening, section
from sitegen.formats import samples
from sitegen.interface import functions, results
from sitegen.options import options_table
from sitegen.rules import rule_page, rules_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLACE = re.compile(r"^<!-- put: (.+) -->$", re.MULTILINE)

_PARTS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "opening of the README": opening,
        "set-up": partial(section, "README.md", "Set up"),
        "use": partial(section, "README.md", "Use"),
        "trust": partial(section, "README.md", "Why trust the result"),
        "strategies": partial(section, "README.md", "Strategies"),
        "strategy costs": lambda: STRATEGY_COSTS,
        "rules": rules_table,
        "options": options_table,
        "configuration keys": keys_table,
        "configuration example": keys_example,
        "functions": functions,
        "results": results,
        "samples of the formats": samples,
        "the way of the data": partial(section, "CONTRIBUTING.md", "The way of the data"),
    }
)


@cache
def generated_pages() -> Mapping[str, str]:
    """The Markdown of every page that nobody wrote, by its path in the site."""
    pages = {f"rules/{rule.code.lower()}.md": rule_page(rule) for rule in all_rules()}
    pages["contributing.md"] = document("CONTRIBUTING.md")
    pages["changelog.md"] = document("CHANGELOG.md")
    return MappingProxyType(pages)


def filled(markdown: str, path: str) -> str:
    """The page at this path of the site with its places filled; a KeyError for a name that is not known."""
    text = _PLACE.sub(lambda place: _PARTS[place[1]](), markdown)
    return text.replace("](docs/", "](" + "../" * path.count("/"))


def written_pages() -> dict[str, str]:
    """Every page that somebody wrote, with its places filled, by its path in the site."""
    folder = ROOT / "docs"
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
    return {name: filled((folder / name).read_text(encoding="utf-8"), name) for name in names}
