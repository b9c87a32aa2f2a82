"""What a push says in the task's log."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import Stats

from airflow_provider_bento.delivery.counts import RecordCounts, Report, RequestCounts
from airflow_provider_bento.delivery.wording import counted, spoken
from airflow_provider_bento.operators.progress import EVERY_SECONDS, Progress

PAGE_WIDTH = 88  # characters of a log line beside its time and level, on a screen of 1280 pixels


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        level = "" if record.levelno <= logging.INFO else f"{record.levelname} "
        self.lines.append(f"{level}{record.getMessage()}")


@pytest.fixture
def log() -> logging.Logger:
    """Return a logger that remembers."""
    made = logging.Logger("push", logging.INFO)  # noqa: LOG001  # its own, which no other test hears
    made.addHandler(Kept())
    return made


def lines(log: logging.Logger) -> list[str]:
    """Return what was logged."""
    [kept] = log.handlers
    assert isinstance(kept, Kept)
    return kept.lines


def report(counts: RecordCounts, **more: Any) -> Report:
    """Return the end of a push."""
    return Report("broadcasts", counts, RequestCounts(requests=1), 1.0, **more)


def progress(log: logging.Logger, endpoint: str = "events", now: list[float] | None = None) -> Progress:
    """Return one whose time we set."""
    seconds = [0.0] if now is None else now
    return Progress(log, endpoint, "60/minute", SimpleNamespace(monotonic=lambda: seconds[0]))  # type: ignore[arg-type]


def test_a_short_push_says_its_plan_and_its_end(log: logging.Logger) -> None:
    """One broadcast is said in the singular, and nothing is folded away."""
    observer = progress(log, "broadcasts")
    observer.planned(1, 1, 0.0)
    observer.committed(RecordCounts(read=1, accepted=1), 1.0)
    observer.ended(report(RecordCounts(read=1, accepted=1)))
    assert lines(log) == [
        "Pushing 1 broadcast in 1 chunk, at 60/minute.",
        "broadcasts: read 1 = accepted 1",
        "broadcasts: requests 1, retries 0, throttled 0; waited 0 s of 1.0 s",
    ]


def test_a_long_push_says_its_part_its_pace_and_what_is_left(log: logging.Logger) -> None:
    """After a while each line says how far it is; the pace is in records, as the limit is in requests."""
    now = [0.0]
    observer = progress(log, now=now)
    observer.planned(4000, 4, 240.0)
    now[0] = EVERY_SECONDS * 2
    observer.committed(RecordCounts(read=1000, accepted=990, invalid=10), 0.25)
    assert lines(log) == [
        "Pushing 4,000 events in 4 chunks, at 60/minute: 4 minutes at least.",
        "25 %: read 1,000, accepted 990; 1,000 records a minute, about 3 minutes left",
    ]


def test_without_a_size_there_is_a_pace(log: logging.Logger) -> None:
    """And no word of what is left; at the very end there is nothing left."""
    now = [0.0]
    observer = progress(log, now=now)
    observer.planned(None, None, None)
    for share in (None, 1.0, 0.0):
        now[0] += EVERY_SECONDS
        observer.committed(RecordCounts(read=500, accepted=500), share)
    assert lines(log) == [
        "Pushing events as they are read, at 60/minute.",
        "read 500, accepted 500; 1,000 records a minute",
        "100 %: read 500, accepted 500; 500 records a minute",
        "0 %: read 500, accepted 500; 333 records a minute",
    ]


def test_a_resumed_push_keeps_apart_what_earlier_attempts_did(log: logging.Logger) -> None:
    """It says where it goes on; its pace and its waits are its own, the counts are of all attempts."""
    now = [0.0]
    observer = progress(log, now=now)
    observer.resumed(2000)
    observer.planned(None, None, None)
    now[0] = 60.0
    observer.waited("events", 12.0)
    observer.committed(RecordCounts(read=3000, accepted=3000), 0.75)
    observer.ended(report(RecordCounts(read=4000, accepted=4000), resumed=True))
    assert lines(log) == [
        "Continuing after record 2,000, the last confirmed record.",
        "Pushing events as they are read, at 60/minute.",
        "75 %: read 3,000, accepted 3,000; 1,000 records a minute, about 60 s left",
        "broadcasts: read 4,000 = accepted 4,000",
        "broadcasts: requests 1, retries 0, throttled 0 in all attempts",
        "broadcasts: this attempt continued after record 2,000 and waited 1 s of 1.0 s",
    ]


def test_nothing_confirmed_is_no_record_to_go_on_after(log: logging.Logger) -> None:
    """Something may have been sent all the same."""
    progress(log).resumed(0)
    assert lines(log) == [
        "Starting with the first record: an earlier attempt may have sent some, but none is confirmed."
    ]


def test_an_attempt_that_found_everything_sent_says_so(log: logging.Logger) -> None:
    """It had no plan."""
    progress(log).ended(report(RecordCounts(read=1, accepted=1), resumed=True))
    assert lines(log)[-1].startswith("WARNING Nothing to send: an earlier attempt already sent everything")


def test_reasons_stand_below_the_sum(log: logging.Logger) -> None:
    """The most frequent first; and a push of which nothing arrived is a warning, however much may fail."""
    progress(log).ended(
        report(RecordCounts(read=5000, invalid=5000), reasons={"name: is missing": 1, "email: is bad": 4999})
    )
    assert lines(log)[:5] == [
        "broadcasts: read 5,000 = accepted 0 + invalid 5,000",
        "Records by reason:",
        "  4,999 × email: is bad",
        "  1 × name: is missing",
        "WARNING Read 5,000 records; none was accepted.",
    ]


def test_a_dry_run_says_what_a_push_would_do(log: logging.Logger) -> None:
    """Nothing of it is called skipped or accepted."""
    observer = progress(log)
    observer.ended(report(RecordCounts(read=3, invalid=1, valid=2), dry=True, chunks=1, minutes=0.5))
    observer.ended(report(RecordCounts(read=3, invalid=3), dry=True))
    assert lines(log) == [
        "broadcasts: read 3 = valid 2 + invalid 1; nothing was sent (validate_only)",
        "broadcasts: a push would take 1 chunk and at least 30 s",
        "broadcasts: read 3 = valid 0 + invalid 3; nothing was sent (validate_only)",
        "WARNING Read 3 records; none would be accepted.",
        "broadcasts: a push would take 0 chunks",
    ]


def test_an_empty_source_is_said(log: logging.Logger) -> None:
    """In one line, in a dry run as well; where there is nothing to push there is no plan."""
    for dry in (False, True):
        observer = progress(log)
        observer.planned(0, 0, 0.0)
        observer.ended(report(RecordCounts(), dry=dry))
    assert lines(log) == ["broadcasts: the source has no rows, so nothing was sent"] * 2


def test_a_push_that_breaks_off_says_how_far_it_came(log: logging.Logger) -> None:
    """If it came anywhere."""
    observer = progress(log)
    observer.broken()
    observer.planned(2, 1, 0.0)
    observer.broken()
    observer.committed(RecordCounts(read=2, accepted=2))
    observer.broken()
    assert lines(log)[1:] == ["events so far: read 2 = accepted 2"]


def test_sums_of_a_large_push_fit_the_page(log: logging.Logger) -> None:
    """No line is cut off by the edge of the log; what there is none of is left out."""
    now = [0.0]
    observer = progress(log, "subscribers", now)
    observer.resumed(2_000_000)
    now[0] = 6_000.0
    observer.committed(RecordCounts(read=9_000_000, accepted=8_000_000), 0.4)
    counts = RecordCounts(read=100_000, accepted=95_000, invalid=4000, in_doubt=1000)
    observer.ended(Report("subscribers", counts, RequestCounts(100_000, 10_000, 10_000), 86_000.0, resumed=True))
    assert "subscribers: read 100,000 = accepted 95,000 + invalid 4,000 + in doubt 1,000" in lines(log)
    assert max(len(line) for line in lines(log) if "Nothing to send" not in line) <= PAGE_WIDTH


def test_short_waits_add_up(log: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counters are whole, but four waits of 0.4 s are more than none."""
    counted_seconds: list[int] = []
    monkeypatch.setattr(Stats, "incr", lambda name, count, tags: counted_seconds.append(count))
    observer = progress(log)
    for _ in range(6):
        observer.waited("/batch/events", 0.4)
    assert counted_seconds == [1, 1]


def test_one_is_singular() -> None:
    """One chunk is no chunks."""
    assert [counted(number, "chunks") for number in (0, 1, 2500)] == ["0 chunks", "1 chunk", "2,500 chunks"]


def test_seconds_are_said_as_people_say_them() -> None:
    """Short ones in seconds, long ones in hours."""
    assert [spoken(seconds) for seconds in (0, 60, 300, 12_600)] == ["0 s", "60 s", "5 minutes", "3.5 hours"]
