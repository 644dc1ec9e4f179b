"""Calls that are awaited, or move into a thread, in the layout that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from fixopenai.rewriting.edits import CallInThread


def awaited(node: cst.Call, parenthesize: bool) -> cst.Await:
    """An await that takes over the parentheses around the call, and gets some where it needs them."""
    lpar, rpar = node.lpar, node.rpar
    if parenthesize and not lpar:
        lpar, rpar = (cst.LeftParen(),), (cst.RightParen(),)
    return cst.Await(node.with_changes(lpar=(), rpar=()), lpar=lpar, rpar=rpar)


def call_in_thread(operation: CallInThread, node: cst.Call) -> cst.BaseExpression:
    """The function becomes the first argument of the wrapper, on a line of its own where the arguments have such."""
    arguments = list(node.args)
    if len(arguments) == 1 and isinstance(arguments[0].value, cst.GeneratorExp) and not arguments[0].value.lpar:
        generator = arguments[0].value.with_changes(lpar=(cst.LeftParen(),), rpar=(cst.RightParen(),))
        arguments[0] = arguments[0].with_changes(value=generator)
    function = cst.Arg(_on_one_line(node.func))
    space: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if arguments:
        space = _between_arguments(node)
        function = function.with_changes(comma=cst.Comma(whitespace_after=space))
    else:
        node, function = _in_empty_call(node, function)
    given = [function, *arguments]
    if operation.partial is not None:
        # The layout stays with the arguments; the wrapper closes right behind them.
        bound = cst.Call(
            cst.parse_expression(operation.partial), given, whitespace_before_args=node.whitespace_before_args
        )
        given, space = [cst.Arg(bound)], cst.SimpleWhitespace(" ")
        node = node.with_changes(whitespace_before_args=cst.SimpleWhitespace(""))
    if operation.in_executor:
        given.insert(0, cst.Arg(cst.Name("None"), comma=cst.Comma(whitespace_after=space)))
    wrapped = node.with_changes(func=cst.parse_expression(operation.wrapper), args=given)
    if operation.add_await:
        return awaited(wrapped, operation.parenthesize)
    return wrapped


def _between_arguments(node: cst.Call) -> cst.BaseParenthesizableWhitespace:
    """What stands between the new first argument and the next: the line break before the old first one, if any."""
    before = node.whitespace_before_args
    if isinstance(before, cst.ParenthesizedWhitespace):
        newline = cst.TrailingWhitespace(newline=before.first_line.newline)
        return cst.ParenthesizedWhitespace(first_line=newline, indent=before.indent, last_line=before.last_line)
    return cst.SimpleWhitespace(" ")


def _in_empty_call(node: cst.Call, function: cst.Arg) -> tuple[cst.Call, cst.Arg]:
    """Parentheses that held nothing close around the function; those that held a comment keep their lines."""
    before = node.whitespace_before_args
    if not isinstance(before, cst.ParenthesizedWhitespace) or not _has_comment(before):
        return node.with_changes(whitespace_before_args=cst.SimpleWhitespace("")), function
    deeper = cst.SimpleWhitespace(f"{before.last_line.value}    ")
    after = _between_arguments(node)
    return (
        node.with_changes(whitespace_before_args=before.with_changes(last_line=deeper)),
        function.with_changes(whitespace_after_arg=after),
    )


def _on_one_line(function: cst.BaseExpression) -> cst.BaseExpression:
    """A chain without the line breaks at its dots, which would look like arguments; as it is if a comment is there."""
    dots = []
    node = function
    while isinstance(node, (cst.Attribute, cst.Call, cst.Subscript)):
        if isinstance(node, cst.Attribute):
            dots += [node.dot.whitespace_before, node.dot.whitespace_after]
        node = node.func if isinstance(node, cst.Call) else node.value
    if any(_has_comment(space) for space in dots):
        return function
    return _without_breaks(function)


def _without_breaks(node: cst.BaseExpression) -> cst.BaseExpression:
    if isinstance(node, cst.Attribute):
        spaces = (node.dot.whitespace_before, node.dot.whitespace_after)
        is_broken = any(isinstance(s, cst.ParenthesizedWhitespace) or "\\" in getattr(s, "value", "") for s in spaces)
        return node.with_changes(value=_without_breaks(node.value), dot=cst.Dot() if is_broken else node.dot)
    if isinstance(node, cst.Call):
        return node.with_changes(func=_without_breaks(node.func))
    if isinstance(node, cst.Subscript):
        return node.with_changes(value=_without_breaks(node.value))
    return node


def _has_comment(space: cst.BaseParenthesizableWhitespace) -> bool:
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return False
    return space.first_line.comment is not None or any(line.comment is not None for line in space.empty_lines)
