"""One request, sent until its outcome is known or may not be sought further; used by the path and by the hook."""

from __future__ import annotations

import contextlib
import random
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Final, Generic, TypeVar

from airflow_provider_bento.api.contract import Family
from airflow_provider_bento.api.exchange import never, nothing
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.applied import Applied
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
class _Turn:
    """Where the loop is.

    :param permit: when the next request's permit was granted, in the clock's monotonic seconds; ``None``: it has none.
    :param prepared: whether the caller has done what comes before that request.
    :param used: whether a byte may have left: the permit is used up.
    :param failed: attempts that failed.
    :param throttles: 429s in a row.
    """

    permit: float | None
    prepared: bool
    used: bool = False
    failed: int = 0
    throttles: int = 0

    def count(self, error: BentoError) -> None:
        """Count a failed request; one that used up its permit needs another."""
        limited = isinstance(error, BentoRateLimited)
        self.failed, self.throttles = self.failed + (not limited), self.throttles + 1 if limited else 0
        self.permit = None if self.used else self.permit


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
        request_stats: RequestStats | None = None,
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
        self.request_stats = request_stats or RequestStats()
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
        self.request_stats.add(wait_seconds=waited)
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
        turn = _Turn(permit, prepared=permit is not None)
        with applied.stated_in_errors():
            while True:
                self._prepare(request, turn, before)
                try:
                    with self._counted(request, turn, applied):
                        return self._send(request, partial(self._leaves, request, turn, applied))
                except _PermitGone:
                    turn.permit = None
                except BentoError as error:
                    turn.count(error)
                    self._wait_or_raise(error, turn, idempotent=idempotent)

    def _prepare(self, request: Request, turn: _Turn, before: Callable[[], None]) -> None:
        """Get a permit, then do what comes before the request; waiting is not doubt."""
        if turn.permit is None:
            turn.permit = self.pace(request.call.family)
        if not turn.prepared:
            before()
        turn.prepared = turn.used = False

    def _wait_or_raise(self, error: BentoError, turn: _Turn, *, idempotent: bool) -> None:
        seconds = repeat_after(
            error,
            idempotent=idempotent,
            attempt=turn.failed,
            throttles=turn.throttles,
            backoff=self._backoff,
            jitter=self._jitter(),
        )
        if seconds is None or self._asks_too_long(error):
            raise error
        self.request_stats.add(retries=1)
        if seconds:
            self._clock.sleep(seconds)

    def _asks_too_long(self, error: BentoError) -> bool:
        """Whether the wait is so long that the worker's slot is better given back; after a 429 the budget decides."""
        if self._give_up_after is None or isinstance(error, BentoRateLimited):
            return False
        return (error.retry_after or 0.0) > self._give_up_after

    @contextlib.contextmanager
    def _counted(self, request: Request, turn: _Turn, applied: Applied) -> Iterator[None]:
        """Count the request that is sent inside, and keep what is known about it."""
        self._raise_if_stopped()
        began, earlier = self._clock.monotonic(), applied.maybe
        outcome: Outcome = "rejected"
        self.request_stats.add(requests=1)
        try:
            with _unexpected(request, turn):
                yield
            outcome = "accepted"
        except BentoError as error:
            outcome = next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "rejected")
            turn.used = turn.used or error.status is not None
            applied.maybe = earlier or isinstance(error, BentoOutcomeUnknown)
            if isinstance(error, BentoRateLimited):
                self._pause(request, error)
            raise
        finally:
            seconds = self._clock.monotonic() - began
            self._observer.requested(request.call.path, outcome, request.count, seconds)
        applied.maybe = turn.used = True
        self.request_stats.answered()

    def _leaves(self, request: Request, turn: _Turn, applied: Applied) -> None:
        """The first byte is about to leave: the permit's time becomes now, if it was given too long ago."""
        self._raise_if_stopped()
        family, age = request.call.family, self._clock.monotonic() - (turn.permit or 0.0)
        if age > self._pacer.slack(family) and self._pacer.restamp(family, age) > 0:
            raise _PermitGone("The permit ran out before the connection was open.")
        applied.maybe = turn.used = True

    def _raise_if_stopped(self) -> None:
        if self._stopped():
            raise BentoInterrupted("The task was stopped before the request was sent.")

    def _pause(self, request: Request, error: BentoRateLimited) -> None:
        """A 429: the budget is paused for everybody; after too many in a row the attempt ends."""
        refusals = self.request_stats.throttled()
        self._pacer.pause(request.call.family, error.retry_after)
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


@contextlib.contextmanager
def _unexpected(request: Request, turn: _Turn) -> Iterator[None]:
    """Turn what nobody foresaw into an unknown outcome if a byte may have left, else into a matter of the set-up."""
    try:
        yield
    except BentoError:
        raise
    except Exception as error:  # noqa: BLE001  (a byte that may have left decides, not what broke)
        kind = BentoOutcomeUnknown if turn.used else BentoSetupError
        what = "Bento may or may not have applied it" if turn.used else "nothing was sent"
        raise kind(f"{request.call.path}: unexpected {_named(error)}; {what}.", endpoint=request.call.path) from None


def _named(error: Exception) -> str:
    """The error's class and place; its text may hold a record."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} ({PurePath(frames[-1].filename).name}, line {frames[-1].lineno})"
