"""What a push shows while it runs: progress lines, Airflow's metrics, spans, an XCom. Counts and seconds only.

Tested by tests/unit/operators/test_progress_lines.py.
"""

from __future__ import annotations

import logging
import math
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.observer import Outcome
from airflow_provider_bento.delivery.reasons import by_reason
from airflow_provider_bento.delivery.wording import counted, spoken

if TYPE_CHECKING:
    from airflow_provider_bento.delivery.counts import Report
    from airflow_provider_bento.operators.progress_xcom import ProgressXCom

EVERY_SECONDS: Final = 30.0


class Progress:
    """An observer that reports to Airflow.

    :param log: the task's log.
    :param endpoint: which of Bento's endpoints gets the records.
    :param rate_limit: the connection's rate limit, in words.
    :param clock: time.
    :ivar rate_limit: the same.
    :ivar xcom: what publishes the progress, if anything does.
    """

    def __init__(self, log: logging.Logger, endpoint: str, rate_limit: str, clock: Clock) -> None:
        self._log = log
        self._endpoint = endpoint
        self.rate_limit = rate_limit
        self.xcom: ProgressXCom | None = None
        self._clock = clock
        self._began = self._last_line = clock.monotonic()
        self._planned = False
        self._before = 0
        self._counts = RecordCounts()
        self._waited = 0.0

    def resumed(self, records: int) -> None:
        """Log where an earlier attempt stopped."""
        self._before = records
        if records:
            self._log.info("Continuing after record %s, the last confirmed record.", f"{records:,}")
        else:
            self._log.info(
                "Starting with the first record: an earlier attempt may have sent some, but none is confirmed."
            )

    def planned(self, records: int | None, chunks: int | None, seconds: float | None) -> None:
        """Log how many records there are and how long the push takes at least."""
        self._planned = True
        if self.xcom is not None:
            self.xcom.planned(records)
        if chunks == 0:
            return
        if records is None or chunks is None or seconds is None:
            self._log.info("Pushing %s as they are read, at %s.", self._endpoint, self.rate_limit)
        else:
            self._log.info(
                "Pushing %s in %s, at %s%s.",
                counted(records, self._endpoint),
                counted(chunks, "chunks"),
                self.rate_limit,
                f": {spoken(seconds)} at least" if seconds >= 1 else "",
            )

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
        if count := int(self._waited) - whole:  # counters are integers; the rest is counted later
            Stats.incr("bento.throttled_seconds", count, tags={"endpoint": endpoint})
        if self.xcom is not None:
            self.xcom.waited(seconds)

    def committed(self, counts: RecordCounts, share: float | None = None) -> None:
        """Log the progress, at most every 30 seconds."""
        self._counts = counts
        if self.xcom is not None:
            self.xcom.committed(share)
        now = self._clock.monotonic()
        if now - self._last_line < EVERY_SECONDS:
            return
        self._last_line = now
        self._log.info(
            "%sread %s, accepted %s%s",
            f"{math.floor(share * 100)} %: " if share is not None else "",
            f"{counts.read:,}",
            f"{counts.accepted:,}",
            self._pace(now - self._began, share),
        )

    def chunk(self, number: int, records: int) -> AbstractContextManager[object]:
        """Return a span around one chunk; without OpenTelemetry, nothing."""
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
        """Log what became of every record and the cost; each line fits Airflow's log page."""
        counts, noun = report.counts, report.endpoint
        if report.empty:
            self._log.info("%s: the source has no rows, so nothing was sent", noun)
            return
        self._log.info("%s: %s", noun, prospect(counts) if report.dry else balance(counts))
        if counts.absent:
            self._log.info("%s: Bento did not have %s of the accepted ones", noun, f"{counts.absent:,}")
        for line in by_reason(report.reasons):
            self._log.info("%s", line)
        if not (counts.unchanged + (counts.valid if report.dry else counts.accepted)):
            accepted = "would be accepted" if report.dry else "was accepted"
            self._log.warning("Read %s; none %s.", counted(counts.read, "records"), accepted)
        if report.dry:
            self._log.info("%s: a push would take %s", noun, _least(report))
        else:
            self._log_cost(report)

    def _log_cost(self, report: Report) -> None:
        requests = report.request_counts
        took = f"waited {min(self._waited, report.seconds):.0f} s of {report.seconds:.1f} s"
        self._log.info(
            "%s: requests %s, retries %s, throttled %s%s%s",
            report.endpoint,
            f"{requests.requests:,}",
            f"{requests.retries:,}",
            f"{requests.throttled:,}",
            " in all attempts" if report.resumed else "; ",
            "" if report.resumed else took,
        )
        if report.resumed and self._planned:
            self._log.info(
                "%s: this attempt continued after record %s and %s", report.endpoint, f"{self._before:,}", took
            )
        elif report.resumed:
            self._log.warning(
                "Nothing to send: an earlier attempt already sent everything; the counts above are from that attempt. "
                "Clear the task again to resend all."
            )

    def broken(self) -> None:
        """Log the counts so far, before an error is shown."""
        if self._counts.read:
            self._log.info("%s so far: %s", self._endpoint, balance(self._counts))

    def _pace(self, elapsed: float, share: float | None) -> str:
        read = self._counts.read - self._before  # of this attempt
        if read <= 0 or elapsed < EVERY_SECONDS:  # too little to extrapolate from
            return ""
        pace = f"; {read / elapsed * 60:,.0f} records a minute"
        if not share or share >= 1:
            return pace
        left = self._counts.read * (1 - share) / share
        return f"{pace}, about {spoken(elapsed / read * left)} left"


def prospect(counts: RecordCounts) -> str:
    """Return what a push would do, as a sum: ``read 10 = valid 8 + invalid 2; nothing was sent (validate_only)``."""
    unchanged = f" + unchanged {counts.unchanged:,}" if counts.unchanged else ""
    invalid = f" + invalid {counts.invalid:,}" if counts.invalid else ""
    return f"read {counts.read:,} = valid {counts.valid:,}{unchanged}{invalid}; nothing was sent (validate_only)"


def _least(report: Report) -> str:
    seconds = report.minutes * 60
    return counted(report.chunks, "chunks") + (f" and at least {spoken(seconds)}" if seconds >= 1 else "")


def balance(counts: RecordCounts) -> str:
    """Return the counts as a sum, without zeros: ``read 10 = accepted 8 + invalid 2``."""
    others = {name: getattr(counts, name) for name in ("unchanged", "invalid", "rejected", "skipped", "in_doubt")}
    more = "".join(f" + {name.replace('_', ' ')} {number:,}" for name, number in others.items() if number)
    return f"read {counts.read:,} = accepted {counts.accepted:,}{more}"
