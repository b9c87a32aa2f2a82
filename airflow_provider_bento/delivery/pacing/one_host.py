"""Budgets in a SQLite file, shared by the processes of one host.

A killed process leaves nothing locked: SQLite's locks are the kernel's and end with it. Each pod of a Kubernetes worker
is a host of its own here; and NFS locks are not to be trusted: use Redis there.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from airflow_provider_bento.delivery.pacing.window import Budget
from airflow_provider_bento.exceptions import BentoStateError

T = TypeVar("T")
PATIENCE: Final = 10.0
"""Seconds that another process may hold the file; it holds it for less than a millisecond."""

_FILE: Final = "pacing.sqlite"
_TABLE: Final = "CREATE TABLE IF NOT EXISTS budget (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
_PUT: Final = "INSERT INTO budget VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


def runtime_folder() -> Path:
    """Return this user's folder for such files, made with mode 0700 where it is missing.

    :raises BentoStateError: somebody else could have put something there.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(base) / "airflow-bento" if base else Path(tempfile.gettempdir()) / f"airflow-bento-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise BentoStateError(
            f"The folder of the shared rate limit, {folder}, cannot be made: {error.strerror}."
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise BentoStateError(f"{folder} must be a folder that only its owner, this user, may enter (mode 0700).")
    return folder


class HostBudgets:
    """Keeps budgets in a SQLite file of mode 0600.

    :param path: the file; default: in :func:`runtime_folder`.
    :param now: the host's wall clock, in seconds: the one clock that all of its processes share.
    """

    def __init__(self, path: Path | None = None, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    def change(self, key: str, step: Callable[[Budget, float], tuple[Budget, T]]) -> T:
        """Replace a budget in one immediate transaction.

        :raises BentoStateError: the file is broken, read-only, or held by somebody for :data:`PATIENCE` seconds.
        """
        with self._lock, self._transaction() as connection:
            found = connection.execute("SELECT value FROM budget WHERE name = ?", (key,)).fetchone()
            budget = msgspec.json.decode(found[0], type=Budget) if found else Budget()
            changed, result = step(budget, self._now())
            if changed != budget:
                connection.execute(_PUT, (key, msgspec.json.encode(changed)))
            return result

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except (sqlite3.Error, msgspec.MsgspecError, OSError) as error:
            self._connection = None
            raise BentoStateError(
                f"The shared rate limit in {self._path} cannot be used ({type(error).__name__}: {error}). No request "
                "goes without a permit. If the file is broken, delete it; else set pacing in the connection."
            ) from None

    def _open(self) -> sqlite3.Connection:
        """The connection of this process: one that was made before a fork must not be used after it."""
        if self._connection is None or self._pid != os.getpid():
            self._path = self._path or runtime_folder() / _FILE
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # a host that lost power has an idle budget anyway
            connection.execute(_TABLE)
            self._connection, self._pid = connection, os.getpid()
        return self._connection
