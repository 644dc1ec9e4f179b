"""The libcst transformers: one operation each, on the node that stands at a given position."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, TypeVar, cast

import libcst as cst
from libcst.metadata import PositionProvider

from fixopenai.rewriting import edits as ops
from fixopenai.rewriting.awaits import awaited, call_in_thread
from fixopenai.rewriting.comprehensions import (
    COMPREHENSIONS,
    collect_async,
    generator_to_list,
    make_comprehension_async,
    make_comprehension_sync,
    read_whole,
)
from fixopenai.rewriting.handing_over import call_directly, hand_over, keep_argument
from fixopenai.rewriting.import_lists import add_imported, remove_imported, rename_imported, replace_import

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fixopenai.positions import LineIndex

# Start and end, each as a 1-based line and a 0-based character column.
Position = tuple[tuple[int, int], tuple[int, int]]
_Node = TypeVar("_Node", bound=cst.CSTNode)

_TARGETS: Mapping[type[ops.Operation], tuple[type[cst.CSTNode], ...]] = {
    ops.AddAwait: (cst.Call,),
    ops.DropAwait: (cst.Await,),
    ops.CallInThread: (cst.Call,),
    ops.WrapCall: (cst.Call, cst.Await, cst.Name, cst.NamedExpr, cst.Attribute, cst.Subscript),
    ops.ReadWhole: (cst.Call, cst.Await, cst.Name, cst.NamedExpr, cst.Attribute, cst.Subscript),
    ops.WrapType: (cst.Name, cst.Attribute, cst.Subscript, cst.BinaryOperation),
    ops.MakeComprehensionAsync: COMPREHENSIONS,
    ops.MakeComprehensionSync: COMPREHENSIONS,
    ops.HandOver: (cst.Call,),
    ops.CallDirectly: (cst.Call,),
    ops.AwaitArgument: (cst.Call,),
    ops.KeepArgument: (cst.Call,),
    ops.ReplaceCallee: (cst.Call,),
    ops.GeneratorToList: (cst.Call,),
    ops.CollectAsync: (cst.Call,),
    ops.Rename: (cst.Name, cst.Attribute, cst.SimpleString),
    ops.MakeAsync: (cst.FunctionDef, cst.For, cst.With),
    ops.MakeSync: (cst.FunctionDef, cst.For, cst.With),
    ops.DropLastIndex: (cst.Subscript,),
    ops.RenameImported: (cst.ImportFrom,),
    ops.AddImported: (cst.ImportFrom,),
    ops.RemoveImported: (cst.ImportFrom,),
    ops.ReplaceImport: (cst.ImportFrom,),
}


class ApplyOperations(cst.CSTTransformer):
    """Carries out operations by position; `pending` holds those whose node was not found."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(
        self,
        operations: Mapping[Position, list[ops.Operation]],
        lines: LineIndex,
        header_end: tuple[int, int] | None,
    ) -> None:
        super().__init__()
        self.lines = lines
        self.pending = {position: list(found) for position, found in operations.items()}
        self.header_end = header_end

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        """Apply what is asked for at this node's position to the node as its children left it."""
        updated = cast("cst.CSTNode", super().on_leave(original_node, updated_node))
        if not isinstance(original_node, _EDITABLE):
            return updated
        place = self.get_metadata(PositionProvider, original_node)
        start = (place.start.line, place.start.column)
        end = (place.end.line, place.end.column)
        if isinstance(original_node, (cst.FunctionDef, cst.For, cst.With)) and self.header_end is not None:
            # Decorators are not in the slice; the body is a stand-in, so the end is given from outside.
            end = self.header_end
        waiting = self.pending.get((start, end), [])
        # What is put around a node comes after what changes the node itself.
        for operation in sorted(waiting, key=_turn):
            if isinstance(original_node, _TARGETS[type(operation)]):
                updated = apply(operation, updated)
                waiting.remove(operation)
                if isinstance(original_node, cst.Await) and original_node.lpar and self._is_glued(start, end):
                    updated = _parenthesized(updated)
        return updated

    def _is_glued(self, start: tuple[int, int], end: tuple[int, int]) -> bool:
        """Whether a node's parentheses touch a word, as in `not(await x)`, which needs them."""
        text = self.lines.text
        before = text[: self.lines.line_start(start[0]) + start[1]].rstrip(" \t").removesuffix("(")
        after = text[self.lines.line_start(end[0]) + end[1] :].lstrip(" \t").removeprefix(")")
        return re.search(r"\w", before[-1:] + after[:1]) is not None


