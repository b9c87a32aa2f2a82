"""Connections to one site that name different rates: all together obey the most generous one, and nobody starves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api.rates import Rate, parse_rates
from airflow_provider_bento.delivery.pacing import window
from airflow_provider_bento.delivery.pacing.budget import Budget, read
from airflow_provider_bento.delivery.pacing.learned_limit import current_limit
from airflow_provider_bento.delivery.pacing.permit_log import apart, window_seconds
from airflow_provider_bento.delivery.pacing.shared_rates import Rates, generosity
from airflow_provider_bento.delivery.pacing.waiting_line import ASK_AGAIN

MINUTE, SLOWER = Rate(100, 60.0), Rate(60, 60.0)
HOUR = 3600.0
LATE = 0.003  # seconds that an asker sleeps for too long


def pushed(
    askers: Sequence[Rates], seconds: float, budget: Budget | None = None, began: float = 1000.0
) -> tuple[list[list[float]], Budget]:
    """Let each asker send as much as it may, the first one always asking first; return when each one sent."""
    budget, sent = budget or Budget(), [list[float]() for _ in askers]
    due = [began] * len(askers)
    while (now := min(due)) < began + seconds:
        one = due.index(now)
        budget, wait = window.try_acquire(budget, askers[one], now, str(one))
        sent[one].extend([now] if wait <= 0 else [])
        due[one] = now + (min(wait, ASK_AGAIN) + LATE if wait > 0 else 0.001)
    return sent, budget


def most_in_a_window(times: Sequence[float], seconds: float) -> int:
    """Count as a server does that remembers everything."""
    ordered, most, left = sorted(times), 0, 0
    for right, at in enumerate(ordered):
        while ordered[left] <= at - seconds:
            left += 1
        most = max(most, right - left + 1)
    return most


def is_kept(times: Sequence[float], rates: Rates) -> bool:
    """Tell whether these obey those rates."""
    return all(most_in_a_window(times, rate.seconds) <= rate.limit for rate in rates)


@pytest.mark.parametrize("turned", [False, True], ids=["generous first", "generous last"])
@pytest.mark.parametrize(
    ("written", "least"),
    [
        (("100/minute", "60/minute"), (0.95 * 3000, 0.95 * 3000)),
        (("100/minute", "20/minute"), (0.95 * 4800, 0.95 * 1200)),
        (("60/minute", "60/minute"), (0.95 * 1800, 0.95 * 1800)),
        (("100/minute", "500/hour"), (0.95 * 5500, 0.95 * 500)),
        (("100/minute", "100/minute, 500/hour"), (0.95 * 5500, 0.95 * 500)),
        (("100/minute", "60/minute", "20/minute"), (0.95 * 2400, 0.95 * 2000, 0.95 * 1200)),
        (("100/minute", "30/minute", "10/minute"), (0.95 * 3600, 0.95 * 1800, 0.95 * 600)),
    ],
)
def test_in_an_hour_each_gets_its_own_rate_or_its_fair_share(
    written: tuple[str, ...], least: tuple[float, ...], turned: bool
) -> None:
    """And the most generous limit is kept by all, each lower one by who names it."""
    rates = [parse_rates(one) for one in written]
    wanted = list(least)
    if turned:
        rates.reverse()
        wanted.reverse()
    sent, _ = pushed(rates, HOUR)
    together = [at for times in sent for at in times]
    assert is_kept(together, parse_rates(written[0]))
    assert all(is_kept(times, own) for times, own in zip(sent, rates, strict=True))
    assert all(len(times) >= count for times, count in zip(sent, wanted, strict=True))
    assert len(together) >= 0.97 * HOUR / 60 * rates[written.index(written[0]) if not turned else -1][0].limit


def test_tasks_of_the_slower_connection_share_its_rate() -> None:
    """Four beside four: 40 a minute for all of them, not for each."""
    slow, fast = (Rate(40, 60.0),), (MINUTE,)
    sent, _ = pushed([fast] * 4 + [slow] * 4, HOUR / 2)
    slower = [at for times in sent[4:] for at in times]
    assert is_kept(slower, slow)
    assert len(slower) >= 0.95 * 40 * 30
    assert min(map(len, sent[4:])) >= 0.8 * len(slower) / 4


def test_a_waiter_that_its_own_rate_holds_back_costs_nobody_a_turn() -> None:
    """It came first, and may go only in a minute."""
    slow, fast = [Rate(1, 60.0)], [MINUTE]
    budget, _ = window.try_acquire(Budget(), fast, 0.0, "fast")
    budget, _ = window.try_acquire(budget, slow, 0.0, "slow")
    budget, wait = window.try_acquire(budget, slow, 1.0, "slow")
    assert wait == ASK_AGAIN or wait > 50
    for _ in range(18):
        budget, wait = window.try_acquire(budget, fast, 1.0, "fast")
        assert wait == 0.0


def test_a_long_wait_for_ones_own_rate_is_said_whole() -> None:
    """So that the task gives its slot back, although others go on."""
    slow = [Rate(2, HOUR)]
    budget, _ = window.try_acquire(Budget(), [MINUTE], 0.0, "fast")
    for _ in range(2):
        budget, _ = window.try_acquire(budget, slow, 0.0, "slow")
    assert window.try_acquire(budget, slow, 1.0, "slow")[1] == pytest.approx(3600.0)


def test_a_learned_limit_holds_for_all_together() -> None:
    """What Bento let through was sent by both."""
    rates = [(MINUTE,), (SLOWER,)]
    sent, budget = pushed(rates, 30.0)
    refused, _ = window.pause(budget, [SLOWER], 1030.0, 0.0)
    through = sum(map(len, sent)) - 1
    assert current_limit(refused.rates[0], refused.lesson, 1030.0) == through
    more, _ = pushed(rates, 300.0, refused, 1100.0)
    assert most_in_a_window([at for times in more for at in times], 60.0) <= through


def test_one_who_raises_the_limit_waits_for_what_was_sent_before() -> None:
    """The requests of the lower rate count for the higher one, and go on counting for their own."""
    sent, budget = pushed([(SLOWER,)], 50.0)
    more, after = pushed([(MINUTE,), (SLOWER,)], 300.0, budget, 1050.0)
    assert is_kept([*sent[0], *more[0], *more[1]], (MINUTE,))
    assert is_kept([*sent[0], *more[1]], (SLOWER,))
    assert after.rates == (MINUTE,)


def test_one_who_raises_the_limit_does_not_wait_for_the_lower_one() -> None:
    """One in twenty seconds went just now; five in six seconds are 1.2 s apart."""
    budget, _ = window.try_acquire(Budget(), [Rate(1, 20.0)], 0.0, "slow")
    assert window.try_acquire(budget, [Rate(5, 6.0)], 0.0, "fast")[1] == pytest.approx(6.06 / 5)


def test_who_stays_alone_is_held_by_the_own_rate_only() -> None:
    """An hour's limit is not used up by those who sent a hundred a minute and are gone."""
    _, budget = pushed([(MINUTE,), (Rate(500, HOUR),)], HOUR)
    sent, budget = pushed([(Rate(500, HOUR),)], HOUR, budget, 1000.0 + HOUR + 70)
    assert len(sent[0]) >= 0.95 * 500
    assert (budget.rates, budget.slower) == ((Rate(500, HOUR),), ())


