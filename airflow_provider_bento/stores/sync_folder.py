"""The folder of a snapshot at any path of Airflow's object storage.

Knows file systems; does not know what the files mean.

Tested by tests/unit/stores/test_sync_folder.py.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.filesystem import local_disk, streamed_files
from airflow_provider_bento.filesystem.object_path import PathLike, local_path, object_path, reason_of, safe_text
from airflow_provider_bento.filesystem.whole_files import OBJECT_STORES, blob_at

__all__ = ["SyncFolder"]


class SyncFolder:
    """A :class:`~airflow_provider_bento.sync.folder.Folder` at an ``ObjectStoragePath``.

    On a local disk every file has mode 0600 and is synced. A file is created exclusively by a hard link there, and in
    object stores by a conditional put: S3 (s3fs from 2024.12), Google Cloud Storage and Azure. Where neither exists
    (SFTP, mounted stores without links, older packages), it is looked for just before it is written, and two runs that
    begin within that moment are not told apart.

    :param path: see :data:`~airflow_provider_bento.filesystem.object_path.PathLike`; folders are made.
    :raises BentoSetupError: no file system is known for the path's scheme.
    """

    def __init__(self, path: PathLike) -> None:
        self._path = object_path(path)

    def names(self, below: str) -> list[str]:
        """Return the names of the files in a subfolder."""
        with self._explained("listed", below) as path:
            disk = local_path(path)
            if disk is not None:
                return sorted(one.name for one in disk.iterdir() if _shows(one.name)) if disk.is_dir() else []
            path.fs.invalidate_cache(path.path)
            try:
                found = path.fs.ls(path.path, detail=False)
            except FileNotFoundError:
                return []
            return sorted(name for one in found if _shows(name := str(one).rstrip("/").rpartition("/")[2]))

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes; ``None`` if it is missing."""
        with self._explained("read", name) as path:
            return blob_at(path).read()

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole, or replace it."""
        with self._explained("written", name) as path:
            blob_at(path).write(data)

    def create(self, name: str, data: bytes) -> bool:
        """Write a file whole, unless it exists; return whether it was written."""
        with self._explained("written", name) as path:
            disk = local_path(path)
            return _created_on_disk(disk, data) if disk is not None else _created_elsewhere(path, data)

    def remove(self, name: str) -> None:
        """Remove a file; no error if it is missing."""
        with self._explained("removed", name) as path:
            blob_at(path).remove()

    def fetch(self, name: str, into: Path) -> Path | None:
        """Return the path of a copy in ``into``; it stays when a newer run removes the file."""
        with self._explained("read", name) as path:
            copy, disk = into / Path(name).name, local_path(path)
            try:
                _fetched_from_disk(disk, copy) if disk is not None else path.fs.get_file(path.path, str(copy))
            except FileNotFoundError:
                return None
            return copy

    def put(self, name: str, path: Path) -> None:
        """Write a file whole from one on this machine's disk."""
        with (
            self._explained("written", name) as target,
            streamed_files.replaced(target) as file,
            path.open("rb") as rows,
        ):
            shutil.copyfileobj(rows, file, 1 << 20)

    @contextlib.contextmanager
    def _explained(self, what: str, name: str) -> Iterator[Any]:
        path = self._path / name
        try:
            yield path
        except Exception as error:
            raise BentoStateError(
                f"{safe_text(path)} could not be {what} ({reason_of(error)}). This attempt sends nothing more. Retry "
                "or clear the task when snapshot_path is readable and writable.",
                advice="let the worker read and write snapshot_path, then clear the task",
            ) from error


def _shows(name: str) -> bool:
    """Whether a name is that of a whole file, not of one that is being written."""
    return bool(name) and not name.startswith(".") and not name.endswith(".tmp")


def _created_on_disk(path: Path, data: bytes) -> bool:
    local_disk.make_folders(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return _linked(Path(name), path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()


def _linked(whole: Path, path: Path) -> bool:
    """Give a whole file its name, unless that is taken; some mounted stores have no links."""
    try:
        os.link(whole, path)
    except FileExistsError:
        return False
    except OSError:
        if path.exists():
            return False
        whole.replace(path)
    local_disk.sync_folder(path.parent)
    return True


def _fetched_from_disk(path: Path, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    try:
        os.link(path, copy)
    except FileNotFoundError:
        raise
    except OSError:  # it is on another disk, or belongs to another user
        shutil.copyfile(path, copy)


def _created_elsewhere(path: Any, data: bytes) -> bool:
    if _is_there(path):
        return False
    if path.protocol not in OBJECT_STORES:  # it would show a part of what is being written
        blob_at(path).write(data)
        return True
    try:
        path.fs.pipe_file(path.path, data, mode="create")
    except FileExistsError:
        return False
    except (TypeError, ValueError, NotImplementedError):  # an older fsspec package: no conditional put
        blob_at(path).write(data)
    except Exception:
        if _is_there(path):  # each store has its own error for it; or it is ours, and the reply was lost
            return False
        raise
    return True


def _is_there(path: Any) -> bool:
    path.fs.invalidate_cache(path.fs._parent(path.path))  # listings may be cached
    return bool(path.fs.exists(path.path))
