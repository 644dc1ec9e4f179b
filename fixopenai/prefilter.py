"""Which files can matter, decided on their bytes: those that import the SDK, and those that use names leading to it.

Everything else is never parsed. Names are looked for as words, so that no way of writing an import is missed; a file
too many costs time only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The SDK's name in an import statement: `import openai`, `from openai.types import x`, `import os, openai as ai`.
_SDK_IMPORT = re.compile(rb"\b(?:from|import)\b(?:[^\n\r#;\\]|\\\r?\n)*?(?<![.\w])(?:openai|langfuse)\b")
_STAR = re.compile(rb"\bimport[ \t]*\*")
_FROM_PACKAGE = re.compile(rb"\bfrom[ \t]+\.+[ \t]+import\b")
# `app.state.name`, `getattr(app.state, "name")`; a line that ends inside brackets is as good as a character.
_STATE = rb"\bstate\b(?:[^\n#]|(?:#[^\n]*)?\n){0,24}?"


def imports_sdk(data: bytes) -> bool:
    """Whether the bytes hold an import of the SDK."""
    return b"openai" in data and _SDK_IMPORT.search(data) is not None


class NameFilter:
    """Looks for names together with the module that exports them, and for attributes of `app.state`.

    `exports` maps the last part of a module's name to names in it; those under "" are in packages, and can be
    imported with dots alone.
    """

    def __init__(self, exports: Mapping[str, Iterable[str]], state: Iterable[str]) -> None:
        self._names = {_bytes(module): _words(names) for module, names in exports.items() if module and names}
        self._modules = _words(exports.keys() - {""})
        self._in_package = _words(exports.get("", ()))
        self._state = _words(state, _STATE)

    def matches(self, data: bytes) -> bool:
        """Whether the bytes of a file may use one of the names."""
        if self._modules is not None:
            if _STAR.search(data) is not None and self._modules.search(data) is not None:
                return True
            for module in set(self._modules.findall(data)):
                names = self._names.get(module)
                if names is not None and names.search(data) is not None:
                    return True
        if self._state is not None and self._state.search(data) is not None:
            return True
        return (
            self._in_package is not None
            and _FROM_PACKAGE.search(data) is not None
            and self._in_package.search(data) is not None
        )


def _words(names: Iterable[str], before: bytes = b"") -> re.Pattern[bytes] | None:
    words = sorted(_bytes(name) for name in names)
    return re.compile(before + rb"\b(?:" + b"|".join(map(re.escape, words)) + rb")\b") if words else None


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
