"""Connections to one site that name different rates: they share one budget, and none of them starves. Pure.

All requests together obey the most generous rates that are in use, because Bento allowed somebody as much; those of a
connection with lower rates obey, by themselves, these too. Who is held back by its own rates holds up nobody else.
Where all name the same rates, which is the rule, nothing of this is stored or done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing.permit_log import Log, Opening, let_go, window_seconds
from airflow_provider_bento.delivery.pacing.waiting_line import LONGEST_PLACE, Line

Rates = tuple[Rate, ...]


class Share(Log, frozen=True, omit_defaults=True):
    """The requests of those connections that name other rates than the most generous ones.

    :param rates: which these are.
    :param asked: when one of them asked last; the clock of the budget, in seconds.
    """

    rates: Rates = ()
    asked: float = 0.0


def generosity(rates: Rates) -> tuple[float, int, int]:
    """Return what decides which rates are more generous: what they allow in the long run, then in a burst."""
    return min(rate.limit / rate.seconds for rate in rates), -len(rates), rates[0].limit


def is_present(rates: Rates, asked: float, now: float) -> bool:
    """Tell whether somebody with these rates still waits, or has requests that count."""
    return now - asked < max(LONGEST_PLACE, *map(window_seconds, rates))


def of(shares: Iterable[Share], rates: Rates) -> Share | None:
    """Return the share of these rates; ``None`` for the most generous ones, which have none."""
    return next((share for share in shares if share.rates == rates), None)


def rest(log: Log, shares: Iterable[Share]) -> tuple[float, ...]:
    """Return the permits of all others."""
    theirs = Counter(permit for share in shares for permit in share.permits)
    kept = list[float]()
    for permit in log.permits:
        if theirs[permit]:
            theirs[permit] -= 1
        else:
            kept.append(permit)
    return tuple(kept)


def merged(shares: Iterable[Share]) -> tuple[float, ...]:
    """Return the permits of these, oldest first."""
    return tuple(sorted(permit for share in shares for permit in share.permits))


def used(shares: tuple[Share, ...], rates: Rates, now: float) -> tuple[Share, ...]:
    """Return the shares after a request of somebody with these rates was let go."""
    reach = max(map(window_seconds, rates))
    return tuple(let_go(share, rates[0], now, reach) if share.rates == rates else share for share in shares)


def turns(total: Opening, shares: Sequence[Share], ahead: Line, rates: Rates, now: float) -> tuple[float, float]:
    """Return when somebody with these rates could go if nobody waited, and when with these ahead.

    The first in line whose own rates let it go takes each turn.
    """
    own = {share.rates: Opening(share, share.rates) for share in shares}
    mine = own.get(rates)
    first = max(total.at(), mine.at() if mine else total.at())
    queue = [*(own.get(waiter.rates) for waiter in ahead), mine]
    while True:
        ready = [log.at() if log else now for log in queue]
        moment = max(now, total.at(), min(ready))
        place = next(number for number, at in enumerate(ready) if at <= moment)
        if place == len(ahead):
            return first, moment
        goes, ahead = queue.pop(place), ahead[1:]
        for log in (total, goes):
            if log:
                log.go(moment)
