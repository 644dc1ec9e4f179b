"""The whole way: paths -> files -> program -> findings -> plan -> new texts -> proof -> result."""

from __future__ import annotations

import contextlib
import gc
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fixopenai import verification
from fixopenai.analysis.program import analyze
from fixopenai.detection import Detected, detect
from fixopenai.errors import SourceError
from fixopenai.loading import Files, load_files, program_root, with_text
from fixopenai.results import FileChange, MigrationResult, Outcome
from fixopenai.rewriting.apply import apply_edits
from fixopenai.rewriting.edits import Edit, EditError
from fixopenai.sdk.surface import load_surface
from fixopenai.source import check_replaceable, replace_source
from fixopenai.strategies.choice import Plan, choose
from fixopenai.strategies.class_names import class_name_edits
from fixopenai.strategies.plans import Fix, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Module
    from fixopenai.settings import Settings
    from fixopenai.source import SourceFile

# Taking back a fix can uncover another that depended on it; each round takes back one at least.
_MOST_ROUNDS = 50


def migrate(
    paths: Sequence[Path], settings: Settings, *, progress: Callable[[str, int, int], None] | None = None
) -> MigrationResult:
    """Find and plan everything under the paths; nothing is written.

    Each path is a program of its own. `progress` is told the stage, the files done and the files in all.
    UsageError for a path that does not exist; what is wrong with single files is in the result.
    """
    tell = progress or _say_nothing
    with _no_garbage_collection():
        results = [_migrate_root(path, settings, tell) for path in paths]
    return MigrationResult(
        outcomes=tuple(outcome for result in results for outcome in result.outcomes),
        changes=tuple({change.source.path: change for result in results for change in result.changes}.values()),
        errors=tuple(error for result in results for error in result.errors),
        files_seen=sum(result.files_seen for result in results),
        files_analyzed=sum(result.files_analyzed for result in results),
        units=tuple(unit for result in results for unit in result.units),
    )


def _say_nothing(stage: str, done: int, total: int) -> None:
    """The progress that nobody asked for."""
    del stage, done, total


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Trees live until the end: looking for garbage in them takes a third of the time and finds none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def write_changes(result: MigrationResult) -> tuple[tuple[FileChange, ...], tuple[SourceError, ...]]:
    """Write the planned changes; what was written, and what could not be.

    Files that hold together are checked before the first of them is written, and put back if a later one fails.
    """
    by_path = {change.source.display: change for change in result.changes}
    written: list[FileChange] = []
    errors: list[SourceError] = []
    for unit in result.units:
        changes = [by_path[path] for path in sorted(unit)]
        failures = _write_unit(changes)
        errors += failures
        if not failures:
            written += changes
    return tuple(written), tuple(errors)


def _write_unit(changes: Sequence[FileChange]) -> list[SourceError]:
    failures = []
    for change in changes:
        try:
            check_replaceable(change.source)
        except SourceError as error:
            failures.append(error)
    done: list[FileChange] = []
    for change in changes if not failures else ():
        try:
            replace_source(change.source, change.new_text)
            done.append(change)
        except SourceError as error:
            failures.append(error)
            for earlier in done:
                replace_source(with_text(earlier.source, earlier.new_text), earlier.source.text)
            break
    return failures


def _migrate_root(path: Path, settings: Settings, tell: Callable[[str, int, int], None]) -> MigrationResult:
    errors: dict[str, SourceError] = {}

    def note(error: SourceError) -> None:
        errors.setdefault(error.path, error)

    root, editable = program_root(path, note)
    files = load_files(root, note, lambda done, total: tell("Reading", done, total))
    seen = len(files.paths)
    if not files.seeds:
        return MigrationResult((), (), tuple(errors.values()), seen, 0)
    migration = _Migration(files, settings, editable, tell)
    outcomes, changes, units = migration.run()
    for error in files.errors.values():
        note(error)
    if editable is not None:
        # The rest of the program was only looked at: its troubles are not what was asked about.
        errors = {name: error for name, error in errors.items() if name in editable}
    return MigrationResult(outcomes, changes, _ordered(errors), seen, len(migration.program.modules), units)


def _ordered(errors: Mapping[str, SourceError]) -> tuple[SourceError, ...]:
    return tuple(errors[path] for path in sorted(errors))


@dataclass(slots=True)
class _Attempt:
    """The fixes that are still in the race, the texts they give, and the sources those would be read back as."""

    fixes: list[Fix]
    texts: dict[str, str]
    sources: dict[str, SourceFile]


