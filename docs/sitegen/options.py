"""The table of the options, from the command line's own definitions."""

from __future__ import annotations

from typing import Any

from typer.main import get_command

from fixopenai import cli
from fixopenai.config_keys import KEYS
from sitegen.configuration import toml_value


def options_table() -> str:
    command: Any = get_command(cli._app)  # noqa: SLF001  # the definitions have no other door
    with command.make_context("fixopenai", []) as context:
        lines = [_row(param) for param in command.get_params(context) if not param.hidden]
    return "\n".join(["| option | default | meaning |", "|---|---|---|", *lines])


def _row(param: Any) -> str:
    again = " Can be given again." if getattr(param, "multiple", False) else ""
    return f"| {_names(param)} | {_default(param)} | {param.help}{again} |"


def _names(param: Any) -> str:
    """The short name first; the long one is what other pages link to; then what it takes."""
    if param.param_type_name == "argument":
        return f"`[{param.metavar}]...`{{ #{param.name} }}"
    names = sorted([*param.opts, *param.secondary_opts], key=lambda name: name.startswith("--"))
    shown = [f"`{name}`{{ #{name[2:]} }}" if name.startswith("--") else f"`{name}`" for name in names]
    values = [] if param.is_flag else [", ".join(f"`{value}`" for value in (param.metavar or "TEXT").split("|"))]
    return "<br>".join([", ".join(shown), *values])


def _default(param: Any) -> str:
    """What holds where the option is not given, on the command line or elsewhere; nothing for a switch that is off."""
    if param.default is None:
        key = KEYS.get(param.name.replace("_", "-"))
        return toml_value(key.default) if key and key.default not in ("[]", "false") else ""
    return f"`{param.default}`" if param.default else ""
