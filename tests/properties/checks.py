"""What has to hold of every repair, whatever the program: each function raises AssertionError where it does not."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.detection import detect
from fixopenai.discovery import DiscoveredFile, Root
from fixopenai.loading import load_files
from fixopenai.migration import migrate_program
from fixopenai.programs import ProgramFiles
from fixopenai.repair import Repair
from fixopenai.rewriting import edits as ops
from fixopenai.rewriting.insertion import insertion, merged, removal
from fixopenai.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fixopenai.analysis.scopes import Module
    from fixopenai.errors import SourceError
    from fixopenai.results import MigrationResult, Outcome
    from fixopenai.settings import Strategy
    from properties.programs import Program

# Words that a repair may add or take; names are compared without the colour in them.
_ADDED = re.compile(
    r"await|async|asyncio|to_thread|iterate_in_threadpool|contextmanager_in_threadpool|run_in_threadpool|run|item|for|in"
    r"|list|set|functools|partial|_asyncio|get_running_loop|run_in_executor|[()\[\]{},.;]"
)
_COLOUR = re.compile(r"Async(?=[A-Z])|^async(?=contextmanager$)|^a(?=next$|close$)")
# A class that other modules know by an alias keeps it, and its twin goes by the name of its own.
_ALIAS = re.compile(r"^Sdk$|^AzureOpenAI$")
_F_STRING, _PARTS = re.compile(r"r?f[\"']", re.IGNORECASE), re.compile(r"\w+|[^\w\s]")
_NEWLINE = re.compile(rb"\r\n|\r|\n")
_OPENING, _CLOSING = re.compile(r"\([\s\\]*$"), re.compile(r"^[\s\\]*\)")


@dataclass(frozen=True, slots=True)
class Reach:
    """A stretch of the old text, as offsets, that an edit may change; `new` is the text where it is known."""

    start: int
    end: int
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Repaired:
    """A program before and after, by path, what was said of it, and how far the planned edits of each file reach."""

    before: Mapping[str, bytes]
    result: MigrationResult
    reaches: Mapping[str, list[Reach]]

    @property
    def after(self) -> dict[str, bytes]:
        new = {change.source.display: change.source.encode(change.new_text) for change in self.result.changes}
        return {**self.before, **new}

    @property
    def left(self) -> list[Outcome]:
        return [outcome for outcome in self.result.outcomes if outcome.status == "left"]

    def __str__(self) -> str:
        said = [f"{o.finding.place} {o.finding.rule} {o.status} {o.strategy}: {o.reason}" for o in self.result.outcomes]
        texts = [f"--- {path}\n{data.decode('utf-8', 'replace')}" for path, data in self.before.items() if data]
        new = [f"+++ {path}\n{data.decode('utf-8', 'replace')}" for path, data in self.after.items() if data]
        return "\n".join(["", *said, *texts, *(text for text in new if text not in texts)])


def migrated(files: Mapping[str, bytes], strategy: Strategy) -> MigrationResult:
    """The files as one program, in memory."""
    return migrate_program(_as_program(files, strategy), _say_nothing)


def repaired(files: Mapping[str, bytes], strategy: Strategy) -> Repaired:
    """The same, with the edits that were planned."""
    program = _as_program(files, strategy)
    result = migrate_program(program, _say_nothing)
    errors: list[SourceError] = []
    found = load_files(program.root, program.given, errors.append, lambda done, total: None)
    reaches = {}
    if found.seeds:
        repair = Repair(found, program.settings, None, _say_nothing)
        _, attempt = repair.proven(detect(repair.program, repair.settings))
        planned = repair.edits(attempt.fixes)
        reaches = {module.path: _reaches(module, edits) for module, edits in planned.items() if edits}
    return Repaired(files, result, reaches)


def prove(program: Repaired, strategy: Strategy) -> None:
    """All that holds of any repair."""
    assert program.result.errors == (), program
    prove_bytes(program)
    for path, data in program.after.items():
        prove_compiles(path, data, program)
        if data != program.before[path]:
            prove_words(program, path)
            prove_generators(program, path)
    prove_second_run(program, strategy)


def prove_generators(program: Repaired, path: str) -> None:
    """What reads a generator at once gets none with an await in it, unless something is left."""
    for node in ast.walk(ast.parse(program.after[path])) if not program.left else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"sum", "list", "sorted"}:
            generators = (argument for argument in node.args if isinstance(argument, ast.GeneratorExp))
            awaits = [part for one in generators for part in ast.walk(one.elt) if isinstance(part, ast.Await)]
            assert not awaits, f"{path}: {ast.unparse(node)}{program}"


def prove_bytes(program: Repaired) -> None:
    """What the planned edits do not reach is the same, byte for byte, and in the same order."""
    after = program.after
    assert {path for path in after if after[path] != program.before[path]} <= set(program.reaches), program
    for change in program.result.changes:
        path, old = change.source.display, change.source.text
        parts, position = [], 0
        for reach in _joined(program.reaches[path]):
            new = ".*?" if reach.new is None else re.escape(reach.new)
            parts.append(re.escape(old[position : reach.start]) + new)
            position = max(position, reach.end)
        pattern = "".join(parts) + re.escape(old[position:])
        assert re.fullmatch(pattern, change.new_text, re.DOTALL), f"{path}: bytes outside the edits{program}"
        bom = change.source.bom
        assert after[path].startswith(bom)
        assert set(_NEWLINE.findall(after[path])) <= set(_NEWLINE.findall(program.before[path])) or len(bom) < 0, path


def prove_compiles(path: str, data: bytes, program: Repaired) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compile(data, path, "exec", dont_inherit=True)
    except (SyntaxError, SyntaxWarning) as error:
        raise AssertionError(f"{path} does not compile: {error}{program}") from error


def prove_words(program: Repaired, path: str) -> None:
    """Every comment, name, number, string and operator stays, in its order, but for the words of the colour."""
    before, after = _words(program.before[path]), _words(program.after[path])
    assert before == after, f"{path}: {_first_difference(before, after)}{program}"
    # Counted, not in order: a function that moves into a call takes the comments at its dots along.
    lost = _comments(program.before[path]) - _comments(program.after[path])
    added = _comments(program.after[path]) - _comments(program.before[path])
    assert not lost, f"{path}: comments lost: {lost}{program}"
    assert not added, f"{path}: comments added: {added}{program}"


def prove_second_run(program: Repaired, strategy: Strategy) -> None:
    """Nothing changes any more, what is said to be fixed is found no more, and what was left is found again."""
    again = migrated(program.after, strategy)
    assert again.changes == (), f"a second run changes {[change.source.display for change in again.changes]}{program}"
    found = Counter(_essence(outcome) for outcome in again.outcomes)
    left = Counter(_essence(outcome) for outcome in program.left)
    assert found == left, f"new: {found - left}, gone though left: {left - found}{program}"


def prove_sites(made: Program, program: Repaired) -> None:
    """Every use that is wrong is found in a function of its own, and none that is right."""
    for site in made.sites:
        own = re.compile(rf"_{site.number}(?!\d)")
        found = [outcome for outcome in program.result.outcomes if own.search(outcome.finding.function or "")]
        assert site.wrong is None or bool(found) == site.wrong, f"{site}: {len(found)} findings{program}"


def _as_program(files: Mapping[str, bytes], strategy: Strategy) -> ProgramFiles:
    listed = tuple(DiscoveredFile(path, path, path) for path in sorted(files))
    return ProgramFiles(Root(Path(), listed), Settings(strategy=strategy), given=files)


def _say_nothing(stage: str, done: int, total: int) -> None:
    """Progress is not looked at."""


def _essence(outcome: Outcome) -> tuple[str, str, str | None]:
    """A finding without its place, which a repair may move."""
    return outcome.finding.place.path, outcome.finding.rule, outcome.finding.function


def _reaches(module: Module, edits: Iterable[ops.Edit]) -> list[Reach]:
    edits = list(edits)
    statements = merged({e.operation.statement for e in edits if isinstance(e.operation, ops.InsertImport)})
    found = [Reach(start, end, new) for start, end, new in insertion(module, statements)]
    for edit in edits:
        if isinstance(edit.operation, ops.RemoveImport):
            assert isinstance(edit.node, ast.stmt)
            found.append(Reach(*removal(module, edit.node)))
        elif not isinstance(edit.operation, ops.InsertImport):
            found.append(_reach(module, edit))
    return found


def _reach(module: Module, edit: ops.Edit) -> Reach:
    """An edit changes its node, the parentheses around it, or the first word of a statement."""
    assert isinstance(edit.node, (ast.expr, ast.stmt))
    text = module.lines.text
    start, end = module.lines.span(edit.node)
    if isinstance(edit.operation, ops.MakeAsync):
        return Reach(start, start, "async ")
    if isinstance(edit.operation, ops.MakeSync):
        behind = re.compile(r"async[\s\\]+").match(text, start)
        assert behind is not None
        return Reach(start, behind.end(), "")
    if isinstance(edit.node, ast.expr):
        while (opening := _OPENING.search(text[:start])) and (closing := _CLOSING.match(text[end:])):
            start, end = opening.start(), end + closing.end()
    return Reach(start, end)


def _joined(reaches: Iterable[Reach]) -> Iterator[Reach]:
    """In order, without those inside others; overlapping ones are one."""
    last: Reach | None = None
    for reach in sorted(reaches, key=lambda each: (each.start, -each.end)):
        if last is None:
            last = reach
        elif reach.start < last.end:
            last = Reach(last.start, max(last.end, reach.end))
        else:
            yield last
            last = reach
    if last is not None:
        yield last


def _tokens(data: bytes) -> list[tokenize.TokenInfo]:
    return list(tokenize.tokenize(io.BytesIO(data).readline))


def _comments(data: bytes) -> Counter[str]:
    return Counter(token.string for token in _tokens(data) if token.type == tokenize.COMMENT)


def _words(data: bytes) -> list[str]:
    """The tokens that have to stay, import statements left aside: those are compared as bytes."""
    words: list[str] = []
    words_seen: list[str] = []
    is_import = is_first = True
    for token in _tokens(data):
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.ENCODING):
            is_first = is_first or token.type == tokenize.NEWLINE
            continue
        if token.type == tokenize.COMMENT:
            continue
        if is_first or token.string == ";":
            is_import, is_first = token.string in ("import", "from"), token.string == ";"
        # Before Python 3.12 an f-string is one token, with code in it.
        parts = _PARTS.findall(token.string) if _F_STRING.match(token.string) else [token.string]
        if token.string == "None" and words_seen[-2:] == ["run_in_executor", "("]:
            continue
        words_seen.append(token.string)
        if not is_import:
            words += [_ALIAS.sub("OpenAI", _COLOUR.sub("", part)) for part in parts if not _ADDED.fullmatch(part)]
    return words


def _first_difference(before: list[str], after: list[str]) -> str:
    at = next(
        (i for i, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), min(len(before), len(after))
    )
    return f"{before[at : at + 3]} became {after[at : at + 3]}"
