"""Findings: the uses of SDK calls in a program that a rule objects to."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixopenai.results import Finding
from fixopenai.rules import is_selected, rule
from fixopenai.suppression import comments_of, is_silenced

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Module
    from fixopenai.analysis.uses import CallUse
    from fixopenai.settings import Settings
    from fixopenai.suppression import Comments

_LONGEST_CALL = 80


@dataclass(frozen=True, slots=True, eq=False)
class Detected:
    """A finding and the use behind it; `silenced` ones are not reported and must stay as they are."""

    finding: Finding
    use: CallUse
    silenced: bool
    selected: bool

    @property
    def reported(self) -> bool:
        """Whether the user wants to hear of it."""
        return self.selected and not self.silenced


def detect(program: Program, settings: Settings) -> list[Detected]:
    """Everything the rules find, in the order of path and line."""
    found = []
    comments: dict[Module, Comments] = {}
    for use in program.uses.calls:
        code = _code(use)
        module = use.scope.module
        if code is None or module.skipped:
            continue
        function = use.function
        finding = Finding(
            rule=code,
            place=module.lines.place(module.path, use.node),
            function=function.qualname if function is not None else None,
            message=rule(code).message.format(call=call_text(use.node)),
        )
        first, last = _statement_lines(program, use)
        if module not in comments:
            comments[module] = comments_of(module.source.text)
        silenced = is_silenced(comments[module], first, last, code)
        found.append(Detected(finding, use, silenced, is_selected(code, settings.select, settings.ignore)))
    return sorted(found, key=lambda item: (item.finding.place, item.finding.rule))


def call_text(node: ast.Call) -> str:
    """A call as it is written, without its arguments, short enough for a message."""
    text = ast.unparse(node.func).replace("\n", " ")
    return text if len(text) <= _LONGEST_CALL else f"...{text[-_LONGEST_CALL:]}"


def _code(use: CallUse) -> str | None:
    """The rule that a use breaks."""
    if use.kind not in ("call", "page") or False not in use.colours or not use.on_event_loop:
        return None
    if use.form != "plain":
        return "FOA001" if use.colours == {False} else None
    # Closing the sync client sends nothing that is worth waiting for.
    return None if use.on_client and use.method == "close" else "FOA002"


def _statement_lines(program: Program, use: CallUse) -> tuple[int, int]:
    """First and last line of the statement around a call; of a compound one, its header."""
    parents = program.parents_of(use.scope.module)
    node: ast.AST = use.node
    while not isinstance(node, ast.stmt):
        node = parents[node]
    last = node.end_lineno or node.lineno
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        last = max(node.lineno, body[0].lineno - 1)
    return node.lineno, max(last, use.node.end_lineno or last)
