"""Operations on comprehensions, and on the generator expressions that are handed to a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import libcst as cst

if TYPE_CHECKING:
    from fixopenai.rewriting import edits as ops

COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
_Comprehension = cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp


def make_comprehension_async(operation: ops.MakeComprehensionAsync, node: _Comprehension) -> _Comprehension:
    """`for` number `index` becomes `async for`."""
    return _with_colour(node, operation.index, cst.Asynchronous())


def make_comprehension_sync(operation: ops.MakeComprehensionSync, node: _Comprehension) -> _Comprehension:
    """`async for` number `index` becomes `for`."""
    return _with_colour(node, operation.index, None)


def generator_to_list(operation: ops.GeneratorToList, node: cst.Call) -> cst.Call:
    """The first argument, a generator expression, becomes a list comprehension."""
    # Another operation may have made the list already.
    generator = cast("cst.GeneratorExp | cst.ListComp", node.args[0].value)
    display = cst.ListComp(generator.elt, generator.for_in)
    if operation.index is not None:
        display = cast("cst.ListComp", _with_colour(display, operation.index, cst.Asynchronous()))
    return node.with_changes(args=(node.args[0].with_changes(value=display), *node.args[1:]))


def collect_async(operation: ops.CollectAsync, node: cst.Call) -> cst.BaseExpression:
    """The first argument is read by `async for` into a list, or the whole call is, where it only makes one."""
    source = node.args[0].value
    each = cst.CompFor(cst.Name(operation.name), source, asynchronous=cst.Asynchronous())
    if operation.display == "list":
        return cst.ListComp(cst.Name(operation.name), each, lpar=node.lpar, rpar=node.rpar)
    if operation.display == "set":
        return cst.SetComp(cst.Name(operation.name), each, lpar=node.lpar, rpar=node.rpar)
    display = cst.ListComp(cst.Name(operation.name), each)
    return node.with_changes(args=(node.args[0].with_changes(value=display), *node.args[1:]))


def read_whole(operation: ops.ReadWhole, node: cst.BaseExpression) -> cst.BaseExpression:
    """What a place reads by itself is read before, into a list."""
    if operation.wrapper is None:
        each = cst.CompFor(cst.Name(operation.name), node, asynchronous=cst.Asynchronous())
        return cst.ListComp(cst.Name(operation.name), each)
    arguments = [cst.Arg(cst.Name("list")), cst.Arg(node.with_changes(lpar=(), rpar=()))]
    if operation.in_executor:
        arguments.insert(0, cst.Arg(cst.Name("None")))
    call = cst.Call(cst.parse_expression(operation.wrapper), arguments)
    # Parentheses around the expression become those of the await around it.
    return cst.Await(call, lpar=node.lpar, rpar=node.rpar)


def _with_colour(node: _Comprehension, index: int, asynchronous: cst.Asynchronous | None) -> _Comprehension:
    path = [node.for_in]
    while len(path) <= index:
        following = path[-1].inner_for_in
        assert following is not None
        path.append(following)
    changed = path[-1].with_changes(asynchronous=asynchronous)
    for outer in reversed(path[:-1]):
        changed = outer.with_changes(inner_for_in=changed)
    return node.with_changes(for_in=changed)
