"""From a module to its tests: by the name of the file, or by a line in the module's docstring."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "airflow_provider_bento"
MODULES = [file.relative_to(PACKAGE) for file in sorted(PACKAGE.rglob("*.py")) if file.name != "__init__.py"]


def mirrored(module: Path) -> list[Path]:
    """Return the test files that have the module's folder and name."""
    return sorted((ROOT / "tests" / "unit" / module.parent).glob(f"test_{module.stem}*.py"))


def named(module: Path) -> list[Path]:
    """Return the test files and folders that the module's docstring names."""
    docstring = ast.get_docstring(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))) or ""
    lines = re.findall(r"^Tested by (tests/.*)$", docstring, flags=re.MULTILINE)
    return [ROOT / path for line in lines for path in re.findall(r"tests/[\w/.]*\w", line)]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_has_its_tests(module: Path) -> None:
    """A file of its name in the same folder of ``tests/unit``, or a line ``Tested by tests/...`` in its docstring."""
    assert mirrored(module) or named(module), f"{module}: name its tests in its docstring: Tested by tests/..."


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_the_tests_that_a_docstring_names_exist(module: Path) -> None:
    """A file of tests, or a folder with some below it."""
    for path in named(module):
        assert path.is_file() or any(path.rglob("test_*.py")), f"{module} names {path.relative_to(ROOT)}"
