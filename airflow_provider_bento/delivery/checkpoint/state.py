"""How far a run came, as one value: what is confirmed, what is under way, and what must not change. Pure.

Tested by tests/unit/delivery/checkpoint/test_tracker.py.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from airflow_provider_bento import __version__
from airflow_provider_bento.delivery.checkpoint.fencing import TO_START_OVER
from airflow_provider_bento.delivery.counts import RecordCounts, RequestCounts
from airflow_provider_bento.delivery.values import Cursor, InDoubt
from airflow_provider_bento.exceptions import BentoSourceChanged

VERSION: Final = 2
"""Version of the shape of a checkpoint."""

PACKAGE_NAME: Final = "airflow-provider-bento"
PACKAGE: Final = __version__
"""Version of the package, which encodes the records; another may encode them differently."""


class Plan(msgspec.Struct, frozen=True):
    """What must be the same when a run is resumed.

    :param endpoint: which of Bento's endpoints gets the records.
    :param chunk_size: most records of a chunk.
    :param max_chunk_bytes: most bytes of a chunk.
    :param source: the source's identity; empty if only reading tells.
    """

    endpoint: str
    chunk_size: int
    max_chunk_bytes: int
    source: str = ""


class TaskAttempt(msgspec.Struct, frozen=True):
    """Which attempt of the task instance this is, as Airflow counts them.

    :param try_number: grows with every retry and every Clear.
    :param max_tries: constant over retries, raised by a Clear: that distinguishes the two.
    """

    try_number: int = 1
    max_tries: int = 0


class InFlightChunk(msgspec.Struct, frozen=True):
    """A chunk whose intent is stored and which the cursor has not passed; its outcome may be known already.

    :param number: the chunk's number.
    :param start: where it begins.
    :param end: where it ends.
    :param digest: the hash of its content.
    :param since: when it was first meant to be sent; seconds since the epoch.
    :param counts: its outcome, once known; a chunk before it may still be under way.
    :param choice: what a person chose for this doubt; used up by the request that follows from it.
    """

    number: int
    start: Cursor
    end: Cursor
    digest: str
    since: float
    counts: RecordCounts | None = None
    choice: InDoubt | None = None

    @property
    def span(self) -> range:
        """The positions of its rows."""
        return range(self.start.position, self.end.position)


class Checkpoint(msgspec.Struct, frozen=True):
    """The one value that an attempt stores.

    :param plan: what must not change.
    :param cursor: everything before it is done.
    :param chunks: how many chunks that was.
    :param chain: hash over the digests of those chunks.
    :param in_flight: chunks after the cursor whose intent is stored, by number.
    :param counts: counts up to the cursor.
    :param request_counts: requests, retries, 429s and waits so far.
    :param reasons: invalid and rejected records of all chunks that have their outcome, by reason.
    :param done: whether the source was read to its end and every chunk has its outcome.
    :param green: whether that run was a success.
    :param attempt: the attempt that wrote it.
    :param package: version of the package that encoded what was sent; empty: older than 0.1.0.
    :param v: see :data:`VERSION`.
    """

    plan: Plan
    attempt: TaskAttempt
    cursor: Cursor = Cursor()
    chunks: int = 0
    chain: str = ""
    in_flight: tuple[InFlightChunk, ...] = ()
    counts: RecordCounts = RecordCounts()
    request_counts: RequestCounts = RequestCounts()
    reasons: dict[str, int] = {}
    done: bool = False
    green: bool = False
    package: str = ""
    v: int = VERSION

    @property
    def untouched(self) -> bool:
        """Whether no chunk has begun."""
        return not self.chunks and not self.in_flight

    @property
    def sent_nothing(self) -> bool:
        """Whether at most rows were invalid by us: whatever comes next is free to read another source, in another
        way.
        """
        return not self.in_flight and self.counts.invalid == self.counts.read

    def in_flight_chunk(self, number: int) -> InFlightChunk | None:
        """Return the stored intent for a chunk, if there is one."""
        return next((chunk for chunk in self.in_flight if chunk.number == number), None)

    def with_in_flight(self, number: int, chunk: InFlightChunk | None) -> Checkpoint:
        """Return it with this intent for a chunk, or with none."""
        others = [one for one in self.in_flight if one.number != number]
        in_flight = sorted((*others, chunk) if chunk else others, key=lambda one: one.number)
        return msgspec.structs.replace(self, in_flight=tuple(in_flight))

    def taken_over_by(self, attempt: TaskAttempt) -> Checkpoint:
        """Return it as this attempt's; 429s in a row count on only for an attempt that starts again."""
        request_counts = self.request_counts
        if attempt.try_number != self.attempt.try_number:
            request_counts = msgspec.structs.replace(request_counts, refusals=0)
        return msgspec.structs.replace(self, attempt=attempt, request_counts=request_counts)

    def advanced(self) -> Checkpoint:
        """Return it with the cursor moved over the settled chunks at the front.

        :raises BentoCountMismatch: the counts do not add up.
        """
        in_flight = list(self.in_flight)
        cursor, chunks, chain, counts = self.cursor, self.chunks, self.chain, self.counts
        while in_flight and in_flight[0].counts is not None and in_flight[0].number == chunks:
            chunk = in_flight.pop(0)
            cursor, chunks, chain = chunk.end, chunks + 1, linked(chain, chunk.digest)
            counts += chunk.counts or RecordCounts()
        return msgspec.structs.replace(
            self, cursor=cursor, chunks=chunks, chain=chain, counts=counts.balanced(), in_flight=tuple(in_flight)
        )


def source_changed(changed: tuple[str, ...], position: int, *, package: str = PACKAGE) -> BentoSourceChanged:
    """Return the error for a resume that does not fit; it says what changed and how to continue.

    :param package: version that encoded what was sent, if that was compared; another than ours is named as well.
    """
    what = ", ".join(changed)
    if package != PACKAGE:
        what += f", or {PACKAGE_NAME}, which was upgraded from {package or 'an earlier version'} to {PACKAGE}"
        changed = (*changed, PACKAGE_NAME)
    return BentoSourceChanged(
        f"Cannot resume after position {position}, because this changed since the last attempt: {what}. Restore it and "
        f"clear the task. To start over (confirmed records are sent again), {TO_START_OVER} and clear the task.",
        changed=changed,
    )


def linked(chain: str, digest: str) -> str:
    """Return the chain with one more digest."""
    return hashlib.sha256(f"{chain}{digest}".encode()).hexdigest()[:32]
