"""How large a checkpoint may become: whatever hangs, a store is given less than 8,000 bytes. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.checkpoint.state import Checkpoint, Flight
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.reasons import ALL_BYTES

MAX_BYTES: Final = 8_000
"""Bytes of a checkpoint's JSON, as Airflow writes it: with blanks, and nothing but ASCII."""

AHEAD_FACTOR: Final = 4
"""Chunks between the mark and the newest one, for each request that may be in flight."""

OUTCOME_BYTES: Final = 100
"""What a flight grows by when its outcome is known, without broadcasts: five counts of up to 1,000."""

SLACK_BYTES: Final = 250
"""What the rest grows by when the mark moves: the chain, and more digits."""


def plain(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return it as plain JSON, without the ``null`` of what a flight or a mark does not have."""
    value: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(checkpoint))  # lists, no tuples
    if not checkpoint.wire.refusals:  # version 0.1.0, which may retry on a worker of its own, takes no such count
        del value["wire"]["refusals"]
    if not checkpoint.reasons:
        del value["reasons"]
    _thin(value["mark"])
    for flight in value["flights"]:
        _thin(flight)
    return value


def has_room(checkpoint: Checkpoint, flight: Flight | None, in_flight: int) -> bool:
    """Whether one more chunk may begin.

    :param checkpoint: what is known now.
    :param flight: the chunk; ``None``: one like the largest that is ahead of the mark.
    :param in_flight: the most requests at once.
    """
    if not checkpoint.flights:
        return True
    flight = flight or _like_the_largest(checkpoint.flights)
    ahead = flight.number - checkpoint.chunks
    return ahead < AHEAD_FACTOR * in_flight and _needed(checkpoint.with_in_flight(flight.number, flight)) <= MAX_BYTES


def with_outcome(checkpoint: Checkpoint, flight: Flight, books: RecordCounts) -> Checkpoint:
    """Return it with the flight's outcome, and the mark moved; with as many of its broadcasts as there is room for.

    :raises BentoCountMismatch: the counts do not add up.
    """
    while True:
        landed = msgspec.structs.replace(flight, books=books)
        after = checkpoint.with_in_flight(flight.number, landed).advanced()
        if not books.created or _needed(after) <= MAX_BYTES:
            return after
        books = msgspec.structs.replace(books, created=books.created[: len(books.created) // 2])


def _needed(checkpoint: Checkpoint) -> int:
    """The most bytes that it has when all of its chunks have landed."""
    flying = sum(flight.books is None for flight in checkpoint.flights)
    reasons = ALL_BYTES - _size(checkpoint.reasons)  # to come
    return _size(plain(checkpoint)) + OUTCOME_BYTES * flying + reasons + SLACK_BYTES


def _like_the_largest(flights: Sequence[Flight]) -> Flight:
    largest = max(flights, key=lambda flight: len(msgspec.json.encode((flight.start, flight.end))))
    return msgspec.structs.replace(largest, number=flights[-1].number + 1, books=None)


def _size(value: Any) -> int:
    return len(json.dumps(value))


def _thin(value: dict[str, Any]) -> None:
    """Leave out what is ``None``; not within a token, which is the source's own."""
    for name in [name for name, one in value.items() if one is None]:
        del value[name]
    for name in ("start", "end"):
        if name in value:
            _thin(value[name])
