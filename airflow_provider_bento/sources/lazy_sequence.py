"""Rows of a sequence that fetches its items when they are asked for, as a mapped upstream's XCom does.

Knows how such sequences are read with few calls; knows Airflow's classes only by name.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.checkpoint.state import source_changed
from airflow_provider_bento.delivery.jsonable import to_jsonable
from airflow_provider_bento.delivery.source import batched
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoRetryLater
from airflow_provider_bento.sources.dataframes import FrameSource, is_frame

__all__ = ["LazySource"]

MOST_ITEMS: Final = 100  # of one call; 50 items take 9 ms in one slice and 229 ms one by one (Airflow 3.3)
ROWS_AHEAD: Final = 1_000  # rows that one call should bring

# A slice is one call for these. For Airflow's other sequences (`.map`, `.zip`, `.concat`) a slice means something else.
_SLICED: Final = frozenset({"LazyXComSequence", "LazySelectSequence", "LazyXComSelectSequence"})

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")  # otherwise sets differ from process to process


class LazySource:
    """Rows of a lazy sequence, read a slice at a time: flat memory, few calls.

    An item that is itself a list or a dataframe (a mapped upstream whose tasks returned several records each) is its
    rows, one level deep. A resume fetches, of all that is done, the first item and the one with the last row, and
    compares them; the resume token is ``[digest of the first item, item of the row, offset after the row, digest of
    that item]``. A change of the upstream between the two is not detected: those rows were sent as they were then.

    :param items: the sequence; its length is never asked for.
    """

    rereadable = True

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = items

    @property
    def resumable(self) -> bool:
        """Whether it is a mapped upstream's; of any other sequence everything that was sent is compared."""
        return any(
            kind.__name__ in _SLICED or kind.__module__.startswith("airflow.") for kind in type(self._items).__mro__
        )

    def identity(self) -> str:
        """Return nothing: only reading tells whether an upstream's output changed."""
        return ""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on.

        :raises BentoSourceChanged: an item that was compared is not what it was.
        :raises BentoRetryLater: Airflow's API server did not answer.
        """
        if after.token is None:
            rows = self._from(Cursor())
            yield from itertools.dropwhile(lambda row: row.position < after.position, rows)
        else:
            yield from self._from(after)

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
        """Yield the same in blocks."""
        return batched(self.rows(after), size)

    def _from(self, after: Cursor) -> Iterator[Row]:
        begin, first, offset, last = after.token or ("", 0, 0, None)
        if first:
            _compare(begin, [_records(item) for item in self._fetch(0, 1)], after.position)
        position = after.position
        for index, item in self._fetched(first):
            records = _records(item)
            digest = _digest(records)
            if last is not None:
                _compare(last, [records], after.position)
            begin, last = begin or digest, None
            for place in range(offset, len(records)):
                yield Row(position, records[place], [begin, index, place + 1, digest])
                position += 1
            offset = 0
        if last is not None:
            _compare(last, [], after.position)

    def _fetched(self, first: int) -> Iterator[tuple[int, Any]]:
        """Yield the items with their index; each call asks for about ``ROWS_AHEAD`` rows."""
        index, size = first, 1
        while fetched := self._fetch(index, size):
            yield from enumerate(fetched, index)
            index += len(fetched)
            rows = sum(len(item) if isinstance(item, list | tuple) or is_frame(item) else 1 for item in fetched)
            size = min(MOST_ITEMS, max(1, ROWS_AHEAD * len(fetched) // max(1, rows)))

    def _fetch(self, index: int, size: int) -> Sequence[Any]:
        if any(kind.__name__ in _SLICED for kind in type(self._items).__mro__):
            try:
                return self._items[index : index + size]
            except TypeError:  # Airflow 3.0 knows no slices yet; later ones raise it if their API returned an error
                pass
            except Exception as error:
                raise _unreadable(index) from error
        try:
            return [self._items[index]]
        except IndexError as error:
            self._check_end(index, error)
            return []

    def _check_end(self, index: int, error: IndexError) -> None:
        """Tell the end from a failure: Airflow's sequences raise ``IndexError`` even if its API returned an error."""
        try:
            length = len(self._items)
        except Exception as failure:
            raise _unreadable(index) from failure
        if index < length:
            raise _unreadable(index) from error


def _records(item: Any) -> Sequence[Any]:
    """Return the rows of one item."""
    if isinstance(item, list | tuple):
        return item
    return [row.data for row in FrameSource(item).rows(Cursor())] if is_frame(item) else [item]


def _unreadable(index: int) -> BentoRetryLater:
    return BentoRetryLater(
        f"Item {index} of the upstream's output could not be read. Retry or clear the task when Airflow's API "
        "server is reachable; it resumes."
    )


def _digest(item: Any) -> str:
    """Return a digest that is the same for equal items in every process."""
    try:
        encoded = _ENCODER.encode(item)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        encoded = _ENCODER.encode(to_jsonable(item))
    return hashlib.blake2b(encoded, digest_size=8).hexdigest()


def _compare(digest: str, items: Sequence[Any], position: int) -> None:
    """Do nothing if the one item has this digest.

    :raises BentoSourceChanged: it has another, or is not there.
    """
    if digest not in map(_digest, items):
        raise source_changed(("the upstream's output",), position)
