"""Parts of the files at the root of the repository, for pages of the site."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What else the files at the root link to: shown as text, as the site has no page of it.
_LINK = re.compile(r"\[([^]]+)\]\(([^):#]+)\)")
_PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", "README.md": "index.md"}


def document(name: str) -> str:
    """The whole file, its links as the site needs them."""
    return _LINK.sub(_in_site, (ROOT / name).read_text(encoding="utf-8"))


def opening() -> str:
    """What the README says before its first heading, the title left out."""
    return document("README.md").partition("\n## ")[0].partition("\n")[2]


def section(name: str, title: str) -> str:
    """The text below a heading of the file, up to the next one of its level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", document(name), re.MULTILINE | re.DOTALL)
    if found is None:
        raise KeyError(f"{name} has no section '{title}'")
    return found[1].strip()


def _in_site(link: re.Match[str]) -> str:
    text, target = link.groups()
    if target.startswith("docs/"):
        return f"[{text}]({target.removeprefix('docs/')})"
    return f"[{text}]({_PAGES[target]})" if target in _PAGES else text
