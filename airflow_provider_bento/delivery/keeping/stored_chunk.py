"""A chunk as bytes, and back: what is sent is byte for byte what was validated.

Tested by tests/unit/delivery/keeping/test_stored_chunk.py.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, overload

import msgspec

from airflow_provider_bento.api.records.replayable import row_of
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.jsonable import to_jsonable
from airflow_provider_bento.delivery.validated_rows import InvalidRow, ValidRows
from airflow_provider_bento.delivery.values import Row

__all__ = ["restored", "stored"]


def stored(chunk: Chunk) -> bytes | None:
    """Return the chunk as bytes; ``None``: it contains records of a class that cannot be stored.

    Of a row that was judged in a block, its data are not kept: they are then what its record says. Others are kept as
    dead letters show them.
    """
    valid = chunk.valid
    known = [(row.position, row.key, row.added) for row in valid.rows]
    if valid.records is None:
        rest: tuple[Any, ...] = (list(valid.emails), bytes(valid.idempotent))
    else:
        rest = ([to_jsonable(row.data) for row in valid.rows], list(valid.records))
    invalid = [
        (item.row.position, item.row.key, to_jsonable(item.row.data), item.field_errors) for item in chunk.invalid
    ]
    where = (chunk.number, chunk.start, chunk.end, chunk.unchanged)
    try:
        return pickle.dumps((where, valid.lines, known, valid.records is None, rest, invalid), pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001  (a record of another class may raise anything)
        return None


def restored(data: bytes) -> Chunk:
    """Return what :func:`stored` made bytes of."""
    where, lines, known, in_block, rest, bad = pickle.loads(data)  # noqa: S301  (what we pickled, sealed with our own key)
    number, start, end, unchanged = where
    if in_block:
        emails, idempotent = rest
        valid = ValidRows(_StoredRows(known, lines), lines, emails, list(map(bool, idempotent)))
    else:
        data_of, records = rest
        rows = [Row(at, one, key=key, added=added) for (at, key, added), one in zip(known, data_of, strict=True)]
        valid = ValidRows(rows, lines, records=records)
    invalid = tuple(InvalidRow(Row(at, one, key=key), field_errors) for at, key, one, field_errors in bad)
    return Chunk(number, start, end, valid, invalid, unchanged)


class _StoredRows(Sequence[Row]):
    """Rows whose data are read from their records' JSON when they are asked for.

    :param known: position, key and whether it is new, of each.
    :param lines: their records.
    """

    def __init__(self, known: Sequence[tuple[int, str | None, bool]], lines: bytes) -> None:
        self._known = known
        self._lines = lines
        self._bodies: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self._known)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        if self._bodies is None:
            self._bodies = self._lines.split(b"\n")
        position, key, added = self._known[index]
        # the last piece is what follows the last line feed: nothing
        body = self._bodies[index if index >= 0 else index - 1]
        return Row(position, row_of(msgspec.json.decode(body)), key=key, added=added)
