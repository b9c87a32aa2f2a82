"""The line of those who wait, value by value."""

from __future__ import annotations

from collections import Counter

import pytest

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing import waiting_line as waiting
from airflow_provider_bento.delivery.pacing import window
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.waiting_line import ASK_AGAIN, GRACE, Waiter

RATE = Rate(1, 10.0)
HELD = 10.1


def test_the_first_to_ask_is_the_first_in_line() -> None:
    """Who asks again keeps the place."""
    line: waiting.Line = ()
    for name in ("a", "b", "c", "a"):
        line = waiting.joined(line, name, 0.0, 9.0)
    assert [waiter.name for waiter in line] == ["a", "b", "c"]
    assert [waiting.ahead(line, name) for name in ("a", "b", "c", "new")] == [0, 1, 2, 3]


def test_a_place_is_kept_until_its_turn_or_the_next_question() -> None:
    """Plus some grace for one that is late."""
    assert waiting.joined((), "a", 100.0, 101.0) == (Waiter("a", 101.0 + GRACE),)
    assert waiting.joined((), "a", 100.0, 900.0) == (Waiter("a", 100.0 + ASK_AGAIN + GRACE),)


def test_a_place_is_given_up_when_its_time_is_over() -> None:
    """And where the clock was set back, so that it would last for hours."""
    line = (Waiter("late", 99.9), Waiter("here", 103.0), Waiter("from another time", 4000.0))
    assert waiting.present(line, 100.0) == (Waiter("here", 103.0),)


def test_one_behind_others_is_told_its_own_turn() -> None:
    """It need not ask in between; where that is long, it asks again in time to keep its place."""
    budget, _ = window.try_acquire(Budget(), [Rate(1, 2.0)], 0.0, "served")
    budget, first = window.try_acquire(budget, [Rate(1, 2.0)], 0.0, "first")
    budget, second = window.try_acquire(budget, [Rate(1, 2.0)], 0.0, "second")
    _, third = window.try_acquire(budget, [Rate(1, 2.0)], 0.0, "third")
    assert (first, second, third) == pytest.approx((2.02, 4.04, ASK_AGAIN))


def test_a_long_line_is_not_taken_for_a_closed_budget() -> None:
    """The answer is beyond ``ASK_AGAIN`` only where the budget stays closed for everybody."""
    budget, _ = window.try_acquire(Budget(), [RATE], 0.0, "served")
    for number in range(50):
        budget, seconds = window.try_acquire(budget, [RATE], 0.0, f"{number}")
        assert seconds <= HELD
    budget, _ = window.pause(budget, [RATE], 0.0, 3600.0)
    assert window.try_acquire(budget, [RATE], 0.0, "49")[1] == 3600.0


def test_nobody_overtakes_while_there_is_room_for_one_only() -> None:
    """A stranger that asks at the moment of opening waits for the one who was there before."""
    budget, _ = window.try_acquire(Budget(), [RATE], 0.0, "served")
    budget, _ = window.try_acquire(budget, [RATE], 6.0, "waiting")
    budget, refused = window.try_acquire(budget, [RATE], HELD, "stranger")
    budget, given = window.try_acquire(budget, [RATE], HELD, "waiting")
    assert (refused > 0, given, [waiter.name for waiter in budget.line]) == (True, 0.0, ["stranger"])


def test_one_who_is_late_holds_up_nobody_but_itself() -> None:
    """Where there is room for two, the second goes."""
    rates = [Rate(2, 10.0)]
    budget, _ = window.try_acquire(Budget(), rates, 0.0, "served")
    budget, _ = window.try_acquire(budget, rates, 0.0, "served")
    budget, _ = window.try_acquire(budget, rates, 6.0, "late")
    assert window.try_acquire(budget, rates, HELD, "stranger")[1] == 0.0


def test_one_who_never_comes_back_costs_one_request_for_seconds() -> None:
    """Then the place is nobody's."""
    budget, _ = window.try_acquire(Budget(), [RATE], 0.0, "served")
    budget, _ = window.try_acquire(budget, [RATE], 9.0, "killed")
    assert window.try_acquire(budget, [RATE], HELD + GRACE - 0.1, "alive")[1] > 0
    assert window.try_acquire(budget, [RATE], HELD + GRACE, "alive")[1] == 0.0


@pytest.mark.parametrize("askers", [2, 7, 16, 64])
def test_everybody_gets_the_same_share(askers: int) -> None:
    """Within a quarter, although the same ones are always the first to ask."""
    rates, budget, now = [Rate(100, 6.0)], Budget(), 0.0
    due, given = dict.fromkeys(range(askers), 0.0), Counter[int]()
    while now < 60.0:
        now = min(due.values())
        for one in [one for one in due if due[one] <= now]:
            budget, seconds = window.try_acquire(budget, rates, now, str(one))
            given[one] += seconds <= 0
            due[one] = now + min(seconds, ASK_AGAIN)
    fair = given.total() / askers
    assert all(0.75 * fair <= given[one] <= 1.25 * fair for one in range(askers))
