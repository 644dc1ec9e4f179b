"""Makes `surface.json`: `python -m fixopenai.sdk.generator` describes the installed SDK, `--merge` joins releases.

Describe each release in an environment of its own, then merge them:

    python -m fixopenai.sdk.generator --output 1.40.0.json
    python -m fixopenai.sdk.generator --merge 1.0.0.json 1.40.0.json 3.52.0.json --output fixopenai/sdk/surface.json
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fixopenai.sdk.catalogue import Catalogue
from fixopenai.sdk.merge import ReleasesDifferError, merge_surfaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixopenai.sdk.records import SurfaceRecord


def installed_surface() -> SurfaceRecord:
    """The surface of the SDK release that is installed in this environment."""
    return Catalogue().surface()


def render(surface: SurfaceRecord) -> str:
    """The record as sorted JSON with one module, pair and member a line."""
    lines = ["{", f'"releases": {json.dumps(surface["releases"])},', '"modules": {']
    lines += _entries({name: json.dumps(names, sort_keys=True) for name, names in surface["modules"].items()})
    lines += ["},", '"pairs": {']
    lines += _entries({name: json.dumps(twin) for name, twin in surface["pairs"].items()})
    lines += ["},", '"types": {']
    types = {}
    for key, record in surface["types"].items():
        head = json.dumps({name: value for name, value in record.items() if name != "members"}, sort_keys=True)[:-1]
        members = {name: json.dumps(member, sort_keys=True) for name, member in record["members"].items()}
        types[key] = "\n".join([head + ', "members": {', *_entries(members), "}}"])
    return "\n".join([*lines, *_entries(types), "}", "}", ""])


def _entries(values: dict[str, str]) -> list[str]:
    """`"key": value` lines in the order of the keys, with commas between them."""
    lines = [f"{json.dumps(key)}: {values[key]}" for key in sorted(values)]
    return [line + "," for line in lines[:-1]] + lines[-1:]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 when the surface was written, 1 when releases contradict each other."""
    parser = argparse.ArgumentParser(prog="python -m fixopenai.sdk.generator", description=__doc__.splitlines()[0])
    parser.add_argument("--merge", nargs="+", type=Path, metavar="FILE", help="surfaces of releases, oldest first")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    options = parser.parse_args(arguments)
    if options.merge:
        try:
            surface = merge_surfaces([json.loads(path.read_bytes()) for path in options.merge])
        except ReleasesDifferError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    else:
        surface = installed_surface()
    text = render(surface)
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
