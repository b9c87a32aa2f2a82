"""Rows of an object that can be iterated over repeatedly."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from airflow_provider_bento.delivery.values import Cursor, Row

__all__ = ["IterableSource", "rows_after"]


class IterableSource:
    """Rows of an object that can be iterated over repeatedly.

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
        """Yield the rows from ``after`` on; those before it are read and skipped."""
        yield from rows_after(self._items, after)


def rows_after(items: Iterable[Any], after: Cursor) -> Iterator[Row]:
    """Yield the items as rows from ``after`` on; those before it are read and skipped.

    A dict is copied, one level deep: a function may reuse the same one, and dead letters are written
    later.
    """
    for position, item in enumerate(itertools.islice(items, after.position, None), after.position):
        yield Row(position, dict(item) if type(item) is dict else item)
