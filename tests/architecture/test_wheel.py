"""What a user installs: the package, its metadata, and nothing else."""

from __future__ import annotations

import email
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from airflow_provider_bento import __version__

if TYPE_CHECKING:
    from email.message import Message

ROOT = Path(__file__).parents[2]
PACKAGE = "airflow_provider_bento"
INFO = f"{PACKAGE}-{__version__}.dist-info"


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """Return the files in the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """Return the wheel's metadata."""
    return email.message_from_bytes(zipfile.ZipFile(wheel).read(f"{INFO}/METADATA"))


def test_every_file_of_the_package_is_in_the_wheel(names: set[str]) -> None:
    """Modules, type marker, and what the sandbox's page is made of."""
    files = (file.relative_to(ROOT) for file in (ROOT / PACKAGE).rglob("*") if file.is_file())
    wanted = {file.as_posix() for file in files if "__pycache__" not in file.parts}
    assert wanted == {name for name in names if name.startswith(f"{PACKAGE}/")}
    assert f"{PACKAGE}/py.typed" in names


def test_nothing_else_is_in_the_wheel(names: set[str]) -> None:
    """No tests, no examples at the top level of somebody's site-packages."""
    assert {name.partition("/")[0] for name in names} == {PACKAGE, INFO}
    assert f"{INFO}/licenses/LICENSE" in names


def test_the_metadata_names_host_licence_and_python(metadata: Message) -> None:
    """What the index and Airflow's provider page show."""
    assert metadata["Name"] == "airflow-provider-bento"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert any(line.startswith("apache-airflow>=2.11") for line in required)
    assert "Framework :: Apache Airflow :: Provider" in metadata.get_all("Classifier", [])
    assert any(line.startswith("Documentation, ") for line in metadata.get_all("Project-URL", []))


def test_what_is_optional_is_not_required(metadata: Message) -> None:
    """A worker needs neither the sandbox's server nor Redis."""
    required = " ".join(line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line)
    assert not [name for name in ("starlette", "uvicorn", "redis", "pyarrow", "zstandard") if name in required]
