"""One request, sent until its outcome is known or may not be sought further; used by the path and by the hook."""

from __future__ import annotations

import contextlib
import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, Self, TypeVar

from airflow_provider_bento.api.contract import Family
from airflow_provider_bento.api.exchange import never, nothing
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.applied import Applied
from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.delivery.counts import RequestStats
from airflow_provider_bento.delivery.observer import Observer, Outcome, Silent
from airflow_provider_bento.delivery.pacing import Pacer
from airflow_provider_bento.delivery.pacing.wait import wait_for_permit
from airflow_provider_bento.delivery.retry import Backoff, pause_after, repeat_after
from airflow_provider_bento.delivery.unexpected import unexpected_errors_named
from airflow_provider_bento.exceptions import (
    BentoError,
    BentoInterrupted,
    BentoOutcomeUnknown,
    BentoRateLimited,
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
class _LoopState:
    """What the loop knows between two requests.

    :param permit: when the next request's permit was granted, in the clock's monotonic seconds; ``None``: it has none.
    :param first_is_prepared: whether the caller has done what comes before the first request.
    :param used: whether a byte may have left: the permit is used up.
    :param failed: requests that failed, without those answered 429.
    :param throttles: 429s in a row.
    """

    permit: float | None
    first_is_prepared: bool
    used: bool = False
    failed: int = 0
    throttles: int = 0

    def count(self, error: BentoError) -> None:
        """Count a failed request; one that used up its permit needs another."""
        limited = isinstance(error, BentoRateLimited)
        self.failed, self.throttles = self.failed + (not limited), self.throttles + 1 if limited else 0
        if self.used:
            self.permit = None


class _PermitGone(BentoError):
    """The permit left the window, or a 429 paused the budget, before anything was sent; a new one is needed."""


class RequestLoop(Generic[T]):
    """Sends requests under the outcome table, every one with a permit.

    :param send: see :data:`Send`.
    :param pacer: the budget.
    :param clock: time.
    :param connect: has a connection open for the next request; called before each wait for a permit.
    :param stopped: whether the task was stopped.
    :param backoff: how often and after how long.
    :param give_up_after: seconds; a longer pause of the budget raises ``BentoRateLimited`` instead of waiting.
    :param jitter: returns a random number in [0, 1).
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

    def patient(self) -> Self:
        """Return one that waits for a permit however long that takes, and counts together with this one."""
        loop = copy.copy(self)
        loop._give_up_after = None
        return loop

    def pace(self, family: Family) -> float:
        """Wait for a permit, with a connection open; return when it was given, in the clock's monotonic seconds.

        :raises BentoInterrupted: the task was stopped.
        :raises BentoRateLimited: the budget is paused for longer than ``give_up_after``.
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
        :param permit: when the first request's permit was granted, in monotonic seconds, if the caller has it and has
            stored the intent; ``None``: the loop waits for one.
        :param before: called with a permit in hand before every request that ``permit`` is not for; if it raises,
            nothing is sent.
        :param applied: updated while sending: whether a request may have been applied.
        :raises BentoError: what is known in the end; ``maybe_applied`` says whether any attempt may have been applied.
        """
        applied = Applied() if applied is None else applied
        state = _LoopState(permit, first_is_prepared=permit is not None)
        with applied.stated_in_errors():
            while True:
                permit = self._prepare(request, state, before)
                try:
                    with self._recorded(request, state, applied):
                        return self._send(request, partial(self._leaves, request, state, permit, applied))
                except _PermitGone:
                    state.permit = None
                except BentoError as error:
                    state.count(error)
                    self._wait_or_raise(error, state, idempotent=idempotent)

    def _prepare(self, request: Request, state: _LoopState, before: Callable[[], None]) -> float:
        """Get a permit, then do what comes before the request; waiting is not doubt."""
        if state.permit is None:
            state.permit = self.pace(request.call.family)
        if not state.first_is_prepared:
            before()
        state.first_is_prepared = state.used = False
        return state.permit

    def _wait_or_raise(self, error: BentoError, state: _LoopState, *, idempotent: bool) -> None:
        seconds = repeat_after(
            error,
            idempotent=idempotent,
            attempt=state.failed,
            throttles=state.throttles,
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
    def _recorded(self, request: Request, state: _LoopState, applied: Applied) -> Iterator[None]:
        """Keep what is known about the request inside: its counts, its outcome, whether it may have been applied."""
        self._raise_if_stopped()
        began, earlier = self._clock.monotonic(), applied.maybe
        outcome: Outcome = "rejected"
        self.request_stats.add(requests=1)
        try:
            with unexpected_errors_named(request.call.path, lambda: state.used):
                yield
            outcome = "accepted"
        except BentoError as error:
            outcome = next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "rejected")
            state.used = state.used or error.status is not None
            applied.maybe = earlier or isinstance(error, BentoOutcomeUnknown)
            if isinstance(error, BentoRateLimited):
                self._pause(request, error)
            raise
        finally:
            seconds = self._clock.monotonic() - began
            self._observer.requested(request.call.path, outcome, request.count, seconds)
        applied.maybe = state.used = True
        self.request_stats.answered()

    def _leaves(self, request: Request, state: _LoopState, permit: float, applied: Applied) -> None:
        """The first byte is about to leave: the permit's time becomes now, if it was given too long ago."""
        self._raise_if_stopped()
        family, age = request.call.family, self._clock.monotonic() - permit
        if age > self._pacer.slack(family) and self._pacer.restamp(family, age) > 0:
            raise _PermitGone("The permit ran out before the connection was open.")
        applied.maybe = state.used = True

    def _raise_if_stopped(self) -> None:
        if self._stopped():
            raise BentoInterrupted("The task was stopped before the request was sent.")

    def _pause(self, request: Request, error: BentoRateLimited) -> None:
        """A 429: the budget is paused for everybody; after too many in a row the attempt ends."""
        refusals, family = self.request_stats.throttled(), request.call.family
        frees_slot = self._give_up_after is not None
        self._pacer.pause(family, pause_after(error, family, refusals=refusals, frees_slot=frees_slot))
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
