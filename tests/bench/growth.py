"""How the time of a run grows with the repository: `python tests/bench/growth.py [500 1000 2000]`.

Every module imports, calls and is called by its neighbours, in one cycle of imports and calls. `spread` lets the
client become async with every function; in `left` a call at import keeps it sync, and everything moves to threads.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from fixopenai.migration import migrate
from fixopenai.settings import Settings

MODULE = """\
from pkg.client import client
from pkg import m{before}
import pkg.m{after} as following


def step{here}(x, depth=0):
    if depth > 3:
        return client.responses.create(model="m", input=x)
    return m{before}.step{before}(x, depth + 1)


class Asker{here}:
    def __init__(self):
        self.client = client

    def ask(self, x):
        return following.step{after}(x)


async def route{here}(x):
    return step{here}(x), Asker{here}().ask(x)
"""


def lay_out(folder: Path, modules: int, *, left: bool) -> None:
    """A package of `modules` modules in a cycle."""
    package = folder / "pkg"
    package.mkdir()
    (folder / "pyproject.toml").touch()
    (package / "__init__.py").touch()
    (package / "client.py").write_text("from openai import OpenAI\n\nclient = OpenAI()\n")
    for here in range(modules):
        text = MODULE.format(here=here, before=(here - 1) % modules, after=(here + 1) % modules)
        (package / f"m{here}.py").write_text(text)
    if left:
        (package / "script.py").write_text("from pkg.m0 import step0\n\nstep0('x')\n")


def main(sizes: list[int]) -> None:
    """One line a size: seconds, seconds a module, findings and strategies."""
    for left in (False, True):
        for modules in sizes:
            with tempfile.TemporaryDirectory() as name:
                lay_out(Path(name), modules, left=left)
                start = time.perf_counter()
                result = migrate([Path(name)], Settings())
                seconds = time.perf_counter() - start
            strategies = sorted({str(outcome.strategy) for outcome in result.outcomes})
            told = f"{modules} modules: {seconds:.1f} s, {1000 * seconds / modules:.1f} ms each"
            found = f"{len(result.outcomes)} findings, {', '.join(strategies)}"
            sys.stdout.write(f"{'left' if left else 'spread'}, {told}, {found}\n")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [500, 1000, 2000])
