"""Whatever is taken whenever: no window of the server ever holds more than the limit, and little of it is wasted."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.delivery.pacing import window
from airflow_provider_bento.delivery.pacing.lessons import limit_now
from airflow_provider_bento.delivery.pacing.rates import Rate
from airflow_provider_bento.delivery.pacing.window import Budget

RATES = st.builds(
    Rate, st.sampled_from((1, 2, 5, 19, 20, 21, 60, 100, 101, 130)), st.sampled_from((1.0, 6.0, 60.0, 3600.0))
)
STEPS = st.lists(
    st.tuples(
        st.floats(0, 1),  # how much of the time that the answer named is waited
        st.floats(0, 0.999),  # delay on the way, in margins
        st.sampled_from((0.0, 0.0, 0.0, 0.01, 0.3, 1.1)),  # idle, in windows
    ),
    min_size=1,
    max_size=400,
)


def most_in_a_window(arrivals: Sequence[float], seconds: float) -> int:
    """Count as a server does that remembers everything."""
    return max((sum(1 for other in arrivals if at - seconds < other <= at) for at in arrivals), default=0)


def taken(rates: Sequence[Rate], steps: Sequence[tuple[float, float, float]]) -> list[float]:
    """Return when what was let go arrived."""
    budget, at, arrivals = Budget(), 1000.0, []
    for patience, delay, idle in steps:
        budget, seconds = window.take(budget, rates, at)
        if seconds <= 0:
            arrivals.append(at + delay * window.margin(min(rate.seconds for rate in rates)))
        at += max(0.0, seconds) * (patience if patience < 0.9 else 1.0) + idle * rates[0].seconds
    return sorted(arrivals)


@settings(max_examples=300, deadline=None)
@given(RATES, STEPS)
def test_no_window_of_the_server_holds_more_than_the_limit(rate: Rate, steps: list[tuple[float, float, float]]) -> None:
    """Where no request is delayed by more than the margin more than another."""
    assert most_in_a_window(taken([rate], steps), rate.seconds) <= rate.limit


@settings(max_examples=150, deadline=None)
@given(st.lists(RATES, min_size=2, max_size=3), STEPS)
def test_several_rates_hold_at_once(rates: list[Rate], steps: list[tuple[float, float, float]]) -> None:
    """Whichever of them binds."""
    ordered = sorted(rates, key=lambda rate: rate.seconds)
    arrivals = taken(ordered, steps)
    assert all(most_in_a_window(arrivals, rate.seconds) <= rate.limit for rate in ordered)


@settings(max_examples=60, deadline=None)
@given(RATES, STEPS, st.lists(st.floats(0.5, 5000), min_size=1, max_size=4))
def test_a_clock_that_is_set_back_lets_nothing_through_early(
    rate: Rate, steps: list[tuple[float, float, float]], jumps: list[float]
) -> None:
    """Judged by a clock that nobody sets."""
    budget, true, wrong, arrivals = Budget(), 10_000.0, 0.0, []
    for number, (_, delay, idle) in enumerate(steps):
        if number % 50 == 49:
            wrong -= jumps[number // 50 % len(jumps)]
        budget, seconds = window.take(budget, [rate], true + wrong)
        if seconds <= 0:
            arrivals.append(true + delay * window.margin(rate.seconds))
        true += max(0.0, seconds) + idle * rate.seconds
    assert most_in_a_window(sorted(arrivals), rate.seconds) <= rate.limit


@settings(max_examples=60, deadline=None)
@given(RATES, st.floats(0, 0.002))
def test_nearly_all_of_the_limit_is_used_in_steady_state(rate: Rate, late: float) -> None:
    """98 % and more, less what 20 ms are of a very short window."""
    budget, at, count = Budget(), 0.0, 0
    while at < 6 * rate.seconds:
        budget, seconds = window.take(budget, [rate], at)
        count += seconds <= 0 and at >= rate.seconds
        at += seconds + late if seconds > 0 else 0.0
    least = 0.98 if rate.seconds > 1 else 0.95
    assert count >= int(5 * rate.limit * least) - 1


@settings(max_examples=100, deadline=None)
@given(RATES, st.lists(st.tuples(st.floats(0, 2), st.booleans(), st.none() | st.floats(0, 200)), max_size=120))
def test_nothing_goes_while_closed_and_a_learned_limit_is_between_one_and_the_limit(
    rate: Rate, steps: list[tuple[float, bool, float | None]]
) -> None:
    """In any order of requests, 429s and waiting."""
    budget, at = Budget(), 50.0
    for idle, refused, retry_after in steps:
        closed_until = budget.closed_until
        budget, seconds = window.take(budget, [rate], at)
        assert seconds > 0 or at >= closed_until
        if refused:
            budget, _ = window.close(budget, [rate], at, retry_after)
        assert 1 <= limit_now(rate, budget.lesson, at) <= rate.limit
        at += idle * rate.seconds
