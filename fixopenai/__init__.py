"""fixopenai: find and repair FastAPI code that calls the OpenAI SDK in the wrong colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fixopenai._version import __version__

if TYPE_CHECKING:
    from fixopenai.api import SourceResult, migrate_paths, migrate_source
    from fixopenai.errors import FixOpenAIError, SourceError, UsageError
    from fixopenai.results import MigrationResult

__all__ = [
    "FixOpenAIError",
    "MigrationResult",
    "SourceError",
    "SourceResult",
    "UsageError",
    "__version__",
    "migrate_paths",
    "migrate_source",
]


def __getattr__(name: str) -> Any:
    """What scripts use is loaded when it is asked for: the command starts without it."""
    from importlib import import_module

    for module in ("api", "errors", "results"):
        if name in __all__ and hasattr(found := import_module(f"{__name__}.{module}"), name):
            return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
