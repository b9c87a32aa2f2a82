"""Rows of a sequence that fetches its items when they are asked for, as a mapped upstream's XCom does.

Knows how such sequences are read with few calls; must not know Airflow's classes but by name.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Final

from airflow_provider_bento.delivery.values import Mark, Row
from airflow_provider_bento.exceptions import BentoRetryLater, BentoSourceChanged

__all__ = ["LazySource"]

MOST_ITEMS: Final = 100  # of one call; 50 items take 9 ms in one slice and 229 ms one by one (Airflow 3.3)
ROWS_AHEAD: Final = 1_000  # rows that one call should bring

# A slice is one call for these. For Airflow's other sequences (`.map`, `.zip`, `.concat`) a slice means something else.
_SLICED: Final = frozenset({"LazyXComSequence", "LazySelectSequence", "LazyXComSelectSequence"})


class LazySource:
    """Rows of a lazy sequence, read a slice at a time: flat memory, few calls.

    An item that is itself a list (a mapped upstream whose tasks returned a list of records each) is its rows, one
    level deep. The resume token is ``[item, offset in it]``; what lies before it is not fetched again.

    :param items: the sequence; its length is never asked for.
    """

    rereadable = True
    resumable = False

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = items

    def identity(self) -> str:
        """Return nothing: only reading tells whether an upstream's output changed."""
        return ""

    def rows(self, after: Mark) -> Iterator[Row]:
        """Yield the rows from ``after`` on.

        :raises BentoSourceChanged: the item that ``after`` points into is shorter than it was.
        """
        if after.token is None:
            rows = self._from(Mark())
            yield from itertools.dropwhile(lambda row: row.position < after.position, rows)
        else:
            yield from self._from(after)

    def _from(self, after: Mark) -> Iterator[Row]:
        first, offset = after.token or (0, 0)
        position = after.position
        for index, item in self._fetched(first):
            records = item if isinstance(item, list | tuple) else [item]
            if offset > len(records):
                raise _shorter(position)
            for place in range(offset, len(records)):
                token = [index, place + 1] if place + 1 < len(records) else [index + 1, 0]
                yield Row(position, records[place], token)
                position += 1
            offset = 0
        if offset:
            raise _shorter(position)

    def _fetched(self, first: int) -> Iterator[tuple[int, Any]]:
        """Yield the items with their index; each call asks for about ``ROWS_AHEAD`` rows."""
        index, size = first, 1
        while fetched := self._fetch(index, size):
            yield from enumerate(fetched, index)
            index += len(fetched)
            rows = sum(len(item) if isinstance(item, list | tuple) else 1 for item in fetched)
            size = min(MOST_ITEMS, max(1, ROWS_AHEAD * len(fetched) // max(1, rows)))

    def _fetch(self, index: int, size: int) -> Sequence[Any]:
        if any(kind.__name__ in _SLICED for kind in type(self._items).__mro__):
            try:
                return self._items[index : index + size]
            except TypeError:  # Airflow 3.0 knows no slices yet; later ones raise it where their API gave an error
                pass
            except Exception as error:
                raise _unreadable(index) from error
        try:
            return [self._items[index]]
        except IndexError as error:
            self._check_end(index, error)
            return []

    def _check_end(self, index: int, error: IndexError) -> None:
        """Tell the end from a failure: Airflow's sequences raise ``IndexError`` also where its API gave an error."""
        try:
            length = len(self._items)
        except Exception as failure:
            raise _unreadable(index) from failure
        if index < length:
            raise _unreadable(index) from error


def _unreadable(index: int) -> BentoRetryLater:
    return BentoRetryLater(
        f"Item {index} of the upstream's output could not be read. When Airflow's API server answers again, retry or "
        "clear the task: it resumes."
    )


def _shorter(position: int) -> BentoSourceChanged:
    return BentoSourceChanged(
        f"Cannot resume at position {position}: the upstream's output is shorter than it was. Put it back as it was, "
        "or delete the task's checkpoint to start from the first record, which sends confirmed records again.",
        changed=("the upstream's output",),
    )
