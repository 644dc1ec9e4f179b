"""Composed programs, served: many of them in one process, asked for what each of them says."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from bench.scenario import Request

from properties.calls import CALLS
from properties.choosing import sample
from properties.contexts import CONTEXTS
from properties.programs import Recipe, build, fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from properties.programs import Class, Program

APP = "everything:app"
_APP = "from fastapi import FastAPI\n\n{imports}\n\napp = FastAPI()\n{mounts}\n"
_MANY = 10_000


def programs_to_serve(seed: int, count: int) -> list[Program]:
    """Programs with one use each that answers a request, and that the local API knows."""
    return [build(recipe) for recipe in islice(_recipes(seed), count)]


def _recipes(seed: int) -> Iterator[Recipe]:
    for number, recipe in enumerate(sample(seed, _MANY)):
        class_name: Class = "AsyncOpenAI" if recipe.class_name.startswith("Async") else "OpenAI"
        served = Recipe(
            recipe.binding,
            recipe.uses[:1],
            class_name,
            recipe.layout,
            recipe.dresses - {"stars-in-imports"},
            f"t{number}x",
        )
        if CONTEXTS[served.uses[0].context].served and fits(_right(served)):
            yield served


def right(program: Program) -> Program:
    """The program that says the same, with clients that are used as their colour is."""
    return build(_right(program.recipe))


def _right(recipe: Recipe) -> Recipe:
    (use,) = recipe.uses
    call = CALLS[use.call]
    if call.right_with == "async":
        return replace(recipe, class_name="AsyncOpenAI")
    # What no colour makes right says what the response says.
    name = "responses" if call.waits and not call.right_with else use.call
    return replace(recipe, class_name="OpenAI", uses=(replace(use, call=name, mode="plain"),))


def in_one_folder(programs: Iterable[Program]) -> dict[str, bytes]:
    """The files of all programs, which have tags to keep them apart, and an app that holds theirs."""
    files: dict[str, bytes] = {}
    imports, mounts = [], []
    for program in programs:
        files |= program.files
        tag = program.recipe.tag
        imports.append(f"import {program.main}\nfrom {program.app} import app as app_{tag}")
        mounts.append(f'app.mount("/{tag}", app_{tag})')
    files["everything.py"] = _APP.format(imports="\n".join(imports), mounts="\n".join(mounts)).encode()
    return files


def request_of(program: Program) -> Request:
    (site,) = program.sites
    return Request("GET", f"/{program.recipe.tag}/{site.number}?text=tea%20and%20cake", None, "right")
