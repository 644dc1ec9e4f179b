"""Findings: the uses of SDK calls in a program that a rule objects to."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixopenai.analysis.answers import is_answer
from fixopenai.analysis.callbacks import caller_of_lambda
from fixopenai.analysis.certainty import is_certain
from fixopenai.analysis.forms import form_of
from fixopenai.analysis.partials import bound_callees
from fixopenai.analysis.streamed import is_streamed
from fixopenai.analysis.unawaited import is_unawaited
from fixopenai.analysis.uses import CallUse, HelperUse
from fixopenai.analysis.values import BoundMethod, FunctionRef
from fixopenai.results import CallStep, Finding
from fixopenai.rules import rule
from fixopenai.suppression import comments_of, is_silenced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Module
    from fixopenai.analysis.uses import ConsumerUse, Use
    from fixopenai.file_settings import FileSettings
    from fixopenai.suppression import Comments

_LONGEST_CALL = 80
_TESTS = re.compile(r"(^|/)(tests?/|test_[^/]*$|conftest\.py$|[^/]*_test\.py$)")


@dataclass(frozen=True, slots=True, eq=False)
class Detected:
    """A finding and the use behind it; `silenced` ones are not reported and must stay as they are.

    `reader` is what reads the result of the call right where it is made, which is one mistake with it.
    """

    finding: Finding
    use: Use
    silenced: bool
    selected: bool
    reader: ConsumerUse | None = None

    @property
    def reported(self) -> bool:
        """Whether the user wants to hear of it."""
        return self.selected and not self.silenced


def detect(program: Program, settings: FileSettings) -> list[Detected]:
    """Everything the rules find, in the order of path and line."""
    found = []
    comments: dict[Module, Comments] = {}
    for code, use, reader in _mistakes(program):
        module = use.scope.module
        if module.skipped:
            continue
        function = use.function
        finding = Finding(
            rule=code,
            place=module.place(use.node),
            function=function.qualname if function is not None else None,
            message=rule(code).message.format(
                call=use_text(use), sdk=use_text(use.use) if isinstance(use, HelperUse) else ""
            ),
            calls=_way(use) if isinstance(use, HelperUse) else (),
        )
        first, last = _statement_lines(program, use)
        if module not in comments:
            comments[module] = comments_of(module.source.text)
        silenced = is_silenced(comments[module], first, last, code)
        found.append(Detected(finding, use, silenced, settings.is_selected(code, module.path), reader))
    return sorted(found, key=lambda item: (item.finding.place, item.finding.rule))


def _mistakes(program: Program) -> Iterator[tuple[str, Use, ConsumerUse | None]]:
    """Each mistake once: a call and what reads its result in the same expression are one."""
    calls = {use.node: use for use in program.uses.calls}
    readers: dict[CallUse, ConsumerUse] = {}
    read: set[ast.expr] = set()
    for consumer in program.uses.consumers:
        code = _consumer_code(program, consumer)
        inner = consumer.inner.value if isinstance(consumer.inner, ast.Await) else consumer.inner
        call = calls.get(inner) if isinstance(inner, ast.Call) else None
        call_code = _code(program, call) if call is not None else None
        if code is None:
            continue
        read.add(consumer.inner)
        if call is not None and call_code is not None and isinstance(consumer.inner, ast.Await):
            # `async for x in await f()`: the await fails first.
            readers[call] = consumer
            continue
        if call is not None and call_code is not None:
            readers[call] = consumer
        yield code, consumer, None
    for thread in program.uses.threads:
        above = program.parents_of(thread.scope.module)[thread.node]
        # The coroutine that comes out of the thread may be awaited in its turn.
        if thread.mistake != "async" or (isinstance(above, ast.Await) and is_unawaited(program, above, thread.scope)):
            yield "FOA006", thread, None
    # The loop of a test serves nobody else.
    served = (sleep for sleep in program.uses.sleeps if not _is_test(sleep.scope.module))
    yield from (("FOA010", sleep, None) for sleep in served)
    for helper in program.helpers:
        sent = helper.reader is not None and _is_read_by_response(program, helper.reader)
        if not sent and _is_surely_wrong(program, helper) and not _is_test(helper.scope.module):
            yield "FOA005", helper, None
    given = {thread.call for thread in program.uses.threads if thread.call is not None}
    for use in program.uses.calls:
        if use in given:
            continue
        code = _code(program, use)
        if code is None and use.node not in read:
            code = _async_code(program, use)
        reader = readers.get(use)
        if code is not None and (reader is None or isinstance(reader.inner, ast.Await)):
            yield code, use, reader


def _is_surely_wrong(program: Program, use: HelperUse) -> bool:
    """What is awaited may be something else that the function gives besides."""
    if use.wait is not None:
        return True
    is_plain = form_of(use.node, use.scope, program.evaluator) == "plain"
    if is_plain or not isinstance(use.node, ast.Call) or use.node not in program.flow.calls:
        return is_plain
    return is_answer(program, use.node, use.scope)


def _way(use: HelperUse) -> tuple[CallStep, ...]:
    assert use.function is not None
    steps = ((use.function, use.node), *use.steps)
    return tuple(CallStep(function.qualname, function.module.path, node.lineno) for function, node in steps)


def _is_test(module: Module) -> bool:
    return _TESTS.search(module.path) is not None


def use_text(use: Use) -> str:
    """What a message calls a use: a call without its arguments, an expression as it is written."""
    node = use.node.value if isinstance(use.node, ast.Await) else use.node
    if isinstance(use, CallUse) and use.in_pool:
        return ast.unparse(use.node.args[0])[:_LONGEST_CALL]
    return call_text(node) if isinstance(node, ast.Call) else ast.unparse(node)[:_LONGEST_CALL]


def call_text(node: ast.Call) -> str:
    """A call as it is written, without its arguments, short enough for a message."""
    text = ast.unparse(node.func).replace("\n", " ")
    return text if len(text) <= _LONGEST_CALL else f"...{text[-_LONGEST_CALL:]}"


def _code(program: Program, use: CallUse) -> str | None:
    """The rule that a call of a sync client breaks."""
    if use.kind not in ("call", "page") or False not in use.colours:
        return None
    if not use.on_event_loop:
        return "FOA002" if _is_called_at_once(program, use) else None
    if use.form != "plain":
        return "FOA001" if use.colours == {False} and _is_only_sdk(program, use) else None
    # Closing sends nothing that is worth waiting for.
    return None if use.method == "close" else "FOA002"


def _is_called_at_once(program: Program, use: CallUse) -> bool:
    """Whether the call stands in a lambda that an async function runs by a call of its own."""
    caller = caller_of_lambda(program.evaluator, use.function) if use.function is not None else None
    outer = caller[1].enclosing_function() if caller is not None else None
    return outer is not None and outer.is_async


def _is_only_sdk(program: Program, use: CallUse) -> bool:
    """Whether what is called can be nothing that is awaited rightly: a method of a class of the program, say."""
    callees = program.evaluator.values(use.node.func, use.scope)
    callees |= bound_callees(callees, program.evaluator)
    # A double in a test stands in for the client, and says nothing of the code itself.
    return not any(
        isinstance(callee, (BoundMethod, FunctionRef)) and not _is_test(callee.function.module) for callee in callees
    )


def _async_code(program: Program, use: CallUse) -> str | None:
    """The rule that a call of an async client breaks."""
    if use.colours != {True} or use.kind not in ("call", "page") or use.form != "plain":
        return None
    if not is_unawaited(program, use.node, use.scope, is_page=use.kind == "page") or not is_certain(
        program, use.node, use.scope
    ):
        return None
    return "FOA007" if use.on_event_loop else "FOA009"


def _consumer_code(program: Program, use: ConsumerUse) -> str | None:
    """The rule that reading an object breaks."""
    # What may be a list as well is not worth a guess.
    if use.kinds != {"client"} and not is_certain(program, use.inner, use.scope):
        return None
    if True in use.colours:
        if use.colours != {True} or use.written_async:
            return None
        return "FOA008"
    if use.written_async:
        return "FOA003"
    # Entering a client sends nothing.
    blocks = use.on_event_loop and use.kinds != {"client"} and not _is_read_by_response(program, use)
    return "FOA004" if blocks else None


def _is_read_by_response(program: Program, use: ConsumerUse) -> bool:
    """Whether a generator expression does the reading, which a response does in a thread."""
    module = use.scope.module
    parents = program.parents_of(module)
    expression = parents.get(use.statement) if isinstance(use.statement, ast.comprehension) else None
    if not isinstance(expression, ast.GeneratorExp):
        return False
    return is_streamed(program, expression, module.scope_of(parents[expression]))


def _statement_lines(program: Program, use: Use) -> tuple[int, int]:
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
