"""A source compared with what earlier runs sent: read once and whole, then only the difference goes on.

Tested by tests/unit/sync/test_source.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from airflow_provider_bento.api.records.merged import merged
from airflow_provider_bento.delivery.counts import Comparison
from airflow_provider_bento.delivery.source import Source, batched
from airflow_provider_bento.delivery.validated_rows import InvalidRow, Parse, UnchangedRows, ValidRow
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.sync.engine import Engine
from airflow_provider_bento.sync.entries import Hasher
from airflow_provider_bento.sync.keys import KeyOf
from airflow_provider_bento.sync.snapshot import Snapshot
from airflow_provider_bento.sync.spool import RowSpool

__all__ = ["ComparedSource"]

_ONE_ROW: Final = 1


class ComparedSource:
    """Rows of a source that differ from what was sent before; the others are only counted.

    It reads the whole source before it yields the first row, so that everything is known before anything is sent: how
    much there is to do, and who is gone. Rows are kept in a temporary file. Rows about one person are merged into the
    first of them, the way Bento would; of several rows with one key of an event, the first counts.

    :param source: where the rows come from.
    :param snapshot: what was sent.
    :param key_of: by what a row is known.
    :param new_parser: makes a parser for one reading of the source.
    :param max_bytes: the most bytes of a request.
    :param compared: is called with the counts before a row is yielded, and may raise.
    """

    rereadable = True
    resumable = False

    def __init__(
        self,
        source: Source,
        snapshot: Snapshot,
        *,
        key_of: KeyOf,
        new_parser: Callable[[], Parse],
        max_bytes: int,
        compared: Callable[[Comparison], None],
    ) -> None:
        self._source = source
        self._snapshot = snapshot
        self._key_of = key_of
        self._parse = new_parser()
        self._max_bytes = max_bytes
        self._compared = compared
        self._spool = RowSpool()

    def identity(self) -> str:
        """Return the source's identity."""
        return f"{self._source.identity()} compared:{self._snapshot.terms.made_for}".strip()

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on that go on, and one for each run of unchanged ones between them.

        :raises BentoStateError: the snapshot is damaged, or a disk is full.
        """
        self.compare()
        last, unchanged = 0, 0
        for position, kind in self._snapshot.engine.verdicts(after.position):
            if kind == "unchanged":
                last, unchanged = position, unchanged + _ONE_ROW
                continue
            if unchanged:
                yield Row(last, None, unchanged=unchanged)
                unchanged = 0
            data, key, why = self._spool.get(position)
            yield Row(position, data, None, why, key=key, added=kind == "added")
        if unchanged:
            yield Row(last, None, unchanged=unchanged)

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
        """Yield the same in blocks."""
        return batched(self.rows(after), size)

    def size(self, after: Cursor) -> int | None:  # noqa: ARG002  (the protocol's)
        """Return nothing: the preflight counts."""
        return None

    def compare(self) -> None:
        """Read the source and compare it, once.

        :raises BentoStateError: the snapshot is damaged, or a disk is full.
        """
        if self._snapshot.comparison is not None:
            return
        engine = self._snapshot.engine
        hasher = self._snapshot.hasher
        for item in validated(self._source.rows(Cursor()), self._parse, max_bytes=self._max_bytes):
            self._see(item, engine, hasher)
        engine.seen_all()
        if not self._snapshot.terms.once:
            self._merge()
        self._compared(self._snapshot.compare())

    def _see(self, item: ValidRow | InvalidRow | UnchangedRows, engine: Engine, hasher: Hasher) -> None:
        row = item.row
        name, why = self._key_of(item), row.unreadable
        key = None if name is None else hasher(name.encode("utf-8", "surrogatepass"))
        if isinstance(item, ValidRow) and key is not None:
            email = item.record.email if self._snapshot.terms.addresses else None
            engine.see(row.position, key, hasher(item.body), email)
        else:
            if isinstance(item, ValidRow):
                why = self._key_of.missing
            engine.see(row.position, key, None)
        self._spool.add(row.position, row.data, key, why)

    def _merge(self) -> None:
        """Merge rows about one person into the first of them."""
        engine = self._snapshot.engine
        for positions in engine.repeated():
            data: Any = self._spool.get(positions[0])[0]
            for position in positions[1:]:
                data = merged(data, self._spool.get(position)[0])
            self._keep_merged(positions, data)
        engine.merge_all()

    def _keep_merged(self, positions: list[int], data: Any) -> None:
        first = positions[0]
        (item,) = validated([Row(first, data)], self._parse, max_bytes=self._max_bytes)
        record = self._snapshot.hasher(item.body) if isinstance(item, ValidRow) else None
        self._spool.add(first, data, self._spool.get(first)[1])
        self._snapshot.engine.merge(positions, record)
