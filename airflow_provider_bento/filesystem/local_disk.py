"""Files on a local disk that are whole or not there, durable, and readable by their owner only.

Tested by tests/unit/stores/test_files.py.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

__all__ = ["append", "make_folders", "remove", "replaced", "sync_folder"]

OWNER_ONLY = 0o600


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file to write, which replaces ``path`` when the block ends without an error.

    Readers never see a part of it, and a crash leaves the old file.

    :raises OSError: no room, no permission, a read-only disk.
    """
    make_folders(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".tmp")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - atomic, and the name is a string
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - as above
        raise
    sync_folder(path.parent)


def append(path: Path, data: bytes) -> None:
    """Add the bytes to the end, durably; the file is created if it is missing. On an error it is as it was.

    :raises OSError: no room, no permission, a read-only disk.
    """
    make_folders(path.parent)
    is_new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
    try:
        _tighten(handle)
        size = os.fstat(handle).st_size
        try:
            _write_all(handle, data)
            os.fsync(handle)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)
    if is_new:
        sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove the file, durably; no error if it is missing.

    :raises OSError: no permission, a read-only disk.
    """
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        sync_folder(path.parent)


def make_folders(folder: Path) -> None:
    """Create the folder and those above it, durably; new ones are readable by their owner only.

    :raises OSError: no permission, a read-only disk, a file in the way.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _tighten(handle: int) -> None:
    """Remove the permissions of group and others; a file that belongs to another user stays as it is."""
    with contextlib.suppress(PermissionError):
        mode = os.fstat(handle).st_mode
        if mode & 0o077:
            os.fchmod(handle, mode & OWNER_ONLY)


def sync_folder(folder: Path) -> None:
    """Make a new name durable; some file systems cannot sync a folder, and that is no error."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
