"""Operations on calls that are given a function to call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from fixopenai.rewriting import edits as ops


def hand_over(operation: ops.HandOver, node: cst.Call) -> cst.Call:
    """`wrapper(f(x))` -> `wrapper(f, x)`: the inner call's arguments, and their layout, follow the function."""
    given = node.args[operation.position]
    inner = cst.ensure_type(given.value, cst.Call)
    function = cst.Arg(inner.func)
    arguments = list(inner.args)
    if operation.partial is not None:
        if arguments:
            function = function.with_changes(comma=_between(inner))
        bound = inner.with_changes(func=cst.parse_expression(operation.partial), args=(function, *arguments))
        return node.with_changes(args=_replaced(node, operation.position, [given.with_changes(value=bound)]))
    if not arguments:
        return node.with_changes(args=_replaced(node, operation.position, [given.with_changes(value=inner.func)]))
    function = function.with_changes(comma=_between(inner))
    spread = [function, *arguments]
    if len(node.args) == 1 and isinstance(inner.whitespace_before_args, cst.ParenthesizedWhitespace):
        # The wrapper takes over the layout of the call that it absorbs.
        return node.with_changes(args=spread, whitespace_before_args=inner.whitespace_before_args)
    return node.with_changes(args=_replaced(node, operation.position, spread))


def call_directly(operation: ops.CallDirectly, node: cst.Call) -> cst.Call:
    """`wrapper(f, x)` -> `f(x)`."""
    function = node.args[operation.position].value
    return node.with_changes(func=function, args=node.args[operation.position + 1 :])


def keep_argument(operation: ops.KeepArgument | ops.AwaitArgument, node: cst.Call) -> cst.Call:
    """`wrapper(f(x))` -> `f(x)`, in the parentheses that the wrapper stood in."""
    inner = cst.ensure_type(node.args[operation.position].value, cst.Call)
    return inner.with_changes(lpar=node.lpar, rpar=node.rpar)


def _replaced(node: cst.Call, position: int, new: list[cst.Arg]) -> list[cst.Arg]:
    return [*node.args[:position], *new, *node.args[position + 1 :]]


def _between(inner: cst.Call) -> cst.Comma:
    before = inner.whitespace_before_args
    if isinstance(before, cst.ParenthesizedWhitespace):
        return cst.Comma(whitespace_after=before)
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
