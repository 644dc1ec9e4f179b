"""Where a new import statement goes: into the first group of imports, in the order that isort keeps;
and how one goes away."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fixopenai.analysis.scopes import Module

# What can stand between two statements of one logical line.
_JOINT = re.compile(r"(?:[ \t\f;]|\\(?:\r\n|\r|\n))*")

# Comments for a tool, which hold for the file: `#!`, `# -*-`, those of ruff and mypy.
_DIRECTIVE = re.compile(r"#!|#\s*-\*-|#\s*[\w-]+[:=]")
# Comments that head imports from elsewhere, as against those on the file.
_HEADING = re.compile(r"\b(third|party|imports?|librar(y|ies)|packages?|dependenc(y|ies))\b", re.IGNORECASE)


def insertion(module: Module, statements: Sequence[str]) -> list[tuple[int, int, str]]:
    """Insertions `(offset, offset, text)` that add the statements to the module's imports."""
    placed: dict[tuple[int, str, str, bool], list[str]] = {}
    for statement in statements:
        offset, _, text = _insert(module, statement)
        before, _, behind = text.partition(statement)
        is_standard = _module_name(statement) in sys.stdlib_module_names
        placed.setdefault((offset, before, behind, is_standard), []).append(statement)
    # What belongs to one group of imports stands together, and the standard library's above others at one place.
    texts: dict[int, str] = {}
    for (offset, before, behind, _), group in sorted(placed.items(), key=lambda item: not item[0][3]):
        texts[offset] = texts.get(offset, "") + f"{before}{module.source.newline.join(group)}{behind}"
    return [(offset, offset, text) for offset, text in texts.items()]


def merged(statements: Iterable[str]) -> list[str]:
    """The statements in order, names from one module in one statement."""
    names: dict[str, list[str]] = {}
    for statement in sorted(statements):
        head, joint, name = statement.partition(" import ")
        names.setdefault(f"{head}{joint}", []).append(name)
    return [f"{head}{', '.join(found)}" for head, found in names.items()]


def removal(module: Module, node: ast.stmt) -> tuple[int, int, str]:
    """The lines of a statement that has them for itself and is not the last; one blank line, if it is between two."""
    lines = module.lines
    assert node.end_lineno is not None
    following = node.end_lineno + 1
    is_first = node.lineno == 1 or not lines.line_text(node.lineno - 1).strip()
    if is_first and not lines.line_text(following).strip():
        following += 1
    return lines.line_start(node.lineno), lines.line_start(following), ""


def _insert(module: Module, statement: str) -> tuple[int, int, str]:
    newline = module.source.newline
    imports = _leading_imports(module)
    name = _module_name(statement)
    is_standard = name in sys.stdlib_module_names
    if not imports:
        return _first_in_file(module, statement, newline)
    if not is_standard:
        package = _dotted(statement)
        beside = [node for node in imports if _root(node) == name and _dotted_of(node) <= package]
        group = _group_of_sdk(imports)
        earlier = [node for node in group if isinstance(node, ast.Import) or _dotted_of(node) < package]
        if not beside and group and not earlier:
            return _above(module, group[0], statement, newline)
        return _after(module, (beside or earlier or imports)[-1], statement, newline)
    standard = []
    for node in imports:
        if _root(node) not in sys.stdlib_module_names:
            break
        standard.append(node)
    if not standard:
        offset = _before(module, imports[0].lineno, _HEADING, at_top=False)
        return offset, offset, f"{statement}{newline}{newline}"
    later = (isinstance(node, ast.ImportFrom) or node.names[0].name > name for node in standard)
    at = next((index for index, is_later in enumerate(later) if is_later), len(standard))
    if at > 0:
        return _after(module, standard[at - 1], statement, newline)
    return _above(module, standard[0], statement, newline)


