"""People who were sent before and are no longer in the source: how many may be, and how Bento hears of them.

Tested by tests/unit/sync/test_gone.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.counts import Comparison
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoTooManyGone
from airflow_provider_bento.sync.snapshot import Snapshot

__all__ = ["GoneLedger", "GoneSource", "allowed_gone", "check_gone"]


def allowed_gone(max_gone: float, known: int) -> int:
    """Return how many may be gone.

    :param max_gone: a count, or a fraction below 1 of ``known``.
    """
    return math.floor(Fraction(str(max_gone)) * known) if 0 < max_gone < 1 else int(max_gone)


def check_gone(found: Comparison, max_gone: float) -> None:
    """Do nothing if the source may be believed about who left it.

    :raises BentoTooManyGone: more are gone than allowed, or the source is empty and people were sent before.
    """
    allowed = allowed_gone(max_gone, found.known)
    empty = not found.total and bool(found.known)
    if found.gone <= allowed and not empty:
        return
    what = "The source is empty" if empty else f"Gone from the source: {found.gone:,} of {found.known:,} people"
    way = "no max_gone allows an empty source" if empty else "if they really left, raise max_gone for one run"
    raise BentoTooManyGone(
        f"{what}. It has {counted(found.total, 'rows')}, and earlier runs sent {counted(found.known, 'people')}, of "
        f"whom max_gone allows {allowed:,} to be missing. Nothing was sent. Check the query; {way}.",
        gone=found.gone,
        known=found.known,
        allowed=allowed,
    )


class GoneSource:
    """One record for each person who is gone and whose address is stored.

    :param snapshot: a snapshot whose source was compared.
    :param record: makes the record from the address.
    """

    rereadable = True
    resumable = False

    def __init__(self, snapshot: Snapshot, record: Callable[[str], Mapping[str, Any]]) -> None:
        self._snapshot = snapshot
        self._record = record

    def identity(self) -> str:
        """Return nothing: only reading tells who is gone."""
        return ""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the records from ``after`` on."""
        reached = ((key, email) for key, email in self._snapshot.engine.gone() if email is not None)
        for position, (key, email) in enumerate(reached):
            if position >= after.position:
                yield Row(position, self._record(email), key=key)


class GoneLedger:
    """A :class:`~airflow_provider_bento.delivery.ledger.Ledger` that forgets people once Bento knows that they left.

    :param snapshot: where they are known; open.
    """

    comparison = None

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def open(self, *, resumed: bool) -> bool:  # noqa: ARG002  (the protocol's)
        """Return that the checkpoint counts."""
        return True

    def begin(self, chunk: Chunk) -> None:
        """Note that nobody knows any more what Bento has of these people."""
        self._snapshot.begin(chunk)

    def withdraw(self, chunk: Chunk) -> None:
        """Let the chunk begin again."""
        self._snapshot.withdraw(chunk)

    def settle(self, chunk: Chunk, result: ChunkResult) -> None:  # noqa: ARG002  (the protocol's)
        """Forget those whom Bento confirmed."""
        self._snapshot.release([str(row.row.key) for row in result.confirmed])

    def flush(self) -> None:
        """Write that down."""
        self._snapshot.flush()
