"""Prints constraints that hold each dependency of the installed package at the lowest version its bounds admit."""

from __future__ import annotations

from importlib.metadata import requires

from packaging.requirements import Requirement

for requirement in map(Requirement, requires("fixopenai") or ()):
    if "extra" not in str(requirement.marker or ""):
        (floor,) = (bound.version for bound in requirement.specifier if bound.operator == ">=")
        print(f"{requirement.name}=={floor}")
