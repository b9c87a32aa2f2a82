"""Budgets in a SQLite file, shared by the processes of one user on one host.

A killed process leaves nothing locked: SQLite's locks are the kernel's and end with it. Each change opens the file
anew, which costs a tenth of a millisecond and leaves nothing to inherit by a fork, to hold on to a deleted file, or to
stay broken after the file was repaired. Each pod of a Kubernetes worker is a host of its own here, another user of the
host has a file of its own, and NFS locks are not to be trusted: use Redis there.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from airflow_provider_bento.delivery.pacing.budget import Budget, read
from airflow_provider_bento.delivery.pacing.fork_lock import fork_lock
from airflow_provider_bento.exceptions import BentoStateError

T = TypeVar("T")
PATIENCE: Final = 10.0
"""Seconds for which another process may lock the file; usually it is less than a millisecond."""

_FILE: Final = "pacing.sqlite"
_TABLE: Final = "CREATE TABLE IF NOT EXISTS budget (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
_PUT: Final = "INSERT INTO budget VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
_THIS_PROCESS: Final = fork_lock()  # SQLite's state inside a process must not be forked in the middle of a transaction


def runtime_folder() -> Path:
    """Return this user's folder for such files, made with mode 0700 if it is missing.

    :raises BentoStateError: somebody else could have put something there.
    """
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or "none")
    named = base.is_absolute() and base.is_dir()  # it ends with the login that made it
    folder = base / "airflow-bento" if named else Path(tempfile.gettempdir()) / f"airflow-bento-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise BentoStateError(
            f"The folder of the shared rate limit, {folder}, cannot be created: {error.strerror}."
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise BentoStateError(f"{folder} must be a folder that only its owner, this user, may enter (mode 0700).")
    return folder


class HostBudgets:
    """Keeps budgets in a SQLite file of mode 0600.

    :param path: the file; default: in :func:`runtime_folder`.
    :param now: a clock that all processes of the host share and nobody can set, in seconds: Python's documentation
        calls ``time.monotonic`` system-wide.
    """

    def __init__(self, path: Path | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._now = now

    def change(self, key: str, step: Callable[[Budget, float], tuple[Budget, T]]) -> T:
        """Replace a budget in one immediate transaction.

        :raises BentoStateError: the file is broken, read-only, or held by somebody for :data:`PATIENCE` seconds.
        """
        path = self._path or runtime_folder() / _FILE
        try:
            with _alone(), _transaction(path) as connection:
                found = connection.execute("SELECT value FROM budget WHERE name = ?", (key,)).fetchone()
                budget = read(found and found[0])
                changed, result = step(budget, self._now())
                if changed != budget:
                    connection.execute(_PUT, (key, msgspec.json.encode(changed)))
        except (sqlite3.Error, msgspec.MsgspecError, OSError) as error:
            raise BentoStateError(
                f"The shared rate limit in {path} cannot be used ({type(error).__name__}: {error}). No request is "
                "sent without a permit. If the file is corrupt, delete it; otherwise set pacing in the connection."
            ) from None
        return result


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One transaction a process at a time: closing a file here would end the locks of any other on it."""
    if not _THIS_PROCESS.acquire(timeout=PATIENCE):
        raise TimeoutError("other threads of this process kept it locked for too long")
    try:
        yield
    finally:
        _THIS_PROCESS.release()


@contextlib.contextmanager
def _transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """An immediate transaction on a connection of its own: committed, or, on any error, rolled back by closing it."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # a host that lost its power has an idle budget anyway
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_TABLE)
        yield connection
        connection.execute("COMMIT")
