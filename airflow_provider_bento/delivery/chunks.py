"""Rows to chunks: validated, then cut by count and by bytes. Pure; reads no more than one chunk ahead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import msgspec

from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.delivery.values import Mark, Row

WRAPPER_BYTES = 32  # {"subscribers":[ … ]}, rounded up


class Record(Protocol):
    """A record that was found good."""

    @property
    def harmless_to_repeat(self) -> bool:
        """Whether Bento may get it twice without anybody noticing."""
        ...

    def encode(self) -> bytes:
        """Return its JSON, as sent."""
        ...


Parse = Callable[[Any], Record | tuple[Fault, ...]]
"""Turns a row into a record, or into all its faults."""


class Good(msgspec.Struct, frozen=True, gc=False):
    """A row that became a record.

    :param row: the row, kept for the dead letters.
    :param record: the record.
    :param body: its JSON, encoded once.
    """

    row: Row
    record: Any
    body: bytes


class Bad(msgspec.Struct, frozen=True, gc=False):
    """A row that did not.

    :param row: the row, kept for the dead letters.
    :param faults: all that is wrong with it.
    """

    row: Row
    faults: tuple[Fault, ...]


class Chunk(msgspec.Struct, frozen=True):
    """Rows that travel together: the good ones in one request, the bad ones into the dead letters.

    :param number: from 0, over the whole source.
    :param start: where it begins in the source.
    :param end: where it ends; the next chunk starts there.
    :param goods: what is sent; may be empty.
    :param bads: what is rejected; may be empty.
    """

    number: int
    start: Mark
    end: Mark
    goods: tuple[Good, ...]
    bads: tuple[Bad, ...]

    @property
    def rows(self) -> int:
        """How many rows of the source it covers."""
        return len(self.goods) + len(self.bads)

    @property
    def positions(self) -> tuple[int, int]:
        """First and last position that it sends."""
        return (self.goods[0].row.position, self.goods[-1].row.position)

    @property
    def harmless_to_repeat(self) -> bool:
        """Whether all of its records are."""
        return all(good.record.harmless_to_repeat for good in self.goods)

    def digest(self) -> str:
        """Return what it holds as a short hash: equal chunks of two readings have equal digests."""
        hashed = hashlib.sha256(b"%d:%d" % (self.start.position, self.end.position))
        for good in self.goods:
            hashed.update(good.body)
            hashed.update(b"\n")
        for bad in self.bads:
            hashed.update(b"!%d" % bad.row.position)
        return hashed.hexdigest()[:32]


def validated(rows: Iterable[Row], parse: Parse, *, max_bytes: int) -> Iterator[Good | Bad]:
    """Yield every row as good or bad, in order.

    :param max_bytes: the most bytes of a request; a record that cannot fit into one is bad.
    """
    for row in rows:
        yield _judged(row, parse, max_bytes)


def _judged(row: Row, parse: Parse, max_bytes: int) -> Good | Bad:
    if row.fault is not None:
        return Bad(row, (Fault("", row.fault),))
    record = parse(row.data)
    if isinstance(record, tuple):
        return Bad(row, record)
    body = record.encode()
    if len(body) + WRAPPER_BYTES > max_bytes:
        return Bad(row, (Fault("", f"is {len(body):,} bytes as JSON; a request may have {max_bytes:,}"),))
    return Good(row, record, body)


def cut(
    items: Iterable[Good | Bad], *, max_records: int, max_bytes: int, start: Mark | None = None, number: int = 0
) -> Iterator[Chunk]:
    """Yield chunks that cover the items without gap or overlap, each as large as it may be.

    :param max_records: the most good ones, and also the most bad ones, of a chunk.
    :param max_bytes: the most bytes of the request, wrapper and commas counted.
    :param start: where the first item stands in the source.
    :param number: number of the first chunk.
    """
    begin = start or Mark()
    goods: list[Good] = []
    bads: list[Bad] = []
    size = WRAPPER_BYTES
    for item in items:
        weight = len(item.body) + 1 if isinstance(item, Good) else 0
        if len(goods) + bool(weight) > max_records or size + weight > max_bytes + 1 or len(bads) >= max_records:
            end = _end(goods, bads)
            yield Chunk(number, begin, end, tuple(goods), tuple(bads))
            begin, number, size = end, number + 1, WRAPPER_BYTES
            goods, bads = [], []
        size += weight
        if isinstance(item, Good):
            goods.append(item)
        else:
            bads.append(item)
    if goods or bads:
        yield Chunk(number, begin, _end(goods, bads), tuple(goods), tuple(bads))


def _end(goods: list[Good], bads: list[Bad]) -> Mark:
    return max((items[-1].row.after for items in (goods, bads) if items), key=lambda mark: mark.position)
