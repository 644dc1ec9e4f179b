"""Untrusted text as HTML: everything that a page shows passes through here."""

from __future__ import annotations

import html
import re

from fixopenai.reporting.escaping import visible

_CODE = re.compile(r"`([^`]+)`")


def escaped(text: str) -> str:
    """Text for an element or a quoted attribute; control and format characters are shown as escapes."""
    return html.escape(visible(text))


def code(text: str) -> str:
    """A piece of source: as `escaped`, but tabs stay, for the page gives them their width."""
    return html.escape("\t".join(map(visible, text.split("\t"))))


def prose(text: str) -> str:
    """A sentence in which backticks set off code."""
    return _CODE.sub(r"<code>\1</code>", escaped(text))


def link(href: str | None, content: str) -> str:
    """`content`, which is HTML, as a link; as it is where there is nothing to go to."""
    return f'<a href="{href}">{content}</a>' if href else content