class _Comments(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def visit_Comment(self, node: cst.Comment) -> None:  # noqa: N802 - the name that libcst looks for
        self.found[node.value] += 1


def comments_in(tree: cst.Module) -> Counter[str]:
    """Every comment in a tree, and how often it is there."""
    comments = _Comments()
    tree.visit(comments)
    return comments.found


def _turn(operation: ops.Operation) -> int:
    """What is put around a node comes after what changes the node itself."""
    return (
        2
        if isinstance(operation, (ops.WrapCall, ops.ReadWhole, ops.WrapType))
        else int(isinstance(operation, ops.AddAwait))
    )


_EDITABLE = tuple({target for targets in _TARGETS.values() for target in targets})


def apply(operation: ops.Operation, node: cst.CSTNode) -> cst.CSTNode:
    """The node after the operation."""
    handler = cast("Callable[[ops.Operation, cst.CSTNode], cst.CSTNode]", _HANDLERS[type(operation)])
    return handler(operation, node)


def _add_await(operation: ops.AddAwait, node: cst.Call) -> cst.Await:
    return awaited(node, operation.parenthesize)


def _drop_await(operation: ops.DropAwait, node: cst.Await) -> cst.BaseExpression:  # noqa: ARG001
    inner = node.expression
    if node.lpar and (inner.lpar or not _is_plain(node)):
        return inner.with_changes(lpar=(*node.lpar, *inner.lpar), rpar=(*inner.rpar, *node.rpar))
    return inner


def _parenthesized(node: cst.CSTNode) -> cst.CSTNode:
    if isinstance(node, cst.BaseExpression) and not node.lpar:
        return node.with_changes(lpar=(cst.LeftParen(),), rpar=(cst.RightParen(),))
    return node


def _is_plain(node: cst.Await) -> bool:
    """Whether the parentheses hold nothing but an await on one line: then they were there for the await alone."""
    if len(node.lpar) != 1 or not isinstance(node.expression, (cst.Call, cst.Name, cst.Attribute, cst.Subscript)):
        return False
    spaces = (node.lpar[0].whitespace_after, node.rpar[0].whitespace_before, node.whitespace_after_await)
    return all(isinstance(space, cst.SimpleWhitespace) and "\n" not in space.value for space in spaces)


def _await_argument(operation: ops.AwaitArgument, node: cst.Call) -> cst.Await:
    return awaited(keep_argument(operation, node), operation.parenthesize)


def _replace_callee(operation: ops.ReplaceCallee, node: cst.Call) -> cst.Call:
    return node.with_changes(func=cst.parse_expression(operation.new))


def _wrap_call(operation: ops.WrapCall, node: cst.BaseExpression) -> cst.Call:
    """Parentheses around the expression become those of the call around it."""
    argument = cst.Arg(node.with_changes(lpar=(), rpar=()))
    return cst.Call(cst.parse_expression(operation.wrapper), [argument], lpar=node.lpar, rpar=node.rpar)


def _wrap_type(operation: ops.WrapType, node: cst.BaseExpression) -> cst.Subscript:
    element = cst.SubscriptElement(cst.Index(node.with_changes(lpar=(), rpar=())))
    return cst.Subscript(cst.parse_expression(operation.wrapper), [element], lpar=node.lpar, rpar=node.rpar)


def _rename(operation: ops.Rename, node: cst.Name | cst.Attribute | cst.SimpleString) -> cst.BaseExpression:
    if isinstance(node, cst.Attribute):
        return node.with_changes(attr=cst.Name(operation.new))
    if isinstance(node, cst.SimpleString):
        return node.with_changes(value=re.sub(rf"\b{re.escape(operation.old)}\b", operation.new, node.value))
    return node.with_changes(value=operation.new)


def _make_async(operation: ops.MakeAsync, node: _Node) -> _Node:  # noqa: ARG001
    return node.with_changes(asynchronous=cst.Asynchronous())


def _make_sync(operation: ops.MakeSync, node: _Node) -> _Node:  # noqa: ARG001
    return node.with_changes(asynchronous=None)


def _drop_last_index(operation: ops.DropLastIndex, node: cst.Subscript) -> cst.Subscript:  # noqa: ARG001
    kept = list(node.slice[:-1])
    kept[-1] = kept[-1].with_changes(comma=node.slice[-1].comma)
    return node.with_changes(slice=kept)


_HANDLERS: Mapping[type[ops.Operation], Callable[..., cst.CSTNode]] = {
    ops.AddAwait: _add_await,
    ops.DropAwait: _drop_await,
    ops.CallInThread: call_in_thread,
    ops.WrapCall: _wrap_call,
    ops.ReadWhole: read_whole,
    ops.WrapType: _wrap_type,
    ops.HandOver: hand_over,
    ops.CallDirectly: call_directly,
    ops.AwaitArgument: _await_argument,
    ops.KeepArgument: keep_argument,
    ops.ReplaceCallee: _replace_callee,
    ops.MakeComprehensionAsync: make_comprehension_async,
    ops.MakeComprehensionSync: make_comprehension_sync,
    ops.GeneratorToList: generator_to_list,
    ops.CollectAsync: collect_async,
    ops.Rename: _rename,
    ops.MakeAsync: _make_async,
    ops.MakeSync: _make_sync,
    ops.DropLastIndex: _drop_last_index,
    ops.RenameImported: rename_imported,
    ops.AddImported: add_imported,
    ops.RemoveImported: remove_imported,
    ops.ReplaceImport: replace_import,
}
