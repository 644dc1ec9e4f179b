"""What a run hands from stage to stage and to the reports: frozen, without behaviour, picklable.

Lines and columns are 1-based; columns count characters, and `end_column` is exclusive. Paths are shown as the
user would write them: relative to the current folder or to the given root, with forward slashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from fixopenai.errors import SourceError
    from fixopenai.source import SourceFile

Status = Literal["fixed", "left"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of source text."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class CallStep:
    """One step on the way from the event loop to the SDK call: the function, and the line of the call in it."""

    function: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where the colour is wrong, as a rule states it.

    `function` is the dotted name of the enclosing function inside its module, None at module level.
    `calls` leads from there to the SDK call, outermost first; it is empty where the call stands in place itself.
    """

    rule: str
    place: Place
    function: str | None
    message: str
    calls: tuple[CallStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Untaken:
    """A strategy that was tried before the one that was taken, and what stood in its way."""

    strategy: str
    reason: str
    obstacle: Place | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finding, and what became of it: every finding has exactly one.

    `strategy` is None when the finding is left. `reason` says why this strategy was chosen or why the code was left.
    `obstacle` is the place that stands in the way, where there is one. `review` says what to look for in the diff
    when more than the call itself changes; None when there is nothing out of the ordinary. `changes` are the paths of
    the files that the repair changes, which need not hold the finding. `untaken` are the strategies tried before.
    """

    finding: Finding
    status: Status
    strategy: str | None
    reason: str
    obstacle: Place | None = None
    review: str | None = None
    changes: frozenset[str] = frozenset()
    untaken: tuple[Untaken, ...] = ()


Colour = Literal["sync", "async"]


@dataclass(frozen=True, slots=True, order=True)
class ClientPlace:
    """Where a client is made or promised, and its class."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class GroupUse:
    """What is done with a client: where, the expression, the colours it can have, and why not the other one."""

    place: Place
    text: str
    colours: tuple[Colour, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class ClientGroup:
    """Clients that must have one colour, for they meet in a use or under an annotation, and all their uses.

    `reason` says why the group cannot become async, as far as that was asked, and `obstacle` where.
    """

    clients: tuple[ClientPlace, ...]
    uses: tuple[GroupUse, ...]
    reason: str | None = None
    obstacle: Place | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file whose text changes: the source as it was read, and its new text (same newlines, BOM and encoding)."""

    source: SourceFile
    new_text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Findings whose repairs belong together, and the changes that these repairs alone would make."""

    outcomes: tuple[Outcome, ...]
    changes: tuple[FileChange, ...]


# Hears of the stage, of what is done, and of how much there is in all.
Tell: TypeAlias = "Callable[[str, int, int], None]"
# Gets all proposals for a program, and answers with the numbers of those that are refused.
Decide: TypeAlias = "Callable[[Sequence[Proposal]], Collection[int]]"


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """Everything a run found, planned and could not do, in a stable order (path, then line).

    `units` groups the paths of changes that hold together: a unit is written whole or not at all.
    `groups` are the client groups behind the outcomes.
    `files_seen` counts the discovered files, `files_analyzed` those that could matter and were parsed.
    """

    outcomes: tuple[Outcome, ...]
    changes: tuple[FileChange, ...]
    errors: tuple[SourceError, ...]
    files_seen: int
    files_analyzed: int
    units: tuple[frozenset[str], ...] = ()
    groups: tuple[ClientGroup, ...] = ()
