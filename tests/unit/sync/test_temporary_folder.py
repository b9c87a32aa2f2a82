"""What a comparison keeps on the disk goes with it, also if it fails or is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from airflow_provider_bento.sync.temporary_folder import TemporaryFolder

ONE = "from airflow_provider_bento.sync.temporary_folder import TemporaryFolder; folder = TemporaryFolder()"
KILLED = f"{ONE}; import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all temporary folders be in one of the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def test_it_goes_when_it_is_removed_and_with_its_object(tmp_path: Path) -> None:
    """Removing it twice is no error."""
    one, other = TemporaryFolder(), TemporaryFolder()
    assert {one.path, other.path} == set(tmp_path.iterdir())
    assert one.path.stat().st_mode & 0o777 == 0o700
    one.remove()
    one.remove()
    assert [other.path] == list(tmp_path.iterdir())
    del other
    assert list(tmp_path.iterdir()) == []


def test_the_next_one_removes_that_of_a_killed_process(tmp_path: Path) -> None:
    """And leaves those that are in use, and what is not of this package."""
    killed = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert killed.returncode == -signal.SIGKILL
    (abandoned,) = tmp_path.iterdir()
    (tmp_path / "bento-sync-of-somebody").mkdir()
    used = TemporaryFolder()
    newest = TemporaryFolder()
    assert not abandoned.exists()
    assert set(tmp_path.iterdir()) == {tmp_path / "bento-sync-of-somebody", used.path, newest.path}


def test_another_process_leaves_a_folder_that_is_in_use(tmp_path: Path) -> None:
    """Two tasks of one machine compare at the same time."""
    used = TemporaryFolder()
    subprocess.run([sys.executable, "-c", ONE], check=True, env={**os.environ})
    assert list(tmp_path.iterdir()) == [used.path]
