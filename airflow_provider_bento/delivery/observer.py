"""What a run tells about itself while it runs: counts and seconds, never a record.

Tested by tests/unit/delivery/test_deliver_facts.py.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

from airflow_provider_bento.delivery.counts import RecordCounts

Outcome = Literal["accepted", "throttled", "unreachable", "unknown", "rejected"]
"""How one request ended."""


class Observer(Protocol):
    """Hears of a run's progress; called from several threads."""

    def resumed(self, records: int) -> None:
        """Before anything else, if an earlier attempt had begun: how many records are confirmed."""
        ...

    def planned(self, records: int | None, chunks: int | None, seconds: float | None) -> None:
        """Once before the first request: how much there is, if that is known, and the least time it takes."""
        ...

    def requested(self, endpoint: str, outcome: Outcome, records: int, seconds: float) -> None:
        """After every request; ``seconds`` is how long its reply took."""
        ...

    def waited(self, endpoint: str, seconds: float) -> None:
        """After every wait for a permit that took time."""
        ...

    def committed(self, counts: RecordCounts, share: float | None = None) -> None:
        """After every settled chunk: the counts so far, and which part of the source that is, from 0 to 1."""
        ...

    def chunk(self, number: int, records: int) -> AbstractContextManager[object]:
        """Return a context around the sending of one chunk, for traces."""
        ...


class Silent:
    """Hears all, tells nobody."""

    def resumed(self, records: int) -> None:
        """Tell nobody."""

    def planned(self, records: int | None, chunks: int | None, seconds: float | None) -> None:
        """Tell nobody."""

    def requested(self, endpoint: str, outcome: Outcome, records: int, seconds: float) -> None:
        """Tell nobody."""

    def waited(self, endpoint: str, seconds: float) -> None:
        """Tell nobody."""

    def committed(self, counts: RecordCounts, share: float | None = None) -> None:
        """Tell nobody."""

    def chunk(self, number: int, records: int) -> AbstractContextManager[object]:  # noqa: ARG002  (the protocol's)
        """Return a context that does nothing."""
        return nullcontext()
