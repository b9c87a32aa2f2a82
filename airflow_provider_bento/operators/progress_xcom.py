"""Publishes the XCom ``bento_progress`` of a try: at its plan, at most every 30 seconds, and however it ends.

It reads the checkpoint, so what it shows of a failure is what a retry will know. It never fails a push.

Tested by tests/unit/operators/test_progress_xcom.py.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.api.rates import parse_rates
from airflow_provider_bento.delivery.counts import RecordCounts, RequestCounts
from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoSetupError
from airflow_provider_bento.links.addresses import may_be_shown
from airflow_provider_bento.operators.progress_value import (
    State,
    fitted,
    reasons_of,
    settled,
    thinned,
    unknown_spans,
)
from airflow_provider_bento.version_compat import (
    XCOM_FROM_THREADS,
    AirflowRescheduleException,
    AirflowSkipException,
    TaskAwaitingInput,
)

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from airflow_provider_bento.delivery.clock import Clock
    from airflow_provider_bento.delivery.counts import Report
    from airflow_provider_bento.delivery.push import Push

__all__ = ["EVERY_SECONDS", "KEY", "ProgressXCom", "state_of"]

KEY: Final = "bento_progress"
EVERY_SECONDS: Final = 30.0

_COUNTS: Final = ("read", "accepted", "unchanged", "invalid", "rejected", "skipped", "in_doubt", "valid")
_LONGEST_URL: Final = 300
_NOT_DELIVERED: Final = "Could not publish the progress (%s). The push is not affected; its counts are in this log."


def state_of(raised: BaseException | None, cause: BaseException | None) -> State:
    """Return how a try ended.

    :param raised: what Airflow gets to see; ``None``: nothing.
    :param cause: the error that it was made from.
    """
    if raised is None or isinstance(raised, AirflowSkipException):
        return "success"
    if isinstance(raised, AirflowRescheduleException):
        return "waiting"
    if TaskAwaitingInput is not None and isinstance(raised, TaskAwaitingInput):
        return "asking"
    if isinstance(cause, BentoOutcomeUnknown) and cause.needs_decision:
        return "in_doubt"
    return "failed"


class ProgressXCom:
    """What a try publishes about itself.

    :param xcom_push: Airflow's, called with ``key`` and ``value``; ``None``: nothing is published.
    :param endpoint: which of Bento's endpoints gets the records.
    :param chunk_size: most records of a request.
    :param clock: time.
    :param log: the task's log; says once if publishing fails.
    """

    def __init__(
        self,
        xcom_push: Callable[..., Any] | None,
        endpoint: str,
        chunk_size: int,
        *,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._xcom_push = xcom_push
        self._endpoint = endpoint
        self._chunk_size = chunk_size
        self._clock = clock
        self._log = log
        self._thread = threading.get_ident()
        self._started, self._began = clock.time(), clock.monotonic()
        self._last = self._began
        self._push: Push | None = None
        self._limit: float | None = None
        self._planned = self._extra_pass = self._failed = False
        self._total: int | None = None
        self._share: float | None = None
        self._waited = 0.0
        self._points: list[Any] = []

    @classmethod
    def of(cls, operator: Any, context: Mapping[str, Any], clock: Clock) -> ProgressXCom:
        """Return that of a task; it publishes nothing without a task instance, or with ``do_xcom_push=False``.

        :param operator: has the arguments.
        :param context: Airflow's.
        :param clock: time.
        """
        ti = context.get("ti")
        xcom_push = getattr(ti, "xcom_push", None) if getattr(operator, "do_xcom_push", True) else None
        return cls(xcom_push, *_kind_of(operator), clock=clock, log=operator.log)

    def watch(self, push: Push, rate_limit: str) -> None:
        """Read the state of this push from now on.

        :param push: its parts.
        :param rate_limit: the limit that matters, like ``100/minute, 500/hour``.
        """
        self._push, self._chunk_size = push, push.chunk_size
        try:
            self._limit = min(60.0 * rate.limit / rate.seconds for rate in parse_rates(rate_limit))
        except BentoSetupError:
            self._limit = None

    def planned(self, records: int | None) -> None:
        """Publish the plan; ``records`` are those that are left, if that is known."""
        if self._planned:  # the pass over people who are gone, after all records
            self._extra_pass = True
            return
        self._planned = True
        if records is not None and self._push is not None:
            self._total = self._push.checkpoints.now.counts.read + records
        self._publish("running")

    def waited(self, seconds: float) -> None:
        """Count a wait for a permit."""
        self._waited += seconds
        self._publish_if_due()

    def committed(self, share: float | None) -> None:
        """Take over how far the run is in its source, from 0 to 1."""
        if not self._extra_pass and self._push is not None:
            self._share = share
            if share and self._total is not None:  # the plan leaves out invalid records, the share does not
                self._total = round(self._push.checkpoints.now.counts.read / share)
        self._publish_if_due()

    def ended(self, state: State, *, report: Report | None = None, error: BaseException | None = None) -> None:
        """Publish how the try ended.

        :param state: how.
        :param report: of a push that succeeded.
        :param error: what stopped the others.
        """
        self._publish(state, report=report, error=error)

    def _publish_if_due(self) -> None:
        if self._clock.monotonic() - self._last < EVERY_SECONDS:
            return
        if XCOM_FROM_THREADS or threading.get_ident() == self._thread:
            self._publish("running")

    def _publish(self, state: State, *, report: Report | None = None, error: BaseException | None = None) -> None:
        if self._xcom_push is None:
            return
        try:
            if self._push is None:
                self._xcom_push(key=KEY, value=self._value(state, report, error))
                return
            with self._push.checkpoints.lock:  # in ``dag.test()`` Airflow takes one question at a time
                self._last = self._clock.monotonic()
                self._xcom_push(key=KEY, value=self._value(state, report, error))
        except Exception as failure:  # noqa: BLE001  (what is only shown must not stop what is sent)
            if not self._failed:
                self._log.warning(_NOT_DELIVERED, type(failure).__name__)
            self._failed = True

    def _value(self, state: State, report: Report | None, error: BaseException | None) -> dict[str, Any]:
        counts, requests, reasons = self._known(report, error)
        doubts = [] if self._push is None or state == "running" else unknown_spans(self._push.checkpoints.now)
        in_doubt = _in_doubt(doubts, error)
        shown = {name: getattr(counts, name) for name in _COUNTS}
        shown |= {"read": counts.read + in_doubt, "in_doubt": counts.in_doubt + in_doubt}
        elapsed = self._clock.monotonic() - self._began
        waited = round(min(self._waited, elapsed), 1)
        self._points = thinned([*self._points, [round(elapsed), counts.accepted, waited]])
        value = {
            "v": 1,
            "endpoint": self._endpoint,
            "state": state,
            "dry": self._push is not None and self._push.validate_only,
            "started": round(self._started),
            "updated": round(self._clock.time()),
            "limit": None if self._limit is None else round(self._limit, 3),
            "chunk_size": self._chunk_size,
            "total": counts.read if report is not None else self._total,
            "share": 1.0 if report is not None else None if self._share is None else round(self._share, 4),
            "counts": shown,
            "requests": requests.requests,
            "retries": requests.retries,
            "throttled": requests.throttled,
            "waited": waited,
            "reasons": reasons_of(reasons, counts),
            "doubts": doubts,
            "points": self._points,
        }
        url = next((made.dashboard_url for made in counts.created if made.dashboard_url), "")
        return fitted(value | ({"url": url} if may_be_shown(url) and len(url) <= _LONGEST_URL else {}))

    def _known(
        self, report: Report | None, error: BaseException | None
    ) -> tuple[RecordCounts, RequestCounts, Mapping[str, int]]:
        """Return counts, requests and reasons: of the report, else of the checkpoint."""
        if report is not None:
            return report.counts, report.request_counts, report.reasons
        if self._push is None:
            return RecordCounts(), RequestCounts(), {}
        now = self._push.checkpoints.now
        requests = self._push.request_loop.request_stats.counts()
        return settled(now), requests, now.reasons or getattr(error, "reasons", None) or {}


def _kind_of(operator: Any) -> tuple[str, int]:
    size = getattr(operator, "chunk_size", None)
    return str(getattr(operator, "_endpoint", "")), size if isinstance(size, int) else 0


def _in_doubt(doubts: list[list[int]], error: BaseException | None) -> int:
    """Return how many records are in doubt; rows at these positions, if the error does not know it exactly."""
    exact = getattr(error, "count", None) if isinstance(error, BentoOutcomeUnknown) else None
    if len(doubts) == 1 and isinstance(exact, int) and exact:
        return exact
    return sum(last - first + 1 for first, last in doubts)
