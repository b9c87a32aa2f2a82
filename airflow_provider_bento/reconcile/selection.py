"""Which people of a source are compared: all of them, or a sample that is drawn in one reading.

Tested by tests/unit/reconcile/test_selection.py.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Protocol

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.records.subscriber import parse_subscriber
from airflow_provider_bento.delivery.source import Source
from airflow_provider_bento.delivery.validated_rows import InvalidRow, UnchangedRows, ValidRow
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Cursor

__all__ = ["PeopleSource", "Reservoir", "chosen", "read"]


class PeopleSource(Source, Protocol):
    """A source in which each person occurs once, and that can cheaply be read again from any position."""

    @property
    def duplicates(self) -> int:
        """Rows that were merged into an earlier one; known after the first reading."""
        ...


class Reservoir:
    """A uniform sample of positions (algorithm R, Vitter 1985); eight to sixty bytes for each of them.

    :param size: how many positions; ``None``: all, and none is stored.
    :param seed: equal seeds draw equal samples of equal sources.
    """

    def __init__(self, size: int | None, seed: str) -> None:
        self._size = size
        self._random = random.Random(seed)  # noqa: S311  (draws a sample, hides nothing)
        self._kept: list[int] = []
        self.offered = 0
        """Positions that were offered."""

    def __len__(self) -> int:
        return self.offered if self._size is None else len(self._kept)

    @property
    def positions(self) -> list[int] | None:
        """The sample in the source's order; ``None``: every position."""
        return None if self._size is None else sorted(self._kept)

    def offer(self, position: int) -> None:
        """Offer one more position."""
        self.offered += 1
        if self._size is None:
            return
        if len(self._kept) < self._size:
            self._kept.append(position)
        elif (place := self._random.randrange(self.offered)) < self._size:
            self._kept[place] = position


def read(source: PeopleSource) -> Iterator[ValidRow | InvalidRow]:
    """Yield all people of a source as an import would take them.

    :raises BentoRecordError: a row that is no mapping: a mistake in the DAG.
    """
    with closing(_rows(source, Cursor())) as rows:
        yield from rows


def chosen(source: PeopleSource, reservoir: Reservoir) -> Iterator[ValidRow]:
    """Yield the people of the sample, in the source's order."""
    if reservoir.positions is None:
        yield from (item for item in read(source) if isinstance(item, ValidRow))
        return
    for position in reservoir.positions:
        with closing(_rows(source, Cursor(position))) as rows:
            item = next(rows)
        if isinstance(item, ValidRow):
            yield item


def _rows(source: PeopleSource, after: Cursor) -> Generator[ValidRow | InvalidRow, None, None]:
    items = validated(source.rows(after), parse_subscriber, max_bytes=contract.MAX_CHUNK_BYTES)
    return (item for item in items if not isinstance(item, UnchangedRows))
