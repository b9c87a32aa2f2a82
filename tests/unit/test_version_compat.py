"""Every name of Airflow is found on whichever Airflow is installed, and only one file looks for them."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento import version_compat

PACKAGE = Path(version_compat.__file__).parent
NEW = {"NEVER_EXPIRE", "RetryDecision", "RetryPolicy", "TaskAwaitingInput"}
SINCE_3 = {"BaseEventTrigger", "CreateHITLDetailPayload"}
OF_OPENLINEAGE = {"OperatorLineage", "SQLParser"}


@pytest.mark.parametrize("name", sorted(set(version_compat.__all__) - NEW - SINCE_3 - OF_OPENLINEAGE))
def test_the_name_is_found_and_kept(name: str) -> None:
    """The same object each time."""
    found = getattr(version_compat, name)
    assert found is not None
    assert getattr(version_compat, name) is found


def test_what_came_with_one_release_is_there_or_not_together() -> None:
    """State store, retry policies and questions without a triggerer came with 3.3."""
    assert {name for name in NEW if getattr(version_compat, name) is None} in (NEW, set())


def test_what_another_provider_has_is_found_only_if_that_is_installed() -> None:
    """Airflow installs OpenLineage's only for who asks for it."""
    installed = importlib.util.find_spec("airflow.providers.openlineage") is not None
    for name in OF_OPENLINEAGE:
        with contextlib.nullcontext() if installed else pytest.raises(ImportError, match=name):
            assert getattr(version_compat, name) is not None


def test_a_name_that_nobody_knows_is_no_attribute() -> None:
    """As in any module."""
    with pytest.raises(AttributeError, match="has no attribute 'Sensor'"):
        version_compat.Sensor  # noqa: B018


def test_a_name_that_airflow_lost_says_where_it_was_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later Airflow will move something: the message names the places that were tried."""
    places: Any = {"XCom": ("airflow.exceptions", "airflow.nowhere")}
    monkeypatch.setattr(version_compat, "_PLACES", places)
    with pytest.raises(ImportError, match=r"no XCom in airflow\.exceptions or airflow\.nowhere"):
        version_compat.__getattr__("XCom")


def test_importing_it_imports_nothing_of_airflow() -> None:
    """A name costs when it is first asked for."""
    script = """
import sys, airflow_provider_bento.version_compat
print([name for name in sys.modules if name.partition(".")[0] == "airflow"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_no_other_module_imports_airflow(file: Path) -> None:
    """What moves from one Airflow to the next is looked for in one file; names for type checkers aside."""
    if file.name == "version_compat.py":
        return
    tree = ast.parse(file.read_text())
    for branch in [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]:
        branch.body.clear()
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names]
    assert [name for name in modules if name.partition(".")[0] == "airflow"] == []
