"""Places as SARIF names them: files by percent-encoded URIs from the top of the repository, stretches by regions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from fixopenai.reporting.repository import Repository
    from fixopenai.results import Place

_TOP = "%SRCROOT%"


def uri_bases(repository: Repository) -> dict[str, Any]:
    """What relative URIs are relative to; that of a folder has to end with a slash."""
    description = {"text": "The top of the repository, or the folder where fixopenai was run."}
    return {_TOP: {"uri": repository.top.as_uri().rstrip("/") + "/", "description": description}}


def artifact_location(display: str, repository: Repository) -> dict[str, Any]:
    """A file outside of the repository has an absolute URI, which has no base."""
    inside = repository.inside(display)
    if inside is None:
        return {"uri": repository.real(display).as_uri()}
    return {"uri": quote(os.fsencode(inside)), "uriBaseId": _TOP}


def location(display: str, repository: Repository, region: dict[str, int] | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": artifact_location(display, repository)}
    if region is not None:
        physical["region"] = region
    return {"physicalLocation": physical}


def region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
