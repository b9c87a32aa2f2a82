"""Files that are written bit by bit: whole or not there, on a local disk, in an object store and elsewhere."""

from __future__ import annotations

import os
import stat
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import io
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_bento.filesystem import streamed_files
from airflow_provider_bento.filesystem.object_path import object_path


class _Elsewhere(DirFileSystem):
    """A remote file system that renames, as SFTP does."""

    protocol = "sftp"
    cachable = False


def in_memory() -> Any:
    """Return a path of fsspec's file system in memory, which behaves like an object store."""
    io.store.attach("memory", fs=MemoryFileSystem())
    return object_path(f"memory://{uuid.uuid4().hex}/out.bin")


@pytest.fixture(params=["local", "memory", "sftp"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return a path on each kind of file system."""
    if request.param == "local":
        yield object_path(tmp_path / "new" / "out.bin")
    elif request.param == "memory":
        yield in_memory()
    else:
        alias = uuid.uuid4().hex
        io.store.attach("sftp", alias, fs=_Elsewhere(path=str(tmp_path), fs=LocalFileSystem()))
        yield object_path(f"sftp://{alias}@host/new/out.bin")


def test_the_file_appears_as_a_whole_when_the_block_ends(path: Any) -> None:
    """Within the block readers see the old file, or none; after it the new one."""
    for old, new in ((None, b"first"), (b"first", b"second")):
        with streamed_files.replaced(path) as file:
            file.write(new[:2])
            file.flush()
            assert (path.read_bytes() if path.exists() else None) == old
            file.write(new[2:])
        assert path.read_bytes() == new


def test_an_error_in_the_block_leaves_the_old_file_and_nothing_else(
    path: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither beside it nor in the temporary folder is a part of the new one."""
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    with streamed_files.replaced(path) as file:
        file.write(b"old")

    def broken() -> None:
        with streamed_files.replaced(path) as file:
            file.write(b"new")
            raise KeyError("planted")

    with pytest.raises(KeyError):
        broken()
    assert path.read_bytes() == b"old"
    assert [one.name for one in path.parent.iterdir()] == ["out.bin"]
    assert list(spool.iterdir()) == []


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    """Mode 0600, even if the old file could be read by all, and 0600 of what waits for its upload."""
    target = tmp_path / "out.bin"
    target.write_bytes(b"old")
    target.chmod(0o644)
    with streamed_files.replaced(object_path(target)) as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with streamed_files.replaced(in_memory()) as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600
