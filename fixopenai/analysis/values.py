"""What a name can hold, as far as the colour of SDK calls depends on it: small immutable values in sets.

An empty set means "nothing that matters", not "nothing".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import ast

    from fixopenai.analysis.module_index import Parts
    from fixopenai.analysis.scopes import Class, Function, Module, Scope, Slot

OriginKind = Literal["constructor", "annotation", "module"]


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where a client comes from: a constructor call, an annotation that promises one, or the `openai` module itself.

    Compared by identity; there is one for each node, so the number of values stays bounded.
    """

    kind: OriginKind
    type_key: str
    is_async: bool
    node: ast.expr | None
    scope: Scope | None


@dataclass(frozen=True, slots=True)
class ModuleRef:
    """A module or package of the program."""

    key: Parts


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name in a module of the program that is not loaded: looked into only when an SDK value meets it."""

    key: Parts
    name: str


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the program, by its dotted name."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a call gives that cannot be followed: it may be anything, and matters where an SDK object may be too.

    `key` is the module of what is called, where that is one of the program that is not loaded.
    """

    key: Parts | None = None


@dataclass(frozen=True, slots=True)
class ExternalInstance:
    """An instance of a class outside the program."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Mock:
    """A test double from `unittest.mock`, made at `node`."""

    node: ast.Call
    module: Module


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """A function of the program, not bound."""

    function: Function


@dataclass(frozen=True, slots=True)
class ClassRef:
    """A class of the program."""

    cls: Class


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the program; not `exact` where it may be one of a subclass (`self`, an annotation)."""

    cls: Class
    exact: bool


@dataclass(frozen=True, slots=True)
class SuperOf:
    """What `super()` gives inside a class."""

    cls: Class


@dataclass(frozen=True, slots=True)
class BoundMethod:
    """A method of the program with its receiver."""

    receiver: Instance | ClassRef
    function: Function


@dataclass(frozen=True, slots=True)
class SdkClass:
    """A class of the SDK."""

    type_key: str
    is_async: bool
    dotted: str


@dataclass(frozen=True, slots=True)
class Sdk:
    """An object of the SDK: client, resource, stream, page, manager or response."""

    type_key: str
    is_async: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class SdkMethod:
    """A method of an SDK object, not called yet."""

    type_key: str
    name: str
    is_async: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class SdkAwaitable:
    """What an async SDK method returns before it is awaited; `type_key` of the result, None for plain data."""

    type_key: str | None
    is_async: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that gives the values of `slot` when awaited: a coroutine, a task, a call in a thread."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Iterable:
    """Something that gives the values of `slot` when iterated: a container, a generator.

    `parts` are the slots of a tuple's elements, each by itself.
    """

    slot: Slot
    is_generator: bool = False
    parts: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextManager:
    """Something that gives the values of `slot` to `with`."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Partial:
    """`functools.partial(...)`: the callee is evaluated from the node."""

    node: ast.Call
    scope: Scope


@dataclass(frozen=True, slots=True)
class Dependency:
    """`fastapi.Depends(...)`; `function` is the expression, None for `Depends()`."""

    function: ast.expr | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class TypeExpression:
    """A subscripted or joined type that is kept under a name: `ClientDep = Annotated[OpenAI, Depends(get_client)]`."""

    node: ast.expr
    scope: Scope


@dataclass(frozen=True, slots=True)
class AppState:
    """`app.state`, `request.app.state`, `request.state`: one for the whole program."""


Value: TypeAlias = (
    ModuleRef
    | Symbol
    | External
    | ExternalInstance
    | Unknown
    | Mock
    | FunctionRef
    | ClassRef
    | Instance
    | SuperOf
    | BoundMethod
    | SdkClass
    | Sdk
    | SdkMethod
    | SdkAwaitable
    | Pending
    | Iterable
    | ContextManager
    | Partial
    | Dependency
    | TypeExpression
    | AppState
)
Values: TypeAlias = frozenset[Value]

NOTHING: Values = frozenset()
UNKNOWN: Values = frozenset({Unknown()})
SDK_VALUES = (Sdk, SdkMethod, SdkAwaitable)
