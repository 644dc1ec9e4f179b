"""Programs out of parts: a binding of the client x forms of call x contexts x folders x dresses."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from textwrap import indent
from typing import Literal, get_args

from properties.bindings import BINDINGS, Binding
from properties.calls import CALLS, CallForm, Mode, modes_of, written
from properties.contexts import CONTEXTS
from properties.dress import Dress, dressed

Class = Literal["OpenAI", "AzureOpenAI", "AsyncOpenAI", "AsyncAzureOpenAI"]
CLASSES: tuple[Class, ...] = get_args(Class)
# Which folders the parts lie in, and how they are imported from each other.
Layout = Literal["one-file", "flat", "flat-modules", "package", "package-modules", "deep", "re-exported", "star"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
Role = Literal["client", "helper", "route"]

_HOMES: dict[Layout, dict[Role, str]] = {
    "one-file": {"client": "main", "helper": "main", "route": "main"},
    "flat": {"client": "clients", "helper": "helpers", "route": "main"},
    "flat-modules": {"client": "clients", "helper": "helpers", "route": "main"},
    "package": {"client": "app.clients", "helper": "app.helpers", "route": "app.main"},
    "package-modules": {"client": "app.clients", "helper": "app.helpers", "route": "app.main"},
    "deep": {"client": "app.core.llm.clients", "helper": "app.services.helpers", "route": "app.api.main"},
    "re-exported": {"client": "app.llm.clients", "helper": "app.helpers", "route": "app.main"},
    "star": {"client": "clients", "helper": "helpers", "route": "main"},
}
_IMPORTS: dict[str, str] = {
    "asyncio": "import asyncio",
    "openai": "import openai",
    "ai": "import openai as ai",
    "dataclass": "from dataclasses import dataclass",
    "lru_cache": "from functools import lru_cache",
    "Any": "from typing import Any",
    "Annotated": "from typing import Annotated",
    "Iterator": "from collections.abc import Iterator",
    "AsyncIterator": "from collections.abc import AsyncIterator",
    "run_in_threadpool": "from fastapi.concurrency import run_in_threadpool",
    "StreamingResponse": "from fastapi.responses import StreamingResponse",
    **{
        name: f"from fastapi import {name}"
        for name in ("BackgroundTasks", "Depends", "FastAPI", "Request", "WebSocket")
    },
    **{name: f"from openai import {name}" for name in CLASSES},
}


@dataclass(frozen=True, slots=True)
class Use:
    """A call form in a context, written in a mode."""

    call: str
    context: str
    mode: Mode = "plain"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a program is made of; `tag` keeps the files of programs in one folder apart."""

    binding: str
    uses: tuple[Use, ...]
    class_name: Class = "OpenAI"
    layout: Layout = "one-file"
    dresses: frozenset[Dress] = frozenset()
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A use in a program: functions whose names end with `number` are its own. `wrong` says that it must be found,
    as it blocks the event loop or waits in the wrong way, and that nothing may be found where it is not; None that it
    is wrong in a way that need not be found."""

    number: str
    use: Use
    wrong: bool | None


@dataclass(frozen=True, slots=True)
class Program:
    """The files, by path, the module that holds the app, and the one that holds the routes."""

    recipe: Recipe
    files: dict[str, bytes]
    app: str
    main: str
    sites: tuple[Site, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    role: Role
    text: str
    exports: tuple[str, ...] = ()


def fits(recipe: Recipe) -> bool:
    """Whether the parts can stand together as Python that means something."""
    binding = BINDINGS[recipe.binding]
    return all(_use_fits(binding, use) for use in recipe.uses)


def _use_fits(binding: Binding, use: Use) -> bool:
    call, context = CALLS[use.call], CONTEXTS[use.context]
    if context.needs_expression and (not call.is_expression or binding.around or binding.before):
        return False
    if (not context.is_async or call.waits) and use.mode != "plain":
        return False
    if call.waits and ("lambda" in context.name or not context.is_async):
        return False
    if context.needs_expression and "#" in call.text:
        return False
    return use.mode in modes_of(_body_text(call, binding))


def _body_text(call: CallForm, binding: Binding) -> str:
    return f"{binding.around}\n{indent(call.text, '    ')}" if binding.around else call.text


def build(recipe: Recipe) -> Program:
    """The program of a recipe; AssertionError where a text is not Python."""
    binding = BINDINGS[recipe.binding]
    shares_app = "app." in binding.setup
    parts = [_Part("client" if shares_app else "route", "app = FastAPI()", ("app",))]
    if binding.setup:
        parts.append(_Part("client", _with_class(binding.setup, recipe), binding.exports))
    sites = []
    for index, use in enumerate(recipe.uses):
        number = f"{recipe.tag}{index}"
        parts += [part for part in _parts_of(use, number, binding, recipe) if part.text]
        sites.append(Site(number, use, _is_wrong(use, binding, recipe)))
    files = _files(parts, recipe)
    return Program(recipe, files, _home(parts[0].role, recipe), _home("route", recipe), tuple(sites))


def _is_wrong(use: Use, binding: Binding, recipe: Recipe) -> bool | None:
    context, call = CONTEXTS[use.context], CALLS[use.call]
    colour = "async" if recipe.class_name.startswith("Async") else "sync"
    if call.waits:
        return None if call.unseen and colour == "async" else call.right_with != colour
    is_right_mode = "awaited" if recipe.class_name.startswith("Async") else "plain"
    if colour == "async" and "generator" in use.call and use.mode != "plain":
        # The call is awaited rightly, and that `join` gets an asynchronous generator is no matter of the SDK.
        return None
    modes = modes_of(_body_text(CALLS[use.call], binding))
    written_right = use.mode == is_right_mode or (use.mode == "plain" and is_right_mode not in modes)
    if recipe.class_name.startswith("Async"):
        return not written_right
    return context.on_loop or not written_right


def _with_class(text: str, recipe: Recipe) -> str:
    return text.replace("MAKE()", f"{recipe.class_name}()").replace("CLASS", recipe.class_name)


def _parts_of(use: Use, number: str, binding: Binding, recipe: Recipe) -> list[_Part]:
    context = CONTEXTS[use.context]
    holes = _holes(use, binding, recipe)
    texts = [_with_class(_filled(text, holes, number), recipe) for text in (context.helper, context.route)]
    names = re.findall(r"^(?:async )?(?:def|class) (\w+)", texts[0], re.MULTILINE)
    return [_Part("helper", texts[0], tuple(names)), _Part("route", texts[1])]


def _holes(use: Use, binding: Binding, recipe: Recipe) -> dict[str, str]:
    """What stands for each capital word of a context."""
    call, context = CALLS[use.call], CONTEXTS[use.context]
    body = written(call.text, use.mode, binding.expression)
    name = binding.expression.split(".")[0]
    is_handed_on = bool(binding.parameter) and context.has_helper
    before = f"{binding.before}\n" if binding.before else ""
    is_async = recipe.class_name.startswith("Async")
    around = written(binding.around, "awaited" if call.waits and is_async else use.mode, "")
    whole = f"{before}{around}\n{indent(body, '    ')}" if around else f"{before}{body}"
    return {
        "HANDED": f", {binding.parameter}" if binding.parameter else "",
        "PARAMETER": f", {name}: {'Holder' if name == 'holder' else 'CLASS'}" if is_handed_on else "",
        "GIVEN": f", {name}" if is_handed_on else "",
        "PREPARE": before.rstrip() if is_handed_on else "",
        "BODY": body if is_handed_on else whole,
        "RETURN": written(call.expression, use.mode, binding.expression) if call.is_expression else "",
    }


def _filled(text: str, holes: dict[str, str], number: str) -> str:
    lines = []
    for line in text.replace("_N", f"_{number}").replace("/N", f"/{number}").split("\n"):
        start = line.lstrip()
        if start in ("BODY", "PREPARE"):
            if holes[start]:
                lines.append(indent(holes[start], line[: len(line) - len(start)]))
            continue
        lines.append(re.sub(r"HANDED|PARAMETER|GIVEN|RETURN", lambda hole: holes[hole[0]], line))
    return "\n".join(lines)


def _home(role: Role, recipe: Recipe) -> str:
    first, dot, rest = _HOMES[recipe.layout][role].partition(".")
    return f"{first}{recipe.tag}{dot}{rest}"


def _files(parts: list[_Part], recipe: Recipe) -> dict[str, bytes]:
    homes = {name: _home(part.role, recipe) for part in parts for name in part.exports}
    files = {}
    roles: tuple[Role, ...] = ("client", "helper", "route")
    for module in dict.fromkeys(_home(role, recipe) for role in roles):
        texts = [part.text for part in parts if _home(part.role, recipe) == module]
        if texts:
            files[module.replace(".", "/") + ".py"] = _module(module, texts, homes, recipe)
    for path in list(files):
        for depth in range(1, path.count("/") + 1):
            package = "/".join(path.split("/")[:depth])
            files.setdefault(f"{package}/__init__.py", b"")
    if recipe.layout == "re-exported":
        module = _home("client", recipe)
        names = [name for name, home in homes.items() if home == module]
        package = module.rpartition(".")[0].replace(".", "/")
        text = f"from .clients import {', '.join(names)}\n\n__all__ = {names}\n" if names else ""
        files[f"{package}/__init__.py"] = text.encode()
    return files


def _module(module: str, texts: list[str], homes: dict[str, str], recipe: Recipe) -> bytes:
    body = "\n\n\n".join(texts)
    used = set(re.findall(r"(?<![\w.\"])[A-Za-z_]\w*", body))
    outside = {name: home for name, home in homes.items() if home != module and name in used}
    if recipe.layout in ("flat-modules", "package-modules"):
        for name, home in outside.items():
            body = re.sub(rf"(?<![\w.\"/]){name}\b(?!=)", f"{home.rpartition('.')[2]}.{name}", body)
    known = {**_IMPORTS, "Sdk": f"from openai import {recipe.class_name} as Sdk"}
    bound = set(re.findall(r"^\s+from openai import (\w+)", body, re.MULTILINE))
    lines = _grouped({known[name] for name in used - bound if name in known})
    own = _own_imports(module, outside, recipe)
    text = (
        "\n".join(lines)
        + "\n\n"
        + ("\n".join(own) + "\n\n" if own else "")
        + "\n" * (not body.startswith("app"))
        + body
    )
    ast.parse(text)
    data = dressed(text.lstrip("\n") + "\n", recipe.dresses)
    compile(data, module, "exec", dont_inherit=True)
    return data


def _grouped(statements: set[str]) -> list[str]:
    """Plain imports first, then the names of each module in one statement, as isort has them."""
    names: dict[str, list[str]] = {}
    for statement in sorted(statements):
        head, joint, name = statement.partition(" import ")
        names.setdefault(f"{head}{joint}" if " as " not in name else statement, []).append(name)
    lines = [
        head if " as " in head or " import " not in head else f"{head}{', '.join(each)}" for head, each in names.items()
    ]
    return sorted(lines, key=lambda line: (_rank(line), line))


def _rank(line: str) -> int:
    root = line.split()[1].partition(".")[0]
    return 2 * (root in ("fastapi", "openai")) + line.startswith("from ")


def _own_imports(module: str, outside: dict[str, str], recipe: Recipe) -> list[str]:
    lines = []
    for home in sorted(set(outside.values())):
        names = ", ".join(sorted(name for name, at in outside.items() if at == home))
        is_in_package = recipe.layout == "re-exported" and home == _home("client", recipe)
        source = _relative(module, home.rpartition(".")[0] if is_in_package else home)
        if recipe.layout == "flat-modules":
            lines.append(f"import {home}")
        elif recipe.layout == "package-modules":
            lines.append(f"from . import {home.rpartition('.')[2]}")
        else:
            lines.append(f"from {source} import {'*' if recipe.layout == 'star' else names}")
    return lines


def _relative(module: str, home: str) -> str:
    """The module `home` as `module` would name it: with dots where both are in one package."""
    here, there = module.split("."), home.split(".")
    if len(here) == 1:
        return home
    shared = 0
    while shared < min(len(here), len(there)) - 1 and here[shared] == there[shared]:
        shared += 1
    return "." * (len(here) - shared) + ".".join(there[shared:])
