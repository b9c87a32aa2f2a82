"""Rows to chunks: validated, then cut by count and by bytes. Pure; reads no more than one chunk ahead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import msgspec

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.row_size import weight
from airflow_provider_bento.delivery.unnamed_rows import has_fields, no_record
from airflow_provider_bento.delivery.values import Cursor, Row

WRAPPER_BYTES = 32  # {"subscribers":[ … ]}, rounded up
FIELD_ERROR_BYTES = 100  # what one takes in memory, about
MAX_INVALID_BYTES = 5_000_000


class Record(Protocol):
    """A row that became a record."""

    @property
    def idempotent(self) -> bool:
        """Whether Bento may get it twice without anybody noticing."""
        ...

    @property
    def group(self) -> str:
        """What it must share with all records of its request, such as the sender of an email; empty: nothing."""
        ...

    def encode(self) -> bytes:
        """Return its JSON, as sent."""
        ...


Parse = Callable[[Any], Record | tuple[FieldError, ...]]
"""Turns a row into a record, or into all its field errors."""


class ValidRow(msgspec.Struct, frozen=True, gc=False):
    """A row that became a record.

    :param row: the row, kept for the dead letters.
    :param record: the record.
    :param body: its JSON, encoded once.
    """

    row: Row
    record: Any
    body: bytes


class InvalidRow(msgspec.Struct, frozen=True, gc=False):
    """A row that did not.

    :param row: the row, kept for the dead letters.
    :param field_errors: all that is wrong with it.
    """

    row: Row
    field_errors: tuple[FieldError, ...]

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory; the same at each reading."""
        return weight(self.row.data) + FIELD_ERROR_BYTES * len(self.field_errors)


class UnchangedRows(msgspec.Struct, frozen=True, gc=False):
    """Rows that need not be sent.

    :param row: the last of them.
    """

    row: Row


Item = ValidRow | InvalidRow | UnchangedRows
"""What a row can turn out to be."""


class Chunk(msgspec.Struct, frozen=True):
    """Rows that travel together: the valid ones in one request, the invalid ones into the dead letters.

    :param number: from 0, over the whole source.
    :param start: where it begins in the source.
    :param end: where it ends; the next chunk starts there.
    :param valid: what is sent; may be empty.
    :param invalid: what is rejected; may be empty.
    :param unchanged: how many rows among them need not be sent.
    """

    number: int
    start: Cursor
    end: Cursor
    valid: tuple[ValidRow, ...]
    invalid: tuple[InvalidRow, ...]
    unchanged: int = 0

    @property
    def rows(self) -> int:
        """How many rows of the source it covers."""
        return len(self.valid) + len(self.invalid) + self.unchanged

    @property
    def positions(self) -> tuple[int, int]:
        """First and last position that it sends."""
        return (self.valid[0].row.position, self.valid[-1].row.position)

    @property
    def idempotent(self) -> bool:
        """Whether all of its records are."""
        return all(row.record.idempotent for row in self.valid)

    def digest(self) -> str:
        """Return a short hash of its content: equal chunks of two readings have equal digests."""
        hashed = hashlib.sha256(b"%d:%d" % (self.start.position, self.end.position))
        for row in self.valid:
            hashed.update(row.body)
            hashed.update(b"\n")
        for item in self.invalid:
            hashed.update(b"!%d" % item.row.position)
        return hashed.hexdigest()[:32]


def validated(rows: Iterable[Row], parse: Parse, *, max_bytes: int) -> Iterator[Item]:
    """Yield every row as valid, invalid or unchanged, in order.

    :param max_bytes: the most bytes of a request; a record that cannot fit into one is invalid.
    :raises BentoRecordError: a row that is no mapping, which is no invalid record but a mistake in the DAG.
    """
    for row in rows:
        yield _validated(row, parse, max_bytes)


def _validated(row: Row, parse: Parse, max_bytes: int) -> Item:
    if row.unchanged:
        return UnchangedRows(row)
    if row.unreadable is not None:
        return InvalidRow(row, (FieldError("", row.unreadable),))
    if type(row.data) is not dict and not has_fields(row.data):
        raise no_record(row.data, row.position)
    record = parse(row.data)
    if isinstance(record, tuple):
        return InvalidRow(row, record)
    body = record.encode()
    if len(body) + WRAPPER_BYTES > max_bytes:
        return InvalidRow(row, (FieldError("", f"is {len(body):,} bytes as JSON; a request may have {max_bytes:,}"),))
    return ValidRow(row, record, body)


def cut(
    items: Iterable[Item],
    *,
    max_records: int,
    max_bytes: int,
    max_invalid_bytes: int = MAX_INVALID_BYTES,
    start: Cursor | None = None,
    number: int = 0,
) -> Iterator[Chunk]:
    """Yield chunks that cover the items without gap or overlap, each as large as it may be and of one group.

    :param max_records: the most valid ones, and also the most invalid ones, of a chunk.
    :param max_bytes: the most bytes of the request, wrapper and commas counted.
    :param max_invalid_bytes: about the most bytes of memory of the invalid ones; a larger one is its chunk's only one.
    :param start: where the first item is in the source.
    :param number: number of the first chunk.
    """
    begin, load = start or Cursor(), _Load()
    waiting: list[UnchangedRows] = []  # they never end a chunk: one that was in doubt must come out as it was
    for item in items:
        if isinstance(item, UnchangedRows):
            waiting.append(item)
            continue
        if len(load.invalid) >= max_records or not load.takes(item, max_records, max_bytes, max_invalid_bytes):
            yield (full := load.chunk(number, begin))
            begin, number, load = full.end, number + 1, _Load()
        if waiting:
            load.add_all(waiting)
            waiting.clear()
        load.add(item)
    if waiting and load.end is not None:
        yield (full := load.chunk(number, begin))
        begin, number, load = full.end, number + 1, _Load()
    load.add_all(waiting)
    if load.end is not None:
        yield load.chunk(number, begin)


class _Load:
    """The rows of the chunk that is being filled.

    :ivar end: the place after the last row; ``None``: there is none yet.
    """

    def __init__(self) -> None:
        self.valid: list[ValidRow] = []
        self.invalid: list[InvalidRow] = []
        self.end: Cursor | None = None
        self._unchanged = 0
        self._request_bytes = WRAPPER_BYTES
        self._invalid_bytes = 0

    def takes(self, item: ValidRow | InvalidRow, max_valid: int, max_bytes: int, max_invalid_bytes: int) -> bool:
        """Whether there is room for one more."""
        if isinstance(item, ValidRow):
            if self.valid and self.valid[-1].record.group != item.record.group:
                return False
            return len(self.valid) < max_valid and self._request_bytes + len(item.body) <= max_bytes
        return not self.invalid or self._invalid_bytes + item.weight <= max_invalid_bytes

    def add(self, item: ValidRow | InvalidRow) -> None:
        """Add one."""
        self.end = item.row.after
        if isinstance(item, ValidRow):
            self.valid.append(item)
            self._request_bytes += len(item.body) + 1
        else:
            self.invalid.append(item)
            self._invalid_bytes += item.weight

    def add_all(self, items: Iterable[UnchangedRows]) -> None:
        """Add rows that are not sent."""
        for item in items:
            self.end = item.row.after
            self._unchanged += item.row.unchanged

    def chunk(self, number: int, begin: Cursor) -> Chunk:
        """Return them as a chunk."""
        return Chunk(number, begin, self.end or begin, tuple(self.valid), tuple(self.invalid), self._unchanged)
