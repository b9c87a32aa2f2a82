"""Every record that was applied, as given, and every rejected row; knows counts, never effects.

Only deletions are not kept as given: their records have a masked address.

Tested by tests/sandbox/test_sandbox_control.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Slice, Storage

RecordKind = Literal["subscribers", "events", "broadcasts", "commands", "emails", "deletions"]
"""What a record is: the kind of request that it came in."""

# One row for all records of a request: a thousand rows of a thousand requests are a million rows too many.
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS parcels (
    first INTEGER PRIMARY KEY, count INTEGER NOT NULL, kind TEXT NOT NULL, request INTEGER NOT NULL,
    positions TEXT, records TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS parcels_kind ON parcels (kind, first, count);
CREATE TABLE IF NOT EXISTS rejects (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, request INTEGER NOT NULL, position INTEGER NOT NULL,
    record TEXT NOT NULL, reason TEXT NOT NULL, time INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS rejects_kind ON rejects (kind, seq)
"""

_raws: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Ledger:
    """The proof of what arrived: each record numbered in the order of applying, as the client wrote it.

    :param storage: where it is kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def keep(
        self, kind: RecordKind, request: int, records: bytes, count: int, positions: Sequence[int] | None = None
    ) -> int:
        """Note the records that one request applied; return the number of the first.

        :param records: a JSON array of them, as the client wrote it.
        :param positions: their positions in the request; ``None``: from 0 on without gaps.
        """
        last = self._storage.first("SELECT first, count FROM parcels ORDER BY first DESC LIMIT 1")
        first = last["first"] + last["count"] if last else 1
        where = None if positions is None else msgspec.json.encode(positions).decode()
        self._storage.run(
            "INSERT INTO parcels (first, count, kind, request, positions, records) VALUES (?, ?, ?, ?, ?, ?)",
            (first, count, kind, request, where, records.decode()),
        )
        return first

    def reject(self, kind: RecordKind, request: int, rows: Iterable[tuple[int, bytes, str]], at: int) -> None:
        """Note ``(position, JSON as given, reason)`` of rows that were counted as failed."""
        self._storage.run_many(
            "INSERT INTO rejects (kind, request, position, record, reason, time) VALUES (?, ?, ?, ?, ?, ?)",
            [(kind, request, position, raw.decode(), reason, at) for position, raw, reason in rows],
        )

    def parcel(self, first: int) -> bytes:
        """Return the JSON array of the records that were kept from number ``first`` on."""
        records: str = self._storage.value("SELECT records FROM parcels WHERE first = ?", (first,))
        return records.encode()

    def record(self, seq: int, read: dict[int, list[msgspec.Raw]]) -> msgspec.Raw:
        """Return one record by its number.

        :param read: parcels that were read for records before it; this one is added.
        """
        first = int(self._storage.value("SELECT max(first) FROM parcels WHERE first <= ?", (seq,)))
        if first not in read:
            read[first] = _raws.decode(self.parcel(first))
        return read[first][seq - first]

    def records(self, part: Slice, kind: RecordKind | None = None, request: int | None = None) -> list[Row]:
        """Return applied records in their order, each with ``record`` as the JSON that came."""
        found: list[Row] = []
        after = part.after
        while len(found) < part.limit:
            parcel = self._next_parcel(Slice(after, 1, part.newest), kind, request)
            if parcel is None:
                break
            found += _opened(parcel, Slice(after, part.limit - len(found), part.newest))
            after = parcel["first"] if part.newest else parcel["first"] + parcel["count"] - 1
        return found

    def _next_parcel(self, part: Slice, kind: RecordKind | None, request: int | None) -> Row | None:
        conditions = ["kind = :kind"] if kind else []
        if request is not None:
            conditions.append("first = (SELECT first_record FROM requests WHERE number = :request)")
        if part.after is not None:
            # The parcel that contains `after` may contain more records after it.
            holder = "(SELECT max(first) FROM parcels WHERE first <= :after)"
            conditions.append("first < :after" if part.newest else f"first >= {holder} AND first + count - 1 > :after")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return self._storage.first(
            f"SELECT * FROM parcels{where} ORDER BY first{' DESC' if part.newest else ''} LIMIT 1",
            {"kind": kind, "request": request, "after": part.after},
        )

    def counts(self) -> dict[str, int]:
        """Return how many records of each kind were applied."""
        return dict(self._storage.tuples("SELECT kind, sum(count) FROM parcels GROUP BY kind"))

    def rejected(self) -> int:
        """Return how many rows were rejected."""
        return int(self._storage.value("SELECT count(*) FROM rejects"))


def _opened(parcel: Row, part: Slice) -> list[Row]:
    """Return the records of one parcel that belong to a part of the list."""
    first, count = parcel["first"], parcel["count"]
    records = _raws.decode(parcel["records"])
    positions = msgspec.json.decode(parcel["positions"]) if parcel["positions"] else range(count)
    wanted = [
        offset
        for offset in (range(count - 1, -1, -1) if part.newest else range(count))
        if part.after is None or (first + offset < part.after if part.newest else first + offset > part.after)
    ]
    return [
        {
            "seq": first + offset,
            "kind": parcel["kind"],
            "request": parcel["request"],
            "index": positions[offset],
            "record": records[offset],
        }
        for offset in wanted[: part.limit]
    ]
