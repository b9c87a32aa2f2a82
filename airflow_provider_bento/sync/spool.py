"""The rows of a source, kept in a temporary file until it is known which of them are to be sent.

Tested by tests/unit/sync/test_spool.py.
"""

from __future__ import annotations

import contextlib
import pickle
import sqlite3
import weakref
from collections.abc import Iterator
from typing import Any, Final

from airflow_provider_bento.delivery.jsonable import to_jsonable
from airflow_provider_bento.exceptions import BentoStateError

__all__ = ["RowSpool", "pickled"]

_BATCH: Final = 1000
_SCHEMA: Final = "CREATE TABLE rows (position INTEGER PRIMARY KEY, data BLOB NOT NULL, key TEXT, why TEXT)"


class RowSpool:
    """Rows by their position, on the disk: a few MB are in memory. The file has no name, and ends with this object; it
    is in ``SQLITE_TMPDIR``, ``TMPDIR`` or ``/var/tmp``.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # "": unlinked
        weakref.finalize(self, self._database.close)
        self._waiting: list[tuple[int, bytes, str | None, str | None]] = []
        with _explained():
            self._database.execute("PRAGMA journal_mode = OFF")  # after an error, all of it is dropped
            self._database.execute(_SCHEMA)
            self._database.execute("BEGIN")

    def add(self, position: int, data: object, key: str | None, why: str | None = None) -> None:
        """Keep a row, or replace it.

        :param key: see :class:`~airflow_provider_bento.delivery.values.Row`.
        :param why: why it is invalid.
        :raises BentoStateError: the disk is full.
        """
        self._waiting.append((position, pickled(data), key, why))
        if len(self._waiting) >= _BATCH:
            self._write()

    def get(self, position: int) -> tuple[Any, str | None, str | None]:
        """Return a row that was kept: its data, its key, and why it is invalid.

        :raises BentoStateError: the disk is full.
        """
        self._write()
        with _explained():
            query = "SELECT data, key, why FROM rows WHERE position = ?"
            ((data, key, why),) = self._database.execute(query, (position,)).fetchall()
        return pickle.loads(data), key, why  # noqa: S301 - what we pickled, in a file that has no name

    def _write(self) -> None:
        if self._waiting:
            with _explained():
                self._database.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", self._waiting)
            self._waiting.clear()


def pickled(data: object) -> bytes:
    """Return a row's data as bytes; what cannot be pickled as JSON values: validation says what is wrong with it."""
    try:
        return pickle.dumps(data, pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 - foreign objects may raise anything
        return pickle.dumps(to_jsonable(data))


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise BentoStateError(
            f"The rows to compare could not be stored on this machine ({error}). Nothing was sent. Free space in "
            "TMPDIR, then retry or clear the task."
        ) from error
