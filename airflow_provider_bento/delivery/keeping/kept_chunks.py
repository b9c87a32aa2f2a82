"""The chunks that a preflight validated, until they are sent.

Tested by tests/unit/delivery/keeping/test_kept_chunks.py.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from typing import Final

from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.keeping.sealed_file import SealedFile
from airflow_provider_bento.delivery.keeping.stored_chunk import restored, stored
from airflow_provider_bento.exceptions import BentoStateError

__all__ = ["KEPT_BYTES", "ROW_BYTES", "KeptChunks"]

_log: Final = logging.getLogger(__name__)

KEPT_BYTES: Final = 1_000_000
"""If a source's records are smaller than this in all, its chunks stay in memory, where they take about five times as
much, with their rows. Larger ones go into an encrypted temporary file.
"""

ROW_BYTES: Final = 100
"""What each row weighs beside that, however small it is."""


class KeptChunks:
    """Chunks in the order in which they were added; each is released when it is taken."""

    def __init__(self) -> None:
        self._chunks: deque[Chunk | None] = deque()  # None: the next one of the file
        self._file: SealedFile | None = None
        self._bytes = 0
        self._only_memory = False

    def __len__(self) -> int:
        return len(self._chunks)

    def add(self, chunk: Chunk) -> None:
        """Keep a chunk.

        :raises BentoStateError: it goes into the file, and the disk is full.
        """
        self._bytes += _weight(chunk)
        if self._file is None and self._bytes > KEPT_BYTES and not self._only_memory:
            self._open()
        self._chunks.append(chunk if self._file is None else self._written(chunk))

    def _open(self) -> None:
        try:
            self._file = SealedFile()
        except BentoStateError as error:  # a container whose disk is read-only
            self._only_memory = True
            _log.warning(
                "No temporary file can be made in TMPDIR; validated records stay in memory: %s", error.__cause__
            )
            return
        self._chunks = deque(self._written(one) for one in self._chunks if one is not None)

    def clear(self) -> None:
        """Forget all: nothing will be sent."""
        self._chunks.clear()
        self._file = None

    def taken(self) -> Iterator[Chunk]:
        """Yield the chunks, and forget them."""
        pieces = self._file.pieces() if self._file is not None else iter(())
        while self._chunks:
            chunk = self._chunks.popleft()
            yield restored(next(pieces)) if chunk is None else chunk

    def _written(self, chunk: Chunk) -> Chunk | None:
        if self._file is None or (data := stored(chunk)) is None:
            return chunk
        self._file.write(data)
        return None


def _weight(chunk: Chunk) -> int:
    records = len(chunk.valid.lines) - len(chunk.valid)
    return records + sum(row.weight for row in chunk.invalid) + ROW_BYTES * chunk.rows
