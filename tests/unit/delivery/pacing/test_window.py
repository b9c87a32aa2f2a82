"""The sliding window, value by value."""

from __future__ import annotations

import pytest

from airflow_provider_bento.api.rates import LARGEST, Rate
from airflow_provider_bento.delivery.pacing import permit_log, window
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.learned_limit import LearnedLimit, current_limit

MINUTE = Rate(100, 60.0)


def spent(count: int, at: float, rates: tuple[Rate, ...] = (MINUTE,), budget: Budget | None = None) -> Budget:
    """Return a budget from which so many permits were taken as fast as it gave them."""
    budget, given = budget or Budget(), 0
    while given < count:
        budget, seconds = window.try_acquire(budget, rates, at)
        given, at = (given + 1, at) if seconds <= 0 else (given, at + seconds)
    return budget


def test_twenty_requests_of_an_idle_budget_go_at_once() -> None:
    """A short push is not slowed."""
    budget = spent(20, 0.0)
    assert set(budget.permits) == {0.0}
    assert window.try_acquire(budget, [MINUTE], 0.0)[1] > 0


def test_after_them_requests_come_evenly() -> None:
    """One every 0.606 s: the window and its margin, divided by the limit."""
    gaps = [b - a for a, b in zip(spent(60, 0.0).permits[20:], spent(60, 0.0).permits[21:], strict=False)]
    assert gaps == pytest.approx([0.606] * 39)


def test_a_small_limit_goes_at_once() -> None:
    """Five in ten seconds are five, then ten seconds."""
    budget = spent(5, 0.0, (Rate(5, 10.0),))
    assert window.try_acquire(budget, [Rate(5, 10.0)], 0.0)[1] == pytest.approx(10.1)


def test_a_rest_saves_no_more_than_one_burst() -> None:
    """An hour of silence is not a hundred requests at once."""
    budget = spent(40, 3600.0, budget=spent(100, 0.0))
    assert sum(1 for permit in budget.permits if 3600 <= permit < 3600.1) == 20


@pytest.mark.parametrize(("seconds", "margin"), [(0.1, 0.02), (1, 0.02), (10, 0.1), (60, 0.6), (3600, 1.0)])
def test_the_margin_is_one_hundredth_between_20_ms_and_a_second(seconds: float, margin: float) -> None:
    """It covers what delays one request more than another."""
    assert permit_log.margin(seconds) == margin


@pytest.mark.parametrize("count", [1, 20, 21, 100, 101, 250])
def test_the_least_time_is_what_an_idle_budget_takes(count: int) -> None:
    """For one request, a burst, one more, a window, and one more."""
    assert spent(count, 0.0).permits[-1] == pytest.approx(window.minimum_duration([MINUTE], count))


def test_the_least_time_of_several_rates_is_that_of_the_slowest() -> None:
    """A lower bound: after an hour's wait the minute's limit counts again."""
    rates = (MINUTE, Rate(150, 3600.0))
    assert window.minimum_duration(rates, 150) == window.minimum_duration([MINUTE], 150)
    assert 3600 < window.minimum_duration(rates, 250) <= spent(250, 0.0, rates).permits[-1]


def test_no_request_takes_no_time() -> None:
    """Nor is it below nothing."""
    assert window.minimum_duration([MINUTE], 0) == 0.0


def test_an_hours_permits_outlive_a_minutes_questions() -> None:
    """Two connections to one site share a budget, whatever windows each of them names."""
    hour = (MINUTE, Rate(25, 3600.0))
    budget = spent(25, 0.0, hour)
    budget = spent(1, 120.0, (MINUTE,), budget)
    assert window.try_acquire(budget, hour, 121.0)[1] > 3000


def test_a_429_with_room_left_teaches_what_got_through() -> None:
    """Sixty of a hundred: the sixty-first was refused."""
    budget, seconds = window.pause(spent(61, 0.0), [MINUTE], 30.0, None)
    assert budget.lesson == LearnedLimit(60, 30.0 + seconds)


