"""What may not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixopenai.strategies.plans import Refusal

if TYPE_CHECKING:
    import ast

    from fixopenai.analysis.scopes import Module
    from fixopenai.analysis.uses import Use


@dataclass(frozen=True, slots=True)
class Limits:
    """What may not change: files outside the given paths, files and calls that a comment takes out."""

    editable: frozenset[str] | None
    silenced: frozenset[Use]

    def file_refusal(self, module: Module, node: ast.expr | ast.stmt) -> Refusal | None:
        """Why a file must stay as it is."""
        place = module.place(node)
        if module.skipped:
            return Refusal("the client is used in a file that `# fixopenai: skip-file` takes out", place)
        if self.editable is not None and module.path not in self.editable:
            return Refusal("the client is used in a file outside the given paths", place)
        return None
