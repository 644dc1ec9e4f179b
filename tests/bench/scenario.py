"""A fixture and its scenario: what is asked of the project, what it does before, and what each strategy makes of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Before = Literal["broken", "blocks", "stalls", "right"]
Result = Literal["fixed", "left", "partly"]
Python = tuple[int, int]
Strategy = Literal["auto", "async-client", "to-thread", "sync-def"]

# The method of a request that is a conversation over a websocket.
WEBSOCKET = "WEBSOCKET"
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@dataclass(frozen=True, slots=True)
class Request:
    """One request and its right answer.

    A websocket is sent `json`, and its answer is the list of texts that come until it is closed.
    `offline` says that the project answers without asking the API, `background` that it asks after the answer.
    `before` is what happens to it in the project as it is: it fails, or the loop stands still, and others wait for
    their turn (`blocks`) or have their own waiting done meanwhile (`stalls`). `left_by` names the strategies that
    leave it so.
    """

    method: str
    path: str
    answer: Any
    before: Before
    json: Any = None
    files: tuple[tuple[str, str, str], ...] = ()
    offline: bool = False
    background: bool = False
    left_by: tuple[Strategy, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a strategy does: `fixed` all, `left` all byte for byte, or `partly`; `reason` is part of the reason."""

    result: Result
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A command line program of the project, run by Python, and what it prints."""

    arguments: tuple[str, ...]
    output: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """`error` is a pattern of what the log says when a request is `broken`, `python` the first version it runs on."""

    name: str
    app: str
    before: Before
    error: str
    requests: tuple[Request, ...]
    expectations: dict[Strategy, Expectation]
    scripts: tuple[Script, ...] = ()
    python: Python = (3, 10)

    @property
    def project(self) -> Path:
        return FIXTURES / self.name / "project"


def load_scenario(path: Path) -> Scenario:
    """Raises `ValueError` where the file says something that the bench would not look at."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    _only_known(raw, {"about", "app", "before", "error", "python", "requests", "scripts", "strategies"}, path)
    before = _one_of(raw["before"], get_args(Before), path)
    requests = tuple(_request(entry, before, path) for entry in raw["requests"])
    if any(request.before == "broken" for request in requests) != bool(raw.get("error")):
        raise ValueError(f"{path}: `error` belongs to scenarios with broken requests, and to no other")
    return Scenario(
        name=path.parent.name,
        app=raw["app"],
        before=before,
        error=raw.get("error", ""),
        requests=requests,
        expectations=_expectations(raw.get("strategies", {}), before, path),
        scripts=tuple(Script(tuple(entry["arguments"]), entry["output"]) for entry in raw.get("scripts", [])),
        python=_python(raw.get("python", "3.10")),
    )


def load_scenarios(python: Python = sys.version_info[:2]) -> dict[str, Scenario]:
    """All fixtures that run on a version of Python, by name."""
    scenarios = (load_scenario(path) for path in sorted(FIXTURES.glob("*/scenario.toml")))
    return {scenario.name: scenario for scenario in scenarios if scenario.python <= python}


def _request(raw: dict[str, Any], before: Before, path: Path) -> Request:
    known = {"method", "path", "json", "files", "answer", "before", "offline", "background", "left_by"}
    _only_known(raw, known, path)
    return Request(
        method=raw.get("method", "POST"),
        path=raw["path"],
        answer=raw["answer"],
        before=_one_of(raw.get("before", before), get_args(Before), path),
        json=raw.get("json"),
        files=tuple((part["field"], part["name"], part["text"]) for part in raw.get("files", [])),
        offline=raw.get("offline", False),
        background=raw.get("background", False),
        left_by=tuple(_one_of(name, STRATEGIES, path) for name in raw.get("left_by", [])),
    )


def _python(version: str) -> Python:
    major, minor = version.split(".")
    return int(major), int(minor)


def _expectations(raw: dict[str, Any], before: Before, path: Path) -> dict[Strategy, Expectation]:
    """A right project needs none: nothing in it is found. Any other says it for every strategy."""
    if before == "right":
        _only_known(raw, set(), path)
        return {}
    if set(raw) != set(STRATEGIES):
        raise ValueError(f"{path}: `strategies` must name each of {', '.join(STRATEGIES)}")
    return {name: _expectation(raw[name], path) for name in STRATEGIES}


def _expectation(raw: str | dict[str, str], path: Path) -> Expectation:
    if raw == "fixed":
        return Expectation("fixed")
    if isinstance(raw, str) or len(raw) != 1:
        raise ValueError(f'{path}: a strategy is "fixed", {{left = "reason"}} or {{partly = "reason"}}, not {raw!r}')
    ((result, reason),) = raw.items()
    return Expectation(_one_of(result, ("left", "partly"), path), reason)


def _only_known(raw: dict[str, Any], known: set[str], path: Path) -> None:
    if unknown := set(raw) - known:
        raise ValueError(f"{path}: unknown {', '.join(sorted(unknown))}")


def _one_of(value: Any, choices: tuple[Any, ...], path: Path) -> Any:
    if value not in choices:
        raise ValueError(f"{path}: {value!r} is none of {', '.join(choices)}")
    return value
