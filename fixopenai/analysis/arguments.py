"""Where the arguments of a call go: into the parameters of a function, or the fields of a class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import Iterable, Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Class, Function, Scope, Slot


# How many of `*args` are followed to where they are handed on.
_MOST_HANDED_ON = 8


class Arguments:
    """Lets the values of arguments flow to where they are read."""

    def __init__(self, flow: Flow, evaluator: Evaluates) -> None:
        self.flow = flow
        self._names: dict[ast.arg, dict[str, None]] = {}
        self.evaluator = evaluator

    def bind(
        self, function: Function, args: Sequence[ast.expr], keywords: Sequence[ast.keyword], scope: Scope, skip: int
    ) -> None:
        """Let arguments flow into parameters; `skip` leading parameters are bound already (`self`)."""
        parameters = function.parameters[skip:]
        slots = function.scope.slots
        for position, values in enumerate(self._positional(args, scope)):
            if not values:
                continue
            if position < len(parameters):
                self.flow.add(slots[parameters[position].arg], values)
            elif function.node.args.vararg is not None:
                self._add_element(slots, function.node.args.vararg, f"*{position - len(parameters)}", values)
        named = {parameter.arg for parameter in [*parameters, *function.node.args.kwonlyargs]}
        for name, values in self._named(keywords, scope):
            if name in named:
                self.flow.add(slots[name], values)
            elif function.node.args.kwarg is not None and values:
                self._add_element(slots, function.node.args.kwarg, f"**{name}", values)

    def _positional(self, args: Sequence[ast.expr], scope: Scope) -> Iterator[Values]:
        for argument in args:
            if isinstance(argument, ast.Starred):
                # What stands behind another star could be anything; an SDK object in it counts as out of sight.
                parameter = _own_rest(argument.value, scope)
                for position in range(_MOST_HANDED_ON if parameter is not None else 0):
                    assert parameter is not None
                    yield frozenset(self.flow.read(self.flow.node_slot(parameter, f"*{position}")))
                return
            yield self.evaluator.values(argument, scope)

    def _named(self, keywords: Sequence[ast.keyword], scope: Scope) -> Iterator[tuple[str, Values]]:
        for keyword in keywords:
            if keyword.arg is not None:
                yield keyword.arg, self.evaluator.values(keyword.value, scope)
            elif (parameter := _own_rest(keyword.value, scope)) is not None:
                self.flow.read(self.flow.node_slot(parameter, "elements"))
                for name in self._names.get(parameter, ()):
                    yield name.lstrip("*"), frozenset(self.flow.read(self.flow.node_slot(parameter, name)))

    def bind_class(
        self,
        cls: Class,
        initializers: Sequence[Function],
        args: Sequence[ast.expr],
        keywords: Sequence[ast.keyword],
        scope: Scope,
    ) -> None:
        """Let the arguments of a class flow into its `__init__`, or into its fields where it has none."""
        for initializer in initializers:
            self.bind(initializer, args, keywords, scope, skip=1)
        if not initializers:
            self._fill_fields(cls, args, keywords, scope)

    def _fill_fields(self, cls: Class, args: Sequence[ast.expr], keywords: Sequence[ast.keyword], scope: Scope) -> None:
        """A class with no `__init__` takes its annotated fields: dataclasses, pydantic models, named tuples."""
        fields = cls.fields()
        for (owner, name), argument in zip(fields, args, strict=False):
            self.flow.add(owner.attribute(name), self.evaluator.values(argument, scope))
        owners = {name: owner for owner, name in fields}
        for keyword in keywords:
            if keyword.arg in owners:
                self.flow.add(owners[keyword.arg].attribute(keyword.arg), self.evaluator.values(keyword.value, scope))

    def _add_element(self, slots: dict[str, Slot], parameter: ast.arg, name: str, values: Values) -> None:
        """Of `*args` and `**kwargs` each is known by itself as well: they are handed on as they came."""
        self._names.setdefault(parameter, {})[name] = None
        self.flow.add(self.flow.node_slot(parameter, name), values)
        elements = self.flow.node_slot(parameter, "elements")
        self.flow.add(elements, values)
        self.flow.add(slots[parameter.arg], {Iterable(elements)})


def _own_rest(node: ast.expr, scope: Scope) -> ast.arg | None:
    """The parameter `*args` or `**kwargs` that a name is, of a function which does not bind it anew."""
    owner = scope.owner(node.id) if isinstance(node, ast.Name) else None
    if owner is None or owner.function is None or not isinstance(node, ast.Name):
        return None
    arguments = owner.function.node.args
    rest = next((p for p in (arguments.vararg, arguments.kwarg) if p is not None and p.arg == node.id), None)
    return rest if all(binding is owner.node for binding in owner.bindings.get(node.id, ())) else None
