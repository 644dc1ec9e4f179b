"""What a text looks like without meaning anything else: line ends, indentation, encodings, comments, continuations."""

from __future__ import annotations

import ast
import io
import tokenize
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Dress = Literal[
    "none",
    "crlf",
    "tabs",
    "form-feeds",
    "bom",
    "latin-1",
    "utf-8-cookie",
    "non-ascii",
    "no-final-newline",
    "comments",
    "comments-in-brackets",
    "comments-everywhere",
    "continuations",
    "semicolons",
    "parentheses",
    "trailing-spaces",
    "docstring",
    "future",
    "stars-in-imports",
    "blank-lines",
]
DRESSES: tuple[Dress, ...] = get_args(Dress)


def dressed(text: str, dresses: Iterable[Dress]) -> bytes:
    """The bytes of a text in all its dresses, put on in one order whatever order they are given in."""
    given = set(dresses)
    if "latin-1" in given:
        given -= {"non-ascii", "bom", "utf-8-cookie"}
    for dress, put_on in _OF_TEXT.items():
        if dress in given:
            text = put_on(text)
    if "no-final-newline" in given:
        text = text.rstrip("\n")
    if "crlf" in given:
        text = text.replace("\n", "\r\n")
    data = text.encode("latin-1" if "latin-1" in given else "utf-8")
    return BOM_UTF8 + data if "bom" in given else data


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(text).readline))


def _inserted(text: str, places: Iterable[tuple[tuple[int, int], str]]) -> str:
    """The text with something put in at (line, column) places."""
    lines = text.splitlines(keepends=True)
    for (line, column), new in sorted(places, reverse=True):
        old = lines[line - 1]
        lines[line - 1] = old[:column] + new + old[column:]
    return "".join(lines)


def _comments(text: str) -> str:
    """A comment at the end of every line of code, and on lines of its own, also under what it does not belong to."""
    tokens = _tokens(text)
    commented = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    places = [
        (
            token.start,
            f"  # end {number} é\n# between: {number}" if token.type == tokenize.NEWLINE else f" # open {number}",
        )
        for number, token in enumerate(tokens)
        if token.type in (tokenize.NEWLINE, tokenize.NL) and token.string and token.line.strip()
        if token.start[0] not in commented
    ]
    return _inserted(text, places)


def _comments_in_brackets(text: str) -> str:
    """A comment, and so a new line, behind every opening bracket, comma and dot inside brackets."""
    places = [(at, f"  # inside {number} é\n") for number, at in enumerate(_joints(text, tuple("([{,.")))]
    return _inserted(text, places)


def _comments_everywhere(text: str) -> str:
    """The same behind every word and sign."""
    places = [(at, f"  # around {number} é\n") for number, at in enumerate(_joints(text, ()))]
    return _inserted(text, places)


def _continuations(text: str) -> str:
    """A backslash behind every `=`, `await` and `return` outside brackets."""
    places = []
    depth = 0
    for token in _tokens(text):
        depth += _depth(token)
        if depth == 0 and token.string in ("=", "await", "return", "in"):
            places.append((token.end, " \\\n     "))
    return _inserted(text, [(at, new) for at, new in places if not _is_at_end(text, at)])


def _semicolons(text: str) -> str:
    """Simple statements that follow each other in one block share a line."""
    lines = text.split("\n")
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                _join(lines, block)
    return "\n".join(line for line in lines if line != "\0")


def _join(lines: list[str], block: list[ast.stmt]) -> None:
    simple = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return, ast.Raise, ast.Pass)
    for first, second in zip(reversed(block[:-1]), reversed(block[1:]), strict=True):
        is_simple = isinstance(first, simple) and isinstance(second, simple)
        is_apart = first.end_lineno == second.lineno - 1 and second.lineno == second.end_lineno
        at = second.lineno - 1
        if is_simple and is_apart and "#" not in lines[at - 1] and not lines[at - 1].rstrip().endswith(";"):
            if lines[at - 1].lstrip().startswith(("if ", "case ", '"""')) or lines[at] == "\0":
                continue
            lines[at - 1] += "; " + lines[at].lstrip()
            lines[at] = "\0"


