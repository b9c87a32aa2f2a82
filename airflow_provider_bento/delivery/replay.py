"""The chunks that are still to be sent: what earlier attempts sent is compared, then left out."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import zip_longest

from airflow_provider_bento.delivery.checkpoint.state import Checkpoint, linked, source_changed
from airflow_provider_bento.delivery.chunks import Chunk, cut, validated
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.values import Mark
from airflow_provider_bento.exceptions import BentoInterrupted, BentoSourceChanged


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
    trail = ReplayCheck(done)
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
        raise_if_stopping(push)
        yield chunk


def raise_if_stopping(push: Push) -> None:
    """Go on, unless the task was told to stop.

    :raises BentoInterrupted: it was.
    """
    if push.stop.is_set():
        raise BentoInterrupted("Told to stop; what Bento confirmed is in the checkpoint.")


class ReplayCheck:
    """What is read again of the part that earlier attempts confirmed, compared with what they sent.

    :param checkpoint: theirs.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._chain = ""
        self._passed = Mark()

    def passes(self, chunk: Chunk) -> bool:
        """Whether the chunk lies before the mark; it is then compared."""
        if chunk.number >= self._checkpoint.chunks:
            return False
        self._chain, self._passed = linked(self._chain, chunk.digest()), chunk.end
        return True

    def check(self) -> None:
        """Do nothing if the chunks that passed are those that were sent.

        :raises BentoSourceChanged: they are not.
        """
        sent = self._checkpoint
        if (self._chain, self._passed.position) != (sent.chain, sent.mark.position):
            raise source_changed(("the records already sent",), sent.mark.position, package=sent.package)
