"""Reading a source before anything is sent: every fault, how much there is, and whether a resume fits."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from itertools import zip_longest
from typing import Final

from airflow_provider_bento.delivery.accounts import Account, FaultCount
from airflow_provider_bento.delivery.checkpoint import Checkpoint, Trail, source_changed
from airflow_provider_bento.delivery.chunks import Chunk, cut, validated
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.reasons import by_reason
from airflow_provider_bento.delivery.values import Mark
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoInterrupted, BentoRecordError, BentoSourceChanged

KEPT_BYTES: Final = 8_000_000
"""Of a source whose records are smaller than this in all, the survey's chunks are sent, instead of reading it again. In
memory, with their rows and records, they take about five times as much.
"""

ROW_BYTES: Final = 100
"""What each row weighs beside that, however small it is."""


class Survey:
    """One reading of all that is not sent yet; nothing is sent.

    :ivar records: good records found.
    :ivar chunks: chunks that have records to send.
    :ivar faults: what is wrong with the others.
    :ivar kept: every chunk, ready to be sent; ``None`` if they are too large to be kept, or nothing will be sent.
    :ivar digests: what each chunk holds, if they are too large.
    """

    def __init__(self, push: Push) -> None:
        self._push = push
        self.records = 0
        self.chunks = 0
        self.faults = FaultCount()
        self.kept: deque[Chunk] | None = None if push.validate_only else deque()
        self.digests: list[str] = []
        self._bytes = 0

    @property
    def _sends_nothing(self) -> bool:
        """Whether it is known that none of the chunks will be sent."""
        return self._push.validate_only or (bool(self.faults.count) and self._push.on_bad_record == "fail")

    def read(self, checkpoint: Checkpoint | None = None) -> None:
        """Read it.

        :param checkpoint: what earlier attempts sent; ``None``: nothing.
        :raises BentoSourceChanged: the confirmed part is not what it was.
        :raises BentoRecordError: bad records, and the author did not say to skip them.
        """
        left = chunks_of(self._push) if checkpoint is None else chunks_left(self._push, checkpoint)
        with contextlib.closing(left) as chunks:
            for chunk in chunks:
                self._count(chunk)
        if self._sends_nothing and not self._push.validate_only:
            raise bad_records(self.faults, "Nothing was sent by this attempt.")

    def minutes(self) -> float:
        """Return the least time that the push takes at the limit, in minutes."""
        return self._push.pacer.least_seconds(self._push.call.family, self.chunks) / 60

    def _count(self, chunk: Chunk) -> None:
        self.records += len(chunk.goods)
        self.chunks += bool(chunk.goods)
        for bad in chunk.bads:
            self.faults.add(bad)
        self._keep(chunk)
        if chunk.bads and (self._push.validate_only or self._push.on_bad_record == "fail"):
            self._push.rejects.write(Account(chunk, self._push.endpoint, self._push.attempt).letters)

    def _keep(self, chunk: Chunk) -> None:
        if self._sends_nothing:
            self.kept, self.digests = None, []
        elif self.kept is None:
            self.digests.append(chunk.digest())
        else:
            self.kept.append(chunk)
            self._bytes += _weight(chunk)
            if self._bytes > KEPT_BYTES:
                self.digests, self.kept = [one.digest() for one in self.kept], None


def _weight(chunk: Chunk) -> int:
    rows = sum(len(good.body) for good in chunk.goods) + sum(bad.weight for bad in chunk.bads)
    return rows + ROW_BYTES * chunk.rows


def chunks_left(push: Push, done: Checkpoint) -> Generator[Chunk, None, None]:
    """Yield the chunks that are not sent yet, once those that are were compared.

    They are read again where the source cannot tell itself whether it changed, and where the parser must see them: a
    broadcast's name may have been used there.

    :raises BentoSourceChanged: the confirmed part is not what it was.
    :raises BentoInterrupted: told to stop.
    """
    yield from _compared(_behind(push, done), done)


def as_seen(chunks: Iterator[Chunk], digests: Sequence[str]) -> Generator[Chunk, None, None]:
    """Yield the chunks while they hold what the survey found good.

    :param digests: of the chunks, as the survey saw them.
    :raises BentoSourceChanged: the source gave something else this time.
    """
    for chunk, digest in zip_longest(chunks, digests):
        if chunk is None or chunk.digest() != digest:
            where = f"from position {chunk.start.position} on" if chunk else "at its end"
            raise BentoSourceChanged(
                f"The source returned other records when it was read for sending than when they were checked, {where}. "
                "Nothing of that part was sent. It must return the same records each time: pass a list or a "
                "file, and let no function change the rows that it gets.",
                changed=("the records, between the check and the sending",),
            )
        yield chunk


def _behind(push: Push, done: Checkpoint) -> Generator[Chunk, None, None]:
    """Yield the chunks behind the mark."""
    if push.source.resumable and push.endpoint != "broadcasts":
        yield from chunks_of(push, start=done.mark, number=done.chunks)
        return
    trail = Trail(done)
    for chunk in chunks_of(push):
        if not trail.passes(chunk):
            trail.check()
            yield chunk
    trail.check()


def _compared(chunks: Iterator[Chunk], done: Checkpoint) -> Generator[Chunk, None, None]:
    """Yield the chunks, once all those that earlier attempts meant to send are what they were: were the first of them
    sent before the last was compared, its records could be in both.
    """
    meant = {flight.number: flight for flight in done.flights}
    ahead: list[Chunk] = []
    while meant and (chunk := next(chunks, None)) is not None:
        flight = meant.pop(chunk.number, None)
        if flight is not None and flight.digest != chunk.digest():
            changed = (f"the records of chunk {chunk.number}",)
            raise source_changed(changed, flight.start.position, package=done.package)
        ahead.append(chunk)
    if meant:
        changed = ("the source ends before records already sent",)
        raise source_changed(changed, done.mark.position, package=done.package)
    yield from ahead
    yield from chunks


def chunks_of(push: Push, *, start: Mark | None = None, number: int = 0) -> Generator[Chunk, None, None]:
    """Yield the source's chunks from ``start`` on; stops between rows when the task is told to.

    :raises BentoInterrupted: told to stop.
    """
    begin = start or Mark()
    rows = push.source.rows(begin)
    items = validated(rows, push.screen(), max_bytes=push.max_chunk_bytes)
    for chunk in cut(items, max_records=push.chunk_size, max_bytes=push.max_chunk_bytes, start=begin, number=number):
        interrupt_if_told(push)
        yield chunk


def interrupt_if_told(push: Push) -> None:
    """Go on, unless the task was told to stop.

    :raises BentoInterrupted: it was.
    """
    if push.stop.is_set():
        raise BentoInterrupted("Told to stop; what Bento confirmed is in the checkpoint.")


def bad_records(
    faults: FaultCount,
    consequence: str,
    *,
    advice: str = "Fix the records, or pass on_bad_record='skip' (and max_failed) to leave bad ones out.",
) -> BentoRecordError:
    """Return the error that lists the first twenty faults by position and field, never a value.

    :param advice: what to do, in one sentence.
    """
    shown = f", the first {faults.SHOWN} are" if faults.count > faults.SHOWN else ""
    lines = [
        f"{counted(faults.count, 'faults')} in {counted(faults.records, 'records')}{shown}:",
        faults.lines(),
        *by_reason(faults.reasons if faults.records > 1 else {}),
        f"{consequence} {advice}",
    ]
    return BentoRecordError(
        "\n".join(lines),
        faults=tuple(faults.first),
        count=faults.count,
        records=faults.records,
        reasons=faults.reasons,
    )
