"""What a strategy answers: a fix, or a refusal with the place of the obstacle."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixopenai.rewriting.edits import GeneratorToList

if TYPE_CHECKING:
    from fixopenai.analysis.scopes import Module, Scope
    from fixopenai.analysis.uses import Use
    from fixopenai.results import Place
    from fixopenai.rewriting.edits import Edit


_HASTY = "any() and all() no longer stop at the first item that decides"


@dataclass(frozen=True, slots=True)
class ClassReference:
    """A name of a sync SDK class in the source that is to become its async twin's; imports are settled later."""

    module: Module
    scope: Scope
    node: ast.expr
    old: str
    new: str


@dataclass(frozen=True, slots=True, eq=False)
class Fix:
    """Edits that belong together: all of them are made, or none. `mended` are the uses that they put right.

    `untaken` are the strategies that were tried before, by name, and why they could not.
    """

    strategy: str
    mended: tuple[Use, ...]
    edits: frozenset[Edit]
    reason: str
    references: tuple[ClassReference, ...] = ()
    obstacle: Place | None = None
    review: str | None = None
    untaken: tuple[tuple[str, Refusal], ...] = ()


def review_of(fix: Fix) -> str | None:
    """What to look for in the diff: what the strategy says, and that `any` and `all` read everything now."""
    listed = (edit.node for edit in fix.edits if isinstance(edit.operation, GeneratorToList))
    hasty = any(isinstance(getattr(call, "func", None), ast.Name) and call.func.id in {"any", "all"} for call in listed)  # type: ignore[attr-defined]
    if not hasty:
        return fix.review
    return f"{_HASTY}; {fix.review}" if fix.review else _HASTY


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a strategy cannot do it: a clause, and the place of the obstacle where there is one."""

    reason: str
    obstacle: Place | None = None
