"""Every record that was applied, as given, and every row that was turned away; knows counts, never effects."""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Slice, Storage

RecordKind = Literal["subscribers", "events", "broadcasts", "commands"]
"""What a record is: the wrapper of the request that it came in."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, request INTEGER NOT NULL, position INTEGER NOT NULL,
    record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS records_kind ON records (kind, seq);
CREATE TABLE IF NOT EXISTS rejects (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, request INTEGER NOT NULL, position INTEGER NOT NULL,
    record TEXT NOT NULL, reason TEXT NOT NULL, time INTEGER NOT NULL)
"""


class Ledger:
    """The proof of what arrived: one row a record, in the order of applying, as the client wrote it.

    :param storage: where it is kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def keep(self, kind: RecordKind, request: int, records: Sequence[tuple[int, bytes]]) -> int:
        """Note ``(position in the request, JSON as given)`` pairs; return the number of the first."""
        first = 1 + (self._storage.value("SELECT max(seq) FROM records") or 0)
        self._storage.run_many(
            "INSERT INTO records (seq, kind, request, position, record) VALUES (?, ?, ?, ?, ?)",
            [(seq, kind, request, position, raw.decode()) for seq, (position, raw) in enumerate(records, first)],
        )
        return first

    def reject(self, kind: RecordKind, request: int, records: Iterable[tuple[int, bytes, str]], at: int) -> None:
        """Note ``(position, JSON as given, reason)`` of rows that were counted as failed."""
        self._storage.run_many(
            "INSERT INTO rejects (kind, request, position, record, reason, time) VALUES (?, ?, ?, ?, ?, ?)",
            [(kind, request, position, raw.decode(), reason, at) for position, raw, reason in records],
        )

    def span(self, first: int, count: int) -> list[tuple[int, bytes]]:
        """Return ``(number, JSON)`` of ``count`` records that were kept together."""
        found = self._storage.tuples(
            "SELECT seq, record FROM records WHERE seq >= ? AND seq < ? ORDER BY seq", (first, first + count)
        )
        return [(seq, text.encode()) for seq, text in found]

    def records(self, part: Slice, kind: RecordKind | None = None, request: int | None = None) -> list[Row]:
        """Return applied records in their order, each with ``record`` as the JSON that came."""
        return self._page("records", "seq, kind, request, position AS 'index', record", part, kind, request)

    def rejects(self, part: Slice, kind: RecordKind | None = None) -> list[Row]:
        """Return the rows that were turned away in their order, with their reasons."""
        columns = "seq, kind, request, position AS 'index', reason, time, record"
        return self._page("rejects", columns, part, kind, None)

    def _page(self, table: str, columns: str, part: Slice, kind: RecordKind | None, request: int | None) -> list[Row]:
        conditions = {
            "kind": (kind, "kind = :kind"),
            "request": (request, "request = :request AND seq >= :first AND seq < :first + :count"),
        }
        values = {"kind": kind, "request": request, **self._span_of(request)}
        found = self._storage.rows(
            *part.query(
                f"SELECT {columns} FROM {table}",
                "seq",
                [condition for value, condition in conditions.values() if value is not None],
                values,
            )
        )
        return [{**row, "record": msgspec.Raw(row["record"].encode())} for row in found]

    def _span_of(self, request: int | None) -> Row:
        found = self._storage.first(
            "SELECT first_record AS first, accepted AS count FROM requests WHERE number = ?", (request,)
        )
        return found or {"first": None, "count": 0}

    def counts(self) -> dict[str, int]:
        """Return how many records of each kind were applied."""
        return dict(self._storage.tuples("SELECT kind, count(*) FROM records GROUP BY kind"))

    def rejected(self) -> int:
        """Return how many rows were turned away."""
        return int(self._storage.value("SELECT count(*) FROM rejects"))
