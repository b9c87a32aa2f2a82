"""What all who share a rate limit must know, as one small value. Pure.

Tested by tests/unit/delivery/pacing/test_window_properties.py.
"""

from __future__ import annotations

from typing import Final

import msgspec

from airflow_provider_bento.delivery.pacing import shared_rates
from airflow_provider_bento.delivery.pacing import waiting_line as waiting
from airflow_provider_bento.delivery.pacing.learned_limit import LearnedLimit
from airflow_provider_bento.delivery.pacing.permit_log import Log, even_of, moved_back
from airflow_provider_bento.delivery.pacing.shared_rates import Rates, Share


class Budget(Log, frozen=True, omit_defaults=True):
    """The log of all requests, and what else is decided together with it.

    :param refused: when 429s came; seconds on the store's clock.
    :param closed_until: nothing goes before; the same clock.
    :param lesson: what 429s have taught.
    :param line: who waits, first come first.
    :param at: when the budget was changed last; the same clock.
    :param reach: for how many seconds permits are remembered: the longest window of all who share the budget.
    :param rates: what all requests together obey: the most generous rates in use.
    :param slower: what connections with other rates did; empty if all have the same rates.
    :param asked: when somebody with the most generous rates asked last, if ``slower`` is not empty; the same clock.
    """

    refused: tuple[float, ...] = ()
    closed_until: float = 0.0
    lesson: LearnedLimit | None = None
    line: waiting.Line = ()
    at: float = 0.0
    reach: float = 0.0
    rates: Rates = ()
    slower: tuple[Share, ...] = ()
    asked: float = 0.0


# Made at import: msgspec 0.22 crashes the process when several threads decode a type for the first time at once.
_DECODER: Final = msgspec.json.Decoder(Budget)


def read(stored: bytes | None) -> Budget:
    """Return a budget as it was stored, by an earlier release too; an idle one if there is none.

    :raises msgspec.MsgspecError: it is none.
    """
    return _DECODER.decode(stored) if stored else Budget()


def on_clock(budget: Budget, now: float) -> Budget:
    """Return the same budget, its times moved back by as much as the clock was."""
    back = budget.at - now
    if back <= 0:
        return budget
    lesson = budget.lesson and msgspec.structs.replace(budget.lesson, at=budget.lesson.at - back)
    slower = tuple(
        msgspec.structs.replace(moved_back(share, back), asked=share.asked - back) for share in budget.slower
    )
    return msgspec.structs.replace(
        moved_back(budget, back),
        refused=tuple(moment - back for moment in budget.refused),
        closed_until=budget.closed_until - back,
        lesson=lesson,
        line=(),
        at=now,
        slower=slower,
        asked=budget.asked - back if slower else 0.0,
    )


def claimed(budget: Budget, rates: Rates, now: float) -> Budget:
    """Return the same budget, in which somebody with these rates has a part."""
    if budget.rates == rates and not budget.slower:
        return budget
    if not budget.rates:  # idle, or stored by a release that did not know who named which
        return msgspec.structs.replace(budget, rates=rates)
    budget = _without_the_gone(budget, rates, now)
    if budget.rates == rates:
        return msgspec.structs.replace(budget, asked=now if budget.slower else 0.0)
    share = shared_rates.of(budget.slower, rates)
    others = tuple(one for one in budget.slower if one is not share)
    if share is None and shared_rates.generosity(rates) > shared_rates.generosity(budget.rates):
        return _led_by(budget, rates, now)
    mine = msgspec.structs.replace(share or Share(rates=rates), asked=now)
    return msgspec.structs.replace(budget, slower=(*others, mine))


def _asked(budget: Budget) -> float:
    """When somebody with the most generous rates asked last."""
    return budget.asked if budget.slower else budget.at


def _without_the_gone(budget: Budget, rates: Rates, now: float) -> Budget:
    """The same budget without those who neither ask nor have requests that count."""
    slower = tuple(
        one for one in budget.slower if one.rates == rates or shared_rates.is_present(one.rates, one.asked, now)
    )
    if budget.rates == rates or shared_rates.is_present(budget.rates, _asked(budget), now):
        return msgspec.structs.replace(budget, slower=slower, asked=_asked(budget))
    if not slower:
        return msgspec.structs.replace(budget, rates=rates, slower=())
    leads = max(slower, key=lambda one: shared_rates.generosity(one.rates))
    permits = shared_rates.merged(slower)  # what the gone one sent is beyond its windows, and nobody else's matter
    return msgspec.structs.replace(
        budget,
        permits=permits,
        even=even_of(permits, leads.rates[0], now),
        rates=leads.rates,
        slower=tuple(one for one in slower if one is not leads),
        asked=leads.asked,
    )


def _led_by(budget: Budget, rates: Rates, now: float) -> Budget:
    """The same budget, in which all obey these more generous rates, and who led so far has a share."""
    led = Share(shared_rates.rest(budget, budget.slower), budget.even, budget.rates, budget.asked)
    line = tuple(msgspec.structs.replace(one, rates=one.rates or budget.rates) for one in budget.line)
    even = even_of(budget.permits, rates[0], now)
    return msgspec.structs.replace(budget, even=even, line=line, rates=rates, slower=(*budget.slower, led), asked=now)
