"""Waiting for a permit, on a clock that only sleeping moves."""

from __future__ import annotations

from typing import Any

import pytest
from delivery_law.fakes import FakeClock

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing.memory_budgets import ProcessBudgets
from airflow_provider_bento.delivery.pacing.pacer import SharedPacer
from airflow_provider_bento.delivery.pacing.wait import JITTER, LONGEST_SLEEP, PATIENCE, wait_for_permit
from airflow_provider_bento.exceptions import BentoInterrupted, BentoRateLimited, BentoStateError


@pytest.fixture
def clock() -> FakeClock:
    """A clock."""
    return FakeClock(100.0)


@pytest.fixture
def pacer(clock: FakeClock) -> SharedPacer:
    """Two requests in a minute."""
    return SharedPacer(ProcessBudgets(now=clock.monotonic), "here", {"batch": (Rate(2, 60.0),)})


def test_a_free_permit_costs_no_time(pacer: SharedPacer, clock: FakeClock) -> None:
    """Nor is the clock asked to sleep."""
    assert wait_for_permit(pacer, "batch", clock=clock) == 0.0
    assert clock.slept == []


def test_the_third_of_two_waits_for_the_window_and_asks_now_and_then(pacer: SharedPacer, clock: FakeClock) -> None:
    """The budget may open earlier than it said."""
    waited = [wait_for_permit(pacer, "batch", clock=clock) for _ in range(3)][-1]
    assert 60.5 <= waited <= 60.6 + 20 * JITTER
    assert max(clock.slept) <= LONGEST_SLEEP + JITTER


def test_who_is_told_to_stop_gets_no_permit(pacer: SharedPacer, clock: FakeClock) -> None:
    """Even where there is one."""
    with pytest.raises(BentoInterrupted):
        wait_for_permit(pacer, "batch", clock=clock, stopped=lambda: True)
    assert [pacer.try_acquire("batch"), pacer.try_acquire("batch")] == [0.0, 0.0]


def test_a_long_wait_is_given_up_at_once_and_says_how_long_it_is(pacer: SharedPacer, clock: FakeClock) -> None:
    """So that the task gives its slot back."""
    pacer.pause("batch", 3600.0)
    with pytest.raises(BentoRateLimited) as raised:
        wait_for_permit(pacer, "batch", clock=clock, give_up_after=60.0)
    assert raised.value.retry_after == pytest.approx(3600.0)
    assert clock.slept == []


def test_a_short_wait_is_not_given_up(pacer: SharedPacer, clock: FakeClock) -> None:
    """Up to and including the limit that was given."""
    pacer.pause("batch", 30.0)
    assert wait_for_permit(pacer, "batch", clock=clock, give_up_after=30.0) >= 30.0


def test_what_a_429_teaches_is_said_once(
    pacer: SharedPacer, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Requests that were under way add nothing to the log."""
    for _ in range(2):
        pacer.try_acquire("batch")
    for _ in range(2):
        pacer.pause("batch", 10.0)
    assert len(caplog.records) == 1
    assert "1 of 2 requests" in caplog.text


def test_a_429_without_a_lesson_is_not_said(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """A limit of one cannot fall."""
    pacer = SharedPacer(ProcessBudgets(now=clock.monotonic), "here", {"batch": (Rate(1, 60.0),)})
    pacer.try_acquire("batch")
    pacer.pause("batch", None)
    assert not caplog.records


class LostStore(ProcessBudgets):
    """Cannot be reached until a time; whether that may pass, it says itself."""

    def __init__(self, clock: FakeClock, back_at: float, *, may_pass: bool) -> None:
        super().__init__(now=clock.monotonic)
        self._clock, self._back_at, self._may_pass = clock, back_at, may_pass

    def change(self, key: str, step: Any) -> Any:
        """Fail, or not any more."""
        if self._clock.now < self._back_at:
            raise BentoStateError("lost", may_pass=self._may_pass)
        return super().change(key, step)


def test_a_store_that_comes_back_is_waited_for(clock: FakeClock) -> None:
    """A Redis that is started anew ends no push."""
    pacer = SharedPacer(LostStore(clock, 110.0, may_pass=True), "here", {"batch": (Rate(2, 60.0),)})
    assert 10 <= wait_for_permit(pacer, "batch", clock=clock) < 12


def test_a_store_that_stays_away_is_an_error_after_a_bounded_time(clock: FakeClock) -> None:
    """And was given no request meanwhile."""
    pacer = SharedPacer(LostStore(clock, 9e9, may_pass=True), "here", {"batch": (Rate(2, 60.0),)})
    with pytest.raises(BentoStateError):
        wait_for_permit(pacer, "batch", clock=clock)
    assert PATIENCE <= sum(clock.slept) < PATIENCE + 2


def test_a_broken_store_is_an_error_at_once(clock: FakeClock) -> None:
    """Waiting would not mend it."""
    pacer = SharedPacer(LostStore(clock, 9e9, may_pass=False), "here", {"batch": (Rate(2, 60.0),)})
    with pytest.raises(BentoStateError):
        wait_for_permit(pacer, "batch", clock=clock)
    assert clock.slept == []


def test_who_waits_for_a_lost_store_can_be_stopped(clock: FakeClock) -> None:
    """Within a second."""
    pacer = SharedPacer(LostStore(clock, 9e9, may_pass=True), "here", {"batch": (Rate(2, 60.0),)})
    with pytest.raises(BentoInterrupted):
        wait_for_permit(pacer, "batch", clock=clock, stopped=lambda: clock.now > 103)
    assert clock.now < 105
