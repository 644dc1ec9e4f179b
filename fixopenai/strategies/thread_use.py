"""A thread wrapper that is used wrongly, put right in place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import called_name
from fixopenai.rewriting.edits import Edit, HandOver
from fixopenai.strategies.awaiting import awaited
from fixopenai.strategies.bound_names import dotted_at
from fixopenai.strategies.plans import Fix, Refusal

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.uses import CallUse, ThreadUse, Use

# Wrappers that pass keyword arguments on; the others take positional ones at most.
_PASS_KEYWORDS = frozenset({"to_thread", "run_in_threadpool", "submit", "add_task"})
_NOT_AWAITED = frozenset({"submit", "add_task", "map"})


def passes_keywords(call: ast.Call) -> bool:
    """Whether a wrapper passes keyword arguments on to the function."""
    return called_name(call) in _PASS_KEYWORDS


def result_refusal(use: ThreadUse, call: CallUse) -> Refusal | None:
    """What keeps a wrapper from being another one, or none, around the call whose result it is given."""
    module, node = use.scope.module, use.node
    if len(node.args) > use.position + 1 or node.keywords:
        return Refusal("the wrapper is given other arguments as well", module.place(node))
    if "#" in module.lines.segment(node).replace(module.lines.segment(call.node), ""):
        return Refusal("a comment stands around the call, which would lose its place", module.place(node))
    return None


def plan_thread_use(program: Program, use: ThreadUse, reason: str) -> Fix | Refusal:
    """Give the wrapper the function instead of its result, and await the wrapper."""
    module, node = use.scope.module, use.node
    name = called_name(node)
    place = module.place(node)
    edits: set[Edit] = set()
    mended: tuple[Use, ...] = (use,)
    if use.call is not None:
        refusal = result_refusal(use, use.call)
        if refusal is not None:
            return refusal
        if "#" in _before_arguments(module.lines.segment(use.call.node), use.call.node):
            return Refusal("a comment stands in the call, which would lose its place", place)
        partial, imported = None, None
        # Where the name is one of ours, the wrapper may still be another's: a partial is right for all of them.
        if name not in _PASS_KEYWORDS and (use.call.node.args or use.call.node.keywords):
            partial, imported = dotted_at(program, use.scope, node, "functools", "partial")
        edits.add(Edit(module, node, HandOver(use.position, partial)))
        if imported is not None:
            edits.add(imported)
        mended = (use, use.call)
    parent = program.parents_of(module)[node]
    alone = isinstance(parent, (ast.Expr, ast.Attribute, ast.Subscript)) and name not in _NOT_AWAITED
    if alone or use.mistake == "unawaited":
        waited = awaited(program, node, use.scope)
        if isinstance(waited, Refusal):
            return waited
        edits |= waited
    return Fix("to-thread", mended, frozenset(edits), reason)


def _before_arguments(text: str, call: ast.Call) -> str:
    """The text of a call up to its first argument, as far as its line breaks tell."""
    lines = text.splitlines()
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    first = min((argument.lineno for argument in arguments), default=call.lineno)
    return "\n".join(lines[: first - call.lineno])
