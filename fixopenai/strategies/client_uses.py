"""The uses of a client that becomes async: its calls are awaited, and what they return is read by async code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.certainty import is_certain
from fixopenai.analysis.tree import walk
from fixopenai.analysis.uses import CallUse
from fixopenai.strategies.await_places import awaited_generator_edits
from fixopenai.strategies.awaiting import awaited_call, without_needless_await
from fixopenai.strategies.plans import Refusal
from fixopenai.strategies.readers import read_async
from fixopenai.strategies.spread import Spread

if TYPE_CHECKING:
    from fixopenai.analysis.groups import Group
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.uses import ConsumerUse, Use
    from fixopenai.rewriting.edits import Edit
    from fixopenai.strategies.limits import Limits


def use_refusal(program: Program, group: Group, use: CallUse | ConsumerUse, limits: Limits) -> Refusal | None:
    """Why one use of a client cannot be async, whatever becomes of the others."""
    uses = ClientUses(program, group, limits)
    return uses.refusal(use) or uses.spread.last_refusal()


class ClientUses:
    """Says why a use cannot be async; `edits` and `spread` are what makes those async that can, noted on the way."""

    def __init__(self, program: Program, group: Group, limits: Limits) -> None:
        self.program = program
        self.group = group
        self.limits = limits
        self.edits: set[Edit] = set()
        self.spread = Spread(program, limits)

    def first_refusal(self) -> Refusal | None:
        """That of the first use in the group that cannot be async."""
        uses: tuple[CallUse | ConsumerUse, ...] = (*self.group.calls, *self.group.consumers)
        for use in uses:
            refusal = self.refusal(use)
            if refusal is not None:
                return refusal
        return None

    def refusal(self, use: CallUse | ConsumerUse) -> Refusal | None:
        """Why one use cannot be async."""
        return self._call_refusal(use) if isinstance(use, CallUse) else self._consumer_refusal(use)

    def _call_refusal(self, use: CallUse) -> Refusal | None:
        place = use.scope.module.place(use.node)
        refusal = self.limits.file_refusal(use.scope.module, use.node)
        if refusal is not None:
            return refusal
        if use in self.limits.silenced:
            return Refusal("one of its calls is silenced by a comment", place)
        if use.colours == {True} or (True in use.colours and use.form != "plain"):
            return None
        if True in use.colours:
            return Refusal("an async client reaches the same names", place)
        if use.kind in ("manager", "iterator"):
            self.edits |= without_needless_await(self.program, use.node, use.scope)
            return None
        if not use.on_event_loop:
            refusal = self._turn_refusal(use)
            if refusal is not None:
                return refusal
        if use.form == "awaited":
            mended = awaited_generator_edits(self.program, use.node, use.scope)
            if isinstance(mended, Refusal):
                return mended
            self.edits |= mended
        if use.form != "plain":
            return None
        return self._page_refusal(use) if use.kind == "page" else self._add_await(use)

    def _consumer_refusal(self, use: ConsumerUse) -> Refusal | None:
        refusal = self.limits.file_refusal(use.scope.module, use.node)
        if refusal is None and use in self.limits.silenced:
            refusal = Refusal("reading it is silenced by a comment", use.scope.module.place(use.node))
        is_guess = use.kinds != {"client"} and not is_certain(self.program, use.inner, use.scope)
        if refusal is None and is_guess and not use.written_async:
            refusal = Refusal(
                "what is read may be something else than the client gives", use.scope.module.place(use.node)
            )
        if refusal is None and not use.on_event_loop and not use.written_async:
            refusal = self._turn_refusal(use)
        if refusal is not None:
            return refusal
        read = read_async(self.program, use, self.spread.turned)
        if isinstance(read, Refusal):
            return read
        self.edits |= read
        return None

    def _add_await(self, use: CallUse) -> Refusal | None:
        edits = awaited_call(self.program, use.node, use.scope)
        if isinstance(edits, Refusal):
            return edits
        self.edits |= edits
        return None

    def _page_refusal(self, use: CallUse) -> Refusal | None:
        """A page that is iterated at once needs no await, nor does one that is only iterated later."""
        parent = self.program.parents_of(use.scope.module)[use.node]
        read = any(consumer.node is use.node and consumer.reading != "with" for consumer in self.group.consumers)
        if read or self._is_only_iterated(use, parent):
            return None
        return self._add_await(use)

    def _is_only_iterated(self, use: CallUse, parent: ast.AST) -> bool:
        """Whether the page is kept under a name that nothing but `async for` reads."""
        if (
            not isinstance(parent, ast.Assign)
            or len(parent.targets) != 1
            or not isinstance(parent.targets[0], ast.Name)
        ):
            return False
        name = parent.targets[0].id
        function = use.function
        consumed = {consumer.node for consumer in self.group.consumers if consumer.written_async}
        reads = [
            node
            for node in walk(function.node if function is not None else use.scope.module.tree)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        return bool(reads) and all(node in consumed for node in reads)

    def _turn_refusal(self, use: Use) -> Refusal | None:
        """Why the plain function around a use cannot become async with the client."""
        function = use.function
        if function is None:
            return Refusal("the client is also used when the module is imported", use.scope.module.place(use.node))
        return self.spread.turn(function, use.scope.module.place(use.node))
