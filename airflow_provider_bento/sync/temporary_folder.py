"""A temporary folder that is removed when its owner is done with it; if its process was killed, by the next one.

Tested by tests/unit/sync/test_temporary_folder.py.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import socket
import tempfile
import weakref
from pathlib import Path
from typing import IO, Final

__all__ = ["TemporaryFolder"]

_PREFIX: Final = "bento-sync-"


class TemporaryFolder:
    """A folder in ``TMPDIR``, of mode 0700. A lock shows that its process is alive; the kernel releases it.

    :ivar path: where.
    """

    def __init__(self) -> None:
        _remove_abandoned()
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._removal = weakref.finalize(self, _removed, self.path, _locked(self.path))

    def remove(self) -> None:
        """Remove it, with all that is in it; no error if it is gone."""
        self._removal()


def _remove_abandoned() -> None:
    """Remove the folders of this machine's processes that were killed: they may contain addresses."""
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError), (folder / _lock_name()).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)


def _locked(folder: Path) -> IO[bytes] | None:
    """Return the lock, held; ``None`` if the file system has none, so that nobody removes the folder."""
    with contextlib.suppress(OSError):
        lock = (folder / "new").open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / "new").rename(folder / _lock_name())  # after it was locked: others look only for this name
        return lock
    return None


def _lock_name() -> str:
    """Return a name that other machines with the same ``TMPDIR`` do not look for."""
    return f"used-on-{socket.gethostname()}"


def _removed(folder: Path, lock: IO[bytes] | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        lock.close()
