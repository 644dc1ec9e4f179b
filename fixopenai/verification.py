"""Proof before anything is written: the result is compiled and analysed again, and what fails is taken back."""

from __future__ import annotations

import ast
import builtins
import warnings
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from fixopenai.analysis.certainty import is_certain
from fixopenai.analysis.tree import walk
from fixopenai.analysis.uses import CallUse, ConsumerUse, HelperUse, ThreadUse
from fixopenai.detection import detect, use_text
from fixopenai.strategies.choice import choose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Module
    from fixopenai.analysis.uses import Use
    from fixopenai.file_settings import FileSettings
    from fixopenai.rewriting.edits import Edit
    from fixopenai.strategies.plans import Fix

# Where a mismatch stands: path, function, what is wrong, and the code it is wrong in.
Defect = tuple[str, str, str, str]


def defects(program: Program) -> Counter[Defect]:
    """Every place where the colour of a call, or of what is done with its result, does not fit."""
    found: Counter[Defect] = Counter()
    every = program.uses
    uses: tuple[Use, ...] = (*every.calls, *every.consumers, *every.threads, *every.sleeps, *program.helpers)
    for use in uses:
        # What may be something else was never the fix's to mend.
        if isinstance(use, ConsumerUse) and not is_certain(program, use.inner, use.scope):
            continue
        defect = _defect(use)
        if defect is not None:
            found[defect] += 1
    return found


def mismatched_paths(before: Counter[Defect], after: Counter[Defect], mended: Iterable[Use]) -> dict[str, str]:
    """The files with a defect that should be gone or was not there before, and what it is."""
    allowed = before.copy()
    for use in mended:
        defect = _defect(use)
        if defect is not None:
            allowed[defect] -= 1
    return {
        path: f"{call or 'a stream'} would be {what} in {function or 'the module'}"
        for (path, function, what, call), count in after.items()
        if count > max(0, allowed[path, function, what, call])
    }


def unbound_names(before: Program, after: Program, paths: Iterable[str]) -> dict[str, str]:
    """The changed files that use a name which nothing binds, where it was bound or not used before."""
    old = {module.path: module for module in before.modules}
    new = {module.path: module for module in after.modules}
    found = {}
    for path in paths:
        missing = _unbound(new[path]) - _unbound(old[path]) if path in new else set()
        if missing:
            found[path] = f"the name {min(missing)} would not be bound"
    return found


def compile_error(text: str, path: str) -> str | None:
    """Why a text is not Python, None if it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return f"the result does not compile: {error}"
    return None


def unstable_paths(program: Program, settings: FileSettings, editable: frozenset[str] | None) -> dict[str, str]:
    """The files that a second run would change."""
    plan = choose(program, detect(program, settings), settings, editable)
    return {edit.module.path: "a second run would change it again" for fix in plan.fixes for edit in fix.edits}


def blamed(fixes: Iterable[Fix], failures: dict[str, str]) -> dict[Fix, tuple[str, str]]:
    """The fixes that touch a failed file, each with that file and what failed there."""
    by_path: dict[str, list[Fix]] = defaultdict(list)
    for fix in fixes:
        for path in touched(fix):
            by_path[path].append(fix)
    return {fix: (path, failures[path]) for path in failures for fix in by_path[path]}


def owners(fixes: Iterable[Fix], edit: Edit) -> list[Fix]:
    """The fixes that asked for an edit; for an import, all that rename a class in its module."""
    fixes = list(fixes)
    own = [fix for fix in fixes if edit in fix.edits or any(r.node is edit.node for r in fix.references)]
    return own or [fix for fix in fixes if any(r.module is edit.module for r in fix.references)]


def touched(fix: Fix) -> set[str]:
    """The files a fix changes, or claims to put right."""
    changed = {edit.module.path for edit in fix.edits} | {reference.module.path for reference in fix.references}
    return changed | {use.scope.module.path for use in fix.mended}


def _unbound(module: Module) -> set[str]:
    """The names that a module reads and nothing in sight binds; a star import may bind any."""
    if module.star_imports:
        return set()
    names = (node for node in walk(module.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return {
        node.id for node in names if not hasattr(builtins, node.id) and module.scope_of(node).owner(node.id) is None
    }


def _defect(use: Use) -> Defect | None:
    what: str | None
    if isinstance(use, CallUse):
        what = _call_defect(use)
    elif isinstance(use, ConsumerUse):
        what = _reader_defect(use)
    elif isinstance(use, HelperUse):
        what = "blocking"
    else:
        what = "handed to a thread wrongly" if isinstance(use, ThreadUse) else "sleeping on the event loop"
    if what is None:
        return None
    # A wrapper that a fix puts around what is read changes its text, so only calls are told apart.
    text = use_text(use) if isinstance(use, (CallUse, HelperUse)) else ""
    return use.scope.module.path, use.function.qualname if use.function is not None else "", what, text


def _call_defect(use: CallUse) -> str | None:
    if use.kind not in ("call", "page"):
        return None
    sync = False in use.colours
    if use.form != "plain":
        return "awaited although it is sync" if sync and use.on_event_loop else None
    if sync:
        return "blocking" if use.on_event_loop else None
    return "not awaited" if use.kind == "call" else None


def _reader_defect(use: ConsumerUse) -> str | None:
    if use.written_async in use.colours and not (use.written_async is False and use.on_event_loop):
        return None
    if use.written_async not in use.colours:
        return f"read {'async' if use.written_async else 'sync'}"
    return None if use.kinds == {"client"} else "read on the event loop"
