"""fixopenai: find and repair FastAPI code that calls the OpenAI SDK in the wrong colour."""

from __future__ import annotations

from fixopenai._version import __version__

__all__ = ["__version__"]
