"""The value of the XCom ``bento_progress``: JSON of at most 2 KB with counts, seconds and reasons, no people. Pure.

``docs/how-to/push-report.md`` shows where it is displayed.

Tested by tests/unit/operators/test_progress_value.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from airflow_provider_bento.delivery.checkpoint.state import Checkpoint
    from airflow_provider_bento.delivery.counts import RecordCounts

__all__ = ["MAX_BYTES", "MAX_POINTS", "State", "fitted", "reasons_of", "settled", "thinned", "unknown_spans"]

State = Literal["running", "success", "failed", "waiting", "asking", "in_doubt"]
"""How a try is, or ended: ``waiting`` for the rate limit without a slot, ``asking`` a person, ``in_doubt`` if a person
has to decide.
"""

MAX_BYTES: Final = 2048
"""Of the value as Airflow stores it: JSON with nothing but ASCII."""

MAX_POINTS: Final = 60
"""Most points of the throughput."""

_MAX_REASONS: Final = 8
_MAX_DOUBTS: Final = 10
_FEW_POINTS: Final = 12  # enough for a line; more of them matter less than the reasons
_REJECTED: Final = "Bento rejected it: "

Point = Sequence[float]


def settled(checkpoint: Checkpoint) -> RecordCounts:
    """Return the counts of all that has its outcome, also of chunks that were answered before an earlier one."""
    counts = checkpoint.counts
    for chunk in checkpoint.in_flight:
        if chunk.counts is not None:
            counts += chunk.counts
    return counts


def unknown_spans(checkpoint: Checkpoint) -> list[list[int]]:
    """Return the first and last position of each chunk whose outcome is unknown; only after the run has stopped."""
    spans = [chunk.span for chunk in checkpoint.in_flight if chunk.counts is None]
    return [[span[0], span[-1]] for span in spans if span]


def reasons_of(reasons: Mapping[str, int], counts: RecordCounts) -> list[list[Any]]:
    """Return ``[kind, reason, records]``, the most frequent first; a kind is ``invalid``, ``rejected`` or ``other``."""
    ordered = sorted(reasons.items(), key=lambda item: -item[1])[:_MAX_REASONS]
    return [[_kind(reason, counts), reason.removeprefix(_REJECTED), number] for reason, number in ordered]


def thinned(points: Sequence[Point], most: int = MAX_POINTS) -> list[Point]:
    """Return at most that many points, about evenly spaced; the first and the last stay."""
    kept = list(points)
    while len(kept) > max(most, 2):
        spare = min(range(1, len(kept) - 1), key=lambda index: kept[index + 1][0] - kept[index - 1][0])
        del kept[spare]
    return kept


def fitted(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value cut to :data:`MAX_BYTES`: first points go, then reasons, doubts and the address.

    :param value: with ``points``, ``reasons``, ``doubts`` and maybe ``url``; ``more_doubts`` counts those that are cut.
    """
    doubts = list(value["doubts"])
    result = dict(value) | {"doubts": doubts[:_MAX_DOUBTS], "more_doubts": len(doubts)}
    result["points"] = thinned(value["points"])
    while _too_long(result) and len(result["points"]) > _FEW_POINTS:
        result["points"] = thinned(result["points"], len(result["points"]) - 2)
    while _too_long(result) and result["reasons"]:
        result["reasons"] = result["reasons"][:-1]
    while _too_long(result) and result["doubts"]:
        result["doubts"] = result["doubts"][:-1]
    if _too_long(result):
        result.pop("url", None)
    if _too_long(result):
        result["points"] = []
    result["more_doubts"] = len(doubts) - len(result["doubts"])
    return result


def _kind(reason: str, counts: RecordCounts) -> str:
    if reason.startswith(_REJECTED.rstrip(": ")) or (not counts.invalid and counts.rejected):
        return "rejected"
    mixed = reason == "other kinds" and counts.invalid and counts.rejected
    return "other" if mixed else "invalid"


def _too_long(value: Mapping[str, Any]) -> bool:
    return len(json.dumps(value)) > MAX_BYTES
