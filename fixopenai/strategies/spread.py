"""Async spreads upward: plain functions that become async with a client, and the calls of them that are awaited."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.analysis.answers import gives_answer
from fixopenai.analysis.blocking import blocking_node
from fixopenai.analysis.fastapi import ASYNC_ROLES
from fixopenai.analysis.forms import form_of
from fixopenai.analysis.helpers import reader_of
from fixopenai.analysis.streamed import is_streamed
from fixopenai.analysis.tree import own_nodes
from fixopenai.analysis.uses import SleepUse
from fixopenai.analysis.values import (
    BoundMethod,
    ClassRef,
    External,
    FunctionRef,
    Instance,
    Mock,
    ModuleRef,
    Partial,
    SuperOf,
)
from fixopenai.rewriting.edits import AddAwait, Edit
from fixopenai.strategies.await_places import (
    await_obstacle,
    generator_edits,
    needs_parentheses,
    yields_under_lock,
)
from fixopenai.strategies.callables import promises
from fixopenai.strategies.doubled_objects import doubled_object
from fixopenai.strategies.hidden_callers import hidden_caller
from fixopenai.strategies.natures import family_of, kind_of, nature_refusal
from fixopenai.strategies.plans import ClassReference, Refusal
from fixopenai.strategies.readers import left_early, read_async
from fixopenai.strategies.references import references
from fixopenai.strategies.sleep import plan_sleep
from fixopenai.strategies.turning import generator_refusal, turn_edits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Function, Scope
    from fixopenai.analysis.uses import HelperUse
    from fixopenai.results import Place
    from fixopenai.strategies.limits import Limits

# A function that is to become async, the one that asks for it by being called there or by being of the same family,
# and the place of that.
Step: TypeAlias = "tuple[Function, Function | None, Place]"


class Spread:
    """The plain functions that one client's switch makes async, up to async callers or what a framework calls.

    `turned` are those functions; `edits` and `references` what changes with them.
    """

    def __init__(self, program: Program, limits: Limits) -> None:
        self.program = program
        self.limits = limits
        self.turned: set[Function] = set()
        self.edits: set[Edit] = set()
        self.references: list[ClassReference] = []
        self.called: set[Function] = set()
        # What runs in a thread now, where other work in it keeps nobody waiting.
        self.from_threads: set[Function] = set()
        self._silenced = {use.node for use in limits.silenced}

    def turn(self, function: Function, place: Place) -> Refusal | None:
        """Make a function async, and whoever calls it as far up as needed; `place` is the use that asks for it."""
        queue: list[Step] = [(function, None, place)]
        while queue:
            current, called, place = queue.pop()
            if current in self.turned:
                continue
            self.turned.add(current)
            above = self.above(current, called, place)
            if isinstance(above, Refusal):
                return above
            turned = turn_edits(current)
            if isinstance(turned, Refusal):
                return turned
            self.edits |= turned[0]
            self.references += turned[1]
            refusal = self._sleeps(current)
            if refusal is not None:
                return refusal
            queue += above
        return None

    def last_refusal(self) -> Refusal | None:
        """What can only be told once all functions are known that become async."""
        for function in sorted(self.from_threads, key=lambda one: one.order):
            found = blocking_node(self.program.evaluator, function, self.turned)
            if found is not None:
                why, node, where = found
                place = where.module.place(node)
                return Refusal(f"{function.qualname}() would block the event loop: {why}", place)
        return hidden_caller(self.program, self.called) or doubled_object(self.program, self.called)

    def helpers(self) -> list[HelperUse]:
        """The calls on the event loop that no longer block."""
        return [
            use
            for use in self.program.helpers
            if use.steps and all(function in self.turned for function, _ in use.steps)
        ]

    def review(self) -> str | None:
        """What to look for in the diff."""
        if not self.turned:
            return None
        return became_async(self.turned) if self.called else f"{_names(self.turned)}: look for work in it that blocks"

    def above(self, function: Function, called: Function | None, place: Place) -> list[Step] | Refusal:
        """The functions that must become async with this one, its callers' awaits noted; or why it cannot."""
        callers = self.program.callers.get(function, [])
        roles = self.program.flow.roles.get(function, set())
        family = family_of(function)
        subject = _subject(function, called, family)
        if not isinstance(function.node, ast.FunctionDef):
            return Refusal(f"{subject}, which is not async", place)
        if function.is_generator:
            refusal = generator_refusal(function)
            if refusal is not None:
                return refusal
        locked = yields_under_lock(self.program, function)
        if locked is not None:
            why = f"{function.qualname}() stops while it holds a lock, which others would wait for"
            return Refusal(why, function.module.place(locked))
        stop = self.program.stops.own(function)
        if stop is not None:
            why = f"{function.qualname}() may raise StopIteration, which no coroutine can"
            return Refusal(why, function.module.place(stop))
        refusal = nature_refusal(self.program, function, subject, place)
        if refusal is not None:
            return refusal
        for module, node in references(self.program, function):
            promised = promises(self.program, module, node) if "thread" not in roles else None
            if promised is None:
                why = f"{subject}, which is not async and is handed on"
                if "thread" in roles:
                    why = f"{function.qualname}() is also run in a thread"
                return Refusal(why, module.place(node))
            self.edits |= promised
        if not roles and not any(self.program.callers.get(other) for other in family):
            return Refusal(f"{subject}, which is not async and of which no call is known", place)
        if roles:
            self.from_threads.add(function)
        if roles - ASYNC_ROLES:
            return Refusal(f"{subject}, which is not async", place)
        outside = next((found for found in callers if found[0].enclosing_function() is None), None)
        is_asked_by_client = called is None or called in family
        if outside is not None and is_asked_by_client and len(callers) > 1:
            why = f"{function.qualname}() is also called when the module is imported or run"
            return Refusal(why, outside[0].module.place(outside[1]))
        if outside is not None:
            return Refusal(f"{subject}, which is not async", place)
        steps: list[Step] = []
        for scope, call in callers:
            self.called.add(function)
            above = self._caller(function, scope, call)
            if isinstance(above, Refusal):
                return above
            steps += above
        odd = next((other for other in family if kind_of(other) != kind_of(function)), None)
        if odd is not None:
            return Refusal(f"{function.qualname}() is {kind_of(function)}, and {odd.qualname}() is none", place)
        return steps + [(other, function, place) for other in family if other is not function]

    def _caller(self, function: Function, scope: Scope, call: ast.Call) -> list[Step] | Refusal:
        """One call is awaited; where it stands in a plain function, that must become async as well."""
        module = scope.module
        place = module.place(call)
        refusal = self.limits.file_refusal(module, call)
        if refusal is not None:
            return refusal
        if call in self._silenced:
            return Refusal("one of its calls is silenced by a comment", place)
        name = function.qualname
        others = sorted(self.program.flow.calls[call][1], key=lambda one: one.order)
        if self._may_be_other(call, scope) or any(kind_of(other) != kind_of(function) for other in others):
            return Refusal(f"something else may be called here in the place of {name}()", place)
        caller = scope.enclosing_function()
        assert caller is not None
        form = form_of(call, scope, self.program.evaluator)
        if function.is_generator and is_streamed(self.program, call, scope):
            self.from_threads.add(function)
            return []
        if function.is_generator:
            refusal = self._read(function, caller, scope, call)
            if refusal is not None:
                return refusal
        elif form != "plain" and not gives_answer(self.program, function):
            return Refusal(f"{name}() may give something that is awaited already", place)
        elif form == "plain":
            if any(other.is_async for other in others):
                return Refusal(f"{name}() shares this call with an async function", place)
            if self._may_be_mock(call, scope):
                return Refusal(f"a mock may be called here in the place of {name}()", place)
            refusal = self._await(call, scope)
            if refusal is not None:
                return refusal
        steps: list[Step] = [(other, None, place) for other in others if other is not function and not other.is_async]
        return steps if caller.is_async else [*steps, (caller, function, place)]

    def _sleeps(self, function: Function) -> Refusal | None:
        """A function that waits between its tries lets the loop go on meanwhile."""
        for node in own_nodes(function.node):
            if not isinstance(node, ast.Call):
                continue
            scope = function.module.scope_of(node)
            if External("time.sleep") in self.program.evaluator.values(node.func, scope):
                slept = plan_sleep(self.program, SleepUse(node, scope), "async-client", "")
                if isinstance(slept, Refusal):
                    return slept
                self.edits |= slept.edits
        return None

    def _read(self, function: Function, caller: Function, scope: Scope, call: ast.Call) -> Refusal | None:
        """A generator that becomes async is read with `async for`, a context manager entered with `async with`."""
        reader = reader_of(self.program, function, scope, call, frozenset())
        if reader is None:
            why = f"{function.qualname}() gives a generator that is read in a way that cannot be followed"
            return Refusal(why, scope.module.place(call))
        early = left_early(self.program, function, reader)
        if early is not None:
            why = f"{function.qualname}() would be closed later than where its reading ends early"
            return Refusal(why, scope.module.place(early))
        read = read_async(self.program, reader, (*self.turned, caller))
        if isinstance(read, Refusal):
            return read
        self.edits |= read
        return None

    def _await(self, call: ast.Call, scope: Scope) -> Refusal | None:
        obstacle = await_obstacle(self.program, call, scope)
        if obstacle is not None:
            return Refusal(obstacle[0], scope.module.place(obstacle[1]))
        parenthesize = needs_parentheses(self.program, call, scope)
        self.edits.add(Edit(scope.module, call, AddAwait(parenthesize)))
        self.edits |= generator_edits(self.program, call, scope)
        return None

    def _may_be_other(self, call: ast.Call, scope: Scope) -> bool:
        """Whether the call may reach what is not known, or not as a function of the program."""
        evaluator = self.program.evaluator
        known = (FunctionRef, BoundMethod, Instance, Partial, Mock)
        if not all(isinstance(value, known) for value in evaluator.values(call.func, scope)):
            return True
        if not isinstance(call.func, ast.Attribute):
            return False
        owners = evaluator.values(call.func.value, scope)
        has_method = (Instance, ClassRef, SuperOf, ModuleRef)
        return any(
            not isinstance(owner, Mock)
            and not (isinstance(owner, has_method) and evaluator.attributes.get(owner, call.func.attr))
            for owner in owners
        )

    def _may_be_mock(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a double that is not awaitable may take the function's place, or that of the object it belongs to."""
        values = self.program.evaluator.values(call.func, scope)
        if isinstance(call.func, ast.Attribute):
            values |= self.program.evaluator.values(call.func.value, scope)
        return any(isinstance(value, Mock) and not _has_spec(value.node) for value in values)


def became_async(functions: Iterable[Function]) -> str:
    """What to look for where functions that others call became async."""
    return f"{_names(functions)}: callers elsewhere must await, and other work in it still blocks the loop"


def _names(functions: Iterable[Function]) -> str:
    return f"{', '.join(sorted(function.qualname for function in functions))} became async"


def _subject(function: Function, called: Function | None, family: list[Function]) -> str:
    if called is None:
        return f"the client is also used in {function.qualname}()"
    if called is not function and called in family:
        return f"{called.qualname}() would change together with {function.qualname}()"
    return f"{called.qualname}() is also called from {function.qualname}()"


def _has_spec(node: ast.Call) -> bool:
    """A mock with a `spec` gives awaitable methods for async ones."""
    return any(keyword.arg in {"spec", "spec_set"} for keyword in node.keywords)
