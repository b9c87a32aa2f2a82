"""Subscribers that occur in a source more than once, merged the way Bento does: the last value wins, tags are united.

Knows what merging by email means (Bento's docs, subscribers: "find and merge"); :mod:`api.records` knows how
addresses and tags are read.
"""

from __future__ import annotations

import logging
import pickle
import sqlite3
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from airflow_provider_bento.api.records.merged import merged
from airflow_provider_bento.api.records.subscriber import parse_subscriber
from airflow_provider_bento.api.records.values.email_and_tags import address_key
from airflow_provider_bento.delivery.source import Source, batched
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.sync.spool import pickled

__all__ = ["MergedSource"]

_log: Final = logging.getLogger(__name__)

_SCHEMA: Final = """
    CREATE TABLE rows (
        position INTEGER PRIMARY KEY, email TEXT UNIQUE, data BLOB NOT NULL, unreadable TEXT, valid INTEGER DEFAULT 0
    ) WITHOUT ROWID
"""


class MergedSource:
    """A source in which each email address occurs once; for subscribers only.

    The whole source is read first, into a temporary SQLite database: SQLite keeps 2 MB of it in memory and the rest in
    a file that only this process can open, since it is unlinked as soon as it is made (in ``SQLITE_TMPDIR``, ``TMPDIR``
    or ``/var/tmp``). A merged record has the position of its address's first row, and there is no row at the positions
    of the others; so the order is the same each time the source is read. Rows without an address, and unreadable ones,
    stay as they are. Rows with the same address are validated before they are merged, so that an invalid one does not
    spoil a valid one. Addresses are compared as they are sent, without case.

    :param source: where the rows come from.
    """

    rereadable = True
    resumable = False

    def __init__(self, source: Source) -> None:
        self._source = source
        self._database: sqlite3.Connection | None = None
        self.duplicates = 0
        """Rows that were merged into an earlier one; known, and logged, once the rows were read."""

    def identity(self) -> str:
        """Return the source's identity."""
        return f"{self._source.identity()} merged".strip()

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the merged rows from ``after`` on; at the first call the whole source is read."""
        if self._database is None:
            self._database = self._read()
        query = "SELECT position, data, unreadable FROM rows WHERE position >= ? ORDER BY position"
        for position, data, unreadable in self._database.execute(query, (after.position,)):
            yield Row(position, pickle.loads(data), None, unreadable)  # noqa: S301 - what we pickled, in a file nobody can open

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
        """Yield the same in blocks."""
        return batched(self.rows(after), size)

    def size(self, after: Cursor) -> int | None:
        """Return how many rows come after a cursor, once the source was read."""
        if self._database is None:
            return None
        found = self._database.execute("SELECT count(*) FROM rows WHERE position >= ?", (after.position,)).fetchone()
        return int(found[0])

    def _read(self) -> sqlite3.Connection:
        database = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # "": temporary, unlinked
        weakref.finalize(self, database.close)
        self.duplicates = 0
        try:
            database.execute("PRAGMA journal_mode = MEMORY")  # it contains only old pages, and there are none
            database.execute(_SCHEMA)
            database.execute("BEGIN")
            for row in self._source.rows(Cursor()):
                self._keep(database, row)
            database.execute("COMMIT")
            _log.info("Merged %s into an earlier row with the same address", counted(self.duplicates, "rows"))
        except sqlite3.Error as error:
            raise BentoStateError(
                f"The rows to merge could not be stored on this machine ({error}). Nothing was sent. Free space in "
                "TMPDIR, then retry or clear the task."
            ) from error
        return database

    def _keep(self, database: sqlite3.Connection, row: Row) -> None:
        email = _email(row)
        if _inserted(database, row, email):
            return
        ((position, data, valid),) = database.execute(
            "SELECT position, data, valid FROM rows WHERE email = ?", (email,)
        ).fetchall()
        if not _is_valid(row.data):
            _inserted(database, row, None)
        elif not valid and not _is_valid(earlier := pickle.loads(data)):  # noqa: S301 - as above
            database.execute("UPDATE rows SET email = NULL WHERE position = ?", (position,))
            _inserted(database, row, email)
        else:
            self.duplicates += 1
            both = merged(earlier if not valid else pickle.loads(data), row.data)  # noqa: S301 - as above
            database.execute("UPDATE rows SET data = ?, valid = 1 WHERE position = ?", (pickled(both), position))


def _inserted(database: sqlite3.Connection, row: Row, email: str | None) -> bool:
    """Whether the row could be kept: no other one has its address."""
    values = (row.position, email, pickled(row.data), row.unreadable)
    insert = "INSERT OR IGNORE INTO rows (position, email, data, unreadable) VALUES (?, ?, ?, ?)"
    return bool(database.execute(insert, values).rowcount)


def _is_valid(row: object) -> bool:
    return not isinstance(parse_subscriber(row), tuple)


def _email(row: Row) -> str | None:
    """Return the address by which the row is merged; ``None``: it is not."""
    if row.unreadable is not None or not isinstance(row.data, Mapping):
        return None
    try:
        return address_key(row.data.get("email"))
    except Exception:  # noqa: BLE001 - a foreign row may raise anything; validation says so
        return None
