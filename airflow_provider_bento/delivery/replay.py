"""The chunks that are still to be sent: what earlier attempts sent is compared, then left out.

Tested by tests/unit/delivery/test_deliver_facts.py.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from airflow_provider_bento.delivery.checkpoint.state import Checkpoint, linked, source_changed
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.validation import validated_rows
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoInterrupted


def chunks_left(push: Push, done: Checkpoint) -> Generator[Chunk, None, None]:
    """Yield the chunks that are not sent yet, once those that are were compared.

    They are read again if the source cannot tell itself whether it changed, or if the parser must see them: a
    broadcast's name may have been used there, or a command's person.

    :raises BentoSourceChanged: the confirmed part is not what it was.
    :raises BentoInterrupted: the task was stopped.
    """
    yield from _compared(_after_cursor(push, done), done)


def _after_cursor(push: Push, done: Checkpoint) -> Generator[Chunk, None, None]:
    """Yield the chunks after the cursor."""
    if push.source.resumable and not push.facts.parser_remembers:
        yield from chunks_of(push, start=done.cursor, number=done.chunks)
        return
    replayed = ReplayCheck(done)
    for chunk in chunks_of(push):
        if not replayed.covers(chunk):
            replayed.check()
            yield chunk
    replayed.check()


def _compared(chunks: Iterator[Chunk], done: Checkpoint) -> Generator[Chunk, None, None]:
    """Yield the chunks, once all those that earlier attempts meant to send are what they were: were the first of them
    sent before the last was compared, its records could be in both.
    """
    meant = {stored.number: stored for stored in done.in_flight}
    ahead: list[Chunk] = []
    while meant and (chunk := next(chunks, None)) is not None:
        stored = meant.pop(chunk.number, None)
        if stored is not None and stored.digest != chunk.digest:
            changed = (f"the records of chunk {chunk.number}",)
            raise source_changed(changed, stored.start.position, package=done.package)
        ahead.append(chunk)
    if meant:
        changed = ("the source now has fewer records than were already sent",)
        raise source_changed(changed, done.cursor.position, package=done.package)
    yield from ahead
    yield from chunks


def chunks_of(push: Push, *, start: Cursor | None = None, number: int = 0) -> Generator[Chunk, None, None]:
    """Yield the source's chunks from ``start`` on; stops between rows if the task is stopped.

    :raises BentoInterrupted: the task was stopped.
    """
    begin = start or Cursor()
    items = validated_rows(push.source, begin, push.new_parser(), push.chunk_size, max_bytes=push.max_chunk_bytes)
    for chunk in cut(items, max_records=push.chunk_size, max_bytes=push.max_chunk_bytes, start=begin, number=number):
        raise_if_stopping(push)
        yield chunk


def raise_if_stopping(push: Push) -> None:
    """Continue, unless the task was stopped.

    :raises BentoInterrupted: it was.
    """
    if push.stop.is_set():
        raise BentoInterrupted("The task was stopped. Everything Bento confirmed is saved in the checkpoint.")


class ReplayCheck:
    """What is read again of the part that earlier attempts confirmed, compared with what they sent.

    :param checkpoint: theirs.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._chain = ""
        self._passed = Cursor()

    def covers(self, chunk: Chunk) -> bool:
        """Whether the chunk lies before the cursor; it is then compared."""
        if chunk.number >= self._checkpoint.chunks:
            return False
        self._chain, self._passed = linked(self._chain, chunk.digest), chunk.end
        return True

    def check(self) -> None:
        """Do nothing if the chunks that passed are those that were sent.

        :raises BentoSourceChanged: they are not.
        """
        sent = self._checkpoint
        if (self._chain, self._passed.position) != (sent.chain, sent.cursor.position):
            raise source_changed(("the records already sent",), sent.cursor.position, package=sent.package)
