"""The keys of `[tool.fixopenai]`, from the table that reads them."""

from __future__ import annotations

from fixopenai.config_keys import KEYS


def keys_table() -> str:
    lines = [
        f"| `{name}`{{ #{name} }} | {key.kind} | {toml_value(key.default)} | {key.what}. |"
        for name, key in KEYS.items()
    ]
    return "\n".join(["| key | takes | default | meaning |", "|---|---|---|---|", *lines])


def keys_example() -> str:
    lines = [f"{name} = {key.example}" for name, key in KEYS.items()]
    return "\n".join(["```toml", "[tool.fixopenai]", *lines, "```"])


def toml_value(default: str) -> str:
    """TOML is shown as code, words as they are."""
    return f"`{default}`" if default[0] in '"[{' or default in ("true", "false") else default
