"""An alert waits for the rate limit only for so long as it was allowed to, however often it asks."""

from __future__ import annotations

import pytest
from delivery_law.fakes import FakeClock, OpenBudget

from airflow_provider_bento.delivery.pacing.wait import wait_for_permit
from airflow_provider_bento.exceptions import BentoRateLimited
from airflow_provider_bento.notifications.patience import PatientPacer


def waited(*waits: float, patience: float = 30.0) -> float:
    """Return for how long a budget with these waits is waited for."""
    clock = FakeClock()
    return wait_for_permit(PatientPacer(OpenBudget(waits), patience, clock), "batch", clock=clock)


def test_a_budget_with_room_is_not_waited_for() -> None:
    """Even with no patience at all."""
    assert waited(patience=0.0) == 0.0


def test_short_waits_are_waited_for() -> None:
    """As long as all of them end in time."""
    assert 12.0 <= waited(5.0, 4.0, 3.0) < 13.0


@pytest.mark.parametrize("waits", [(30.5,), (5.0, 26.0), (5.0,) * 8])
def test_waits_that_are_too_long_in_all_end_it(waits: tuple[float, ...]) -> None:
    """The first of them already if it alone is too long; the error says how long to wait."""
    with pytest.raises(BentoRateLimited, match="The email was not sent") as caught:
        waited(*waits)
    assert caught.value.retry_after in waits


def test_without_patience_any_wait_is_too_long() -> None:
    """A callback may be worth nothing later."""
    with pytest.raises(BentoRateLimited, match="patience=0 s"):
        waited(0.1, patience=0.0)


def test_everything_else_is_the_budgets() -> None:
    """A 429 pauses it for all who share it."""
    budget = OpenBudget()
    pacer = PatientPacer(budget, 30.0, FakeClock())
    assert pacer.pause("batch", 7.0) == 7.0
    assert budget.closed == [7.0]
    assert pacer.slack("batch") == budget.slack("batch")
    assert pacer.minimum_duration("batch", 5) == 0.0
