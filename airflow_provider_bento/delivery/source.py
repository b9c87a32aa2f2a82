"""Where rows come from: the protocol of every source, and the list in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from airflow_provider_bento.delivery.values import Cursor, Row


class Source(Protocol):
    """Rows in an order that is the same each time they are read.

    One conformance suite (``tests/conformance``) runs over every implementation: order, resume from every
    position, a changed source detected, bad input named by position.
    """

    @property
    def rereadable(self) -> bool:
        """Whether reading it twice is cheap. All that is not sent yet is then validated before the first request."""
        ...

    @property
    def resumable(self) -> bool:
        """Whether ``rows`` itself detects, at a constant price, that what lies before a cursor changed, and goes on
        from there; a file in which nothing tells where a row begins is passed over, not validated again. A resume of
        any other source reads it from its first row, and compares what was sent.
        """
        ...

    def identity(self) -> str:
        """Return what is read, as a digest or a short text free of secrets and people; two sources that could
        return different rows differ. Empty if only reading tells (a list).
        """
        ...

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on. A row that cannot be read is yielded with ``unreadable`` set, not raised.

        :raises BentoSetupError: the source cannot be read at all; says what to change.
        """
        ...


@runtime_checkable
class Sized(Protocol):
    """What a source may offer besides, if it is cheap: how many rows there are. It is asked at most once a run, and
    only if that run takes long. A source around another one hands on :func:`size_of` of it.
    """

    def size(self, after: Cursor) -> int | None:
        """Return about how many rows come after a cursor; ``None``: that cannot be known cheaply."""
        ...


@runtime_checkable
class Measured(Protocol):
    """What a source may offer besides, if it is free: how much of it lies before a cursor, by bytes for example. It
    is asked now and then. A source around another one hands on :func:`share_of` of it.
    """

    def share(self, cursor: Cursor) -> float | None:
        """Return which part of the source lies before a cursor, from 0 to 1; ``None``: that is not known."""
        ...


def size_of(source: object, after: Cursor) -> int | None:
    """Return about how many rows of a source come after a cursor; ``None``: it cannot tell. Never raises."""
    if not isinstance(source, Sized):
        return None
    try:
        size = source.size(after)
    except Exception:  # noqa: BLE001  (a nicety of the log stops no push)
        return None
    return size if size is None or size >= 0 else None


def share_of(source: object, cursor: Cursor) -> float | None:
    """Return which part of a source lies before a cursor, from 0 to 1; ``None``: it cannot tell. Never raises."""
    if not isinstance(source, Measured):
        return None
    try:
        share = source.share(cursor)
    except Exception:  # noqa: BLE001  (a nicety of the log stops no push)
        return None
    return share if share is None or 0 <= share <= 1 else None


class ListSource:
    """Rows of a list or tuple in memory.

    :param rows: the rows; of any type, validation rejects what is none.
    """

    rereadable = True
    resumable = False

    def __init__(self, rows: Sequence[object]) -> None:
        self._rows = rows

    def identity(self) -> str:
        """Return nothing: only reading a list tells whether it changed."""
        return ""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after.position`` on."""
        for position in range(after.position, len(self._rows)):
            yield Row(position, self._rows[position])
