"""Where rows come from: the protocol of every source, and the list in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Protocol, runtime_checkable

import msgspec

from airflow_provider_bento.delivery.row_copies import LARGE, is_large, seen
from airflow_provider_bento.delivery.values import Cursor, Row, RowBlock

LOOKED_AT: Final = 16
"""The size of every 16th row is measured: a block ends at a large one."""


class Source(Protocol):
    """Rows in an order that is the same each time they are read.

    One conformance suite (``tests/conformance``) runs over every implementation: order, resume from every
    position, a changed source detected, bad input named by position.
    """

    @property
    def rereadable(self) -> bool:
        """Whether all that is not sent yet is validated before the first request, and kept until it is sent."""
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


class TakenRows(list[Row]):
    """Rows that somebody may change.

    :ivar seen: the JSON of each when it was taken, see :mod:`~airflow_provider_bento.delivery.row_copies`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes] = []

    def take(self, row: Row) -> bool:
        """Take a row whose data are a dict; return whether that is possible."""
        try:
            self.seen.append(seen(row.data))
        except Exception:  # noqa: BLE001  (foreign objects may raise anything)
            return False
        self.append(msgspec.structs.replace(row, data=dict(row.data)))  # type: ignore[call-overload]  # a dict
        return True


class InBlocks(Protocol):
    """What a source may offer besides, if nobody changes a row, or anything in it, after it was yielded."""

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
        """Yield what ``rows`` yields, some rows at a time; those before a row that raises come first.

        :param size: returns how many the next block may have.
        """
        ...


def blocks_of(source: Source, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
    """Yield the rows of a source from ``after`` on, some at a time; those before a row that raises come first.

    Of a source that does not offer blocks, rows are taken as :mod:`~airflow_provider_bento.delivery.row_copies` does,
    because it may reuse them.

    :param size: returns how many the next block may have.
    """
    own: Mapping[str, Any] = next((vars(kind) for kind in type(source).__mro__ if "rows" in vars(kind)), {})
    if "blocks" not in own:  # a subclass may yield other rows than the blocks that it inherits
        return taken_in_blocks(source.rows(after), size)
    blocks: Iterator[Sequence[Row]] = source.blocks(after, size)  # type: ignore[attr-defined]  # as InBlocks says
    return blocks


def batched(rows: Iterable[Row], size: Callable[[], int]) -> Iterator[list[Row]]:
    """Yield rows that nobody changes as :func:`blocks_of` does."""
    source, more = iter(rows), True
    while more:
        block = list[Row]()
        try:
            for row in islice(source, size()):
                block.append(row)
                if len(block) % LOOKED_AT == 0 and is_large(row.data):
                    break
        except Exception:
            if block:
                yield block
            raise
        if more := bool(block):
            yield block


def taken_in_blocks(rows: Iterable[Row], size: Callable[[], int]) -> Iterator[list[Row]]:
    """Yield rows that somebody may change as :func:`blocks_of` does; one that cannot be taken is a block of its own."""
    source, more = iter(rows), True
    while more:
        block, alone = TakenRows(), list[Row]()
        try:
            for row in islice(source, size()):
                if type(row.data) is not dict or row.unreadable is not None or not block.take(row):
                    alone.append(row)
                    break
                if len(block.seen[-1]) > LARGE:
                    break
        except Exception:
            if block:
                yield block
            raise
        more = bool(block or alone)
        yield from filter(None, (block, alone))


def size_of(source: object, after: Cursor) -> int | None:
    """Return about how many rows of a source come after a cursor; ``None``: it cannot tell. Never raises."""
    ask = getattr(source, "size", None)  # isinstance() of a protocol takes as long as a dozen rows
    if ask is None:
        return None
    try:
        size: int | None = ask(after)
    except Exception:  # noqa: BLE001  (a nicety of the log stops no push)
        return None
    return size if size is None or size >= 0 else None


def share_of(source: object, cursor: Cursor) -> float | None:
    """Return which part of a source lies before a cursor, from 0 to 1; ``None``: it cannot tell. Never raises."""
    ask = getattr(source, "share", None)
    if ask is None:
        return None
    try:
        share: float | None = ask(cursor)
    except Exception:  # noqa: BLE001  (a nicety of the log stops no push)
        return None
    return share if share is None or 0 <= share <= 1 else None


def small_part(rows: Sequence[Any]) -> list[Any]:
    """Return the first rows, up to a large one."""
    found = list(rows)
    large = next((place for place in range(LOOKED_AT - 1, len(found), LOOKED_AT) if is_large(found[place])), len(found))
    return found[: large + 1]


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

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[RowBlock]:
        """Yield the same in blocks."""
        position = after.position
        while data := small_part(self._rows[position : position + size()]):
            yield RowBlock(position, data)
            position += len(data)
