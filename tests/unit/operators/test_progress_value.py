"""The value of ``bento_progress`` is small and valid, whatever a run did."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.delivery.checkpoint.state import Checkpoint, InFlightChunk, Plan, TaskAttempt
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.operators.progress_value import (
    MAX_BYTES,
    MAX_POINTS,
    fitted,
    reasons_of,
    settled,
    thinned,
    unknown_spans,
)

NUMBERS = st.integers(0, 10**12)
VALUES = st.fixed_dictionaries(
    {
        "endpoint": st.sampled_from(["subscribers", "broadcasts"]),
        "started": NUMBERS,
        "total": NUMBERS,
        "counts": st.fixed_dictionaries(dict.fromkeys("abcdefgh", NUMBERS)),
        "reasons": st.lists(st.tuples(st.just("invalid"), st.text(max_size=96), NUMBERS).map(list), max_size=8),
        "doubts": st.lists(st.tuples(NUMBERS, NUMBERS).map(list), max_size=40),
        "points": st.lists(st.tuples(NUMBERS, NUMBERS, st.floats(0, 1e9)).map(list), max_size=200),
        "url": st.text(max_size=300),
    }
)


@given(VALUES)
@settings(deadline=None)
def test_the_value_always_fits_and_keeps_the_counts(value: dict[str, Any]) -> None:
    """Whatever the counts, the reasons and their letters; it is JSON that reads back as itself."""
    result = fitted(value)
    written = json.dumps(result)
    assert len(written) <= MAX_BYTES
    assert json.loads(written) == result
    assert {name: result[name] for name in ("endpoint", "started", "total", "counts")} == {
        name: value[name] for name in ("endpoint", "started", "total", "counts")
    }
    assert len(result["points"]) <= MAX_POINTS
    assert len(result["doubts"]) <= 10
    assert len(result["doubts"]) + result["more_doubts"] == len(value["doubts"])
    assert result["reasons"] == value["reasons"][: len(result["reasons"])]


@given(st.lists(st.integers(0, 10**6), unique=True, max_size=200).map(sorted), st.integers(2, 60))
def test_thinning_keeps_the_ends_and_the_order(seconds: list[int], most: int) -> None:
    """A curve that is thinned still begins and ends where it did."""
    points = [[second, 1, 0.0] for second in seconds]
    kept = thinned(points, most)
    assert len(kept) == min(len(points), most)
    assert kept == sorted(kept)
    assert kept[:1] + kept[-1:] == points[:1] + points[-1:]


def test_thinning_again_and_again_stays_even() -> None:
    """A run of a day, one point each 30 seconds: no gap is much wider than another."""
    points: list[Any] = []
    for number in range(2880):
        points = thinned([*points, [number * 30, number, 0.0]])
    gaps = [after[0] - before[0] for before, after in itertools.pairwise(points)]
    assert len(points) == MAX_POINTS
    assert max(gaps) <= 4 * 86_400 / MAX_POINTS


def test_points_go_before_reasons() -> None:
    """A curve is as good with fewer points, a reason that is missing is not."""
    reasons = [["invalid", "x" * 90, 1]] * 8
    points = [[number * 1000, number * 1_000_000, 0.5] for number in range(60)]
    result = fitted({"reasons": reasons, "doubts": [], "points": points})
    assert result["reasons"] == reasons
    assert 12 <= len(result["points"]) < 60


def test_reasons_know_whether_bento_or_we_refused() -> None:
    """The most frequent first, eight at most; what is counted together may be of both kinds."""
    reasons = {"email: is missing": 2, "Bento rejected it: is banned": 3, "other kinds": 1}
    mixed = RecordCounts(read=6, invalid=3, rejected=3)
    assert reasons_of(reasons, mixed) == [
        ["rejected", "is banned", 3], ["invalid", "email: is missing", 2], ["other", "other kinds", 1],
    ]  # fmt: skip
    assert reasons_of({"other kinds": 1}, RecordCounts(read=1, rejected=1)) == [["rejected", "other kinds", 1]]
    assert reasons_of({"other kinds": 1}, RecordCounts(read=1, invalid=1)) == [["invalid", "other kinds", 1]]
    assert len(reasons_of({str(number): 1 for number in range(11)}, mixed)) == 8


def test_a_checkpoint_tells_what_is_settled_and_what_is_not() -> None:
    """Chunks that were answered before an earlier one count as well."""
    answered = RecordCounts(read=10, accepted=9, invalid=1)
    chunks = tuple(
        InFlightChunk(number, Cursor(number * 10), Cursor(number * 10 + 10), "d", 0.0, counts)
        for number, counts in ((1, None), (2, answered))
    )
    before = RecordCounts(read=10, accepted=10)
    known = Checkpoint(Plan("events", 10, 10), TaskAttempt(), counts=before, in_flight=chunks)
    assert settled(known) == RecordCounts(read=20, accepted=19, invalid=1)
    assert unknown_spans(known) == [[10, 19]]
