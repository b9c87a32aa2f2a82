"""How a run that ended as its author did not want it is told."""

from __future__ import annotations

import pytest

from airflow_provider_bento.delivery.counts import RecordCounts, Report, RequestCounts
from airflow_provider_bento.delivery.run_errors import empty_source, too_many_failed
from airflow_provider_bento.delivery.sending.in_doubt import NOT_DURABLE


def report(counts: RecordCounts, **more: object) -> Report:
    """Return the end of a run."""
    return Report("events", counts, RequestCounts(), 1.0, **more)  # type: ignore[arg-type]


CASES = [
    (
        RecordCounts(read=1, invalid=1),
        True,
        "1 of 1 record failed (1 invalid, 0 rejected by Bento); max_failed allows 0.\nNone was accepted.",
    ),
    (
        RecordCounts(read=3_000, accepted=1, rejected=2_999),
        True,
        (
            "2,999 of 3,000 records failed (0 invalid, 2,999 rejected by Bento); max_failed allows 0.\n"
            "1 record was accepted and will not be sent again."
        ),
    ),
    (
        RecordCounts(read=3, accepted=2, invalid=1),
        False,
        (
            "1 of 3 records failed (1 invalid, 0 rejected by Bento); max_failed allows 0.\n"
            f"2 records were accepted. {NOT_DURABLE}"
        ),
    ),
]


@pytest.mark.parametrize(("counts", "durable", "words"), CASES, ids=range(len(CASES)))
def test_too_many_failures_say_what_became_of_the_others(counts: RecordCounts, durable: bool, words: str) -> None:
    """In the right number, and without a promise that nothing keeps."""
    assert str(too_many_failed(report(counts), 0, durable=durable)) == words


def test_too_many_failures_say_why_and_what_to_do() -> None:
    """By reason; the dead letters are named where there are some."""
    error = too_many_failed(
        report(RecordCounts(read=2, invalid=2), reasons={"email: is missing": 2}, dead_letters_path="x.jsonl"),
        1,
        durable=True,
    )
    assert "\nRecords by reason:\n  2 × email: is missing\nNone was accepted. Fix and push the dead letters." in str(
        error
    )
    assert error.__dict__["reasons"] == {"email: is missing": 2}


def test_an_empty_source_may_be_read_again() -> None:
    """It is no matter for a person."""
    assert empty_source().recovery == "retry"
