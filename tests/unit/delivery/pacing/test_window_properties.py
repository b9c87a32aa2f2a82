"""Whatever is taken whenever: no window of the server ever holds more than the limit, and little of it is wasted."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing import permit_log, window
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.learned_limit import current_limit

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
        budget, seconds = window.try_acquire(budget, rates, at)
        if seconds <= 0:
            arrivals.append(at + delay * permit_log.margin(min(rate.seconds for rate in rates)))
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
        budget, seconds = window.try_acquire(budget, [rate], true + wrong)
        if seconds <= 0:
            arrivals.append(true + delay * permit_log.margin(rate.seconds))
        true += max(0.0, seconds) + idle * rate.seconds
    assert most_in_a_window(sorted(arrivals), rate.seconds) <= rate.limit


@settings(max_examples=60, deadline=None)
@given(RATES, st.floats(0, 0.002))
def test_nearly_all_of_the_limit_is_used_in_steady_state(rate: Rate, late: float) -> None:
    """98 % and more, less what 20 ms are of a very short window."""
    budget, at, count = Budget(), 0.0, 0
    while at < 6 * rate.seconds:
        budget, seconds = window.try_acquire(budget, [rate], at)
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
        budget, seconds = window.try_acquire(budget, [rate], at)
        assert seconds > 0 or at >= closed_until
        if refused:
            budget, _ = window.pause(budget, [rate], at, retry_after)
        assert 1 <= current_limit(rate, budget.lesson, at) <= rate.limit
        at += idle * rate.seconds


LATE = st.lists(
    st.tuples(
        st.sampled_from((0.0, 0.0, 0.0, 0.001, 0.01, 0.1, 0.5, 1.1)),  # idle before the question, in windows
        st.sampled_from((0.0, 0.0, 0.1, 0.2, 0.26, 1.0, 3.0, 20.0, 90.0, 130.0)),  # permit to first byte, in margins
        st.floats(0, 0.7),  # delay on the way, in margins; the rest of the margin is slack
    ),
    min_size=1,
    max_size=150,
)


def left_late(rates: Sequence[Rate], steps: Sequence[tuple[float, float, float]]) -> list[float]:
    """Return when requests arrived, each of which left as long after its permit as its step says."""
    margin = permit_log.margin(rates[0].seconds)
    budget, at, arrivals = Budget(), 1000.0, list[float]()
    due = list[tuple[float, float, float]]()  # when its first byte would leave, when it was permitted, its delay

    def leave() -> None:
        nonlocal budget
        now, permit, delay = heapq.heappop(due)
        late = now - permit > margin / 4
        budget, seconds = window.restamp(budget, rates, now, now - permit) if late else (budget, 0.0)
        arrivals.extend([now + delay] if seconds <= 0 else [])

    for idle, hold, delay in steps:
        at += idle * rates[0].seconds
        seconds = 1.0
        while seconds > 0:
            while due and due[0][0] <= at:
                leave()
            budget, seconds = window.try_acquire(budget, rates, at)
            at += max(0.0, seconds)
        heapq.heappush(due, (at + hold * margin, at, delay * margin))
    while due:
        leave()
    return sorted(arrivals)


@settings(max_examples=300, deadline=None)
@given(RATES, LATE)
def test_requests_that_leave_late_stay_within_the_limit(rate: Rate, steps: list[tuple[float, float, float]]) -> None:
    """However late they leave: by more than the slack, and their permits move with them."""
    assert most_in_a_window(left_late([rate], steps), rate.seconds) <= rate.limit


@settings(max_examples=150, deadline=None)
@given(st.lists(RATES, min_size=2, max_size=3), LATE)
def test_requests_that_leave_late_stay_within_each_of_several_limits(
    rates: list[Rate], steps: list[tuple[float, float, float]]
) -> None:
    """Also those whose permits have left the shorter window and not the longer one."""
    ordered = sorted(rates, key=lambda rate: rate.seconds)
    arrivals = left_late(ordered, steps)
    assert all(most_in_a_window(arrivals, rate.seconds) <= rate.limit for rate in ordered)


@settings(max_examples=150, deadline=None)
@given(RATES, LATE)
def test_a_permit_in_the_window_can_always_be_moved(rate: Rate, steps: list[tuple[float, float, float]]) -> None:
    """Unless a 429 came: whoever was let go once need not wait again."""
    within = [
        (idle, min(hold, 0.99 * rate.seconds / permit_log.margin(rate.seconds)), delay) for idle, hold, delay in steps
    ]
    assert len(left_late([rate], within)) == len(steps)
