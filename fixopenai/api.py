"""The tool for scripts: a text, or paths, in; frozen results out. Nothing is printed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.config_keys import read_choice, read_codes
from fixopenai.configuration import Configuration
from fixopenai.errors import UsageError
from fixopenai.settings import STRATEGIES, THREAD_WRAPPERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixopenai.results import MigrationResult, Outcome
    from fixopenai.settings import Strategy, ThreadWrapper


@dataclass(frozen=True, slots=True)
class SourceResult:
    """A text as it becomes, and what became of each finding in it, by line."""

    text: str
    outcomes: tuple[Outcome, ...]

    @property
    def changed(self) -> bool:
        """Whether a finding is fixed, and so the text another one."""
        return any(outcome.status == "fixed" for outcome in self.outcomes)


def migrate_source(
    text: str,
    *,
    strategy: Strategy | None = None,
    thread_wrapper: ThreadWrapper | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    filename: str | os.PathLike[str] | None = None,
) -> SourceResult:
    """Repair a text of Python, as a program of its own or, with `filename`, as that file of its project.

    The project's other files are analysed as they are on the disk, its `[tool.fixopenai]` holds where an argument does
    not say otherwise, and nothing is written. SourceError where the text is not Python; UsageError for a strategy, a
    wrapper, a code or a configuration that means nothing.

    >>> from fixopenai import migrate_source
    >>> result = migrate_source('''\\
    ... from openai import OpenAI
    ...
    ... client = OpenAI()
    ...
    ...
    ... async def names():
    ...     return [model.id for model in client.models.list().data]
    ... ''')
    >>> print(result.text)
    from openai import AsyncOpenAI
    <BLANKLINE>
    client = AsyncOpenAI()
    <BLANKLINE>
    <BLANKLINE>
    async def names():
        return [model.id for model in (await client.models.list()).data]
    <BLANKLINE>
    >>> [(outcome.finding.rule, outcome.finding.place.line, outcome.strategy) for outcome in result.outcomes]
    [('FOA002', 7, 'async-client')]
    """
    from fixopenai.migration import migrate_text
    from fixopenai.source import encode_source

    path = Path(filename) if filename is not None else None
    source = Configuration(_options(strategy, thread_wrapper, select, ignore), isolated=path is None)
    result = migrate_text(encode_source(text, path or Path("-"), str(path or "-")), path, source)
    if result.errors:
        raise result.errors[0]
    if not result.changes:
        return SourceResult(text, result.outcomes)
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    return SourceResult(bom + result.changes[0].new_text, result.outcomes)


def migrate_paths(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    strategy: Strategy | None = None,
    thread_wrapper: ThreadWrapper | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    write: bool = False,
    isolated: bool = False,
    jobs: int = 1,
) -> MigrationResult:
    """Find and plan everything under a path or several, each folder as a program of its own; with `write`, apply it.

    `[tool.fixopenai]` of each program holds where an argument does not say otherwise, unless `isolated`. Trouble with
    single files is in `errors` of the result, and whatever could not be written with it; uncommitted changes are not
    asked about. More than one of `jobs` starts processes, which needs `if __name__ == "__main__":` in a script.
    UsageError for a path that does not exist, for changed files of several folders that would be shown alike, and for
    a strategy, a wrapper, a code or a configuration that means nothing.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from fixopenai import migrate_paths
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "app.py").write_text('''\\
    ... from openai import OpenAI
    ...
    ...
    ... async def names():
    ...     return [model.id for model in OpenAI().models.list().data]
    ... ''')
    >>> result = migrate_paths(folder, strategy="to-thread", write=True)
    >>> [outcome.status for outcome in result.outcomes], result.errors
    (['fixed'], ())
    >>> print((folder / "app.py").read_text())
    import asyncio
    <BLANKLINE>
    from openai import OpenAI
    <BLANKLINE>
    <BLANKLINE>
    async def names():
        return [model.id for model in (await asyncio.to_thread(OpenAI().models.list)).data]
    <BLANKLINE>
    """
    from fixopenai.migration import migrate
    from fixopenai.writing import write_changes

    source = Configuration(_options(strategy, thread_wrapper, select, ignore), isolated=isolated)
    result = migrate(_paths(paths), source, jobs=jobs)
    if not write:
        return result
    written, failures = write_changes(result)
    return replace(result, changes=written, errors=(*result.errors, *failures))


def _paths(given: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    """A string is one path, and not its letters."""
    paths = [given] if isinstance(given, (str, os.PathLike)) else list(given)
    if "" in paths:
        raise UsageError("an empty path names no file or folder")
    return [Path(path) for path in paths]


def _options(
    strategy: str | None, thread_wrapper: str | None, select: Iterable[str], ignore: Iterable[str]
) -> dict[str, object]:
    given = {
        "strategy": read_choice("strategy", strategy, STRATEGIES) if strategy is not None else None,
        "thread_wrapper": read_choice("thread_wrapper", thread_wrapper, THREAD_WRAPPERS)
        if thread_wrapper is not None
        else None,
        "select": read_codes("select", select) or None,
        "ignore": read_codes("ignore", ignore) or None,
    }
    return {name: value for name, value in given.items() if value is not None}
