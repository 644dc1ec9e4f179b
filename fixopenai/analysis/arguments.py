"""Where the arguments of a call go: into the parameters of a function, or the fields of a class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import Iterable, Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixopenai.analysis.evaluates import Evaluates
    from fixopenai.analysis.flow import Flow
    from fixopenai.analysis.scopes import Class, Function, Scope, Slot


class Arguments:
    """Lets the values of arguments flow to where they are read."""

    def __init__(self, flow: Flow, evaluator: Evaluates) -> None:
        self.flow = flow
        self.evaluator = evaluator

    def bind(
        self, function: Function, args: Sequence[ast.expr], keywords: Sequence[ast.keyword], scope: Scope, skip: int
    ) -> None:
        """Let arguments flow into parameters; `skip` leading parameters are bound already (`self`)."""
        parameters = function.parameters[skip:]
        slots = function.scope.slots
        for position, argument in enumerate(args):
            if isinstance(argument, ast.Starred):
                # What stands behind a star could be anything; an SDK object in it counts as out of sight.
                break
            values = self.evaluator.values(argument, scope)
            if not values:
                continue
            if position < len(parameters):
                self.flow.add(slots[parameters[position].arg], values)
            elif function.node.args.vararg is not None:
                self._add_element(slots, function.node.args.vararg, values)
        named = {parameter.arg for parameter in [*parameters, *function.node.args.kwonlyargs]}
        for keyword in keywords:
            if keyword.arg is None:
                continue
            values = self.evaluator.values(keyword.value, scope)
            if keyword.arg in named:
                self.flow.add(slots[keyword.arg], values)
            elif function.node.args.kwarg is not None and values:
                self._add_element(slots, function.node.args.kwarg, values)

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

    def _add_element(self, slots: dict[str, Slot], parameter: ast.arg, values: Values) -> None:
        elements = self.flow.node_slot(parameter, "elements")
        self.flow.add(elements, values)
        self.flow.add(slots[parameter.arg], {Iterable(elements)})
