"""One request, sent until its outcome is known or may not be sought further; used by the path and by the hook."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Generic, TypeVar

from airflow_provider_bento.api.contract import Family
from airflow_provider_bento.api.exchange import never, nothing
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.delivery.counts import RequestStats
from airflow_provider_bento.delivery.observer import Observer, Outcome, Silent
from airflow_provider_bento.delivery.pacing import Pacer
from airflow_provider_bento.delivery.pacing.wait import wait_for_permit
from airflow_provider_bento.delivery.retry import Backoff, repeat_after
from airflow_provider_bento.exceptions import (
    BentoError,
    BentoInterrupted,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoSetupError,
    BentoUnreachable,
)

T = TypeVar("T")

Send = Callable[[Request, Callable[[], None]], T]
"""Sends a request once and returns what it achieved, or raises a :class:`BentoError`; calls its second argument just
before the first byte leaves, and sends nothing if that raises.
"""

_OUTCOMES: Final[tuple[tuple[type[BentoError], Outcome], ...]] = (
    (BentoRateLimited, "throttled"),
    (BentoUnreachable, "unreachable"),
    (BentoOutcomeUnknown, "unknown"),
)


@dataclass
class Applied:
    """Whether any request of a chunk may have been applied; true from the moment its first byte is about to leave, so
    that it holds whatever ends the request, a time-out of the task included.
    """

    maybe: bool = False


@dataclass
class _Turn:
    """One attempt at a request.

    :param permit: when its permit was given; the clock's monotonic seconds.
    :param used: whether a byte may have left: the permit is used up.
    """

    permit: float
    used: bool = False


class _PermitGone(BentoError):
    """The permit left the window, or a 429 closed the budget, before anything was sent; a new one is needed."""


class RequestLoop(Generic[T]):
    """Sends requests under the outcome table, every one with a permit.

    :param send: see :data:`Send`.
    :param pacer: the budget.
    :param clock: time.
    :param connect: has a connection open for the next request; called before each wait for a permit.
    :param stopped: whether the task was stopped.
    :param backoff: how often and after how long.
    :param give_up_after: seconds; a budget that stays closed for longer raises ``BentoRateLimited`` instead of waiting.
    :param jitter: gives a random number in [0, 1).
    """

    def __init__(
        self,
        send: Send[T],
        pacer: Pacer,
        clock: Clock,
        *,
        connect: Callable[[], None] = nothing,
        stopped: Callable[[], bool] = never,
        backoff: Backoff | None = None,
        give_up_after: float | None = None,
        observer: Observer | None = None,
        tally: RequestStats | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._send = send
        self._pacer = pacer
        self._clock = clock
        self._connect = connect
        self._stopped = stopped
        self._backoff = backoff or Backoff()
        self._give_up_after = give_up_after
        self._observer = observer or Silent()
        self.tally = tally or RequestStats()
        self._jitter = jitter

    def pace(self, family: Family) -> float:
        """Wait for a permit, with a connection open; return when it was given, in the clock's monotonic seconds.

        :raises BentoInterrupted: the task was stopped.
        :raises BentoRateLimited: the budget stays closed for longer than ``give_up_after``.
        :raises BentoStateError: the shared budget cannot be reached.
        """
        self._connect()
        waited = wait_for_permit(
            self._pacer, family, clock=self._clock, stopped=self._stopped, give_up_after=self._give_up_after
        )
        self.tally.add(wait_seconds=waited)
        if waited:
            self._observer.waited(family, waited)
        return self._clock.monotonic()

    def run(
        self,
        request: Request,
        *,
        idempotent: bool,
        permit: float | None = None,
        before: Callable[[], None] = nothing,
        applied: Applied | None = None,
    ) -> T:
        """Send the request until it is accepted or cannot be repeated.

        :param idempotent: whether it may be repeated although it may have been applied.
        :param permit: when the caller was given the first permit, if it was and has done what comes ``before``.
        :param before: called before each other attempt, with a permit in hand; if it raises, nothing is sent.
        :param applied: kept true while, and after, it may have been applied.
        :raises BentoError: what is known in the end; ``maybe_applied`` says whether any attempt may have been applied.
        """
        applied = Applied() if applied is None else applied
        attempt, throttles, prepared = 0, 0, permit is not None
        try:
            while True:
                permit = self.pace(request.call.family) if permit is None else permit
                if not prepared:
                    before()
                prepared, turn = False, _Turn(permit)
                try:
                    return self._once(request, turn, applied)
                except _PermitGone:
                    permit = None
                except BentoError as error:
                    limited = isinstance(error, BentoRateLimited)
                    attempt, throttles = attempt + (not limited), throttles + 1 if limited else 0
                    permit = None if turn.used else permit
                    self._wait_or_raise(error, idempotent, attempt, throttles)
        except BentoError as error:
            error.maybe_applied = applied.maybe
            raise

    def _wait_or_raise(self, error: BentoError, idempotent: bool, attempt: int, throttles: int) -> None:  # noqa: FBT001  (a row of the table)
        seconds = repeat_after(
            error,
            idempotent=idempotent,
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

    def _once(self, request: Request, turn: _Turn, applied: Applied) -> T:
        self._go_on()
        began, earlier = self._clock.monotonic(), applied.maybe
        outcome: Outcome = "rejected"
        self.tally.add(requests=1)
        try:
            result = self._sent(request, turn, applied)
            outcome = "accepted"
        except BentoError as error:
            outcome = next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "rejected")
            applied.maybe = earlier or isinstance(error, BentoOutcomeUnknown)
            if isinstance(error, BentoRateLimited):
                self._refused(request, error)
            raise
        finally:
            seconds = self._clock.monotonic() - began
            self._observer.requested(request.call.path, outcome, request.count, seconds)
        applied.maybe = turn.used = True
        self.tally.answered()
        return result

    def _sent(self, request: Request, turn: _Turn, applied: Applied) -> T:
        """Send it once; what nobody foresaw is unknown if a byte may have left, else a matter of the set-up."""
        try:
            return self._send(request, lambda: self._leaves(request, turn, applied))
        except BentoError as error:
            turn.used = turn.used or error.status is not None
            raise
        except Exception as error:  # noqa: BLE001  (a byte that may have left decides, not what broke)
            kind = BentoOutcomeUnknown if turn.used else BentoSetupError
            what = "it may have been applied, or not" if turn.used else "nothing was sent"
            raise kind(
                f"{request.call.path}: an unexpected {_named(error)}; {what}.", endpoint=request.call.path
            ) from None

    def _leaves(self, request: Request, turn: _Turn, applied: Applied) -> None:
        """The first byte is about to leave: the permit's time becomes now, if it was given too long ago."""
        self._go_on()
        family, age = request.call.family, self._clock.monotonic() - turn.permit
        if age > self._pacer.slack(family) and self._pacer.restamp(family, age) > 0:
            raise _PermitGone("The permit ran out before the connection was open.")
        applied.maybe = turn.used = True

    def _go_on(self) -> None:
        if self._stopped():
            raise BentoInterrupted("The task was stopped before the request was sent.")

    def _refused(self, request: Request, error: BentoRateLimited) -> None:
        """A 429: the budget is closed for everybody; after too many in a row the attempt ends."""
        refusals = self.tally.throttled()
        self._pacer.close(request.call.family, error.retry_after)
        if refusals >= self._backoff.max_refusals:
            raise BentoRateLimited(
                f"{request.call.path}: Bento answered 429 to {refusals} requests in a row and accepted none. Check the "
                "connection's rate_limit, what else uses these keys (each has the same limit), and the account in "
                "Bento; then clear the task.",
                endpoint=error.endpoint,
                status=error.status,
                retry_after=error.retry_after,
                refusals=refusals,
            ) from None


def _named(error: Exception) -> str:
    """The error's class and place; its text may hold a record."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} ({PurePath(frames[-1].filename).name}, line {frames[-1].lineno})"