class _Migration:
    """One program from its files to outcomes and changes."""

    def __init__(
        self, files: Files, settings: Settings, editable: frozenset[str] | None, tell: Callable[[str, int, int], None]
    ) -> None:
        self.files = files
        self.settings = settings
        self.editable = editable
        self.tell = tell
        self.program = self.analyzed({})

    def analyzed(self, sources: Mapping[str, SourceFile]) -> Program:
        """The program with some files replaced in memory."""
        modules = []
        paths = sorted([*self.files.seeds, *self.files.related])
        for done, path in enumerate(paths):
            if done % 32 == 0:
                self.tell("Verifying" if sources else "Analyzing", done, len(paths))
            module = self.files.parse(path, sources)
            if module is not None:
                modules.append(module)
        # The second time, the files that matter are known.
        related = None if sources else self.files.find_related
        load = partial(self.files.parse, text_of=sources)
        return analyze(modules, self.files.index, load_surface(), load, related)

    def run(self) -> tuple[tuple[Outcome, ...], tuple[FileChange, ...], tuple[frozenset[str], ...]]:
        detected = detect(self.program, self.settings)
        if self.editable is not None:
            detected = [
                item if item.finding.place.path in self.editable else replace(item, selected=False) for item in detected
            ]
        plan = choose(self.program, detected, self.settings.strategy, self.editable)
        attempt = self.proven(plan)
        outcomes = tuple(_outcome(item, answer) for item, answer in plan.answers.items())
        modules = {module.path: module for module in self.program.modules}
        changes = tuple(FileChange(modules[path].source, attempt.texts[path]) for path in sorted(attempt.texts))
        return outcomes, changes, _units(attempt)

    def proven(self, plan: Plan) -> _Attempt:
        """Carry out the plan in memory; fixes that do not stand the proof become refusals, with the reason."""
        for _ in range(_MOST_ROUNDS):
            attempt, failures = self.attempt(plan.fixes)
            if not failures and attempt.texts:
                failures = self.failures(attempt)
            if not failures:
                return attempt
            for detected, answer in plan.answers.items():
                if isinstance(answer, Fix) and answer in failures:
                    path, why = failures[answer]
                    plan.answers[detected] = Refusal(f"{answer.strategy} did not stand the check of {path}: {why}")
        for detected, answer in plan.answers.items():
            if isinstance(answer, Fix):
                plan.answers[detected] = Refusal("the result did not stand the check")
        return _Attempt([], {}, {})

    def attempt(self, fixes: list[Fix]) -> tuple[_Attempt, dict[Fix, tuple[str, str]]]:
        """The new texts of all changed files, or what cannot be carried out."""
        by_module: dict[Module, set[Edit]] = defaultdict(set)
        try:
            named = class_name_edits(self.program, [reference for fix in fixes for reference in fix.references])
        except EditError as error:
            path = next(m.path for m in self.program.modules if error.node in self.program.parents_of(m))
            return _Attempt([], {}, {}), verification.blamed(fixes, {path: str(error)})
        for edit in (*named, *(edit for fix in fixes for edit in fix.edits)):
            by_module[edit.module].add(edit)
        attempt = _Attempt(fixes, {}, {})
        failures: dict[str, str] = {}
        for module, edits in sorted(by_module.items(), key=lambda item: item[0].path):
            try:
                text = apply_edits(module, edits)
                attempt.sources[module.path] = with_text(module.source, text)
                attempt.texts[module.path] = text
            except EditError as error:
                failures[module.path] = f"{error} (line {getattr(error.node, 'lineno', 1)})"
            except SourceError as error:
                failures[module.path] = error.message
        return attempt, verification.blamed(fixes, failures)

    def failures(self, attempt: _Attempt) -> dict[Fix, tuple[str, str]]:
        """The fixes whose result does not compile, leaves or makes a defect, or would change in a second run."""
        failures = {
            path: why
            for path, text in attempt.texts.items()
            if (why := verification.compile_error(text, path)) is not None
        }
        if not failures:
            again = self.analyzed(attempt.sources)
            mended = [use for fix in attempt.fixes for use in fix.mended]
            before, after = verification.defects(self.program), verification.defects(again)
            failures = verification.mismatched_paths(before, after, mended)
            failures = failures or verification.unstable_paths(again, self.settings, self.editable)
        blamed = verification.blamed(attempt.fixes, failures)
        # A defect in a file that no fix touches comes from one that does reach it: none can be trusted then.
        if failures and not blamed:
            path, why = next(iter(failures.items()))
            blamed = dict.fromkeys(attempt.fixes, (path, why))
        return blamed


def _outcome(item: Detected, answer: Fix | Refusal) -> Outcome:
    if isinstance(answer, Fix):
        return Outcome(item.finding, "fixed", answer.strategy, answer.reason, answer.obstacle, answer.review)
    return Outcome(item.finding, "left", None, answer.reason, answer.obstacle)


def _units(attempt: _Attempt) -> tuple[frozenset[str], ...]:
    """Paths that hold together: joined wherever one fix touches several."""
    units: list[set[str]] = [{path} for path in attempt.texts]
    for fix in attempt.fixes:
        paths = verification.touched(fix)
        joined = [unit for unit in units if unit & paths]
        units = [unit for unit in units if not unit & paths]
        units.append(set().union(*joined))
    return tuple(frozenset(unit) for unit in sorted(units, key=min) if unit)
