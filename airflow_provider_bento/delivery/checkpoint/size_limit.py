"""How large a checkpoint may become: whatever hangs, a store is given less than 8,000 bytes. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.checkpoint.state import Checkpoint, InFlightChunk
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.reasons import ALL_BYTES

MAX_BYTES: Final = 8_000
"""Bytes of a checkpoint's JSON, as Airflow writes it: with blanks, and nothing but ASCII."""

AHEAD_FACTOR: Final = 4
"""Chunks between the cursor and the newest one, for each request that may be in flight."""

OUTCOME_BYTES: Final = 100
"""What an in-flight chunk grows by when its outcome is known, without broadcasts: five counts of up to 1,000. A
count of unchanged rows takes some of the slack: few chunks have all six.
"""

SLACK_BYTES: Final = 250
"""What the rest grows by when the cursor moves: the chain, and more digits."""


def to_stored(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return it as JSON values to be stored, without the keys whose value is ``None``."""
    value: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(checkpoint))  # lists, no tuples
    if not checkpoint.reasons:
        del value["reasons"]
    _thin(value["cursor"])
    for chunk in value["in_flight"]:
        _thin(chunk)
    return value


def has_room(checkpoint: Checkpoint, chunk: InFlightChunk | None, max_in_flight: int) -> bool:
    """Whether one more chunk may begin.

    :param checkpoint: what is known now.
    :param chunk: the chunk; ``None``: one like the largest that is ahead of the cursor.
    :param max_in_flight: the most requests at once.
    """
    if not checkpoint.in_flight:
        return True
    chunk = chunk or _like_the_largest(checkpoint.in_flight)
    ahead = chunk.number - checkpoint.chunks
    begun = checkpoint.with_in_flight(chunk.number, chunk)
    return ahead < AHEAD_FACTOR * max_in_flight and _needed(begun) <= MAX_BYTES


def with_outcome(checkpoint: Checkpoint, chunk: InFlightChunk, counts: RecordCounts) -> Checkpoint:
    """Return it with the chunk's outcome, and the cursor moved; with as many of its broadcasts as there is room for.

    :raises BentoCountMismatch: the counts do not add up.
    """
    while True:
        settled = msgspec.structs.replace(chunk, counts=counts)
        after = checkpoint.with_in_flight(chunk.number, settled).advanced()
        if not counts.created or _needed(after) <= MAX_BYTES:
            return after
        counts = msgspec.structs.replace(counts, created=counts.created[: len(counts.created) // 2])


def _needed(checkpoint: Checkpoint) -> int:
    """The most bytes that it has when all of its chunks are settled."""
    undecided = sum(chunk.counts is None for chunk in checkpoint.in_flight)
    encoded = msgspec.json.encode(checkpoint)
    most = len(encoded) + encoded.count(b",") + encoded.count(b":")  # with the blanks of Airflow's JSON
    if encoded.isascii() and (needed := most + OUTCOME_BYTES * undecided + ALL_BYTES + SLACK_BYTES) <= MAX_BYTES:
        return needed  # most checkpoints
    reasons = ALL_BYTES - _size(checkpoint.reasons)  # to come
    return _size(to_stored(checkpoint)) + OUTCOME_BYTES * undecided + reasons + SLACK_BYTES


def _like_the_largest(in_flight: Sequence[InFlightChunk]) -> InFlightChunk:
    largest = max(in_flight, key=lambda chunk: len(msgspec.json.encode((chunk.start, chunk.end))))
    return msgspec.structs.replace(largest, number=in_flight[-1].number + 1, counts=None)


def _size(value: Any) -> int:
    return len(json.dumps(value))


def _thin(value: dict[str, Any]) -> None:
    """Leave out what is ``None``; not within a token, which is the source's own."""
    for name in [name for name, one in value.items() if one is None]:
        del value[name]
    for name in ("start", "end"):
        if name in value:
            _thin(value[name])
