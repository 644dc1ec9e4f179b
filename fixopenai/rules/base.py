"""What a rule is: its names, its message, its documentation and its examples, all in one object."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Rule:
    """A way for the colour to be wrong. The documentation, `--explain` and the tests are all made from it.

    `message` is a template for `str.format`; `{call}` stands for the call as it is written, without its arguments,
    and `{sdk}` for the SDK's own call behind it, where that is another one.
    `what`, `why`, `safety` and `by_hand` (what to do about a finding that is left) are Markdown, with paragraphs parted
    by an empty line; `bad` and `good` are modules.
    The rule finds something in each of `examples` (`bad` is the first) and nothing in any of `counterexamples`
    (`good` is the first).
    """

    code: str
    name: str
    summary: str
    message: str
    what: str
    why: str
    bad: str
    good: str
    safety: str
    by_hand: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]


# What a strategy does to a program, and what that costs, as Markdown.
COST_OF: Mapping[str, str] = MappingProxyType(
    {
        "async-client": """\
changes every place that the client reaches, or none of them. Plain functions on the way become \
`async def`, and so do their callers; code outside the analysed folder that calls them must be changed by hand.""",
        "to-thread": """\
keeps the sync client and waits for it in a thread. `asyncio.to_thread` uses the event loop's default \
executor, which has min(32, CPUs + 4) threads for the whole process: further calls wait for a free one. A thread \
cannot be cancelled: after a timeout or a disconnect, the request to OpenAI goes on until it ends by itself. \
`--thread-wrapper run_in_threadpool` takes AnyIO's 40 threads instead, which `def` routes and dependencies share, and \
AnyIO's own timeouts wait there until the thread is done. `run_in_executor` takes the default executor, and the call \
does not see the context variables of the request.""",
        "sync-def": """\
turns the `async def` into a `def`, which FastAPI runs in a thread. All `def` routes and dependencies \
share AnyIO's 40 threads, and these cannot be cancelled either.""",
    }
)
COMMON_COST = """\
While the call is waited for, other requests now run: state that several requests share may change in between."""
_COSTS = "\n".join(f"- `{strategy}` {cost}" for strategy, cost in COST_OF.items())
STRATEGY_COSTS = f"""\
What a fix costs depends on its strategy:

{_COSTS}

{COMMON_COST} A fix that changes more than the call itself is marked `review`."""

# What to do about a sync client on the event loop that no strategy may touch.
SYNC_BY_HAND = """\
Change what the reason names, at the place that it names, and run the tool again. Where plain functions need the \
client as well, make two clients: an `AsyncOpenAI` for async code beside the `OpenAI` for the rest."""
