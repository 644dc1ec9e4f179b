"""`--interactive`: each group of edits that belong together is shown and asked about, on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.text import Text

from fixopenai.reporting.escaping import visible
from fixopenai.reporting.report import Report
from fixopenai.reporting.streams import rich_console, surviving_its_reader
from fixopenai.reporting.view import show_files
from fixopenai.reporting.words import count
from fixopenai.results import MigrationResult
from fixopenai.rules.base import COST_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fixopenai.reporting.streams import ColorChoice
    from fixopenai.results import FileChange, Proposal

_HELP = """\
y  apply this
n  leave it as it is
a  apply this, and the rest of this file
q  leave this and all that follows
e  explain: why this strategy, and what it costs"""


class Interview:
    """Asks about every proposal; keeps in mind what was answered for the rest of a file, and for the rest of all.

    `check` hears of all changes of a program before the first question about it, and may raise; `pause` stops what
    else writes to the terminal.
    """

    def __init__(
        self, color: ColorChoice, check: Callable[[Sequence[FileChange]], None], pause: Callable[[], None]
    ) -> None:
        self._console = rich_console(sys.stderr, color)
        self._check = check
        self._pause = pause
        self._accepted_files: set[str] = set()
        self._is_over = False

    def decide(self, proposals: Sequence[Proposal]) -> frozenset[int]:
        """The numbers of the proposals that are refused."""
        self._pause()
        self._check([change for proposal in proposals for change in proposal.changes])
        return frozenset(
            number for number, proposal in enumerate(proposals) if not self._accepts(proposal, number, len(proposals))
        )

    def _accepts(self, proposal: Proposal, number: int, total: int) -> bool:
        changed = {change.source.display for change in proposal.changes}
        if self._is_over:
            return False
        if changed <= self._accepted_files:
            return True
        report = Report(MigrationResult(proposal.outcomes, proposal.changes, (), 0, 0), "diff")
        with surviving_its_reader(sys.stderr):
            show_files(self._console, report, diff=True, verbose=False)
        question = (
            f"{number + 1} of {total}: {count(len(proposal.outcomes), 'finding')}, {count(len(changed), 'file')}. Apply"
        )
        while True:
            answer = self._ask(f"{question} [y,n,a,q,e,?]? ")
            if answer == "e":
                self._explain(report)
            elif answer in ("y", "n"):
                return answer == "y"
            elif answer == "a":
                self._accepted_files.add(proposal.outcomes[0].finding.place.path)
                return True
            elif answer == "q":
                self._is_over = True
                return False
            else:
                self._say(_HELP)

    def _explain(self, report: Report) -> None:
        with surviving_its_reader(sys.stderr):
            show_files(self._console, report, diff=False, verbose=True)
        for strategy in dict.fromkeys(outcome.strategy for outcome in report.result.outcomes if outcome.strategy):
            self._say(f"{strategy}: {COST_OF[strategy]}".replace("`", ""))

    def _ask(self, question: str) -> str:
        """The first letter of the answer; q where there is nobody to answer any more."""
        with surviving_its_reader(sys.stderr):
            self._console.print(Text(visible(question), style="bold"), end="")
        line = sys.stdin.readline()
        if not line:
            self._say("")
            return "q"
        return line.strip()[:1].lower()

    def _say(self, text: str) -> None:
        with surviving_its_reader(sys.stderr):
            self._console.print(Text(text))
