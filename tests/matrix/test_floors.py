"""The lowest versions that the package allows: read from ``pyproject.toml``, and compared with what was installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix.floors import at_floor, floors, requirements
from packaging.version import Version

EXAMPLE = """
[project]
dependencies = ["apache-airflow>=2.11.0", "Requests>=2.32.2", "urllib3>=2.0,<4"]
optional-dependencies = { parquet = ["pyarrow>=15"] }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with three dependencies besides Airflow, one of them in an extra."""
    path = tmp_path / "pyproject.toml"
    path.write_text(EXAMPLE)
    return path


def test_floors_are_the_lower_bounds_of_dependencies_and_extras(project: Path) -> None:
    """Airflow's own version is chosen by the cell."""
    assert floors(project) == {"requests": Version("2.32.2"), "urllib3": Version("2.0"), "pyarrow": Version("15")}


def test_a_dependency_without_a_floor_is_an_error(project: Path) -> None:
    """Nothing could test it."""
    project.write_text(EXAMPLE.replace("pyarrow>=15", "pyarrow<15"))
    with pytest.raises(ValueError, match="pyarrow has no lower bound"):
        floors(project)


def test_the_lowest_release_of_a_bound_is_at_its_floor() -> None:
    """2.0.2 is the lowest of ``>=2.0``, 2.1.0 is above it, and what is not installed was not tested."""
    lowest = {"urllib3": Version("2.0"), "redis": Version("5"), "pyarrow": Version("15")}
    assert at_floor({"urllib3": "2.0.2", "redis": "5.0.0"}, lowest) == {"urllib3", "redis"}
    assert at_floor({"urllib3": "2.1.0", "redis": "50.0.0"}, lowest) == set()


def test_every_dependency_of_this_package_has_a_floor() -> None:
    """And every extra is among them."""
    assert set(floors()) == {one.name for one in requirements()}
    assert {"requests", "duckdb", "pyarrow", "redis", "zstandard", "starlette"} <= set(floors())
