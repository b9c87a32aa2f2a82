"""What is published: a wheel of the package alone, an sdist that builds and tests itself, a page that is whole."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from airflow_provider_bento import __version__

if TYPE_CHECKING:
    from email.message import Message

    from distributions import Distributions

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


def test_the_page_names_all_that_people_look_for(metadata: Message) -> None:
    """Documentation, source, changelog and where to report a problem, all below one address."""
    pages = dict(line.split(", ") for line in metadata.get_all("Project-URL", []))
    assert set(pages) == {"Documentation", "Source", "Changelog", "Issues"}
    assert all(page.startswith("https://github.com/bentonow/airflow-provider-bento") for page in pages.values())


def test_what_is_optional_is_not_required(metadata: Message) -> None:
    """A worker needs neither the sandbox's server nor Redis."""
    required = " ".join(line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line)
    assert not [name for name in ("starlette", "uvicorn", "redis", "pyarrow", "zstandard") if name in required]


def test_nothing_is_required_that_no_constraints_file_holds(metadata: Message) -> None:
    """Every provider of Airflow is pinned by the constraints of its day; we ask for none."""
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert [line for line in required if line.startswith("apache-airflow-")] == []


def test_the_index_takes_both_files(distributions: Distributions) -> None:
    """Without a warning: the description renders."""
    pytest.importorskip("twine", reason="only the environment for development judges what is published")
    command = [sys.executable, "-m", "twine", "check", "--strict", str(distributions.wheel), str(distributions.sdist)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2


def test_the_page_has_all_pictures_and_leads_nowhere_else(metadata: Message) -> None:
    """As the index renders it: pictures and links survive, and none is relative."""
    markdown = pytest.importorskip("readme_renderer.markdown")
    shown = markdown.render(metadata.get_payload())
    text = (ROOT / "README.md").read_text()
    assert shown
    assert shown.count("<img ") == text.count("![") > 0
    addresses = re.findall(r'(?:src|href)="([^"]+)"', shown)
    assert [address for address in addresses if not address.startswith(("https://", "#"))] == []


def test_the_sdist_holds_what_it_takes_to_build_and_test(distributions: Distributions) -> None:
    """All that is under version control."""
    wanted = {name for name in _in_version_control() if not name.startswith(".git")}
    held = {file.relative_to(distributions.unpacked).as_posix() for file in distributions.unpacked.rglob("*")}
    assert sorted(wanted - held) == []
    assert not [name for name in held if "__pycache__" in name or name.endswith(".pyc")]


def _in_version_control() -> list[str]:
    if not (ROOT / ".git").exists():  # these tests run from an unpacked sdist as well
        return [file.relative_to(ROOT).as_posix() for file in (ROOT / "tests").rglob("*.py")]
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).exists()]


@pytest.mark.slow
def test_the_sdist_tests_itself(distributions: Distributions) -> None:
    """From where it was unpacked, with the package that lies beside the tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHONPATH"))}
    env["PYTHONPATH"] = str(distributions.unpacked)
    parts = ["tests/unit/test_readme.py", "tests/unit/test_provider_info.py", "tests/unit/connection/test_base_url.py"]
    parts += ["tests/architecture/test_import_contracts.py::test_the_contracts_hold"]
    where = [sys.executable, "-c", "import airflow_provider_bento; print(airflow_provider_bento.__file__)"]
    found = subprocess.check_output(where, cwd=distributions.unpacked, env=env, text=True, timeout=60)
    assert str(distributions.unpacked) in found
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *parts]
    done = subprocess.run(
        command, cwd=distributions.unpacked, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