def _group_of_sdk(imports: list[ast.Import | ast.ImportFrom]) -> list[ast.Import | ast.ImportFrom]:
    """The lines of imports that the SDK's own stands in, if they are in order."""
    group: list[ast.Import | ast.ImportFrom] = []
    for node in imports:
        if isinstance(node, ast.ImportFrom) and node.level:
            continue
        if group and node.lineno != (group[-1].end_lineno or 0) + 1:
            if any(_root(one) == "openai" for one in group):
                break
            group = []
        group.append(node)
    names = [_dotted_of(node) for node in group if isinstance(node, ast.ImportFrom)]
    return group if names == sorted(names) and any(_root(one) == "openai" for one in group) else []


def _above(module: Module, node: ast.Import | ast.ImportFrom, statement: str, newline: str) -> tuple[int, int, str]:
    """A line of its own above the first import of a group."""
    # What stands above that is about all of them, unless it speaks of this one.
    own = re.compile(rf"\b{re.escape(_root(node))}\b")
    offset = _before(module, node.lineno, own, at_top=True)
    return offset, offset, f"{statement}{newline}"


def _before(module: Module, line: int, own: re.Pattern[str], *, at_top: bool) -> int:
    """Where a line starts, or the comments right above it that belong to it.

    At the top of the file, or wherever `at_top` is given, only a comment that `own` is found in does.
    """
    first = line
    while first > 1 and module.lines.line_text(first - 1).startswith("#"):
        first -= 1
    if first == 1 or at_top:
        first = line
        while first > 1 and _is_own(module.lines.line_text(first - 1), own):
            first -= 1
    return module.lines.line_start(first)


def _is_own(text: str, own: re.Pattern[str]) -> bool:
    return text.startswith("#") and not _DIRECTIVE.match(text) and own.search(text) is not None


def _leading_imports(module: Module) -> list[ast.Import | ast.ImportFrom]:
    """The imports at the top of the module that start a logical line, `__future__` left aside."""
    found: list[ast.Import | ast.ImportFrom] = []
    line_end = 0
    for node in module.tree.body:
        start, _ = module.lines.span(node)
        starts_line = start >= line_end and node.col_offset == 0
        line_end = max(line_end, _line_end(module, node))
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if starts_line and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                found.append(node)
        elif found or not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            break
    return found


def _root(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        return "" if node.level else (node.module or "").split(".")[0]
    return node.names[0].name.split(".")[0]


def _module_name(statement: str) -> str:
    return _dotted(statement).split(".", maxsplit=1)[0]


def _dotted(statement: str) -> str:
    return statement.split()[1]


def _dotted_of(node: ast.Import | ast.ImportFrom) -> str:
    return (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name


def _line_end(module: Module, node: ast.stmt) -> int:
    """The end of the logical line that a statement is on, its newline left out."""
    body = module.tree.body
    text = module.lines.text
    end = 0
    for statement in body[body.index(node) :]:
        start, statement_end = module.lines.span(statement)
        if end and start != end:
            break
        joint = _JOINT.match(text, statement_end)
        assert joint is not None
        end = joint.end()
    # Only a comment can follow.
    rest = re.compile(r"[^\r\n]*").match(text, end)
    assert rest is not None
    return rest.end()


def _after(module: Module, node: ast.stmt, statement: str, newline: str) -> tuple[int, int, str]:
    """A line of its own behind the logical line on which `node` stands."""
    text = module.lines.text
    end = _line_end(module, node)
    if end == len(text):
        return end, end, f"{newline}{statement}"
    offset = end + (2 if text[end : end + 2] == "\r\n" else 1)
    return offset, offset, f"{statement}{newline}"


def _first_in_file(module: Module, statement: str, newline: str) -> tuple[int, int, str]:
    """Behind the docstring and the `__future__` imports, else before the first statement."""
    last: ast.stmt | None = None
    for node in module.tree.body:
        is_docstring = last is None and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            last = node
        else:
            break
    if last is not None:
        offset, _, text = _after(module, last, statement, newline)
        return (
            (offset, offset, f"{newline}{text}")
            if offset < len(module.lines.text)
            else (offset, offset, f"{text}{newline}")
        )
    first = module.tree.body[0]
    line = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
    offset = _before(module, line, _HEADING, at_top=False)
    blank = newline * (3 if isinstance(first, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else 2)
    return offset, offset, f"{statement}{blank}"
