"""Which cells there are: every Airflow on every Python that both know, and what CI runs of them."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

import pytest
from installs.airflows import NEWEST
from matrix.cells import CELLS, CORNERS, PYTHONS, TESTS, WITHOUT_AIRFLOW, corners
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_pythons_are_those_of_the_classifiers() -> None:
    """A Python that is promised is a column of the matrix."""
    prefix = "Programming Language :: Python :: "
    named = [one.removeprefix(prefix) for one in PROJECT["classifiers"] if one.startswith(prefix)]
    assert [f"{major}.{minor}" for major, minor in PYTHONS] == named


def test_every_airflow_is_there_on_every_python_that_it_knows() -> None:
    """Airflow 2.11 and 3.0 know no Python 3.13; nothing else is left out."""
    dated = [cell for cell in CELLS if not cell.lowest]
    left_out = {(one.minor, python) for one in NEWEST for python in PYTHONS} - {
        (cell.airflow.minor, cell.python) for cell in dated
    }
    assert left_out == {("2.11", (3, 13)), ("3.0", (3, 13))}
    assert len(dated) == 13


def test_the_lowest_versions_are_tried_beside_the_oldest_and_the_newest_airflow() -> None:
    """The newest Airflow needs more than some floors, so the oldest one tests those."""
    lowest = [cell for cell in CELLS if cell.lowest]
    assert [(cell.airflow.version, cell.python) for cell in lowest] == [
        (PROJECT["dependencies"][0].rpartition("=")[2], PYTHONS[0]),
        (NEWEST[-1].version, PYTHONS[0]),
    ]
    assert all(set(WITHOUT_AIRFLOW) <= set(cell.tests()) for cell in lowest)


def test_the_names_of_the_cells_differ() -> None:
    """They are folders and rows of the table."""
    assert len({cell.name for cell in CELLS}) == len(CELLS)


def test_ci_runs_both_ends_and_every_python() -> None:
    """The corners are the oldest Airflow, the newest one, and one of each Python."""
    assert {PYTHONS[0], PYTHONS[1], PYTHONS[2]} == {cell.python for cell in CORNERS}
    assert {"2.11", NEWEST[-1].minor} <= {cell.airflow.minor for cell in CORNERS}
    assert any(cell.lowest for cell in CORNERS)


@pytest.mark.parametrize("python", PYTHONS)
def test_a_machine_with_one_python_runs_what_it_can(python: tuple[int, int]) -> None:
    """The corners are all named; each Airflow that knows the Python runs in a cell of it."""
    cells = corners(lambda one: one == python)
    assert set(CORNERS) <= set(cells)
    run = {cell.airflow.minor for cell in cells if cell.python == python}
    assert run == {one.airflow.minor for one in CORNERS if python <= one.airflow.newest_python}
    assert corners(lambda _: True) == CORNERS


def test_the_tests_that_a_cell_runs_exist() -> None:
    """Pytest would fail in each cell after minutes of installing."""
    assert [path for path in (*TESTS, *WITHOUT_AIRFLOW) if not (ROOT / path).exists()] == []


def test_the_newest_airflow_accepts_each_of_its_pythons() -> None:
    """What its own metadata requires, as far as it is installed here."""
    required = SpecifierSet(importlib.metadata.metadata("apache-airflow")["Requires-Python"])
    newest = [cell.python_name for cell in CELLS if cell.airflow == NEWEST[-1]]
    assert all(required.contains(python) for python in newest)
