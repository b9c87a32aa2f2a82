"""Rows of an object that can be iterated over repeatedly."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from airflow_provider_bento.delivery.row_copies import LARGE, seen
from airflow_provider_bento.delivery.values import Cursor, Row, RowBlock

__all__ = ["IterableSource", "blocks_after", "rows_after"]


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

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[RowBlock]:
        """Yield the same in blocks."""
        return blocks_after(self._items, after, size)


def blocks_after(items: Iterable[Any], after: Cursor, size: Callable[[], int]) -> Iterator[RowBlock]:
    """Yield what :func:`rows_after` yields, in blocks; what came before an error is yielded first.

    Rows are taken as :mod:`~airflow_provider_bento.delivery.row_copies` does; one that cannot be taken is yielded
    alone, before the next one is asked for.
    """
    source, position, more = itertools.islice(items, after.position, None), after.position, True
    while more:
        data, shown, alone = list[Any](), list[bytes](), list[Any]()
        try:
            for item in itertools.islice(source, size()):
                if type(item) is not dict:
                    alone.append(item)
                    break
                try:
                    shown.append(seen(item))
                except Exception:  # noqa: BLE001  (foreign objects may raise anything)
                    alone.append(item)
                    break
                data.append(dict(item))
                if len(shown[-1]) > LARGE:
                    break
        except Exception:
            if data:
                yield RowBlock(position, data, seen=shown)
            raise
        more = bool(data or alone)
        if data:
            yield RowBlock(position, data, seen=shown)
        if alone:
            yield RowBlock(position + len(data), alone)
        position += len(data) + len(alone)


def rows_after(items: Iterable[Any], after: Cursor) -> Iterator[Row]:
    """Yield the items as rows from ``after`` on; those before it are read and skipped.

    A dict is copied, one level deep: a function may reuse the same one, and dead letters are written
    later.
    """
    for position, item in enumerate(itertools.islice(items, after.position, None), after.position):
        yield Row(position, dict(item) if type(item) is dict else item)
