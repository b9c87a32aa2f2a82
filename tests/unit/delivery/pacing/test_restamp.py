"""A permit that is used late: value by value."""

from __future__ import annotations

import pytest

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing import window
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.learned_limit import current_limit

MINUTE = Rate(100, 60.0)
FIVE = Rate(5, 10.0)


def given(count: int, at: float, rate: Rate = MINUTE) -> Budget:
    """Return an idle budget from which so many permits were taken at that moment."""
    budget = Budget()
    for _ in range(count):
        budget, seconds = window.try_acquire(budget, [rate], at)
        assert seconds == 0.0
    return budget


def test_a_late_permit_counts_from_when_it_is_used() -> None:
    """The window that it is in begins then."""
    budget, seconds = window.restamp(given(5, 0.0, FIVE), [FIVE], 4.0, 4.0)
    assert (seconds, budget.permits) == (0.0, (0.0, 0.0, 0.0, 0.0, 4.0))
    budget, _ = window.try_acquire(budget, [FIVE], 10.1)
    assert budget.permits == (4.0, 10.1)
    assert window.try_acquire(given(5, 0.0, FIVE), [FIVE], 10.1)[0].permits == (10.1,)


def test_the_newest_permit_that_is_old_enough_is_moved() -> None:
    """Permits are alike, and a younger one is somebody else's."""
    budget = given(1, 0.0, FIVE)
    for at in (1.0, 2.0, 3.0):
        budget, _ = window.try_acquire(budget, [FIVE], at)
    budget, _ = window.restamp(budget, [FIVE], 4.0, 2.0)
    assert budget.permits == (0.0, 1.0, 3.0, 4.0)


def test_a_permit_that_somebody_else_moved_is_replaced_by_an_older_one() -> None:
    """As many leave as were permitted."""
    budget = given(2, 1.0, FIVE)
    budget, _ = window.restamp(budget, [FIVE], 3.0, 2.0)
    budget, _ = window.restamp(budget, [FIVE], 4.0, 2.5)
    assert budget.permits == (3.0, 4.0)


def test_a_permit_that_left_the_window_is_weighed_like_a_new_one() -> None:
    """It is given where there is room; else there is none, and the wait is that of a new question."""
    assert window.restamp(given(1, 0.0, FIVE), [FIVE], 30.0, 30.0) == window.try_acquire(
        given(1, 0.0, FIVE), [FIVE], 30.0
    )
    full = given(5, 0.0, FIVE)
    for _ in range(5):
        full, _ = window.try_acquire(full, [FIVE], 30.0)
    assert window.restamp(full, [FIVE], 31.0, 31.0, "late") == window.try_acquire(full, [FIVE], 31.0, "late")


def test_a_permit_that_left_the_shorter_window_is_given_back_to_the_longer_one() -> None:
    """It was not used, so the hour has one more."""
    hour = (Rate(5, 10.0), Rate(6, 3600.0))
    budget = given(1, 0.0, FIVE)
    for _ in range(5):
        budget, _ = window.try_acquire(budget, hour, 20.0)
    budget, seconds = window.restamp(budget, hour, 21.0, 21.0, "late")
    assert seconds == pytest.approx(9.1)
    assert budget.permits == (20.0,) * 5
    assert window.try_acquire(budget, hour, 30.1, "late")[1] == 0.0


def test_a_budget_that_was_closed_takes_the_permit_back() -> None:
    """Nobody asks Bento earlier than it named, with an old permit neither."""
    budget, _ = window.pause(given(3, 0.0), [MINUTE], 2.0, 90.0)
    budget, seconds = window.restamp(budget, [MINUTE], 3.0, 3.0, "late")
    assert (seconds, budget.permits) == (89.0, (0.0, 0.0))


def test_a_limit_that_was_learned_meanwhile_holds_for_late_permits() -> None:
    """Three of twenty got through."""
    budget, _ = window.pause(given(20, 0.0), [MINUTE], 2.0, 0.0)
    for _ in range(16):
        budget, _ = window.pause(budget, [MINUTE], 2.0, 0.0)
    assert current_limit(MINUTE, budget.lesson, 2.0) == 3
    assert window.restamp(budget, [MINUTE], 3.0, 3.0)[1] > 50


def test_a_burst_that_leaves_late_is_no_burst_and_more() -> None:
    """Twenty that were permitted at once and leave five seconds later have spent what those seconds saved."""
    budget = given(20, 0.0)
    for _ in range(20):
        budget, seconds = window.restamp(budget, [MINUTE], 5.0, 5.0)
        assert seconds == 0.0
    assert budget.even == pytest.approx(given(20, 5.0).even)
    assert window.try_acquire(budget, [MINUTE], 5.0)[1] > 0


def test_a_permit_that_is_moved_by_nothing_changes_nothing() -> None:
    """At the moment when it was given."""
    budget = given(7, 3.0)
    moved = window.restamp(budget, [MINUTE], 3.0, 0.0)[0]
    assert moved.permits == budget.permits
    assert moved.even == pytest.approx(budget.even)


def test_who_holds_a_permit_does_not_queue_again() -> None:
    """It goes before those who wait, who keep their places."""
    budget = given(5, 0.0, FIVE)
    budget, _ = window.try_acquire(budget, [FIVE], 6.0, "waits")
    moved, seconds = window.restamp(budget, [FIVE], 7.0, 7.0)
    assert (seconds, moved.line) == (0.0, budget.line)


def test_after_a_clock_was_set_back_a_late_permit_is_not_used_twice() -> None:
    """Its age is then more than the store's clock knows of."""
    budget, seconds = window.restamp(given(5, 1000.0, FIVE), [FIVE], 10.0, 4.0)
    assert seconds > 0
    assert len(budget.permits) == 5
