"""How far a run has come in its source, for those who watch it; nothing depends on it."""

from __future__ import annotations

import threading
from typing import Final

from airflow_provider_bento.delivery.checkpoint.state import Checkpoint
from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.delivery.source import Source, share_of, size_of

ASKED_AFTER: Final = 25.0
"""Seconds after which a source is asked how many rows it has: short runs need no percentage, and pay nothing."""

PATIENCE: Final = 2.0
"""Seconds for which reading waits for the answer, so that a slow count does not keep a database's rows from being
fetched; an answer that takes longer is used when it comes.
"""


class SourceProgress:
    """Knows the size of a source if the preflight counted it, or if the source can tell.

    :param source: what is read.
    :param clock: time.
    """

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._began = clock.monotonic()
        self._rows: int | None = None
        self._asked = False

    def surveyed(self, done: Checkpoint, rows: int) -> None:
        """Take over how many rows were found after what is done."""
        self._asked, self._rows = True, done.counts.read + rows

    def ask(self, done: Checkpoint) -> None:
        """Ask the source how many rows are left, once, if the run takes long."""
        if self._asked or self._clock.monotonic() - self._began < ASKED_AFTER:
            return
        self._asked = True
        if share_of(self._source, done.cursor) is None:
            asking = threading.Thread(target=self._count, args=(done,), name="bento-size", daemon=True)
            asking.start()
            asking.join(PATIENCE)

    def _count(self, done: Checkpoint) -> None:
        if (left := size_of(self._source, done.cursor)) is not None:
            self._rows = done.counts.read + left

    def share(self, done: Checkpoint) -> float | None:
        """Return which part of the source is done, from 0 to 1; ``None``: nobody knows."""
        if self._rows is None:
            return share_of(self._source, done.cursor)
        return min(1.0, done.counts.read / self._rows) if self._rows else None
