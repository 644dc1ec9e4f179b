"""What the bench asks of a process that serves a project, in a form that crosses process borders as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """`control_port` is where the bench listens for the process; `log` takes its stdout and stderr."""

    folder: str
    app: str
    environment: dict[str, str]
    control_port: int
    log: str

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        return cls(**json.loads(text))
