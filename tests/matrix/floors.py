"""The lowest versions that ``pyproject.toml`` allows, and the requirements that install them.

Tested by tests/matrix/test_floors.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PYPROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"


def requirements(path: Path = PYPROJECT) -> list[Requirement]:
    """Return what the package needs besides Airflow, all extras included."""
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    optional = project.get("optional-dependencies", {}).values()
    lines = [*project["dependencies"], *(line for lines in optional for line in lines)]
    return [one for one in map(Requirement, lines) if canonicalize_name(one.name) != "apache-airflow"]


def floors(path: Path = PYPROJECT) -> dict[str, Version]:
    """Return the lowest version of each that is allowed.

    :raises ValueError: a requirement has no lower bound.
    """
    return {canonicalize_name(one.name): _floor(one) for one in requirements(path)}


def _floor(requirement: Requirement) -> Version:
    bounds = [Version(one.version) for one in requirement.specifier if one.operator in {">=", "=="}]
    if not bounds:
        raise ValueError(f"{requirement.name} has no lower bound")
    return max(bounds)


def at_floor(installed: Mapping[str, str], lowest: Mapping[str, Version]) -> set[str]:
    """Return the names that are installed in the lowest release of what is allowed.

    A bound such as 2.0 need not be a release: 2.0.2 is the lowest one if what came before was withdrawn.
    """
    return {name for name, floor in lowest.items() if name in installed and _same(Version(installed[name]), floor)}


def _same(version: Version, floor: Version) -> bool:
    return version.release[: len(floor.release)] == floor.release
