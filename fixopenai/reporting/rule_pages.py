"""A rule's page, and the list of all rules: Markdown and plain lines, or the same in colours on a terminal."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from fixopenai.errors import UsageError
from fixopenai.reporting.escaping import visible
from fixopenai.reporting.streams import rich_console, surviving_its_reader
from fixopenai.rules import all_rules, rule, rule_names

if TYPE_CHECKING:
    from rich.console import Console

    from fixopenai.reporting.streams import ColorChoice
    from fixopenai.rules import Rule


def find_rule(wanted: str) -> Rule:
    """The rule with this code or name, in any case; UsageError says which ones are near."""
    names = rule_names()
    codes = {name: code for code, name in names.items()}
    code = codes.get(wanted.lower(), wanted.upper())
    if code in names:
        return rule(code)
    near = get_close_matches(code, names, cutoff=0.7) or [
        codes[name] for name in get_close_matches(wanted.lower(), codes, cutoff=0.5)
    ]
    hint = ", ".join(f"{code} ({names[code]})" for code in near)
    question = f"did you mean {hint}?" if near else "--list-rules shows all rules"
    raise UsageError(f"no rule is called '{wanted}'; {question}")


def rule_markdown(found: Rule) -> str:
    parts = [f"# {found.code} {found.name}", found.summary + "."]
    for title, body, is_code in _parts(found):
        parts += [f"## {title}", f"```python\n{body.rstrip()}\n```" if is_code else body]
    return "\n\n".join(parts) + "\n"


def explain(wanted: str, choice: ColorChoice) -> None:
    found = find_rule(wanted)
    with surviving_its_reader(sys.stdout):
        # Rich draws bullets, which other encodings may lack.
        if (sys.stdout.isatty() or choice == "always") and sys.stdout.encoding.lower().startswith("utf"):
            _show_page(rich_console(sys.stdout, choice), found)
        else:
            sys.stdout.write(rule_markdown(found))


def list_rules(choice: ColorChoice) -> None:
    with surviving_its_reader(sys.stdout):
        if sys.stdout.isatty() or choice == "always":
            _show_table(rich_console(sys.stdout, choice))
        else:
            sys.stdout.writelines(f"{found.code} {found.name} {found.summary}\n" for found in all_rules())


def _parts(found: Rule) -> tuple[tuple[str, str, bool], ...]:
    """Title, text, and whether the text is code."""
    return (
        ("What it does", found.what, False),
        ("Why is this bad?", found.why, False),
        ("Example", found.bad, True),
        ("Use instead", found.good, True),
        ("Fix safety", found.safety, False),
        ("If it is left", found.by_hand, False),
    )


def _show_page(console: Console, found: Rule) -> None:
    from rich.markdown import Markdown
    from rich.padding import Padding
    from rich.syntax import Syntax
    from rich.text import Text
    from rich.theme import Theme

    from fixopenai.reporting.code_lines import THEME

    # Rich would set `code` on black, which is a hole in a light terminal.
    console.push_theme(Theme({"markdown.code": "cyan"}))
    console.print(Text.assemble((found.code, "bold red"), " ", (found.name, "bold")))
    console.print(Text(f"{found.summary}."))
    for title, body, is_code in _parts(found):
        content = Syntax(body.rstrip(), "python", theme=THEME) if is_code else Markdown(body)
        console.print()
        console.print(Text(title, style="bold"))
        console.print(Padding(content, (0, 0, 0, 2)))


def _show_table(console: Console) -> None:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold red", no_wrap=True)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for found in all_rules():
        table.add_row(found.code, found.name, visible(found.summary))
    console.print(table)
