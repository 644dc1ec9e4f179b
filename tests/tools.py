"""Before and after, through the real engine in this process. Sources are literals; they may be indented.

Expectations can stand in the source, at the end of the line they speak of: `# FOA002` is a finding on that line,
`# obstacle` the place that a refusal names.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, TypeAlias

from fixopenai.migration import migrate
from fixopenai.settings import Settings
from fixopenai.writing import write_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fixopenai.results import MigrationResult, Outcome
    from fixopenai.settings import Strategy, ThreadWrapper

Content: TypeAlias = "str | bytes"
Files: TypeAlias = "Content | Mapping[str, Content]"

_ONE_FILE = "main.py"
_FINDING = re.compile(r"# (FOA\d{3}(?: FOA\d{3})*)$")
_OBSTACLE = re.compile(r"# obstacle$")


def tree(folder: Path, files: Files) -> Path:
    """Write the files below the folder, and give it back."""
    for name, content in _by_name(files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def changed(text: str, changes: Iterable[str]) -> str:
    """The text with each change of the form "old -> new" made; `old` stands in it once."""
    for change in changes:
        old, new = change.split(" -> ")
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, git's own left aside."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def check_findings(files: Files) -> MigrationResult:
    """The findings are those that the comments in the files promise, line by line."""
    with _project(files) as folder:
        result = migrate([folder], Settings())
    assert result.errors == ()
    found = Counter((o.finding.place.path, o.finding.place.line, o.finding.rule) for o in result.outcomes)
    promised = Counter(
        (name, number, code)
        for name, number, line in _lines(files)
        if (match := _FINDING.search(line)) is not None
        for code in match[1].split()
    )
    assert promised, "no comment promises a finding"
    assert found == promised, f"missing: {promised - found}, unexpected: {found - promised}"
    return result


def check_noop(files: Files) -> None:
    """Nothing is found, nothing would change, whatever the strategy."""
    with _project(files) as folder:
        for strategy in ("auto", "async-client", "to-thread", "sync-def"):
            result = migrate([folder], Settings(strategy=strategy))
            assert (result.outcomes, result.changes, result.errors) == ((), (), ()), result.outcomes or result.errors


def check_transformed(
    before: Files,
    after: Files,
    strategy: Strategy = "auto",
    *,
    by: str | None = None,
    only: Iterable[str] = (".",),
    wrapper: ThreadWrapper = "to_thread",
) -> tuple[Outcome, ...]:
    """Every finding is fixed, and each file is exactly what `after` says; those it does not name stay as they are.

    `by` is the strategy that does it, where it is not the one asked for. A second run has nothing to say.
    """
    wanted = {**_by_name(before), **_by_name(after)}
    with _project(before) as folder:
        paths = [folder / name for name in only]
        settings = Settings(strategy=strategy, thread_wrapper=wrapper)
        result = migrate(paths, settings)
        assert result.errors == ()
        left = [f"{outcome.finding.place}: {outcome.reason}" for outcome in result.outcomes if outcome.status == "left"]
        assert not left, "\n".join(left)
        assert result.outcomes, "nothing was found"
        expected = by or (None if strategy == "auto" else strategy)
        used = {outcome.strategy for outcome in result.outcomes}
        assert expected is None or used == {expected}, used
        assert contents(folder) == _by_name(before), "planning wrote something"
        written, failures = write_changes(result)
        assert (set(written), failures) == (set(result.changes), ())
        _compare(contents(folder), wanted)
        again = migrate(paths, settings)
        assert (again.outcomes, again.changes, again.errors) == ((), (), ()), again.outcomes
    return result.outcomes


def check_left(
    files: Files,
    reason: str,
    strategy: Strategy = "auto",
    *,
    only: Iterable[str] = (".",),
    wrapper: ThreadWrapper = "to_thread",
) -> tuple[Outcome, ...]:
    """Every finding is left for this reason (a part of the text), at the place marked as the obstacle."""
    marked = {(name, number) for name, number, line in _lines(files) if _OBSTACLE.search(line)}
    with _project(files) as folder:
        result = migrate([folder / name for name in only], Settings(strategy=strategy, thread_wrapper=wrapper))
    assert result.errors == ()
    assert result.outcomes, "nothing was found"
    fixed = [f"{o.finding.place}: {o.strategy}, {o.reason}" for o in result.outcomes if o.status == "fixed"]
    assert not fixed, "\n".join(fixed)
    assert result.changes == ()
    other = [outcome.reason for outcome in result.outcomes if reason not in outcome.reason]
    assert not other, f"wanted: {reason}\ngiven: {other}"
    obstacles = {(o.obstacle.path, o.obstacle.line) for o in result.outcomes if o.obstacle is not None}
    assert obstacles == marked, f"wanted: {marked}, given: {obstacles}"
    return result.outcomes


@contextmanager
def _project(files: Files) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield tree(Path(folder), files)


def _by_name(files: Files) -> dict[str, bytes]:
    named = {_ONE_FILE: files} if isinstance(files, (str, bytes)) else files
    return {
        name: content if isinstance(content, bytes) else dedent(content).encode() for name, content in named.items()
    }


def _lines(files: Files) -> Iterator[tuple[str, int, str]]:
    for name, content in _by_name(files).items():
        for number, line in enumerate(content.decode().splitlines(), 1):
            yield name, number, line


def _compare(found: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> None:
    """Equal, or the difference line by line."""
    assert found.keys() == wanted.keys()
    wrong = [name for name in wanted if found[name] != wanted[name]]
    assert not wrong, "\n".join(line for name in wrong for line in _difference(name, wanted[name], found[name]))


def _difference(name: str, wanted: bytes, found: bytes) -> Iterator[str]:
    """Bytes that are no text are shown as escapes."""
    before, after = (data.decode("utf-8", "backslashreplace").splitlines() for data in (wanted, found))
    yield from unified_diff(before, after, f"{name} as wanted", f"{name} as it became", lineterm="")


def findings_of(files: Files, settings: Settings) -> list[str]:
    """The codes of everything that is found, in order."""
    with _project(files) as folder:
        return [outcome.finding.rule for outcome in migrate([folder], settings).outcomes]
