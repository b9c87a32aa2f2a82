"""Counts, and the law that they obey: read = accepted + rejected + refused + skipped + in doubt."""

from __future__ import annotations

import threading
from typing import Any

import msgspec

from airflow_provider_bento.api.receipt import Created
from airflow_provider_bento.exceptions import BentoBooksError

MAX_CREATED_BYTES = 1500  # of the summary's 2 KB
_COUNTS = ("read", "accepted", "rejected", "refused", "skipped", "in_doubt")


class Books(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where every record that was read has gone.

    :param read: rows read from the source.
    :param accepted: taken by Bento.
    :param rejected: found bad by us.
    :param refused: turned down by Bento.
    :param skipped: outcome unknown, left so by the author's choice.
    :param in_doubt: outcome unknown, held for a person.
    :param created: broadcasts with id, name and address.
    """

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    refused: int = 0
    skipped: int = 0
    in_doubt: int = 0
    created: tuple[Created, ...] = ()

    def __add__(self, other: Books) -> Books:
        return Books(
            **{name: getattr(self, name) + getattr(other, name) for name in _COUNTS},
            created=_fitting(self.created + other.created),
        )

    @property
    def failed(self) -> int:
        """What ``max_failed`` is compared with: rejected and refused."""
        return self.rejected + self.refused

    def balanced(self) -> Books:
        """Return itself.

        :raises BentoBooksError: the sum is not right.
        """
        gone = self.accepted + self.rejected + self.refused + self.skipped + self.in_doubt
        if gone != self.read or min(getattr(self, name) for name in _COUNTS) < 0:
            raise BentoBooksError(
                f"The books do not balance: {self.read} records read, {gone} accounted for. Nothing more is sent; "
                "please report this with the task's log."
            )
        return self


def _fitting(created: tuple[Created, ...]) -> tuple[Created, ...]:
    """Keep as many broadcasts as a summary has room for; ``accepted`` counts them all."""
    size = 0
    for index, one in enumerate(created):
        size += len(msgspec.json.encode(one))
        if size > MAX_CREATED_BYTES:
            return created[:index]
    return created


class Tally:
    """Counts of what was done on the wire, shared by the threads of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        self.retries = 0
        self.throttled = 0
        self.wait_seconds = 0.0

    def add(self, *, requests: int = 0, retries: int = 0, throttled: int = 0, wait_seconds: float = 0.0) -> None:
        """Count on."""
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.throttled += throttled
            self.wait_seconds += wait_seconds

    def restore(self, counts: dict[str, Any]) -> None:
        """Go on from what earlier attempts of the task counted."""
        self.add(**counts)

    def counts(self) -> dict[str, Any]:
        """Return all four, to be stored."""
        with self._lock:
            return {
                "requests": self.requests,
                "retries": self.retries,
                "throttled": self.throttled,
                "wait_seconds": round(self.wait_seconds, 3),
            }


class Report(msgspec.Struct, frozen=True):
    """What a run did, over all its attempts.

    :param endpoint: ``subscribers``, ``events`` or ``broadcasts``.
    :param books: where every record went.
    :param wire: requests, retries, 429s and seconds waited for permits.
    :param seconds: wall time of this attempt.
    :param resumed: whether an earlier attempt had begun.
    :param rejects_path: where the dead letters are; ``None`` without.
    :param dry: whether nothing was sent because of ``validate_only``; then ``chunks`` and ``minutes`` say what a push
        would take, and ``faults`` counts each kind of fault.
    """

    endpoint: str
    books: Books
    wire: dict[str, Any]
    seconds: float
    resumed: bool = False
    rejects_path: str | None = None
    dry: bool = False
    chunks: int = 0
    minutes: float = 0.0
    faults: dict[str, int] = {}

    def summary(self) -> dict[str, Any]:
        """Return it as small JSON, free of people: fit for XCom, below 2 KB."""
        result: dict[str, Any] = {"endpoint": self.endpoint}
        result |= {name: getattr(self.books, name) for name in _COUNTS}
        result |= self.wire
        result |= {"seconds": round(self.seconds, 3), "resumed": self.resumed, "rejects_path": self.rejects_path}
        if self.endpoint == "broadcasts":
            result["broadcasts"] = [msgspec.to_builtins(one) for one in self.books.created]
        if self.dry:
            result |= {
                "validate_only": True,
                "chunks": self.chunks,
                "minutes": round(self.minutes, 2),
                "faults": self.faults,
            }
        return result
