"""Reading a source before anything is sent: every field error, how much there is, and whether a resume fits."""

from __future__ import annotations

import contextlib

from airflow_provider_bento.delivery.checkpoint.state import Checkpoint
from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.keeping.kept_chunks import KeptChunks
from airflow_provider_bento.delivery.problems import InvalidRecords, invalid_records
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.replay import chunks_left, chunks_of


class Preflight:
    """One reading of all that is not sent yet; nothing is sent.

    :ivar records: valid records found.
    :ivar chunks: chunks that have records to send.
    :ivar invalid: what is wrong with the others.
    :ivar kept: every chunk, ready to be sent; none if nothing will be sent.
    """

    def __init__(self, push: Push) -> None:
        self._push = push
        self.records = 0
        self.chunks = 0
        self.invalid = InvalidRecords()
        self.kept = KeptChunks()

    @property
    def _sends_nothing(self) -> bool:
        """Whether it is known that none of the chunks will be sent."""
        return self._push.validate_only or (bool(self.invalid.count) and self._push.on_invalid_record == "fail")

    def read(self, checkpoint: Checkpoint | None = None) -> None:
        """Read it.

        :param checkpoint: what earlier attempts sent; ``None``: nothing.
        :raises BentoSourceChanged: the confirmed part is not what it was.
        :raises BentoRecordError: invalid records, and ``on_invalid_record`` is ``"fail"``.
        """
        left = chunks_of(self._push) if checkpoint is None else chunks_left(self._push, checkpoint)
        with contextlib.closing(left) as chunks:
            for chunk in chunks:
                self._count(chunk)
        if self._sends_nothing and not self._push.validate_only:
            raise invalid_records(self.invalid, "Nothing was sent by this attempt.")

    def minutes(self) -> float:
        """Return the least time that the push takes at the limit, in minutes."""
        return self._push.pacer.minimum_duration(self._push.call.family, self.chunks) / 60

    def _count(self, chunk: Chunk) -> None:
        self.records += len(chunk.valid)
        self.chunks += bool(chunk.valid)
        for row in chunk.invalid:
            self.invalid.add(row)
        if self._sends_nothing:
            self.kept.clear()
        else:
            self.kept.add(chunk)
        if chunk.invalid and (self._push.validate_only or self._push.on_invalid_record == "fail"):
            self._push.dead_letters.write(ChunkResult(chunk, self._push.endpoint, self._push.attempt).letters)
