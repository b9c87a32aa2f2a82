"""One request, sent until its outcome is known or may not be sought further; used by the path and by the hook."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from airflow_provider_bento.api.contract import Family
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.delivery.ledger import Tally
from airflow_provider_bento.delivery.observer import Observer, Outcome, Silent
from airflow_provider_bento.delivery.pacing import Pacer
from airflow_provider_bento.delivery.pacing.wait import wait_for_permit
from airflow_provider_bento.delivery.retry import Backoff, repeat_after
from airflow_provider_bento.exceptions import (
    BentoError,
    BentoInterrupted,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoUnreachable,
)

T = TypeVar("T")

_OUTCOMES: Final[tuple[tuple[type[BentoError], Outcome], ...]] = (
    (BentoRateLimited, "throttled"),
    (BentoUnreachable, "unreachable"),
    (BentoOutcomeUnknown, "unknown"),
)


class Attempts(Generic[T]):
    """Sends requests under the outcome table, every one with a permit.

    :param send: sends one request once and returns what it achieved, or raises a :class:`BentoError`.
    :param pacer: the budget.
    :param clock: time.
    :param stopped: whether the task was told to stop.
    :param backoff: how often and after how long.
    :param give_up_after: seconds; a budget that stays closed for longer raises ``BentoRateLimited`` instead of waiting.
    :param jitter: gives a random number in [0, 1).
    """

    def __init__(
        self,
        send: Callable[[Request], T],
        pacer: Pacer,
        clock: Clock,
        *,
        stopped: Callable[[], bool] = lambda: False,
        backoff: Backoff | None = None,
        give_up_after: float | None = None,
        observer: Observer | None = None,
        tally: Tally | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._send = send
        self._pacer = pacer
        self._clock = clock
        self._stopped = stopped
        self._backoff = backoff or Backoff()
        self._give_up_after = give_up_after
        self._observer = observer or Silent()
        self.tally = tally or Tally()
        self._jitter = jitter

    def pace(self, family: Family) -> None:
        """Wait for a permit.

        :raises BentoInterrupted: told to stop.
        :raises BentoRateLimited: the budget stays closed for longer than ``give_up_after``.
        :raises BentoStateError: the shared budget cannot be reached.
        """
        waited = wait_for_permit(
            self._pacer, family, clock=self._clock, stopped=self._stopped, give_up_after=self._give_up_after
        )
        self.tally.add(wait_seconds=waited)
        if waited:
            self._observer.waited(family, waited)

    def run(
        self, request: Request, *, harmless: bool, permit: bool = False, before: Callable[[], None] = lambda: None
    ) -> T:
        """Send the request until it is accepted or cannot be repeated.

        :param harmless: whether it may be repeated although it may have been applied.
        :param permit: whether the caller has taken the first permit, and done what comes before, already.
        :param before: called behind each wait for a permit; where it raises, nothing is sent.
        :raises BentoError: what is known in the end; its ``tainted`` says whether any attempt may have been applied.
        """
        attempt = throttles = 0
        tainted = False
        try:
            while True:
                if not permit:
                    self.pace(request.call.family)
                    before()
                permit = False
                try:
                    return self._once(request)
                except BentoError as error:
                    limited = isinstance(error, BentoRateLimited)
                    attempt, throttles = attempt + (not limited), throttles + 1 if limited else 0
                    tainted = tainted or isinstance(error, BentoOutcomeUnknown)
                    self._wait_or_raise(error, harmless, attempt, throttles)
        except BentoError as error:
            error.tainted = tainted
            raise

    def _wait_or_raise(self, error: BentoError, harmless: bool, attempt: int, throttles: int) -> None:  # noqa: FBT001  (a row of the table)
        seconds = repeat_after(
            error,
            harmless=harmless,
            attempt=attempt,
            throttles=throttles,
            backoff=self._backoff,
            jitter=self._jitter(),
        )
        if seconds is None or self._asks_too_long(error):
            raise error
        self.tally.add(retries=1)
        if seconds:
            self._clock.sleep(seconds)

    def _asks_too_long(self, error: BentoError) -> bool:
        """Whether the wait is so long that the worker's slot is better given back; after a 429 the budget decides."""
        if self._give_up_after is None or isinstance(error, BentoRateLimited):
            return False
        return (error.retry_after or 0.0) > self._give_up_after

    def _once(self, request: Request) -> T:
        if self._stopped():
            raise BentoInterrupted("Told to stop before the request was sent.")
        began = self._clock.monotonic()
        outcome: Outcome = "refused"
        self.tally.add(requests=1)
        try:
            result = self._send(request)
            outcome = "accepted"
        except BentoError as error:
            outcome = next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "refused")
            if isinstance(error, BentoRateLimited):
                self.tally.add(throttled=1)
                self._pacer.close(request.call.family, error.retry_after)
            raise
        finally:
            seconds = self._clock.monotonic() - began
            self._observer.requested(request.call.path, outcome, request.count, seconds)
        return result
