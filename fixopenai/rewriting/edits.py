"""The changes that a strategy can ask for, each bound to a node of the parsed module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import ast

    from fixopenai.analysis.scopes import Module


@dataclass(frozen=True, slots=True)
class AddAwait:
    """`f()` -> `await f()`; with parentheses where the result is used in a larger expression."""

    parenthesize: bool


@dataclass(frozen=True, slots=True)
class DropAwait:
    """`await f()` -> `f()`; parentheses that only the await needed go with it."""


@dataclass(frozen=True, slots=True)
class CallInThread:
    """`f(x)` -> `wrapper(f, x)`, awaited or not; with `partial`, `wrapper(partial(f, x))`.

    An executor is told which one first: `wrapper(None, f, x)`.
    """

    wrapper: str
    add_await: bool
    parenthesize: bool
    in_executor: bool = False
    partial: str | None = None


@dataclass(frozen=True, slots=True)
class WrapCall:
    """`x` -> `wrapper(x)`."""

    wrapper: str


@dataclass(frozen=True, slots=True)
class ReadWhole:
    """`x` -> `await wrapper(list, x)`; without a wrapper, `[name async for name in x]`.

    `in_executor`: the wrapper takes None as its first argument.
    """

    wrapper: str | None = None
    in_executor: bool = False
    name: str = "item"


@dataclass(frozen=True, slots=True)
class WrapType:
    """`T` -> `wrapper[T]`."""

    wrapper: str


@dataclass(frozen=True, slots=True)
class MakeComprehensionAsync:
    """The `for` of this number in a comprehension becomes `async for`."""

    index: int


@dataclass(frozen=True, slots=True)
class MakeComprehensionSync:
    """The `async for` of this number in a comprehension becomes `for`."""

    index: int


@dataclass(frozen=True, slots=True)
class GeneratorToList:
    """`f(x for x in y)` -> `f([x for x in y])`; bound to the call, `index` is the number of an `async for` to make."""

    index: int | None


@dataclass(frozen=True, slots=True)
class CollectAsync:
    """`list(x)` -> `[name async for name in x]`, `set(x)` likewise; `f(x)` -> `f([name async for name in x])`."""

    display: Literal["list", "set", "argument"]
    name: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """`wrapper(f(x))` -> `wrapper(f, x)`; with `partial`, `wrapper(partial(f, x))`. `position` is that of `f(x)`."""

    position: int
    partial: str | None


@dataclass(frozen=True, slots=True)
class CallDirectly:
    """`wrapper(f, x)` -> `f(x)`; `position` is that of `f`."""

    position: int


@dataclass(frozen=True, slots=True)
class AwaitArgument:
    """`run(f())` -> `await f()`; `position` is that of `f()`."""

    parenthesize: bool
    position: int = 0


@dataclass(frozen=True, slots=True)
class KeepArgument:
    """`wrapper(f())` -> `f()`; `position` is that of `f()`."""

    position: int


@dataclass(frozen=True, slots=True)
class ReplaceCallee:
    """`old(x)` -> `new(x)`."""

    new: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A name, or the last part of a dotted one, becomes `new`; inside a string, the word `old` does."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class MakeAsync:
    """`def`, `for` or `with` gets an `async`."""


@dataclass(frozen=True, slots=True)
class MakeSync:
    """`async def`, `async for` or `async with` loses its `async`."""


@dataclass(frozen=True, slots=True)
class DropLastIndex:
    """`X[a, b, c]` -> `X[a, b]`."""


@dataclass(frozen=True, slots=True)
class RenameImported:
    """`from m import name` -> `from m import new`, `from m import old as name` -> `from m import new as name`."""

    name: str
    new: str


@dataclass(frozen=True, slots=True)
class AddImported:
    """`from m import beside` -> `from m import new, beside`; `beside` may be an alias."""

    beside: str
    new: str


@dataclass(frozen=True, slots=True)
class RemoveImported:
    """`from m import name, other` -> `from m import other`; `name` may be an alias."""

    name: str


@dataclass(frozen=True, slots=True)
class ReplaceImport:
    """`from m import old` -> `from openai import new`, in its place."""

    new: str


@dataclass(frozen=True, slots=True)
class RemoveImport:
    """An import statement that has its lines for itself goes."""


@dataclass(frozen=True, slots=True)
class InsertImport:
    """A new import statement where a sorted file would have it; bound to the module."""

    statement: str


Operation: TypeAlias = (
    AddAwait
    | DropAwait
    | CallInThread
    | WrapCall
    | ReadWhole
    | WrapType
    | HandOver
    | CallDirectly
    | AwaitArgument
    | KeepArgument
    | ReplaceCallee
    | MakeComprehensionAsync
    | MakeComprehensionSync
    | GeneratorToList
    | CollectAsync
    | Rename
    | MakeAsync
    | MakeSync
    | DropLastIndex
    | RenameImported
    | AddImported
    | RemoveImported
    | ReplaceImport
    | RemoveImport
    | InsertImport
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One operation on one node; equal edits are one edit."""

    module: Module
    node: ast.AST
    operation: Operation


class EditError(Exception):
    """An edit that cannot be carried out exactly; its text is a clause that says why, `node` is where."""

    def __init__(self, why: str, node: ast.AST) -> None:
        super().__init__(why)
        self.node = node
