"""What ``make installs`` relies on: constraints files that pip reads, and every version of Airflow in its table."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from installs.airflows import FIRST, NEWEST, without_extras
from installs.installs import pins
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def test_pins_have_no_extras() -> None:
    """Pip refuses a constraints file with extras."""
    resolved = "dnspython==2.7.0\nfsspec[s3]==2025.7.0\nwatchtower==3.4.0 ; sys_platform == 'linux'\n"
    assert without_extras(resolved) == (
        "dnspython==2.7.0\nfsspec==2025.7.0\nwatchtower==3.4.0 ; sys_platform == 'linux'\n"
    )


def test_pins_are_read_without_markers_and_comments(tmp_path: Path) -> None:
    """They are compared with what is installed."""
    path = tmp_path / "constraints.txt"
    path.write_text("# apache-airflow[x]==3.0.6 as of some day\nfilelock==3.19.1\nredis==5.2.1 ; os_name == 'posix'\n")
    assert pins(path) == {"filelock": "3.19.1", "redis": "5.2.1"}


def test_the_first_and_the_newest_release_of_each_version_are_tried() -> None:
    """From the oldest that the package takes to the one that the suite runs with, none left out."""
    versions = [airflow.minor for airflow in NEWEST]
    assert versions == [airflow.minor for airflow in FIRST]
    assert versions == ["2.11", *(f"3.{minor}" for minor in range(int(versions[-1].partition(".")[2]) + 1))]
    assert f"apache-airflow=={NEWEST[-1].version}\n" in (ROOT / "tests/requirements/dev.txt").read_text()


@pytest.mark.parametrize("airflow", NEWEST + FIRST, ids=lambda airflow: airflow.version)
def test_the_package_takes_every_release_that_is_tried(airflow: object) -> None:
    """Its requirement names the oldest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    host = next(Requirement(line) for line in project["dependencies"] if line.startswith("apache-airflow"))
    assert host.specifier.contains(getattr(airflow, "version", ""))
