"""The sliding window: from what was permitted so far, whether one more request may go now. Pure.

Bento counts what arrives, we count what we let go, and the time between the two varies. If one request takes longer on
its way than a later one, Bento sees both closer together than we do. The windows here are therefore longer than Bento's
by :func:`margin`; that is all that safety costs (1 % of the rate, at a window of a minute 0.6 s).

A window is not spent in one burst: each fifth of it has a fifth of the limit (:func:`spread`). The rate stays the same,
twenty requests of a hundred still go at once, and whatever delays a process between its permit and its request
concerns a fifth of a window's requests, not all of them.

A 429 that comes although our own count had room says that the limit is lower than we were told, or shared with others.
The budget then learns: it falls to what was let through in that window, stays there for :data:`STEADY_WINDOWS` windows,
and rises by one request a window after that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from airflow_provider_bento.delivery.pacing.rates import Rate

STEADY_WINDOWS: Final = 5
"""Windows without a 429 before a learned limit begins to rise."""

FIFTHS: Final = 5
"""Parts of a window that have their own part of its limit."""


class Lesson(msgspec.Struct, frozen=True):
    """What 429s have taught about the first rate.

    :param limit: requests a window that Bento let through.
    :param at: when the last 429 came; the clock of the budget, in seconds.
    """

    limit: int
    at: float


class Budget(msgspec.Struct, frozen=True):
    """All that those who share a budget must know, small enough to be stored as one value.

    :param permits: when requests were let go, oldest first; seconds on the store's clock.
    :param closed_until: nothing goes before; the same clock.
    :param lesson: what 429s have taught.
    """

    permits: tuple[float, ...] = ()
    closed_until: float = 0.0
    lesson: Lesson | None = None


def take(budget: Budget, rates: Sequence[Rate], now: float) -> tuple[Budget, float]:
    """Return the budget with one more permit and 0.0, or as it was and the seconds after which to ask again.

    :param rates: all of which must hold; a lesson concerns the first one.
    """
    permits = _current(budget.permits, rates, now)
    waits = [budget.closed_until - now]
    for index, rate in enumerate(spread(rates)):
        limit = rate.limit if index else limit_now(rate, budget.lesson, now)
        if len(permits) >= limit:
            waits.append(permits[-limit] + rate.seconds + margin(rate.seconds) - now)
    if max(waits) > 0:
        return budget, max(waits)
    return msgspec.structs.replace(budget, permits=(*permits, now)), 0.0


def close(budget: Budget, rates: Sequence[Rate], now: float, retry_after: float | None) -> tuple[Budget, float]:
    """Return the budget closed after a 429, and for how many seconds from now.

    :param retry_after: as Bento said; ``None``: for the rest of the window.
    """
    permits = _current(budget.permits, rates, now)
    seconds = max(_rest_of_window(rates[0], permits, now) if retry_after is None else retry_after, 0.0)
    until = max(budget.closed_until, now + seconds)
    return Budget(permits, until, _learned(budget, rates[0], permits, now)), until - now


def limit_now(rate: Rate, lesson: Lesson | None, now: float) -> int:
    """Return how many requests a window may have now: the limit we were told, or what was learned."""
    if lesson is None:
        return rate.limit
    windows = int((now - lesson.at) / rate.seconds)
    return max(1, min(rate.limit, lesson.limit + max(0, windows - STEADY_WINDOWS)))


def margin(seconds: float) -> float:
    """Return by how much longer our window is than Bento's: 1 %, at least 20 ms, at most a second."""
    return min(1.0, max(0.02, seconds / 100))


def least_seconds(rates: Sequence[Rate], requests: int) -> float:
    """Return the least time that so many requests take on an idle budget: bursts as far as every rate allows."""
    if requests < 1:
        return 0.0
    return max((requests - 1) // rate.limit * (rate.seconds + margin(rate.seconds)) for rate in spread(rates))


def spread(rates: Sequence[Rate]) -> list[Rate]:
    """Return the rates, and for each one that is large enough the fifth of it that one burst may have."""
    bursts = [Rate(-(-rate.limit // FIFTHS), rate.seconds / FIFTHS) for rate in rates if rate.limit >= 5 * FIFTHS]
    return [*rates, *bursts]


def _current(permits: tuple[float, ...], rates: Sequence[Rate], now: float) -> tuple[float, ...]:
    """The permits that still matter. Where the clock was set back, those of the future count as just given."""
    horizon = max(rate.seconds + margin(rate.seconds) for rate in rates)
    current = permits[bisect_right(permits, now - horizon) :]
    return current if not current or current[-1] <= now else tuple(min(permit, now) for permit in current)


def _rest_of_window(rate: Rate, permits: tuple[float, ...], now: float) -> float:
    oldest = next((permit for permit in permits if permit > now - rate.seconds), now)
    return oldest + rate.seconds + margin(rate.seconds) - now


def _learned(budget: Budget, rate: Rate, permits: tuple[float, ...], now: float) -> Lesson | None:
    """The first 429 of a window teaches what got through before it; each further one, that one less did."""
    limit = limit_now(rate, budget.lesson, now)
    if budget.lesson is not None and now < budget.closed_until:
        return Lesson(max(1, budget.lesson.limit - 1), budget.lesson.at)
    recent = sum(1 for permit in permits if permit > now - rate.seconds)
    if recent > limit:  # our own count was beyond it: nothing new
        return budget.lesson
    return Lesson(max(1, min(limit, recent - 1)), now)
