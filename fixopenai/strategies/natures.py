"""What a plain function is, as far as it keeps the function from becoming async: properties, caches, overrides."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.attributes import PROPERTIES
from fixopenai.analysis.externals import HARMLESS_BASES
from fixopenai.analysis.fastapi import ASYNC_ROLES
from fixopenai.analysis.helpers import MANAGER
from fixopenai.analysis.values import External, FunctionRef
from fixopenai.strategies.plans import Refusal
from fixopenai.strategies.sync_def import role_of_decorator

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Class, Function, Scope
    from fixopenai.results import Place

# Decorators that serve plain and async functions alike.
_BOTH_COLOURS = frozenset(
    {
        "abc.abstractmethod",
        "backoff.on_exception",
        "backoff.on_predicate",
        "builtins.classmethod",
        "builtins.staticmethod",
        "contextlib.contextmanager",
        "langfuse.decorators.observe",
        "langfuse.observe",
        "langsmith.traceable",
        "logfire.instrument",
        "tenacity.retry",
        "typing.final",
        "typing.overload",
        "typing.override",
        "typing_extensions.overload",
        "typing_extensions.override",
        "weave.op",
    }
)
# Decorators of classes that leave the methods as they are.
_CLASS_DECORATORS = frozenset({"dataclass", "final", "runtime_checkable", "define", "frozen", "mutable", "attrs", "s"})
_CACHES = frozenset({"functools.lru_cache", "functools.cache"})


def nature_refusal(program: Program, function: Function, subject: str, place: Place) -> Refusal | None:
    """Why a plain function cannot become async whoever calls it.

    `subject` begins the sentence, as "f() is also called from g()"; `place` is what asks for it.
    """
    module = function.module
    if function.name.startswith("__") and function.name.endswith("__") and function.name != "__call__":
        return Refusal(f"{subject}, which is not async, nor can be", place)
    if function.decorators & PROPERTIES:
        return Refusal(f"{subject}, which is a property", place)
    for decorator in getattr(function.node, "decorator_list", []):
        name = _dotted(program, decorator, function.scope.parent)
        if name not in _BOTH_COLOURS and role_of_decorator(program, decorator, function) not in ASYNC_ROLES:
            written = f"@{ast.unparse(decorator)[:60]}"
            why = "which keeps results, not coroutines" if name in _CACHES else "which may not expect a coroutine"
            where = module.place(decorator)
            return Refusal(f"{subject}, which is decorated with {written}, {why}", where)
    odd = _odd_class(program, function)
    if odd is not None:
        cls, why = odd
        return Refusal(f"{subject}, whose class {why}", cls.module.place(cls.node))
    foreign = _foreign_base(function)
    if foreign is not None:
        cls, base = foreign
        why = f"{subject}, which may be called by {base}, a base class outside the repository"
        return Refusal(why, cls.module.place(cls.node))
    return None


def family_of(function: Function) -> list[Function]:
    """The methods that override a method or are overridden by it, itself among them: all have one colour."""
    if function.cls is None:
        return [function]
    classes = dict.fromkeys([function.cls])
    queue = [function.cls]
    while queue:
        # A method of a mixin meets that of its sibling in the class that inherits from both.
        cls = queue.pop()
        above = [relative for relative in cls.ancestors() if function.name in relative.scope.slots]
        for relative in (*above, *cls.descendants()):
            if relative not in classes:
                classes[relative] = None
                queue.append(relative)
    found = {
        value.function: None
        for cls in classes
        if function.name in cls.scope.slots
        for value in cls.scope.slots[function.name].values
        if isinstance(value, FunctionRef) and value.function.cls is not None
    }
    return sorted(found, key=lambda one: one.order)


def kind_of(function: Function) -> str:
    """What calling a function gives, as far as it has to be read in a way of its own."""
    if MANAGER in function.decorators:
        return "a context manager"
    return "a generator" if function.is_generator else "a plain function"


def _odd_class(program: Program, function: Function) -> tuple[Class, str] | None:
    """A class around the method, or below it, that does something of its own with its methods."""
    if function.cls is None:
        return None
    for cls in (*function.cls.ancestors(), *function.cls.descendants()):
        for decorator in cls.node.decorator_list:
            dotted = _dotted(program, decorator, cls.scope.parent)
            if dotted.rsplit(".", 1)[-1] not in _CLASS_DECORATORS:
                return cls, f"is decorated with @{ast.unparse(decorator)[:60]}"
        for keyword in cls.node.keywords:
            if keyword.arg == "metaclass" and "ABCMeta" not in ast.unparse(keyword.value):
                return cls, f"has the metaclass {ast.unparse(keyword.value)[:60]}"
        if "__getattribute__" in cls.scope.slots or "__init_subclass__" in cls.scope.slots:
            return cls, "looks its methods up in a way of its own"
    return None


def _foreign_base(function: Function) -> tuple[Class, str] | None:
    """A class outside the program that may know the method by its name."""
    if function.cls is None:
        return None
    for cls in function.cls.ancestors():
        strange = sorted(cls.external_bases - HARMLESS_BASES)
        if strange:
            return cls, strange[0]
    return None


def _dotted(program: Program, decorator: ast.expr, scope: Scope | None) -> str:
    """The dotted name of a decorator that comes from outside the program, empty for any other."""
    callee = decorator.func if isinstance(decorator, ast.Call) else decorator
    values = program.evaluator.values(callee, scope) if scope is not None else frozenset()
    return next((value.dotted for value in values if isinstance(value, External)), "")
