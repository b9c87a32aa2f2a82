"""Rows of an object that can be iterated over again and again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from airflow_provider_bento.delivery.values import Cursor, Row

__all__ = ["IterableSource", "rows_behind"]


class IterableSource:
    """Rows of an object that can be iterated over again and again.

    :param items: returns a new iterator each time, with the same rows in the same order.
    """

    rereadable = True
    resumable = False

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items

    def identity(self) -> str:
        """Return nothing: only reading shows whether it changed."""
        return ""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on; those before it are read and passed over."""
        yield from rows_behind(self._items, after)


def rows_behind(items: Iterable[Any], after: Cursor) -> Iterator[Row]:
    """Yield the items as rows from ``after`` on; those before it are read and passed over.

    A dict is copied, one level deep: a function may fill the same one again and again, and dead letters are written
    later.
    """
    for position, item in enumerate(itertools.islice(items, after.position, None), after.position):
        yield Row(position, dict(item) if type(item) is dict else item)
