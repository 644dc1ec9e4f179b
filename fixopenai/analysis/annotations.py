"""What an annotation promises, and the dependency it may carry."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixopenai.analysis.externals import has_known_instances
from fixopenai.analysis.values import (
    NOTHING,
    ClassRef,
    Dependency,
    External,
    ExternalInstance,
    Instance,
    Iterable,
    Sdk,
    SdkClass,
    Symbol,
    TypeExpression,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Scope

_ITERABLES = frozenset(
    {"Iterator", "Iterable", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator", "list", "List",
     "Sequence", "tuple", "Tuple", "set", "Set"}
)  # fmt: skip
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping"})
_TRANSPARENT = frozenset(
    {"Optional", "Union", "Final", "ClassVar", "Required", "NotRequired", "InstanceOf", "Awaitable", "Coroutine"}
)


@dataclass(frozen=True, slots=True)
class Declared:
    """The values that an annotation promises, and the `Depends(...)` in it."""

    values: Values = NOTHING
    dependencies: frozenset[Dependency] = frozenset()

    def __or__(self, other: Declared) -> Declared:
        return Declared(self.values | other.values, self.dependencies | other.dependencies)


_NOTHING_DECLARED = Declared()


class Annotations:
    """Annotations to promised values; each class of the SDK that is named in one is an origin of its own."""

    def __init__(self, flow: Flow, evaluator: Evaluates) -> None:
        self.flow = flow
        self.evaluator = evaluator
        self._quoted_trees: dict[ast.Constant, ast.expr | None] = {}

    def declared(self, node: ast.expr, scope: Scope, depth: int = 0) -> Declared:
        """What the annotation `node` promises; aliases and quotes are looked through."""
        if depth > 10:
            return _NOTHING_DECLARED
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._quoted(node, scope, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self.declared(node.left, scope, depth + 1) | self.declared(node.right, scope, depth + 1)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope, depth)
        found = _NOTHING_DECLARED
        for value in self.evaluator.values(node, scope):
            if isinstance(value, TypeExpression):
                found |= self.declared(value.node, value.scope, depth + 1)
            else:
                found |= Declared(self._instance_of(value, node, scope))
        return found

    def _instance_of(self, value: Value, node: ast.expr, scope: Scope) -> Values:
        if isinstance(value, SdkClass):
            origin = self.flow.origin("annotation", value.type_key, value.is_async, node, scope)
            return frozenset({Sdk(value.type_key, value.is_async, origin)})
        if isinstance(value, ClassRef):
            return frozenset({Instance(value.cls, exact=False)})
        if isinstance(value, External) and has_known_instances(value.dotted):
            return frozenset({ExternalInstance(value.dotted)})
        if isinstance(value, Symbol):
            return NOTHING
        return NOTHING

    def _quoted(self, node: ast.Constant, scope: Scope, depth: int) -> Declared:
        inner = self._parsed(node)
        if inner is None:
            return _NOTHING_DECLARED
        found = self.declared(inner, scope, depth + 1)
        # Positions inside quotes mean nothing to an edit, so the origin is the string itself.
        values = frozenset(
            Sdk(
                value.type_key,
                value.is_async,
                self.flow.origin("annotation", value.type_key, value.is_async, node, scope),
            )
            if isinstance(value, Sdk) and value.origin.kind == "annotation"
            else value
            for value in found.values
        )
        return Declared(values, found.dependencies)

    def _parsed(self, node: ast.Constant) -> ast.expr | None:
        if node not in self._quoted_trees:
            try:
                self._quoted_trees[node] = ast.parse(str(node.value).strip(), mode="eval").body
            except (SyntaxError, ValueError):
                self._quoted_trees[node] = None
        return self._quoted_trees[node]

    def _subscript(self, node: ast.Subscript, scope: Scope, depth: int) -> Declared:
        base = self.evaluator.values(node.value, scope)
        names = {value.dotted.rsplit(".", 1)[-1] for value in base if isinstance(value, External)}
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if "Annotated" in names and arguments:
            found = self.declared(arguments[0], scope, depth + 1)
            for metadata in arguments[1:]:
                dependencies = {v for v in self.evaluator.values(metadata, scope) if isinstance(v, Dependency)}
                found |= Declared(dependencies=frozenset(dependencies))
            return found
        if names & _TRANSPARENT:
            parts = [self.declared(argument, scope, depth + 1) for argument in arguments]
            return _joined(parts)
        if names & (_ITERABLES | _MAPPINGS) and arguments:
            element = arguments[-1] if names & _MAPPINGS else arguments[0]
            inner = self.declared(element, scope, depth + 1)
            if inner.values:
                slot = self.flow.node_slot(node, "annotation")
                self.flow.add(slot, inner.values)
                return Declared(frozenset({Iterable(slot)}))
            return _NOTHING_DECLARED
        # `Stream[ChatCompletionChunk]`, `Base[T]`: the class itself decides.
        return self.declared(node.value, scope, depth + 1)


def _joined(parts: list[Declared]) -> Declared:
    found = _NOTHING_DECLARED
    for part in parts:
        found |= part
    return found
