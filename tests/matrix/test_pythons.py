"""How the Pythons of a machine are found: one that does not run, or has another version, is not taken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from matrix.pythons import found, runs

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def script(path: Path, *lines: str) -> Path:
    """Return a program of the shell, as pyenv's shims are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o755)
    return path


def test_the_running_python_is_found() -> None:
    """No search is needed for it."""
    python = found(sys.version_info[:2])
    assert python is not None
    assert runs(python, HERE)


def test_a_shim_that_does_not_run_is_no_python(tmp_path: Path) -> None:
    """Pyenv has one for each version, chosen or not."""
    assert not runs(script(tmp_path / "python3.12", "echo not found >&2", "exit 127"), "3.12")
    assert not runs(tmp_path / "absent", "3.12")


def test_a_python_of_another_version_is_not_taken() -> None:
    """The name of a file proves nothing."""
    assert not runs(Path(sys.executable), "2.7")


def test_one_that_only_pyenv_has_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the path was searched, where only a shim was."""
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    script(tmp_path / "shims" / "python3.99", "exit 127")
    python = script(tmp_path / "versions" / "3.99.4" / "bin" / "python", "echo 3.99")
    assert found((3, 99)) == python


def test_a_python_that_is_not_there_is_reported_as_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cell is then NOT RUN."""
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found((3, 99)) is None
