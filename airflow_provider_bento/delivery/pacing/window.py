"""The sliding window: from what was permitted so far, whether one more request may go now. Pure.

Bento counts what arrives, we count what we let go, and the time between the two varies. If one request takes longer on
its way than a later one, Bento sees both closer together than we do. The windows here are therefore longer than Bento's
by :func:`margin`; that is all that safety costs (1 % of the rate, at a window of a minute 0.6 s).

A window is not spent in one burst: an idle budget gives twenty requests at once (:func:`burst`), all further ones come
evenly. The rate stays the same; whatever delays a process between its permit and its request concerns few requests; and
where the limit turns out to be lower, few are under way in vain.

Time is the store's clock. Where that was set back (or the machine started anew), everything moves back with it: nothing
opens early, and nothing stays closed for longer than it was meant to. One that jumps ahead would open early: the stores
use clocks that do not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from airflow_provider_bento.delivery.pacing import line as waiting
from airflow_provider_bento.delivery.pacing.lessons import Lesson, learned, limit_now
from airflow_provider_bento.delivery.pacing.rates import LARGEST, Rate

AT_ONCE: Final = 20
"""Requests that an idle budget gives at once, at least; a fifth of the limit where that is more."""

LONGEST_CLOSED: Final = 7 * 86_400.0
"""Seconds; no 429 closes a budget for longer."""

_INSTANT: Final = 1e-6  # seconds; what sums of times are off by is less
_SAME: Final = 0.001  # seconds; what an age is off by is less, where two clocks measure it


class Budget(msgspec.Struct, frozen=True):
    """All that those who share a budget must know, small enough to be stored as one value.

    :param permits: when requests were let go, oldest first; seconds on the store's clock.
    :param refused: when 429s came; the same clock.
    :param closed_until: nothing goes before; the same clock.
    :param lesson: what 429s have taught.
    :param even: when the requests let go so far, had they come evenly, would be due for the next one; the same clock.
    :param line: who waits, first come first.
    :param at: when the budget was changed last; the same clock.
    :param reach: for how many seconds permits are remembered: the longest window of all who share the budget.
    """

    permits: tuple[float, ...] = ()
    refused: tuple[float, ...] = ()
    closed_until: float = 0.0
    lesson: Lesson | None = None
    even: float = 0.0
    line: waiting.Line = ()
    at: float = 0.0
    reach: float = 0.0


# Made at import: msgspec 0.22 crashes the process when several threads decode a type for the first time at once.
_DECODER: Final = msgspec.json.Decoder(Budget)


def read(stored: bytes | None) -> Budget:
    """Return a budget as it was stored; an idle one where there is none.

    :raises msgspec.MsgspecError: it is none.
    """
    return _DECODER.decode(stored) if stored else Budget()


def take(budget: Budget, rates: Sequence[Rate], now: float, who: str = "") -> tuple[Budget, float]:
    """Return the budget with one more permit and 0.0, or with a place in the line and the seconds after which to ask.

    :param rates: all of which must hold, the shortest window first; a lesson concerns that one.
    :param who: names the one who asks; the same name asks again.
    """
    budget = _on_clock(budget, now)
    line = waiting.present(budget.line, now)
    current = _current(budget, rates, now)
    first, turn = _turns(budget, current, now, waiting.ahead(line, who))
    if turn > now + _INSTANT:
        line = waiting.joined(line, who, now, turn)
        ask = min(turn, max(first, now + waiting.ASK_AGAIN))
        return msgspec.structs.replace(budget, line=line, at=now), ask - now
    return _let_go(budget, rates, current[0], now, waiting.left(line, who)), 0.0


def restamp(budget: Budget, rates: Sequence[Rate], now: float, age: float, who: str = "") -> tuple[Budget, float]:
    """Return the budget with a permit of that age moved to now and 0.0, or without it and the seconds after which to
    ask for a new one.

    Permits are alike: the newest one that is old enough is moved. One that is still in every window can always be
    moved, unless the budget was closed or a lower limit learned meanwhile. One that left a window is weighed like a
    new one; if it left all, this is :func:`take`.

    :param age: seconds since the permit was taken.
    """
    budget = _on_clock(budget, now)
    permits = budget.permits[bisect_right(budget.permits, now - max(map(_held, rates))) :]
    older = bisect_right(permits, now - age + _SAME)
    if not older:
        return take(budget, rates, now, who)
    current = _current(budget, rates, now)
    budget = _given_back(budget, len(budget.permits) - len(permits) + older - 1, current[0], now)
    if _turns(budget, current, now, 0)[0] > now + _INSTANT:
        return take(budget, rates, now, who)
    return _let_go(budget, rates, current[0], now, budget.line), 0.0


def _current(budget: Budget, rates: Sequence[Rate], now: float) -> tuple[Rate, ...]:
    return Rate(limit_now(rates[0], budget.lesson, now), rates[0].seconds), *rates[1:]


def _let_go(budget: Budget, rates: Sequence[Rate], current: Rate, now: float, line: waiting.Line) -> Budget:
    permits, even = (*_remembered(budget, rates, now), now), max(budget.even, now) + _apart(current)
    reach = _reach(budget, rates)
    return msgspec.structs.replace(budget, permits=permits, even=even, line=line, at=now, reach=reach)


def _given_back(budget: Budget, place: int, current: Rate, now: float) -> Budget:
    """The same budget as if that permit had never been given."""
    permits, apart = budget.permits[:place] + budget.permits[place + 1 :], _apart(current)
    latest = now + (burst(current.limit) - 1) * apart  # those that went under a higher limit were closer together
    due = max((permit + behind * apart for behind, permit in enumerate(reversed(permits), 1)), default=0.0)
    return msgspec.structs.replace(budget, permits=permits, even=max(budget.even - apart, min(due, latest)))


def _turns(budget: Budget, rates: Sequence[Rate], now: float, ahead: int) -> tuple[float, float]:
    """When the next request may go, and when the one behind so many others may, if each goes as soon as it may."""
    went, even, turns = list(budget.permits), budget.even, list[float]()
    saved, apart = (burst(rates[0].limit) - 1) * _apart(rates[0]), _apart(rates[0])
    limits = [(rate.limit, _held(rate)) for rate in rates]
    for _ in range(ahead + 1):
        full = [went[-limit] + held for limit, held in limits if len(went) >= limit]
        turns.append(max(budget.closed_until, even - saved, *full))
        went.append(max(turns[-1], now))
        even = max(even, went[-1]) + apart
    return turns[0], turns[-1]


def close(budget: Budget, rates: Sequence[Rate], now: float, retry_after: float | None) -> tuple[Budget, float]:
    """Return the budget closed after a 429, and for how many seconds from now.

    :param retry_after: as Bento said; ``None``: for the rest of the window.
    """
    budget = _on_clock(budget, now)
    permits, rate = _remembered(budget, rates, now), rates[0]
    seconds = _rest_of_window(rate, permits, now) if retry_after is None else min(retry_after, LONGEST_CLOSED)
    until = max(budget.closed_until, now + seconds)
    refused = (*budget.refused[bisect_right(budget.refused, now - rate.seconds) :], now)
    accepted = _since(permits, now - rate.seconds) - len(refused)
    lesson = learned(budget.lesson, rate, accepted, now, max(now, until))
    changed = Budget(permits, refused, until, lesson, budget.even, budget.line, now, _reach(budget, rates))
    return changed, max(0.0, until - now)


def margin(seconds: float) -> float:
    """Return by how much longer our window is than Bento's: 1 %, at least 20 ms, at most a second."""
    return min(1.0, max(0.02, seconds / 100))


