"""What a push shows while it runs: a line now and then, Airflow's metrics, spans. Counts and seconds only."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.delivery.ledger import Books
from airflow_provider_bento.delivery.observer import Outcome

if TYPE_CHECKING:
    from airflow_provider_bento.delivery.ledger import Report

EVERY_SECONDS: Final = 30.0


class Progress:
    """An observer that tells Airflow.

    :param log: the task's log.
    :param endpoint: ``subscribers``, ``events`` or ``broadcasts``.
    :param rate_limit: the connection's words for it, for the log.
    :param clock: time.
    """

    def __init__(self, log: logging.Logger, endpoint: str, rate_limit: str, clock: Clock) -> None:
        self._log = log
        self._endpoint = endpoint
        self._rate_limit = rate_limit
        self._clock = clock
        self._began = self._told = clock.monotonic()
        self._planned = False
        self._chunks: int | None = None
        self._done = 0
        self._waited = 0.0

    def planned(self, records: int | None, chunks: int | None, seconds: float | None) -> None:
        """Say how much there is and how long it takes at least."""
        self._planned, self._chunks = True, chunks
        if records is None or chunks is None or seconds is None:
            self._log.info("Pushing %s of a source whose size is not known, at %s.", self._endpoint, self._rate_limit)
        else:
            self._log.info(
                "Pushing %s in %s, at %s%s.",
                counted(records, self._endpoint),
                counted(chunks, "chunks"),
                self._rate_limit,
                f": {spoken(seconds)} at least" if seconds >= 1 else "",
            )
        self._log.info("::group::Progress")

    def requested(self, endpoint: str, outcome: Outcome, records: int, seconds: float) -> None:
        """Count one request."""
        from airflow_provider_bento.version_compat import Stats

        tags = {"endpoint": endpoint, "outcome": outcome}
        Stats.incr("bento.requests", tags=tags)
        Stats.incr("bento.records", records, tags=tags)
        Stats.timing("bento.request_duration", seconds * 1000, tags=tags)  # in milliseconds, as all of Airflow's

    def waited(self, endpoint: str, seconds: float) -> None:
        """Count a wait for a permit."""
        from airflow_provider_bento.version_compat import Stats

        whole = int(self._waited)
        self._waited += seconds
        if count := int(self._waited) - whole:  # counters are whole; what is left over is in a later one
            Stats.incr("bento.throttled_seconds", count, tags={"endpoint": endpoint})

    def committed(self, books: Books) -> None:
        """Say now and then how far it is."""
        self._done += 1
        now = self._clock.monotonic()
        if now - self._told < EVERY_SECONDS:
            return
        self._told = now
        self._tell(books, now)

    def _tell(self, books: Books, now: float) -> None:
        self._log.info(
            "%s: read %s, accepted %s, waited %.0f s%s",
            counted(self._done, "chunks"),
            f"{books.read:,}",
            f"{books.accepted:,}",
            self._waited,
            self._pace(now - self._began),
        )

    def chunk(self, number: int, records: int) -> AbstractContextManager[object]:
        """Return a span around one chunk, where Airflow traces."""
        try:
            from opentelemetry import trace
        except ImportError:  # Airflow 2.11 without the extra
            return nullcontext()
        span: AbstractContextManager[object] = trace.get_tracer(__name__).start_as_current_span(
            "bento.chunk",
            attributes={"bento.endpoint": self._endpoint, "bento.chunk": number, "bento.records": records},
        )
        return span

    def ended(self, report: Report) -> None:
        """Say what became of every record, and what it took; two lines, each as wide as Airflow's page."""
        wire = report.wire
        self._tell(report.books, self._clock.monotonic())
        self._log.info("::endgroup::")
        self._log.info("%s: %s", report.endpoint, balance(report.books))
        self._log.info(
            "%s: requests %s, retries %s, throttled %s; waited %.0f s of %.1f s%s",
            report.endpoint,
            f"{wire.requests:,}",
            f"{wire.retries:,}",
            f"{wire.throttled:,}",
            wire.wait_seconds,
            report.seconds,
            "; resumed" if report.resumed else "",
        )
        if report.resumed and not self._planned:
            self._log.warning(
                "Nothing was sent now: an earlier attempt of this task had sent everything, and the counts are its "
                "own. If all of it is to be sent again, clear the task once more."
            )

    def broken(self) -> None:
        """Close the folded part of the log before an error is shown."""
        self._log.info("::endgroup::")

    def _pace(self, elapsed: float) -> str:
        if not self._done or elapsed < EVERY_SECONDS:  # too short to say anything about the rest
            return ""
        pace = f", {self._done / elapsed * 60:.1f} chunks a minute"
        if not self._chunks or self._done >= self._chunks:
            return pace
        return f"{pace}, about {spoken(elapsed / self._done * (self._chunks - self._done))} left"


def balance(books: Books) -> str:
    """Return the counts as a sum, without what there is none of: ``read 10 = accepted 8 + rejected 2``."""
    flaws = {name: getattr(books, name) for name in ("rejected", "refused", "skipped", "in_doubt")}
    more = "".join(f" + {name.replace('_', ' ')} {number:,}" for name, number in flaws.items() if number)
    return f"read {books.read:,} = accepted {books.accepted:,}{more}"


def counted(number: int, plural: str) -> str:
    """Return ``1 chunk``, ``2,500 chunks``."""
    return f"{number:,} {plural.removesuffix('s') if number == 1 else plural}"


def spoken(seconds: float) -> str:
    """Return seconds as people say them: ``40 s``, ``25 minutes``, ``3.5 hours``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
