"""A source of which the largest value of a column is remembered.

Knows rows and columns; :mod:`sync.watermark` knows which values can be compared.

Tested by tests/unit/sources/test_watermarked.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from airflow_provider_bento.delivery.source import Source, share_of, size_of, taken_in_blocks
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sync.watermark import Watch

__all__ = ["WatermarkedSource"]


class WatermarkedSource:
    """A source of rows, each of which is shown to a :class:`~airflow_provider_bento.sync.watermark.Watch`.

    Only a reading from the first row counts. A reading that continues after a cursor begins later than the rows before
    the cursor were read, and one of those may have changed in between: a watermark from it could pass over the change.

    :param source: the rows, before their columns become fields.
    :param column: the column.
    :param new_watch: makes a watch for one reading.
    :param read: called with the largest value each time all rows have been read.
    :ivar watched: whether a reading began at the first row.
    """

    def __init__(
        self, source: Source, column: str, new_watch: Callable[[], Watch], read: Callable[[Any], None]
    ) -> None:
        self._source = source
        self._column = column
        self._new_watch = new_watch
        self._read = read
        self._watch = new_watch()
        self.watched = False

    @property
    def highest(self) -> Any:
        """The largest value of the last reading from the first row, so far."""
        return self._watch.highest

    @property
    def rereadable(self) -> bool:
        """Whether the source is."""
        return self._source.rereadable

    @property
    def resumable(self) -> bool:
        """Whether the source is."""
        return self._source.resumable

    def identity(self) -> str:
        """Return the source's identity: a watched column changes no row."""
        return self._source.identity()

    def size(self, after: Cursor) -> int | None:
        """Return how many rows of the source come after a cursor; ``None``: it cannot tell."""
        return size_of(self._source, after)

    def share(self, cursor: Cursor) -> float | None:
        """Return which part of the source lies before a cursor; ``None``: it cannot tell."""
        return share_of(self._source, cursor)

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on, unchanged.

        :raises BentoSetupError: the first row lacks the column; or values cannot be compared.
        """
        if after.position:
            yield from self._source.rows(after)
            return
        watch = self._watch = self._new_watch()
        self.watched, first = True, True
        for row in self._source.rows(after):
            if type(row.data) is dict or isinstance(row.data, Mapping):  # the first is ten times as fast
                if first and row.unreadable is None:
                    self._check(row.data)
                    first = False
                watch.see(row.data.get(self._column), row.position)
            yield row
        self._read(watch.highest)

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
        """Yield the same in blocks; rows that the source may reuse are seen before the next one is asked for."""
        return taken_in_blocks(self.rows(after), size)

    def _check(self, row: Mapping[Any, Any]) -> None:
        if self._column in row:
            return
        names = [str(name) for name in row if "@" not in str(name)]  # a pivot may have people for columns
        alike = next((name for name in names if name.casefold() == self._column.casefold()), None)
        shown = ", ".join(names[:50]) + (", …" if len(names) > 50 else "")
        way = f"Spell it as the source does: watermark={alike!r}." if alike else f"Add {self._column} to the source."
        raise BentoSetupError(
            f"The first row has no column {self._column!r} for watermark. Its columns: {shown}. {way}"
        )
