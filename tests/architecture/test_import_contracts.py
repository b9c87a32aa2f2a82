"""The import contracts of setup.cfg hold, and would notice if they did not."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "airflow_provider_bento"
LINT = """
from importlinter.cli import lint_imports
raise SystemExit(lint_imports("setup.cfg", no_cache=True, no_logo=True))
"""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run all contracts on the package in this folder."""
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package and its contracts, to be broken."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", folder)
    return folder


def test_the_contracts_hold() -> None:
    """Which part may know which."""
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_every_folder_stands_in_the_layers() -> None:
    """A folder that no contract names may import whatever it likes."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / "setup.cfg")
    layers = contracts["importlinter:contract:layers"]["layers"]
    folders = {file.parent.name for file in (ROOT / PACKAGE).glob("*/__init__.py")} - {"sandbox"}  # has two of its own
    assert folders <= {module.removeprefix(f"{PACKAGE}.") for module in layers.replace("|", " ").split()}


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("api/contract.py", "import airflow.models", "never know Airflow"),
        ("delivery/values.py", "from airflow.sdk import BaseHook", "never know Airflow"),
        ("delivery/clock.py", f"import {PACKAGE}.version_compat", "never know Airflow"),
        ("connection/settings.py", "from airflow.models import Connection", "never know Airflow"),
        ("api/contract.py", f"from {PACKAGE}.delivery import values", "never the other way round"),
        ("delivery/values.py", f"import {PACKAGE}.hooks.bento", "never the other way round"),
        ("delivery/values.py", "import requests", "Only the client and its transport know requests"),
        ("operators/records_argument.py", "import requests", "Only the client and its transport know requests"),
        ("sandbox/fault_injection.py", f"from {PACKAGE}.api import wire", "never its behaviour"),
        ("sandbox/fault_injection.py", f"from {PACKAGE} import connection", "never its behaviour"),
        ("sandbox/errors.py", f"from {PACKAGE}.exceptions import BentoError", "never its behaviour"),
        ("hooks/commands.py", f"import {PACKAGE}.sandbox.testing", "nothing imports it"),
        ("api/records/event.py", f"from {PACKAGE}.api import wire", "how they travel"),
        ("stores/files.py", f"import {PACKAGE}.operators.bento", "never the other way round"),
        ("sources/mapping.py", f"import {PACKAGE}.stores.files", "never the other way round"),
        ("filesystem/local_disk.py", f"import {PACKAGE}.stores.files", "never the other way round"),
        ("links/bento.py", f"import {PACKAGE}.hooks.bento", "never the other way round"),
        ("delivery/chunks.py", f"import {PACKAGE}.delivery.deliver", "in a circle"),
        ("operators/options.py", f"from {PACKAGE}.operators import base", "in a circle"),
    ],
)
def test_a_forbidden_import_is_noticed(copy: Path, module: str, line: str, contract: str) -> None:
    """Even inside a function; a contract that cannot break holds nothing."""
    file = copy / PACKAGE / module
    before = file.read_text()
    file.write_text(f"{before}\n\ndef _broken() -> None:\n    {line}\n")
    try:
        done = lint(copy)
    finally:
        file.write_text(before)
    assert done.returncode != 0
    broken = [shown for shown in done.stdout.splitlines() if shown.endswith("BROKEN")]
    assert any(contract in shown for shown in broken), done.stdout + done.stderr
