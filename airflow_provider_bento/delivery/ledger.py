"""What earlier runs sent, if only the difference is to be sent: the protocol, and the ledger of a plain push.

A checkpoint is about the attempts of one run; a ledger is about all runs.

Tested by tests/unit/delivery/test_ledger.py.
"""

from __future__ import annotations

from typing import Protocol

from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.counts import Comparison

__all__ = ["Ledger", "NoLedger"]


class Ledger(Protocol):
    """Which records were sent, by the key of each row; all methods are called one at a time."""

    @property
    def comparison(self) -> Comparison | None:
        """How the source compares with what was sent; ``None``: it was not compared."""
        ...

    def open(self, *, resumed: bool) -> bool:
        """Take the ledger for this run; older runs may not send any more.

        :param resumed: whether an earlier attempt of this run has begun to send.
        :returns: whether what that attempt has stored still counts; if not, the run starts over, since the ledger
            knows what was sent.
        :raises BentoStateError: it cannot be read or written, or is damaged.
        """
        ...

    def begin(self, chunk: Chunk) -> None:
        """Store that the chunk may be sent from now on; also before each repeat.

        :raises BentoSuperseded: a newer run has taken the ledger; the chunk must not be sent.
        :raises BentoStateError: it could not be stored; the chunk must not be sent.
        """
        ...

    def withdraw(self, chunk: Chunk) -> None:
        """Take that back: it is known that no request of this chunk was applied."""
        ...

    def settle(self, chunk: Chunk, result: ChunkResult) -> None:
        """Take note of what became of the chunk."""
        ...

    def flush(self) -> None:
        """Store what was taken note of.

        :raises BentoStateError: it could not be stored: the records are sent again by the next run.
        """
        ...


class NoLedger:
    """Of a push that sends everything; knows nothing."""

    comparison = None

    def open(self, *, resumed: bool) -> bool:  # noqa: ARG002  (the protocol's)
        """Return that the checkpoint counts."""
        return True

    def begin(self, chunk: Chunk) -> None:
        """Do nothing."""

    def withdraw(self, chunk: Chunk) -> None:
        """Do nothing."""

    def settle(self, chunk: Chunk, result: ChunkResult) -> None:
        """Do nothing."""

    def flush(self) -> None:
        """Do nothing."""
