"""What a `functools.partial` calls in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixopenai.analysis.values import NOTHING, Partial

if TYPE_CHECKING:
    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.values import Values


def partials_in(callees: Values, evaluator: Evaluates) -> dict[Partial, Values]:
    """Each partial among the callees, and in what they are partials of, with what it is made from.

    Each is looked into once: `f = partial(f, x)` may hold itself.
    """
    found: dict[Partial, Values] = {}
    queue = [callee for callee in callees if isinstance(callee, Partial)]
    while queue:
        partial = queue.pop()
        if partial not in found:
            arguments = partial.node.args
            found[partial] = evaluator.values(arguments[0], partial.scope) if arguments else NOTHING
            queue += [value for value in found[partial] if isinstance(value, Partial)]
    return found


def bound_callees(callees: Values, evaluator: Evaluates) -> Values:
    """What the partials among the callees call in the end."""
    inner = partials_in(callees, evaluator).values()
    return frozenset(value for values in inner for value in values if not isinstance(value, Partial))