def _parentheses(text: str) -> str:
    """Parentheses around every call of the SDK, two of them, with a space inside."""
    places = []
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("create", "list"):
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            places += [((node.lineno, node.col_offset), "(( "), ((node.end_lineno, node.end_col_offset), " ))")]
    assert all(line.isascii() for line in lines), "columns of ast are bytes"
    strings = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.JoinedStr)]
    inside = {(child.lineno, child.col_offset) for s in strings for child in ast.walk(s) if isinstance(child, ast.expr)}
    return text if inside & {at for at, _ in places} else _inserted(text, places)


def _joints(text: str, wanted: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where a bracket is open behind one of the wanted signs, or any token; the parts of f-strings are left alone."""
    found = []
    depth = strings = 0
    for token in _tokens(text):
        strings += (tokenize.tok_name[token.type] == "FSTRING_START") - (tokenize.tok_name[token.type] == "FSTRING_END")
        depth += _depth(token)
        if depth > 0 and strings == 0 and token.string and (not wanted or token.string in wanted):
            found.append(token.end)
    return [at for at in found if not _is_at_end(text, at)]


def _depth(token: tokenize.TokenInfo) -> int:
    if token.type != tokenize.OP:
        return 0
    return (token.string in "([{") - (token.string in ")]}")


def _is_at_end(text: str, at: tuple[int, int]) -> bool:
    return not text.splitlines()[at[0] - 1][at[1] :].strip()


def _tabs(text: str) -> str:
    lines = text.split("\n")
    return "\n".join("\t" * ((len(line) - len(line.lstrip(" "))) // 4) + line.lstrip(" ") for line in lines)


def _form_feeds(text: str) -> str:
    return text.replace("\n\n\n", "\n\n\f\n")


def _latin_1(text: str) -> str:
    return "# -*- coding: latin-1 -*-\n# Grüße, ça va?\n" + text


def _utf_8_cookie(text: str) -> str:
    return "#!/usr/bin/env python3\n# vim: set fileencoding=utf-8 :\n" + text


def _non_ascii(text: str) -> str:
    """A name and a string of more bytes than characters, before the code on the lines of functions."""
    lines = []
    for line in text.split("\n"):
        start = line.lstrip(" ")
        indent = line[: len(line) - len(start)]
        is_plain = indent and start.startswith(("answer = ", "response = ", "answer += "))
        lines.append(f'{indent}größe = "ü𝛑"; {start}' if is_plain else line)
    return "\n".join(lines)


def _trailing_spaces(text: str) -> str:
    return "\n".join(line + "  " if line and not line.endswith("\\") else line for line in text.split("\n"))


def _docstring(text: str) -> str:
    return '"""What `await client.chat.completions.create()` does with OpenAI.\n\n    # no comment\n"""\n' + text


def _future(text: str) -> str:
    return "from __future__ import annotations\n\n" + text


def _stars_in_imports(text: str) -> str:
    """What is imported by name from the SDK stands in brackets, one name a line, with other names around it."""
    lines = []
    for line in text.split("\n"):
        if line.startswith("from openai import ") and " as " not in line:
            names = line.removeprefix("from openai import ").split(", ")
            listed = "".join(f"    {name},\n" for name in ["APIError", *names, "RateLimitError"])
            lines.append(f"from openai import (\n{listed})")
        else:
            lines.append(line)
    return "\n".join(lines)


def _blank_lines(text: str) -> str:
    return "\n\n" + text.replace("\n\n\n", "\n\n   \n\n\n") + "\n\n"


# Those that read the text as plain ASCII come first, those that only a whole text can wear last.
_OF_TEXT: dict[Dress, Callable[[str], str]] = {
    "stars-in-imports": _stars_in_imports,
    "parentheses": _parentheses,
    "semicolons": _semicolons,
    "continuations": _continuations,
    "non-ascii": _non_ascii,
    "comments-in-brackets": _comments_in_brackets,
    "comments-everywhere": _comments_everywhere,
    "comments": _comments,
    "tabs": _tabs,
    "form-feeds": _form_feeds,
    "trailing-spaces": _trailing_spaces,
    "blank-lines": _blank_lines,
    "future": _future,
    "docstring": _docstring,
    "utf-8-cookie": _utf_8_cookie,
    "latin-1": _latin_1,
}
