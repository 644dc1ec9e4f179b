"""Source text to a tree, with errors that name the place."""

from __future__ import annotations

import ast
import platform
import warnings
from typing import TYPE_CHECKING

from fixopenai.analysis.scope_builder import build_scopes
from fixopenai.analysis.scopes import Module
from fixopenai.errors import SourceError
from fixopenai.positions import LineIndex

if TYPE_CHECKING:
    from fixopenai.analysis.module_index import Parts
    from fixopenai.source import SourceFile

TOO_DEEP = "is nested too deeply to be analysed"


def parse_module(source: SourceFile, key: Parts) -> Module:
    """Parse a file and build its scopes; SourceError when it is not Python for the running interpreter."""
    try:
        with warnings.catch_warnings():
            # What a file's literals deserve (invalid escapes, `is` with a number) is for its linter to say.
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
        module = Module(source.display, key, source, tree, LineIndex(source.text))
        build_scopes(module)
    except SyntaxError as error:
        version = platform.python_version_tuple()
        message = f"cannot be parsed as Python {version[0]}.{version[1]}: {error.msg}"
        raise SourceError(source.display, message, error.lineno) from None
    except (RecursionError, MemoryError):
        raise SourceError(source.display, TOO_DEEP) from None
    except ValueError as error:
        raise SourceError(source.display, f"cannot be parsed: {error}") from None
    return module