def test_requests_that_were_under_way_teach_the_same() -> None:
    """Four were refused, one after the other, whether or not the budget was closed in between."""
    for retry_after in (None, 0.0, 5.0):
        budget = spent(64, 0.0)
        for delay in range(4):
            budget, _ = window.pause(budget, [MINUTE], 30.0 + delay, retry_after)
        assert current_limit(MINUTE, budget.lesson, 34.0) == 60


def test_a_429_at_our_own_limit_teaches_one_less() -> None:
    """All hundred were let go, the last was refused."""
    budget, _ = window.pause(spent(100, 0.0), [MINUTE], 50.0, None)
    assert current_limit(MINUTE, budget.lesson, 50.0) == 99


def test_a_storm_never_teaches_less_than_one() -> None:
    """However often it is refused, some request tries again one day."""
    budget, at = Budget(), 0.0
    for _ in range(50):
        budget, seconds = window.try_acquire(budget, [MINUTE], at)
        budget, _ = window.pause(budget, [MINUTE], at, 0.0)
        at += seconds
    assert current_limit(MINUTE, budget.lesson, at) == 1


def test_a_server_that_refuses_everything_at_once_is_asked_once_a_window() -> None:
    """Retry-After: 0 is no invitation to hammer."""
    budget, at, knocks = Budget(), 0.0, 0
    while at < 600:
        budget, seconds = window.try_acquire(budget, [MINUTE], at)
        if seconds <= 0:
            knocks += 1
            budget, _ = window.pause(budget, [MINUTE], at, 0.0)
        at += max(seconds, 0.01)
    assert knocks <= 10


def test_a_retry_after_closes_and_a_longer_one_closes_longer() -> None:
    """A shorter one that comes later opens nothing."""
    budget, first = window.pause(Budget(), [MINUTE], 10.0, 60.0)
    budget, second = window.pause(budget, [MINUTE], 20.0, 5.0)
    assert (first, second) == (60.0, 50.0)
    assert window.try_acquire(budget, [MINUTE], 69.9)[1] == pytest.approx(0.1)
    assert window.try_acquire(budget, [MINUTE], 70.0)[1] == 0.0


def test_no_429_closes_for_longer_than_a_week() -> None:
    """Whatever it says."""
    assert window.pause(Budget(), [MINUTE], 10.0, 1e12)[1] == window.LONGEST_PAUSE


def test_a_clock_set_back_opens_nothing_early_and_closes_nothing_longer() -> None:
    """An hour back, in the middle of a full window and a closed minute."""
    full, _ = window.pause(spent(100, 10_000.0), [MINUTE], 10_060.0, 60.0)
    waits, at = 0.0, 6_460.0
    budget, seconds = window.try_acquire(full, [MINUTE], at)
    while seconds > 0:
        waits, at = waits + seconds, at + seconds
        budget, seconds = window.try_acquire(budget, [MINUTE], at)
    assert 59.9 < waits < 61


def test_asking_again_and_again_after_a_clock_was_set_back_ends() -> None:
    """Permits age while one waits, although each answer was no."""
    budget, at, asked = spent(100, 10_000.0), 100.0, 0
    while (answer := window.try_acquire(budget, [MINUTE], at))[1] > 0:
        budget, at, asked = answer[0], at + 1.0, asked + 1
    assert asked <= 62


def test_a_lesson_moves_back_with_the_clock() -> None:
    """What was left of a steady time is left."""
    budget, _ = window.pause(spent(61, 10_000.0), [MINUTE], 10_030.0, 0.0)
    budget, _ = window.try_acquire(budget, [MINUTE], 30.0)
    assert budget.lesson == LearnedLimit(60, 30.0)


def test_a_day_that_somebody_counts_does_not_grow_without_end() -> None:
    """No rate counts more than ten thousand, so older permits matter to nobody."""
    budget = Budget(permits=tuple(map(float, range(12_000))), at=12_000.0, reach=90_000.0)
    budget, seconds = window.try_acquire(budget, [MINUTE], 13_000.0)
    assert (seconds, len(budget.permits), budget.permits[-1]) == (0.0, LARGEST + 1, 13_000.0)
