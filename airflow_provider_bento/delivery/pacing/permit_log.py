"""When requests were let go, and when the next one may go: no more than the rates say, and evenly. Pure.

Bento counts what arrives, we count what we let go, and the time between the two varies. If one request takes longer on
its way than a later one, Bento sees both closer together than we do. The windows here are therefore longer than Bento's
by :func:`margin`; that is all that safety costs (1 % of the rate, at a window of a minute 0.6 s).

A window is not spent in one burst: an idle log allows twenty requests at once (:func:`burst`), all further ones come
evenly. The rate stays the same; whatever delays a process between its permit and its request concerns few requests; and
if the limit turns out to be lower, few are under way in vain.

Tested by tests/unit/delivery/pacing/test_window.py.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from airflow_provider_bento.api.rates import LARGEST, Rate

AT_ONCE: Final = 20
"""Requests that an idle budget allows at once, at least; a fifth of the limit if that is more."""

_SAME: Final = 0.001  # seconds; an age measured by two clocks is off by less


class Log(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered of requests.

    :param permits: when requests were let go, oldest first; seconds on the store's clock.
    :param even: when the requests let go so far, had they come evenly, would be due for the next one; the same clock.
    """

    permits: tuple[float, ...] = ()
    even: float = 0.0


L = TypeVar("L", bound=Log)


class Opening:
    """When a log lets the next requests go, if each goes as soon as it may; for asking what would be.

    :param rates: all of them are obeyed, the shortest window first.
    :param closed_until: nothing goes before.
    :param at_once: see :func:`burst`.
    """

    def __init__(self, log: Log, rates: Sequence[Rate], closed_until: float = 0.0, at_once: int = AT_ONCE) -> None:
        self._went, self._even, self._closed_until = list(log.permits), log.even, closed_until
        self._apart = apart(rates[0])
        self._saved = (burst(rates[0].limit, at_once) - 1) * self._apart
        self._limits = [(rate.limit, window_seconds(rate)) for rate in rates]

    def at(self) -> float:
        """Return when the next one may go; it may be past."""
        full = [self._went[-limit] + seconds for limit, seconds in self._limits if len(self._went) >= limit]
        return max(self._closed_until, self._even - self._saved, *full)

    def go(self, moment: float) -> None:
        """Let it go at that moment."""
        self._went.append(moment)
        self._even = max(self._even, moment) + self._apart


def let_go(log: L, rate: Rate, now: float, reach: float) -> L:
    """Return the log with one more request.

    :param rate: by which requests come evenly.
    :param reach: for how many seconds permits matter to anybody.
    """
    permits, even = (*remembered(log, now, reach), now), max(log.even, now) + apart(rate)
    return msgspec.structs.replace(log, permits=permits, even=even)


def given_back(log: L, rates: Sequence[Rate], now: float, age: float) -> L | None:
    """Return the log as if the newest permit of at least that age had never been given; ``None`` if there is none in
    any window.

    :param age: seconds.
    """
    place = bisect_right(log.permits, now - age + _SAME) - 1
    if place < 0 or log.permits[place] <= now - max(map(window_seconds, rates)):
        return None
    permits = log.permits[:place] + log.permits[place + 1 :]
    even = max(log.even - apart(rates[0]), even_of(permits, rates[0], now))
    return msgspec.structs.replace(log, permits=permits, even=even)


def even_of(permits: Sequence[float], rate: Rate, now: float) -> float:
    """Return what :attr:`Log.even` is at least after these, at this rate; but a request may still go now, since those
    that went at another rate may have been closer together.
    """
    gap = apart(rate)
    due = max((permit + behind * gap for behind, permit in enumerate(reversed(permits), 1)), default=0.0)
    return min(due, now + (burst(rate.limit) - 1) * gap)


def moved_back(log: L, seconds: float) -> L:
    """Return the log on a clock that was set back."""
    permits = tuple(permit - seconds for permit in log.permits)
    return msgspec.structs.replace(log, permits=permits, even=log.even - seconds)


def remembered(log: Log, now: float, reach: float) -> tuple[float, ...]:
    """Return the permits that still matter to somebody; no rate counts more than ``LARGEST``."""
    return log.permits[bisect_right(log.permits, now - reach) :][-LARGEST:]


def margin(seconds: float) -> float:
    """Return by how much longer our window is than Bento's: 1 %, at least 20 ms, at most a second."""
    return min(1.0, max(0.02, seconds / 100))


def burst(limit: int, at_once: int = AT_ONCE) -> int:
    """Return how many of a window's requests an idle budget allows at once: ``at_once``, or a fifth if that is more."""
    return min(limit, max(at_once, -(-limit // 5)))


def window_seconds(rate: Rate) -> float:
    """Return for how many seconds a permit counts."""
    return rate.seconds + margin(rate.seconds)


def apart(rate: Rate) -> float:
    """Return how many seconds are between requests that come evenly."""
    return window_seconds(rate) / rate.limit
