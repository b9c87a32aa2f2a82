"""What a push says in the task's log."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import Stats

from airflow_provider_bento.delivery.ledger import Books, WireCounts
from airflow_provider_bento.operators.progress import EVERY_SECONDS, Progress, counted

PAGE_WIDTH = 88  # characters of a log line beside its time and level, on a screen of 1280 pixels


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(record.getMessage())


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


def report(books: Books, **wire: Any) -> Any:
    """Return the end of a push."""
    counts = WireCounts(**({"requests": 1} | wire))
    return SimpleNamespace(endpoint="broadcasts", books=books, wire=counts, seconds=1.0, resumed=False)


def test_short_push_has_no_empty_fold(log: logging.Logger) -> None:
    """One broadcast is said in the singular, and the folded part holds a line."""
    progress = Progress(log, "broadcasts", "100/minute", SimpleNamespace(monotonic=lambda: 5.0))  # type: ignore[arg-type]  # time stands still
    progress.planned(1, 1, 0.0)
    progress.committed(Books(read=1, accepted=1))
    progress.ended(report(Books(read=1, accepted=1)))
    assert lines(log) == [
        "Pushing 1 broadcast in 1 chunk, at 100/minute.",
        "::group::Progress",
        "1 chunk: read 1, accepted 1, waited 0 s",
        "::endgroup::",
        "broadcasts: read 1 = accepted 1",
        "broadcasts: requests 1, retries 0, throttled 0; waited 0 s of 1.0 s",
    ]


def test_long_push_says_its_pace_and_what_is_left(log: logging.Logger) -> None:
    """After a while each line says how fast it goes and how long it still takes."""
    now = [0.0]
    progress = Progress(log, "events", "60/minute", SimpleNamespace(monotonic=lambda: now[0]))  # type: ignore[arg-type]  # a clock that we set
    progress.planned(4000, 4, 240.0)
    now[0] = EVERY_SECONDS * 2
    progress.committed(Books(read=1000, accepted=1000))
    assert lines(log)[0] == "Pushing 4,000 events in 4 chunks, at 60/minute: 4 minutes at least."
    assert lines(log)[-1] == (
        "1 chunk: read 1,000, accepted 1,000, waited 0 s, 1.0 chunks a minute, about 3 minutes left"
    )


def test_sums_of_a_large_push_fit_the_page(log: logging.Logger) -> None:
    """Neither line of the end is cut off by the edge of the log; what there is none of is left out."""
    progress = Progress(log, "subscribers", "100/minute", SimpleNamespace(monotonic=lambda: 0.0))  # type: ignore[arg-type]  # time stands still
    progress.ended(report(Books(read=100_000, accepted=95_000, rejected=4000, in_doubt=1000)))
    assert "broadcasts: read 100,000 = accepted 95,000 + rejected 4,000 + in doubt 1,000" in lines(log)
    assert max(map(len, lines(log))) <= PAGE_WIDTH


def test_short_waits_add_up(log: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counters are whole, but four waits of 0.4 s are more than none."""
    counted_seconds: list[int] = []
    monkeypatch.setattr(Stats, "incr", lambda name, count, tags: counted_seconds.append(count))
    progress = Progress(log, "events", "60/minute", SimpleNamespace(monotonic=lambda: 0.0))  # type: ignore[arg-type]  # time stands still
    for _ in range(6):
        progress.waited("/batch/events", 0.4)
    assert counted_seconds == [1, 1]


def test_one_is_singular() -> None:
    """One chunk is no chunks."""
    assert [counted(number, "chunks") for number in (0, 1, 2500)] == ["0 chunks", "1 chunk", "2,500 chunks"]
