"""Rows that are text, as records of one field: a plain list of addresses is a source, too.

Tested by tests/unit/sources/test_text_rows.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_bento.delivery.source import Source, share_of, size_of
from airflow_provider_bento.delivery.values import Cursor, Row

__all__ = ["TextRowsSource"]


class TextRowsSource:
    """A source whose rows of text become ``{field: text}``; all other rows stay as they are.

    :param source: the rows.
    :param field: the field that the text is.
    """

    def __init__(self, source: Source, field: str) -> None:
        self._source = source
        self._field = field

    @property
    def rereadable(self) -> bool:
        """Whether the source is."""
        return self._source.rereadable

    @property
    def resumable(self) -> bool:
        """Whether the source is."""
        return self._source.resumable

    def size(self, after: Cursor) -> int | None:
        """Return how many rows of the source come after a cursor; ``None``: it cannot tell."""
        return size_of(self._source, after)

    def share(self, cursor: Cursor) -> float | None:
        """Return which part of the source lies before a cursor; ``None``: it cannot tell."""
        return share_of(self._source, cursor)

    def identity(self) -> str:
        """Return the source's identity: the field is the same each time."""
        return self._source.identity()

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on, those of text as records."""
        for row in self._source.rows(after):
            if row.unreadable is None and isinstance(row.data, str):
                yield Row(row.position, {self._field: row.data}, row.token)
            else:
                yield row
