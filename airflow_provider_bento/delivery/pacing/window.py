"""The sliding window: from what was permitted so far, whether one more request may go now. Pure.

Time is the store's clock. If that was set back (or the machine started anew), everything moves back with it: nothing
opens early, and nothing stays paused for longer than it was meant to. One that jumps ahead would open early: the stores
use clocks that do not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing import permit_log, shared_rates
from airflow_provider_bento.delivery.pacing import waiting_line as waiting
from airflow_provider_bento.delivery.pacing.budget import Budget, claimed, on_clock
from airflow_provider_bento.delivery.pacing.learned_limit import current_limit, learned
from airflow_provider_bento.delivery.pacing.shared_rates import Rates

LONGEST_PAUSE: Final = 7 * 86_400.0
"""Seconds; no 429 pauses a budget for longer."""

_INSTANT: Final = 1e-6  # seconds; what sums of times are off by is less


def try_acquire(budget: Budget, rates: Sequence[Rate], now: float, who: str = "") -> tuple[Budget, float]:
    """Return the budget with one more permit and 0.0, or with a place in the line and the seconds after which to ask.

    :param rates: all of them are obeyed, the shortest window first; a learned limit concerns that one.
    :param who: names the one who asks; the same name asks again.
    """
    asker = tuple(rates)
    budget = claimed(on_clock(budget, now), asker, now)
    line = waiting.present(budget.line, now)
    first, turn = _turns(budget, asker, now, line[: waiting.ahead(line, who)])
    if turn > now + _INSTANT:
        own = asker if shared_rates.of(budget.slower, asker) else ()
        line = waiting.joined(line, who, now, turn, own)
        ask = min(turn, max(first, now + waiting.ASK_AGAIN))
        return msgspec.structs.replace(budget, line=line, at=now), ask - now
    return _let_go(budget, asker, now, waiting.left(line, who)), 0.0


def restamp(budget: Budget, rates: Sequence[Rate], now: float, age: float, who: str = "") -> tuple[Budget, float]:
    """Return the budget with a permit of that age moved to now and 0.0, or without it and the seconds after which to
    ask for a new one.

    Permits are alike: the newest one that is old enough is moved. One that is still in every window can always be
    moved, unless the budget was paused or a lower limit learned meanwhile. One that left a window is weighed like a
    new one; if it left all, this is :func:`try_acquire`.

    :param age: seconds since the permit was taken.
    """
    asker = tuple(rates)
    budget = claimed(on_clock(budget, now), asker, now)
    returned = permit_log.given_back(budget, _current(budget, now), now, age)
    if returned is None:
        return try_acquire(budget, rates, now, who)
    own = [share.rates == asker and permit_log.given_back(share, asker, now, age) for share in budget.slower]
    slower = tuple(back or share for back, share in zip(own, budget.slower, strict=True))
    returned = msgspec.structs.replace(returned, slower=slower)
    if _turns(returned, asker, now, ())[0] > now + _INSTANT:
        return try_acquire(returned, rates, now, who)
    return _let_go(returned, asker, now, budget.line), 0.0


def pause(budget: Budget, rates: Sequence[Rate], now: float, retry_after: float | None) -> tuple[Budget, float]:
    """Return the budget paused after a 429, and for how many seconds from now.

    :param retry_after: as Bento said; ``None``: for the rest of the window.
    """
    budget = claimed(on_clock(budget, now), tuple(rates), now)
    rate, permits = budget.rates[0], permit_log.remembered(budget, now, _reach(budget, rates))
    seconds = _rest_of_window(rate, permits, now) if retry_after is None else min(retry_after, LONGEST_PAUSE)
    until = max(budget.closed_until, now + seconds)
    refused = (*budget.refused[bisect_right(budget.refused, now - rate.seconds) :], now)
    accepted = len(permits) - bisect_right(permits, now - rate.seconds) - len(refused)
    lesson = learned(budget.lesson, rate, accepted, now, max(now, until))
    changed = msgspec.structs.replace(
        budget, permits=permits, refused=refused, closed_until=until, lesson=lesson, at=now, reach=_reach(budget, rates)
    )
    return changed, max(0.0, until - now)


def minimum_duration(rates: Sequence[Rate], requests: int) -> float:
    """Return the least time that the requests take on an idle budget, from the first one's start to the last's."""
    if requests < 1:
        return 0.0
    windows = max((requests - 1) // rate.limit * permit_log.window_seconds(rate) for rate in rates)
    return max(windows, (requests - permit_log.burst(rates[0].limit)) * permit_log.apart(rates[0]))


def _turns(budget: Budget, rates: Rates, now: float, ahead: waiting.Line) -> tuple[float, float]:
    """When the next request may go, and when the one after that many others may, if each goes as soon as it can."""
    at_once = (
        1 if budget.slower else permit_log.AT_ONCE
    )  # a burst would leave nothing for one who may send a few now and then
    total = permit_log.Opening(budget, _current(budget, now), budget.closed_until, at_once)
    if budget.slower:
        return shared_rates.turns(total, budget.slower, ahead, rates, now)
    first = total.at()
    for _ in ahead:
        total.go(max(total.at(), now))
    return first, total.at()


def _current(budget: Budget, now: float) -> Rates:
    """What all obey together now: the configured rates, and the learned limit."""
    shortest, *longer = budget.rates
    return Rate(current_limit(shortest, budget.lesson, now), shortest.seconds), *longer


def _let_go(budget: Budget, rates: Rates, now: float, line: waiting.Line) -> Budget:
    reach = _reach(budget, rates)
    slower = shared_rates.used(budget.slower, rates, now) if budget.slower else ()
    changed = permit_log.let_go(budget, _current(budget, now)[0], now, reach)
    return msgspec.structs.replace(changed, line=line, at=now, reach=reach, slower=slower)


def _reach(budget: Budget, rates: Sequence[Rate]) -> float:
    return max(budget.reach, *map(permit_log.window_seconds, rates))


def _rest_of_window(rate: Rate, permits: tuple[float, ...], now: float) -> float:
    oldest = next((permit for permit in permits if permit > now - rate.seconds), now)
    return oldest + permit_log.window_seconds(rate) - now
