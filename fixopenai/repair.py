"""One program: from its files to findings, a plan, new texts, and the proof that these are right."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fixopenai import verification
from fixopenai.analysis.program import analyze
from fixopenai.detection import Detected, detect
from fixopenai.errors import SourceError
from fixopenai.file_settings import FileSettings
from fixopenai.results import ClientGroup, FileChange, Outcome, Proposal, Untaken
from fixopenai.rewriting.apply import apply_edits
from fixopenai.rewriting.edits import AddImported, EditError, InsertImport
from fixopenai.sdk.wrapped import load_wrapped_surface
from fixopenai.source import with_text
from fixopenai.strategies.choice import Plan, choose, limits_of
from fixopenai.strategies.class_names import class_name_edits
from fixopenai.strategies.group_report import describe_groups
from fixopenai.strategies.plans import Fix, Refusal, review_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from fixopenai.analysis.interest import Interest
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Module
    from fixopenai.analysis.uses import Use
    from fixopenai.loading import Files
    from fixopenai.results import Decide
    from fixopenai.rewriting.edits import Edit
    from fixopenai.settings import Settings
    from fixopenai.source import SourceFile

Repaired = tuple[tuple[Outcome, ...], tuple[FileChange, ...], tuple[frozenset[str], ...], tuple[ClientGroup, ...]]
# Taking back a fix can uncover another that depended on it; each round takes back one at least.
_MOST_ROUNDS = 50


@dataclass(slots=True)
class _Attempt:
    """The fixes that are still in the race, the texts they give, and the sources those would be read back as."""

    fixes: list[Fix]
    texts: dict[str, str]
    sources: dict[str, SourceFile]


class Repair:
    """One program from its files to outcomes and changes."""

    def __init__(
        self, files: Files, settings: Settings, editable: frozenset[str] | None, tell: Callable[[str, int, int], None]
    ) -> None:
        self.files = files
        self.settings = FileSettings(settings, files.paths)
        self.editable = editable
        self.tell = tell
        self.taken_back: set[str] = set()
        self.program = self.analyzed({})

    def analyzed(self, sources: Mapping[str, SourceFile]) -> Program:
        """The program with some files replaced in memory."""
        stage = "Verifying files" if sources else "Analyzing files"
        modules = []
        paths = sorted([*self.files.seeds, *self.files.related])
        for done, path in enumerate(paths):
            if done % 32 == 0:
                self.tell(stage, done, len(paths))
            module = self.files.parse(path, sources)
            if module is not None:
                modules.append(module)
        parsed = len(paths)

        def load(path: str) -> Module | None:
            nonlocal parsed
            parsed += 1
            self.tell(stage, parsed, parsed)
            return self.files.parse(path, sources)

        def related(interest: Interest) -> list[Module]:
            nonlocal parsed
            found = self.files.find_related(interest)
            parsed += len(found)
            self.tell(stage, parsed, parsed)
            return found

        self.tell(stage, parsed, parsed)
        # The second time, the files that matter are known.
        return analyze(
            modules,
            self.files.index,
            load_wrapped_surface(),
            load,
            self.files.uses_by_name,
            None if sources else related,
        )

    def run(self, decide: Decide | None = None) -> Repaired:
        """What is found and what becomes of it, the new texts, those that hold together, and the client groups.

        `decide` may refuse some of what is planned: the rest is then proven as if nothing else had been planned.
        """
        detected = detect(self.program, self.settings)
        if self.editable is not None:
            detected = [
                item if item.finding.place.path in self.editable else replace(item, selected=False) for item in detected
            ]
        plan, attempt = self.proven(detected)
        if decide is not None and attempt.fixes:
            bundles = self.bundles(attempt.fixes)
            refused = decide([self.proposal(plan, *bundle) for bundle in bundles])
            if refused:
                plan, attempt = self.without(detected, plan, [fix for number in refused for fix in bundles[number][0]])
        outcomes, changes = _outcomes(plan, attempt), self.changes(attempt)
        limits = limits_of(detected, self.editable)
        groups = describe_groups(self.program, (item.use for item in plan.answers), plan.groups, limits)
        return outcomes, changes, _units(attempt), groups

    def bundles(self, fixes: list[Fix]) -> list[tuple[list[Fix], _Attempt]]:
        """The fixes that belong together, in the order of the findings, and what they alone would give.

        All of them belong together where a part cannot stand alone.
        """
        joined: list[list[Fix]] = []
        for fix in fixes:
            touching = [bundle for bundle in joined if any(_belong_together(fix, other) for other in bundle)]
            joined = [bundle for bundle in joined if bundle not in touching]
            joined.append([*(each for bundle in touching for each in bundle), fix])
        rank = {fix: number for number, fix in enumerate(fixes)}
        joined = sorted((sorted(bundle, key=rank.__getitem__) for bundle in joined), key=lambda fixes: rank[fixes[0]])
        attempts = [self.attempt(bundle) for bundle in joined]
        if any(failures for _, failures in attempts):
            return [(fixes, self.attempt(fixes)[0])]
        return [(bundle, attempt) for bundle, (attempt, _) in zip(joined, attempts, strict=True)]

    def proposal(self, plan: Plan, bundle: list[Fix], attempt: _Attempt) -> Proposal:
        parts = Plan({item: answer for item, answer in plan.answers.items() if answer in bundle})
        return Proposal(_outcomes(parts, attempt), self.changes(attempt))

    def without(self, detected: list[Detected], plan: Plan, refused: list[Fix]) -> tuple[Plan, _Attempt]:
        """The plan without what the user refuses, which stays as it is: a second run would plan it again."""
        self.taken_back |= {path for fix in refused for path in verification.touched(fix)}
        plan.answers = {
            item: Refusal("its change was not agreed to") if answer in refused else answer
            for item, answer in plan.answers.items()
        }
        return self.proven(detected, plan)

    def changes(self, attempt: _Attempt) -> tuple[FileChange, ...]:
        modules = {module.path: module for module in self.program.modules}
        return tuple(FileChange(modules[path].source, attempt.texts[path]) for path in sorted(attempt.texts))

    def proven(self, detected: list[Detected], agreed: Plan | None = None) -> tuple[Plan, _Attempt]:
        """A plan, carried out in memory; fixes that do not stand the proof are refusals in it, with the reason.

        A plan that the user has agreed to is not made anew.
        """
        ruled_out: dict[tuple[str, Use], Refusal] = {}
        plan = agreed or self.choice(detected, ruled_out)
        is_proof = agreed is not None
        for _ in range(_MOST_ROUNDS):
            attempt, failures = self.attempt(plan.fixes)
            is_proof |= not failures
            if not failures and attempt.texts:
                failures = self.failures(attempt)
            if not failures:
                return plan, attempt
            self.taken_back |= {path for fix in failures for path in verification.touched(fix)}
            for item, answer in plan.answers.items():
                if isinstance(answer, Fix) and answer in failures:
                    path, why = failures[answer]
                    refusal = Refusal(f"{answer.strategy} did not stand the check of {path}: {why}")
                    ruled_out[answer.strategy, item.use] = plan.answers[item] = refusal
            # Code that one strategy cannot write another may; a result that is wrong is no reason to try on.
            if not is_proof:
                plan = self.choice(detected, ruled_out)
        for item, answer in plan.answers.items():
            if isinstance(answer, Fix):
                plan.answers[item] = Refusal("the result did not stand the check")
        return plan, _Attempt([], {}, {})

    def choice(self, detected: list[Detected], ruled_out: Mapping[tuple[str, Use], Refusal]) -> Plan:
        return choose(self.program, detected, self.settings, self.editable, ruled_out)

    def attempt(self, fixes: list[Fix]) -> tuple[_Attempt, dict[Fix, tuple[str, str]]]:
        """The new texts of all changed files, or the fixes that cannot be carried out."""
        try:
            by_module = self.edits(fixes)
        except EditError as error:
            path = next(m.path for m in self.program.modules if error.node in self.program.parents_of(m))
            return _Attempt([], {}, {}), verification.blamed(fixes, {path: str(error)})
        attempt = _Attempt(fixes, {}, {})
        failures: dict[Fix, tuple[str, str]] = {}
        for module, edits in sorted(by_module.items(), key=lambda item: item[0].path):
            text, failed = apply_edits(module, edits)
            for edit, failure in failed.items():
                why = f"{failure} (line {getattr(failure.node, 'lineno', 1)})"
                failures |= dict.fromkeys(verification.owners(fixes, edit), (module.path, why))
            try:
                attempt.sources[module.path] = with_text(module.source, text)
                attempt.texts[module.path] = text
            except SourceError as error:
                failures |= verification.blamed(fixes, {module.path: error.message})
        return attempt, failures

    def edits(self, fixes: Iterable[Fix]) -> dict[Module, set[Edit]]:
        """All that the fixes change, by module; EditError where a class cannot have its new name."""
        by_module: dict[Module, set[Edit]] = defaultdict(set)
        named = class_name_edits(self.program, [reference for fix in fixes for reference in fix.references])
        for edit in (*named, *(edit for fix in fixes for edit in fix.edits)):
            by_module[edit.module].add(edit)
        return by_module

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
            failures |= verification.unbound_names(self.program, again, attempt.texts)
            if not failures:
                # What was taken back would be planned again, and taken back again.
                unstable = verification.unstable_paths(again, self.settings, self.editable)
                failures = {path: why for path, why in unstable.items() if path not in self.taken_back}
        blamed = verification.blamed(attempt.fixes, failures)
        # A defect in a file that no fix touches comes from one that does reach it: none can be trusted then.
        if failures and not blamed:
            path, why = next(iter(failures.items()))
            blamed = dict.fromkeys(attempt.fixes, (path, why))
        return blamed


def _belong_together(fix: Fix, other: Fix) -> bool:
    """Whether two fixes share an edit; what they both need to import does not bind them."""
    shared = fix.edits & other.edits
    return any(not isinstance(edit.operation, (InsertImport, AddImported)) for edit in shared) or not set(
        fix.references
    ).isdisjoint(other.references)


def _outcomes(plan: Plan, attempt: _Attempt) -> tuple[Outcome, ...]:
    changes_of = {fix: frozenset(verification.touched(fix) & attempt.texts.keys()) for fix in attempt.fixes}
    reviews = {fix: review_of(fix) for fix in attempt.fixes}
    return tuple(_outcome(item, answer, changes_of, reviews) for item, answer in plan.answers.items())


def _outcome(
    item: Detected,
    answer: Fix | Refusal,
    changes_of: Mapping[Fix, frozenset[str]],
    reviews: Mapping[Fix, str | None],
) -> Outcome:
    if isinstance(answer, Fix):
        changes, review = changes_of[answer], reviews[answer]
        untaken = tuple(Untaken(name, refusal.reason, refusal.obstacle) for name, refusal in answer.untaken)
        return Outcome(item.finding, "fixed", answer.strategy, answer.reason, answer.obstacle, review, changes, untaken)
    return Outcome(item.finding, "left", None, answer.reason, answer.obstacle)


def _units(attempt: _Attempt) -> tuple[frozenset[str], ...]:
    """Paths that hold together: joined wherever one fix touches several."""
    units: list[set[str]] = [{path} for path in attempt.texts]
    for fix in attempt.fixes:
        paths = verification.touched(fix) & attempt.texts.keys()
        joined = [unit for unit in units if unit & paths]
        units = [unit for unit in units if not unit & paths]
        units.append(set().union(*joined))
    return tuple(frozenset(unit) for unit in sorted(units, key=min) if unit)