def test_a_late_permit_of_the_slower_moves_for_both_counts() -> None:
    """Its own and the common one."""
    slow = [Rate(2, 10.0)]
    budget, _ = window.try_acquire(Budget(), [MINUTE], 0.0)
    budget, _ = window.try_acquire(budget, slow, 1.0)
    budget, seconds = window.restamp(budget, slow, 4.0, 3.0)
    assert (seconds, budget.permits, budget.slower[0].permits) == (0.0, (0.0, 4.0), (4.0,))


def test_shares_move_back_with_the_clock() -> None:
    """Nothing opens early for the slower one either."""
    slow = (Rate(2, 60.0),)
    budget, _ = window.try_acquire(Budget(), [MINUTE], 10_000.0)
    for _ in range(2):
        budget, _ = window.try_acquire(budget, slow, 10_000.0)
    budget, seconds = window.try_acquire(budget, slow, 100.0)
    assert seconds == pytest.approx(60.6)
    assert budget.slower[0].permits == (100.0, 100.0)


@pytest.mark.parametrize("rates", [(MINUTE,), (SLOWER,)])
def test_a_budget_of_an_earlier_release_is_read(rates: Rates) -> None:
    """It did not say whose rate it was; what was sent counts for the one who asks first."""
    stored = (
        b'{"permits":[1.0,1.0,2.5],"refused":[],"closed_until":0.0,"lesson":{"limit":30,"at":4.0,"steady":10},'
        b'"even":3.0,"line":[{"name":"a","until":9.0}],"at":3.0,"reach":60.6}'
    )
    budget, seconds = window.try_acquire(read(stored), rates, 5.0, "a")
    assert (seconds, budget.permits, budget.line) == (0.0, (1.0, 1.0, 2.5, 5.0), ())
    assert (budget.rates, budget.slower) == (rates, ())
    assert budget.lesson is not None


