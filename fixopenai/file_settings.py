"""What holds for a single file: its strategy, and the rules that are not for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.rules import is_selected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fixopenai.patterns import Patterns
    from fixopenai.settings import Settings, Strategy, ThreadWrapper


class FileSettings:
    """The settings of each file of a program; files go by their displays, `paths` says where they are."""

    def __init__(self, settings: Settings, paths: Mapping[str, Path]) -> None:
        self._settings = settings
        self._paths = paths
        self._strategies: dict[str, Strategy] = {}
        self._ignored: dict[str, tuple[str, ...]] = {}

    @property
    def thread_wrapper(self) -> ThreadWrapper:
        return self._settings.thread_wrapper

    def strategy(self, display: str) -> Strategy:
        if not self._settings.per_file_strategy:
            return self._settings.strategy
        if display not in self._strategies:
            fitting = [name for patterns, name in self._settings.per_file_strategy if self._fits(patterns, display)]
            self._strategies[display] = fitting[-1] if fitting else self._settings.strategy
        return self._strategies[display]

    def is_selected(self, code: str, display: str) -> bool:
        """Whether the user wants to hear of this rule in this file."""
        if not is_selected(code, self._settings.select, self._settings.ignore):
            return False
        if display not in self._ignored:
            fitting = (codes for patterns, codes in self._settings.per_file_ignores if self._fits(patterns, display))
            self._ignored[display] = tuple(code for codes in fitting for code in codes)
        return not code.startswith(self._ignored[display])

    def _fits(self, patterns: Patterns, display: str) -> bool:
        path = self._paths[display]
        return patterns.cover(patterns.way(path.parent) + path.name)
