"""What a cell's environment is made of, before anything is installed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from matrix import environments
from matrix.cells import CELLS, Cell


def test_the_copied_checkout_has_tests_and_pages_but_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So no test of a cell can import the package from anywhere but site-packages."""
    monkeypatch.setattr(environments, "CHECKOUT", tmp_path / "checkout")
    copy = environments.checkout()
    assert not list(copy.rglob("airflow_provider_bento/__init__.py"))
    for path in ("tests/conftest.py", "tests/matrix/in_cell.py", "example_dags", "docs/install.md", "pyproject.toml"):
        assert (copy / path).exists()
    assert not (copy / ".venvs").exists()


def test_a_copy_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that was deleted is not run."""
    monkeypatch.setattr(environments, "CHECKOUT", tmp_path / "checkout")
    (environments.checkout() / "tests" / "test_deleted.py").touch()
    assert not (environments.checkout() / "tests" / "test_deleted.py").exists()


def test_the_extras_are_all_of_them() -> None:
    """An extra that no cell installs is an extra that nothing tests."""
    project = tomllib.loads((environments.ROOT / "pyproject.toml").read_text())["project"]
    assert environments.EXTRAS.split(",") == sorted(project["optional-dependencies"])


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_airflow_of_a_cell_is_named_exactly(cell: Cell) -> None:
    """Otherwise an installer would take another; the form library is named only if the form needs it."""
    names = environments.named(cell)
    assert names[0] == f"apache-airflow=={cell.airflow.version}"
    assert ("apache-airflow-providers-fab" in names) is (cell.airflow.minor in {"2.11", "3.0", "3.1"})