def burst(limit: int) -> int:
    """Return how many of a window's requests an idle budget gives at once."""
    return min(limit, max(AT_ONCE, -(-limit // 5)))


def least_seconds(rates: Sequence[Rate], requests: int) -> float:
    """Return the least time that so many requests take on an idle budget, from the first one's start to the last's."""
    if requests < 1:
        return 0.0
    windows = max((requests - 1) // rate.limit * _held(rate) for rate in rates)
    return max(windows, (requests - burst(rates[0].limit)) * _apart(rates[0]))


def _held(rate: Rate) -> float:
    """For how many seconds a permit counts."""
    return rate.seconds + margin(rate.seconds)


def _apart(rate: Rate) -> float:
    return _held(rate) / rate.limit


def _on_clock(budget: Budget, now: float) -> Budget:
    """The same budget, its times moved back by as much as the clock was."""
    back = budget.at - now
    if back <= 0:
        return budget
    lesson = budget.lesson and msgspec.structs.replace(budget.lesson, at=budget.lesson.at - back)
    return Budget(
        permits=tuple(permit - back for permit in budget.permits),
        refused=tuple(moment - back for moment in budget.refused),
        closed_until=budget.closed_until - back,
        lesson=lesson,
        even=budget.even - back,
        line=(),
        at=now,
        reach=budget.reach,
    )


def _reach(budget: Budget, rates: Sequence[Rate]) -> float:
    return max(budget.reach, *map(_held, rates))


def _remembered(budget: Budget, rates: Sequence[Rate], now: float) -> tuple[float, ...]:
    """The permits that still matter to somebody who shares the budget; no rate counts more than ``LARGEST``."""
    return budget.permits[bisect_right(budget.permits, now - _reach(budget, rates)) :][-LARGEST:]


def _since(permits: tuple[float, ...], moment: float) -> int:
    return len(permits) - bisect_right(permits, moment)


def _rest_of_window(rate: Rate, permits: tuple[float, ...], now: float) -> float:
    oldest = next((permit for permit in permits if permit > now - rate.seconds), now)
    return oldest + _held(rate) - now