def test_one_rate_costs_no_more_to_keep_than_before() -> None:
    """Where all name the same, it is named once and nothing else is added: 1,792 bytes were a full minute's."""
    _, budget = pushed([(MINUTE,)], 58.0)
    budget, _ = window.try_acquire(budget, [MINUTE], 2000.0, "a")
    assert (budget.slower, budget.asked) == ((), 0.0)
    assert set(msgspec.json.decode(msgspec.json.encode(budget))) == {"permits", "even", "at", "reach", "rates"}
    assert len(msgspec.json.encode(budget)) <= 130


RATES = st.lists(
    st.builds(Rate, st.sampled_from((1, 5, 20, 21, 60, 100)), st.sampled_from((1.0, 6.0, 60.0))), min_size=1, max_size=2
).map(lambda rates: tuple(sorted(rates, key=lambda rate: rate.seconds)))
UNHURRIED = st.builds(Rate, st.sampled_from((1, 3, 5, 20, 40, 60)), st.sampled_from((6.0, 20.0, 60.0))).map(
    lambda rate: (rate,)
)
ASKED = st.lists(st.tuples(st.integers(0, 2), st.sampled_from((0.0, 0.0, 0.01, 0.3, 5.0, 70.0))), max_size=250)


@settings(max_examples=200, deadline=None)
@given(st.lists(RATES, min_size=2, max_size=3, unique=True), ASKED)
def test_each_keeps_its_own_rates_however_they_ask(rates: list[Rates], asked: list[tuple[int, float]]) -> None:
    """Where all of them are in use all the time, what all send keeps the most generous one's."""
    budget, now = Budget(), 1000.0
    sent: Mapping[Rates, list[float]] = {own: [] for own in rates}
    for number, idle in asked:
        own = rates[number % len(rates)]
        budget, wait = window.try_acquire(budget, own, now, str(number))
        sent[own].extend([now] if wait <= 0 else [])
        now += idle
    assert all(is_kept(times, own) for own, times in sent.items())
    assert len(budget.permits) <= sum(map(len, sent.values()))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(UNHURRIED, min_size=2, max_size=3, unique=True))
def test_nobody_starves_whatever_the_rates_are(order: list[Rates]) -> None:
    """Each gets its own rate or the fair share, whichever is less, but for one turn of the common rate in each window
    of its own, and for its part in bursts (a fifth) that its own rate keeps it out of. The most generous rate is kept.
    """
    sent, _ = pushed(order, 360.0)
    leads = max(order, key=generosity)
    assert is_kept([at for times in sent for at in times], leads)
    fair = 1 / apart(leads[0]) / len(order)
    for times, (own,) in zip(sent, order, strict=True):
        reached = own.limit / (window_seconds(own) + apart(leads[0]) + LATE)
        assert sum(1 for at in times if at > 1120) >= 0.8 * min(reached, fair) * 240 - 2
