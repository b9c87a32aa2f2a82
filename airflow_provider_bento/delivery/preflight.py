"""Reading a source before anything is sent: every field error, how much there is, and whether a resume fits."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Final

from airflow_provider_bento.delivery.checkpoint.state import Checkpoint
from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.problems import InvalidRecords, invalid_records
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.replay import chunks_left, chunks_of

KEPT_BYTES: Final = 8_000_000
"""If a source's records are smaller than this in all, the preflight's chunks are sent instead of reading it again. In
memory, with their rows and records, they take about five times as much.
"""

ROW_BYTES: Final = 100
"""What each row weighs beside that, however small it is."""


class Preflight:
    """One reading of all that is not sent yet; nothing is sent.

    :ivar records: valid records found.
    :ivar chunks: chunks that have records to send.
    :ivar invalid: what is wrong with the others.
    :ivar kept: every chunk, ready to be sent; ``None`` if they are too large to be kept, or nothing will be sent.
    :ivar digests: the digest of each chunk, if they are too large to be kept.
    """

    def __init__(self, push: Push) -> None:
        self._push = push
        self.records = 0
        self.chunks = 0
        self.invalid = InvalidRecords()
        self.kept: deque[Chunk] | None = None if push.validate_only else deque()
        self.digests: list[str] = []
        self._bytes = 0

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
        self._keep(chunk)
        if chunk.invalid and (self._push.validate_only or self._push.on_invalid_record == "fail"):
            self._push.dead_letters.write(ChunkResult(chunk, self._push.endpoint, self._push.attempt).letters)

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
    rows = sum(len(row.body) for row in chunk.valid) + sum(row.weight for row in chunk.invalid)
    return rows + ROW_BYTES * chunk.rows
