"""Files of any size that are written bit by bit and appear as a whole, on a local disk or in an object store.

Memory: what the writer of the bytes needs. Does not know what the bytes mean.

Tested by tests/unit/filesystem/test_streamed_files.py.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from airflow_provider_bento.filesystem import local_disk
from airflow_provider_bento.filesystem.object_path import local_path
from airflow_provider_bento.filesystem.whole_files import put_whole

__all__ = ["replaced"]


@contextlib.contextmanager
def replaced(path: Any) -> Iterator[IO[bytes]]:
    """Yield a file to write, whose bytes replace the file at ``path`` when the block ends without an error.

    On a local disk they are written beside the old file and renamed over it, with mode 0600. For any other file system
    they are collected in a file of the temporary folder, mode 0600, and uploaded with one put. Until then readers see
    the old file, and after an error as well.

    :param path: an ``ObjectStoragePath``.
    :raises OSError: no room, no permission; file systems raise errors of their own, too.
    """
    disk = local_path(path)
    if disk is not None:
        with local_disk.replaced(disk) as file:
            yield file
        return
    with tempfile.NamedTemporaryFile(prefix="bento-") as file:  # mode 0600
        yield file
        file.flush()
        put_whole(path, lambda target: _put(path.fs, file.name, target))


def _put(fs: Any, name: str, target: str) -> None:
    if fs.protocol == "memory":  # it would show a part of what is being put, and keeps the bytes in memory anyway
        fs.pipe_file(target, Path(name).read_bytes())
    else:
        fs.put_file(name, target)
