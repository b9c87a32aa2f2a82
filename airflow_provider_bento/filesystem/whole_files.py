"""Small files that are read and written whole, on a local disk or in an object store; a reader never sees a part.

Knows how each kind of file system does that; does not know what the bytes mean.

Tested by tests/unit/stores/test_files.py.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from airflow_provider_bento.filesystem import local_disk
from airflow_provider_bento.filesystem.object_path import local_path

__all__ = ["OBJECT_STORES", "Blob", "blob_at", "put_whole"]

# Object stores show an object only when its upload is complete, so one put replaces it atomically (S3, GCS, Azure
# Blob: their documentation of consistency); a move would be a copy and a delete there, and gain nothing.
OBJECT_STORES: Final = frozenset(
    {"s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss", "az", "adl", "wasb", "wasbs", "oss", "oci", "r2", "memory"}
)
"""Protocols of file systems that show a file only when it is whole."""


class Blob(Protocol):
    """One small file."""

    def read(self) -> bytes | None:
        """Return its bytes; ``None`` if it is missing."""
        ...

    def write(self, data: bytes) -> None:
        """Replace it as a whole, durably."""
        ...

    def remove(self) -> None:
        """Remove it; no error if it is missing."""
        ...


def blob_at(path: Any) -> Blob:
    """Return the file at an ``ObjectStoragePath``; its methods raise what the file system raises."""
    disk = local_path(path)
    return _Disk(disk) if disk is not None else _Remote(path)


class _Disk:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, data: bytes) -> None:
        with local_disk.replaced(self._path) as file:
            file.write(data)

    def remove(self) -> None:
        local_disk.remove(self._path)


class _Remote:
    def __init__(self, path: Any) -> None:
        self._path = path

    def read(self) -> bytes | None:
        try:
            return bytes(self._path.fs.cat_file(self._path.path))
        except FileNotFoundError:
            return None

    def write(self, data: bytes) -> None:
        put_whole(self._path, lambda target: self._path.fs.pipe_file(target, data))

    def remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._path.fs.rm_file(self._path.path)


def put_whole(path: Any, put: Callable[[str], object]) -> None:
    """Replace a file that is not on a local disk, so that nobody sees a part of it.

    :param path: an ``ObjectStoragePath``.
    :param put: writes the file's bytes to the path it is called with, a string of the path's file system.
    """
    fs, target = path.fs, path.path
    if path.protocol in OBJECT_STORES:
        put(target)
        return
    fs.makedirs(fs._parent(target), exist_ok=True)
    temporary = f"{target}.{uuid.uuid4().hex}.tmp"
    try:
        put(temporary)
        fs.mv(temporary, target)
    except BaseException:
        with contextlib.suppress(Exception):
            fs.rm_file(temporary)
        raise
