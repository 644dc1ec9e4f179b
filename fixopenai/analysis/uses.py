"""What can be done with an SDK object: calls, iteration, `with`, ways out of sight."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fixopenai.analysis import externals
from fixopenai.analysis.values import External, Sdk, SdkAwaitable, SdkMethod, Values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.analysis.scopes import Function, Module, Scope
    from fixopenai.analysis.values import Origin
    from fixopenai.sdk.surface import MemberKind, TypeKind

Form = Literal["plain", "awaited", "gathered"]
Parents = dict[ast.AST, ast.AST]
Reading = Literal["for", "with", "comprehension", "next", "all", "spread"]


class _Placed:
    """Something that stands in a scope."""

    __slots__ = ()
    scope: Scope

    @property
    def function(self) -> Function | None:
        """The function in which it stands, comprehensions looked through."""
        return self.scope.enclosing_function()

    @property
    def on_event_loop(self) -> bool:
        """Whether it stands directly in the body of an `async def`."""
        function = self.function
        return function is not None and function.is_async


@dataclass(frozen=True, slots=True, eq=False)
class CallUse(_Placed):
    """A call of an SDK method.

    `colours` holds True where the client may be async, False where it may be sync; `streams` says whether a stream
    comes back, None when a variable decides. `form` is how the result is taken: as it is, awaited, or handed to
    something that awaits it (`asyncio.gather`). `in_pool`: a pool of threads calls the method, which is the first
    argument of `node`.
    """

    node: ast.Call
    scope: Scope
    kind: MemberKind
    method: str
    on_client: bool
    origins: frozenset[Origin]
    colours: frozenset[bool]
    form: Form
    streams: bool | None
    in_pool: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ConsumerUse(_Placed):
    """An SDK object that is read: iterated over, entered by `with`, spread, or handed to `next`, `list` and the like.

    `node` is what is read, `inner` the SDK object itself where `node` is a lazy wrapper around it (`enumerate(x)`).
    `statement` is the `for` or `with`, the comprehension or the call that reads; where the object is spread, the `*`,
    the unpacking or the `+=`. `kinds` are the kinds of types of the
    object, empty for the iterators that it gives (`iter_bytes()`); `unawaited` says that it is what an async call
    returns before it is awaited.
    """

    node: ast.expr
    inner: ast.expr
    statement: ast.AST
    reading: Reading
    scope: Scope
    origins: frozenset[Origin]
    colours: frozenset[bool]
    kinds: frozenset[TypeKind]
    unawaited: bool
    written_async: bool


@dataclass(frozen=True, slots=True, eq=False)
class ThreadUse(_Placed):
    """A thread wrapper that is used wrongly, on the event loop.

    `mistake` says how: it is given the result of `call`, an answer or a coroutine, instead of the function, or nobody
    awaits it, or it is given an async method. `position` is that of the function among the arguments of `node`.
    """

    node: ast.Call
    mistake: Literal["result", "unawaited", "async"]
    position: int
    call: CallUse | None
    scope: Scope
    origins: frozenset[Origin]
    colours: frozenset[bool]


@dataclass(frozen=True, slots=True, eq=False)
class SleepUse(_Placed):
    """A `time.sleep` on the event loop, in a function that uses the SDK."""

    node: ast.Call
    scope: Scope
    origins: frozenset[Origin] = frozenset()
    colours: frozenset[bool] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class PoolWait:
    """What waits for work that is given to a pool of threads: a read of the results, or the end of a `with`.

    `reader` is what reads the results where `map` gives them.
    """

    node: ast.expr | ast.stmt
    reader: ConsumerUse | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HelperUse(_Placed):
    """What runs a plain function, on the event loop, that reaches a blocking SDK call: mostly a call of it.

    `steps` are the functions on the way, each with the call in it that leads on; the last is `use`, the SDK's own.
    There are none where a pool calls that itself.
    `reader` is what reads the first of them, where that is a generator or a context manager. `wait` is what waits for
    the first of them, where a pool runs it.
    """

    node: ast.expr
    scope: Scope
    steps: tuple[tuple[Function, ast.expr], ...]
    use: CallUse | ConsumerUse
    reader: ConsumerUse | None = None
    wait: PoolWait | None = None

    @property
    def origins(self) -> frozenset[Origin]:
        """Where the client comes from."""
        return self.use.origins

    @property
    def colours(self) -> frozenset[bool]:
        """Sync: an async client blocks nobody."""
        return frozenset({False})


Use = CallUse | ConsumerUse | ThreadUse | SleepUse | HelperUse


@dataclass(frozen=True, slots=True, eq=False)
class Escape:
    """A use that the analysis cannot follow, or that needs the object to stay sync; `why` is a clause for a reason."""

    node: ast.expr | ast.stmt
    module: Module
    origins: frozenset[Origin]
    why: str
    is_double: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ClassCheck:
    """An SDK class in the second argument of `isinstance`, where the first is an SDK object."""

    node: ast.expr
    scope: Scope
    origins: frozenset[Origin]


@dataclass(frozen=True, slots=True, eq=False)
class LoopStart:
    """A call that runs coroutines on an event loop of its own (`asyncio.run`); `functions` are theirs."""

    node: ast.Call
    scope: Scope
    functions: frozenset[Function]


@dataclass(slots=True)
class Uses:
    """All uses in a program."""

    calls: list[CallUse]
    consumers: list[ConsumerUse]
    escapes: list[Escape]
    checks: list[ClassCheck]
    runners: list[LoopStart]
    threads: list[ThreadUse]
    sleeps: list[SleepUse]


def colours(values: Iterable[Sdk | SdkMethod | SdkAwaitable]) -> frozenset[bool]:
    """The colours that reach a place: what is made outranks what an annotation promises."""
    made = frozenset(value.is_async for value in values if value.origin.kind != "annotation")
    promised = frozenset(value.is_async for value in values if value.origin.kind == "annotation")
    # An annotation that allows both colours tells of code that tells them apart.
    return promised if len(promised) == 2 else made or promised


def is_thread_call(callees: Values, position: int | None = None) -> bool:
    """Whether one of the callees hands a function to a thread, which stands at `position` where that is given."""
    dotted = [value.dotted for value in callees if isinstance(value, External)]
    places = [externals.THREAD_CALLS[name] for name in dotted if name in externals.THREAD_CALLS]
    return bool(places) if position is None else position in places
