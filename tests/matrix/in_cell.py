"""What must be true in each cell before its other tests mean anything; ``make matrix`` names this file to pytest.

It is not collected elsewhere: a checkout that is installed in editable mode would fail it.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from matrix.promises import DECIDED_BY, PAGE, approves, promised, supported

import airflow_provider_bento

MINOR = ".".join(importlib.metadata.version("apache-airflow").split(".")[:2])
SITE = Path(sysconfig.get_path("purelib"))


def test_the_installed_wheel_is_tested_and_not_the_checkout() -> None:
    """The package that is imported is in site-packages, and this checkout contains none."""
    assert Path(airflow_provider_bento.__file__).is_relative_to(SITE)
    assert not (Path(__file__).parents[2] / "airflow_provider_bento").exists()


def test_processes_that_tests_start_import_the_installed_wheel() -> None:
    """``PYTHONPATH`` leads to the checkout, which must not contain the package."""
    script = "import airflow_provider_bento; print(airflow_provider_bento.__file__)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert Path(said.stdout.strip()).is_relative_to(SITE)


def test_the_cell_has_its_airflow_and_its_python() -> None:
    """The versions are the ones that its row in the table names."""
    airflow, python = os.environ["MATRIX_CELL"].split("-")[:2]
    assert importlib.metadata.version("apache-airflow") == airflow
    assert f"py{sys.version_info.major}.{sys.version_info.minor}" == python


@pytest.mark.parametrize("row", DECIDED_BY)
def test_this_airflow_supports_what_the_documentation_says_and_no_more(row: str) -> None:
    """The table "What each Airflow supports", in the column of this Airflow."""
    assert supported(row) is promised(row, MINOR, PAGE.read_text(encoding="utf-8"))


def test_this_airflow_has_approvals_if_the_documentation_says_so() -> None:
    """A person approves a broadcast in its UI."""
    assert approves() is promised("a person approves", MINOR, PAGE.read_text(encoding="utf-8"))
