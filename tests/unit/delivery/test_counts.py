"""Counts obey one law, over chunks, attempts and threads."""

from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers

from airflow_provider_bento.api.receipt import Created
from airflow_provider_bento.delivery.counts import MAX_CREATED_BYTES, RecordCounts, Report, RequestCounts, RequestStats
from airflow_provider_bento.delivery.reasons import added
from airflow_provider_bento.exceptions import BentoCountMismatch

COUNTS = integers(0, 1000)


@pytest.mark.parametrize("name", ["accepted", "invalid", "rejected", "skipped", "in_doubt", "unchanged"])
def test_each_place_a_record_can_go_balances_one_read(name: str) -> None:
    """Read = accepted + invalid + rejected + skipped + in doubt + unchanged."""
    assert RecordCounts(read=2, **{name: 2}).balanced().read == 2
    for wrong in (1, 3):
        with pytest.raises(BentoCountMismatch, match=f"2 records were read but {wrong} are accounted for"):
            RecordCounts(read=2, **{name: wrong}).balanced()


def test_a_negative_count_never_balances() -> None:
    """Even where the sum is right."""
    with pytest.raises(BentoCountMismatch):
        RecordCounts(read=1, accepted=2, rejected=-1).balanced()


@given(
    builds(RecordCounts, accepted=COUNTS, rejected=COUNTS, skipped=COUNTS),
    builds(RecordCounts, invalid=COUNTS, read=COUNTS),
)
def test_counts_add_up(one: RecordCounts, other: RecordCounts) -> None:
    """Count by count; failed is invalid and rejected."""
    both = one + other
    assert (both.accepted, both.invalid, both.read) == (one.accepted, other.invalid, other.read)
    assert both.failed == one.rejected + other.invalid
    assert one + RecordCounts() == one


def test_a_summary_has_room_for_so_many_broadcasts_and_counts_them_all() -> None:
    """Below 2 KB, whatever Bento calls them."""
    made = RecordCounts(
        read=100, accepted=100, created=tuple(Created(n, "n" * 60, "https://x.io/" + "y" * 60) for n in range(100))
    )
    counts = made + made
    assert 0 < len(counts.created) < 20
    assert sum(len(json.dumps(one.name)) for one in counts.created) < MAX_CREATED_BYTES
    reasons = {"\N{SNOWMAN}" * 20 + str(kind): 100_000 for kind in range(20)}
    for reasons_so_far in ({}, added({}, reasons)):
        report = Report("broadcasts", counts, RequestStats().counts(), 1.23456, reasons=reasons_so_far)
        assert len(json.dumps(report.summary())) < 2048
    assert len(json.dumps(report.summary())) < 2048
    assert report.summary()["accepted"] == 200


def test_a_summary_is_counts_only() -> None:
    """The keys that are documented; broadcasts and deletions have one more, dry runs four."""
    keys = {"endpoint", "read", "accepted", "invalid", "rejected", "skipped", "in_doubt", "requests", "retries",
            "throttled", "wait_seconds", "seconds", "resumed", "dead_letters_path", "reasons"}  # fmt: skip
    assert set(Report("events", RecordCounts(), RequestStats().counts(), 0.1).summary()) == keys
    assert set(Report("broadcasts", RecordCounts(), RequestStats().counts(), 0.1).summary()) == keys | {"broadcasts"}
    assert set(Report("deletions", RecordCounts(), RequestStats().counts(), 0.1).summary()) == keys | {"absent"}
    dry = Report("events", RecordCounts(), RequestStats().counts(), 0.1, dry=True).summary()
    assert set(dry) == keys | {"validate_only", "valid", "chunks", "minutes"}


def test_absent_people_are_counted_among_the_accepted() -> None:
    """They are a part of them, not one more place where a record can go."""
    counts = RecordCounts(read=3, accepted=3, absent=2) + RecordCounts(read=1, accepted=1)
    assert counts.balanced().absent == 2
    assert Report("deletions", counts, RequestStats().counts(), 0.1).summary()["absent"] == 2


def test_request_stats_count_on_from_earlier_attempts_and_in_all_threads() -> None:
    """Nothing gets lost between threads."""
    request_stats = RequestStats()
    request_stats.restore(RequestCounts(requests=5, retries=1, throttled=2, wait_seconds=0.5, refusals=1))
    threads = [threading.Thread(target=lambda: [request_stats.add(requests=1) for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert request_stats.counts() == RequestCounts(requests=2005, retries=1, throttled=2, wait_seconds=0.5, refusals=1)


def test_429s_in_a_row_are_counted_until_a_request_is_answered_otherwise() -> None:
    """All of them, by whichever thread, are among the throttled ones."""
    request_stats = RequestStats()
    request_stats.restore(RequestCounts(refusals=3, throttled=5))
    assert [request_stats.throttled(), request_stats.throttled()] == [4, 5]
    request_stats.answered()
    assert request_stats.throttled() == 1
    assert request_stats.counts() == RequestCounts(throttled=8, refusals=1)
