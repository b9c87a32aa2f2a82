"""Validated rows to chunks: cut by count and by bytes. Pure; holds no more than one chunk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from airflow_provider_bento.delivery.validated_rows import NO_ROWS, InvalidRow, Item, UnchangedRows, ValidRow, ValidRows
from airflow_provider_bento.delivery.validation import WRAPPER_BYTES
from airflow_provider_bento.delivery.values import Cursor

MAX_INVALID_BYTES = 5_000_000


class Chunk(msgspec.Struct, frozen=True, dict=True):
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
    valid: ValidRows
    invalid: tuple[InvalidRow, ...]
    unchanged: int = 0

    @property
    def rows(self) -> int:
        """How many rows of the source it covers."""
        return len(self.valid) + len(self.invalid) + self.unchanged

    @property
    def positions(self) -> tuple[int, int]:
        """First and last position that it sends."""
        return (self.valid.rows[0].position, self.valid.rows[-1].position)

    @property
    def idempotent(self) -> bool:
        """Whether all of its records are."""
        return all(self.valid.idempotent)

    @cached_property
    def digest(self) -> str:
        """A short hash of its content: equal chunks of two readings have equal digests."""
        hashed = hashlib.sha256(b"%d:%d" % (self.start.position, self.end.position))
        hashed.update(self.valid.lines)
        for item in self.invalid:
            hashed.update(b"!%d" % item.row.position)
        return hashed.hexdigest()[:32]


def cut(
    items: Iterable[Item | ValidRows],
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
    limits = _Limits(max_records, max_bytes, max_invalid_bytes)
    begin, load = start or Cursor(), _Load(limits)
    waiting: list[UnchangedRows] = []  # they never end a chunk: one that was in doubt must come out as it was
    for item in items:
        if isinstance(item, UnchangedRows):
            waiting.append(item)
            continue
        left: ValidRows | InvalidRow | None = ValidRows.of([item]) if isinstance(item, ValidRow) else item
        while left is not None:
            if not load.has_room(left):
                yield (full := load.chunk(number, begin))
                begin, number, load = full.end, number + 1, _Load(limits)
            load.add_unchanged(waiting)
            waiting.clear()
            left = load.add(left)
    if waiting and load.end is not None:
        yield (full := load.chunk(number, begin))
        begin, number, load = full.end, number + 1, _Load(limits)
    load.add_unchanged(waiting)
    if load.end is not None:
        yield load.chunk(number, begin)


class _Limits(msgspec.Struct, frozen=True):
    records: int
    request_bytes: int
    invalid_bytes: int


class _Load:
    """The rows of the chunk that is being filled.

    :ivar end: the place after the last row; ``None``: there is none yet.
    """

    def __init__(self, limits: _Limits) -> None:
        self.end: Cursor | None = None
        self._limits = limits
        self._valid: list[ValidRows] = []
        self._invalid: list[InvalidRow] = []
        self._unchanged = 0
        self._records = 0
        self._request_bytes = WRAPPER_BYTES
        self._invalid_bytes = 0

    def has_room(self, item: ValidRows | InvalidRow) -> bool:
        """Whether there is room for one more, and it may be with the others."""
        if len(self._invalid) >= self._limits.records:
            return False
        if isinstance(item, InvalidRow):
            return not self._invalid or self._invalid_bytes + item.weight <= self._limits.invalid_bytes
        return not self._valid or (self._valid[-1].group == item.group and self._fitting(item) > 0)

    def add(self, item: ValidRows | InvalidRow) -> ValidRows | None:
        """Add it, or as many of its rows as there is room for; return what is left."""
        if isinstance(item, InvalidRow):
            self.end = item.row.after
            self._invalid.append(item)
            self._invalid_bytes += item.weight
            return None
        fitting = max(1, self._fitting(item))
        part = item if fitting == len(item) else item[:fitting]
        self.end = part.rows[-1].after
        self._valid.append(part)
        self._records += len(part)
        self._request_bytes += len(part.lines)
        return None if part is item else item[fitting:]

    def add_unchanged(self, items: Iterable[UnchangedRows]) -> None:
        """Add rows that are not sent."""
        for item in items:
            self.end = item.row.after
            self._unchanged += item.row.unchanged

    def chunk(self, number: int, begin: Cursor) -> Chunk:
        """Return them as a chunk."""
        valid = ValidRows.joined(self._valid) if self._valid else NO_ROWS
        return Chunk(number, begin, self.end or begin, valid, tuple(self._invalid), self._unchanged)

    def _fitting(self, item: ValidRows) -> int:
        """Return how many of the rows fit, from the first one on; each takes its JSON and a comma."""
        most = min(len(item), self._limits.records - self._records)
        left = self._limits.request_bytes - self._request_bytes + 1  # no comma after the last one
        if most == len(item) and len(item.lines) <= left:
            return most
        for number, body in enumerate(item.bodies[:most]):
            left -= len(body) + 1
            if left < 0:
                return number
        return most
