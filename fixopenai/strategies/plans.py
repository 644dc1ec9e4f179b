"""What a strategy answers: a fix, or a refusal with the place of the obstacle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

    from fixopenai.analysis.scopes import Module, Scope
    from fixopenai.analysis.uses import Use
    from fixopenai.results import Place
    from fixopenai.rewriting.edits import Edit


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
    """Edits that belong together: all of them are made, or none. `mended` are the uses that they put right."""

    strategy: str
    mended: tuple[Use, ...]
    edits: frozenset[Edit]
    reason: str
    references: tuple[ClassReference, ...] = ()
    obstacle: Place | None = None
    review: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a strategy cannot do it: a clause, and the place of the obstacle where there is one."""

    reason: str
    obstacle: Place | None = None
