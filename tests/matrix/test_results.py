"""What is read from pytest's JUnit file, which a real pytest writes here."""

from __future__ import annotations

import subprocess
import sys

import pytest
from matrix.results import Results, read

TESTS = """
import pytest

def test_passes(): pass
def test_fails(): assert False
@pytest.mark.skip(reason="Airflow 2.11 has no page")
def test_of_a_version(): pass
@pytest.mark.parametrize("number", [1, 2])
def test_of_a_tool(number): pytest.importorskip("no_such_tool", reason="the tool is not installed")
@pytest.fixture
def broken():
    yield
    raise OSError
def test_fails_twice(broken): assert False
def test_fails_afterwards(broken): pass
"""
MODULE = "import pytest\npytest.skip('before Airflow 3.3 (no store)', allow_module_level=True)\n"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return the results of the tests above."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "test_a.py").write_text(TESTS)
    (folder / "test_b.py").write_text(MODULE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--junitxml=a.xml"]
    done = subprocess.run(
        [*command, f"--rootdir={folder}", "."], cwd=folder, check=False, capture_output=True, timeout=120
    )
    assert done.returncode == 1, done.stdout
    return read(folder / "a.xml")


def test_each_test_is_counted_once(results: Results) -> None:
    """A test that fails twice is one; a test that fails in its teardown did not pass."""
    assert results.passed == 1
    assert {name.rpartition("::")[2] for name in results.failed} == {
        "test_fails",
        "test_fails_twice",
        "test_fails_afterwards",
    }


def test_skips_are_counted_by_their_reason(results: Results) -> None:
    """A module that is skipped as a whole has a reason as well."""
    assert results.skipped == {
        "Airflow 2.11 has no page": 1,
        "the tool is not installed": 2,
        "before Airflow 3.3 (no store)": 1,
    }


def test_a_missing_tool_is_no_right_reason(results: Results) -> None:
    """The version of Airflow is one."""
    assert results.wrongly_skipped == {"the tool is not installed": 2}
