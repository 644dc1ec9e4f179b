"""Which recipes are tried: an even sample of all that can be combined, or whatever hypothesis comes upon."""

from __future__ import annotations

import random
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from properties.bindings import BINDINGS
from properties.calls import CALLS, MODES
from properties.contexts import CONTEXTS
from properties.dress import DRESSES
from properties.programs import CLASSES, LAYOUTS, Recipe, Use, fits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_Item = TypeVar("_Item")
_MOST_USES = 3
_MOST_DRESSES = 4


def sample(seed: int, count: int) -> Iterator[Recipe]:
    """So many recipes, in which every value of a part comes about as often as any other."""
    return islice(_sample(random.Random(seed)), count)


def _sample(chance: random.Random) -> Iterator[Recipe]:
    bindings, classes, layouts = _turns(list(BINDINGS), chance), _turns(CLASSES, chance), _turns(LAYOUTS, chance)
    calls, contexts = _turns(list(CALLS), chance), _turns(list(CONTEXTS), chance)
    while True:
        binding, class_name, layout = next(bindings), next(classes), next(layouts)
        uses = []
        for _ in range(chance.randint(1, _MOST_USES)):
            call = next(calls)
            # A form that fits in few contexts is tried in others rather than left out.
            fitting = [
                use
                for context in islice(contexts, len(CONTEXTS))
                for use in (Use(call, context, chance.choice(MODES)),)
                if fits(Recipe(binding, (use,), class_name))
            ]
            uses += fitting[:1]
        dresses = chance.sample(DRESSES, chance.randint(0, _MOST_DRESSES))
        if uses:
            yield Recipe(binding, tuple(uses), class_name, layout, frozenset(dresses))


def _turns(items: Sequence[_Item], chance: random.Random) -> Iterator[_Item]:
    """All items in a random order, then in another."""
    while True:
        yield from chance.sample(items, len(items))


def _any_of(items: Collection[_Item]) -> st.SearchStrategy[_Item]:
    return st.sampled_from(list(items))


# Hypothesis makes the first values of each part, which are the simple ones, out of a recipe that fails.
RECIPES = st.builds(
    Recipe,
    binding=_any_of(BINDINGS),
    uses=st.lists(
        st.builds(Use, call=_any_of(CALLS), context=_any_of(CONTEXTS), mode=_any_of(MODES)),
        min_size=1,
        max_size=_MOST_USES,
    ).map(tuple),
    class_name=_any_of(CLASSES),
    layout=_any_of(LAYOUTS),
    dresses=st.frozensets(_any_of(DRESSES), max_size=_MOST_DRESSES),
).filter(fits)
