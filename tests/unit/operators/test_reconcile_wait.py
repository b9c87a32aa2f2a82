"""Waiting for imports: without a slot if this Airflow can, once, and not before a retry."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_bento.exceptions import BentoInterrupted
from airflow_provider_bento.operators.reconcile import wait as reconcile_wait
from airflow_provider_bento.operators.reconcile.wait import wait_until_due
from airflow_provider_bento.version_compat import AirflowRescheduleException

AFTER = timedelta(minutes=10)
START = datetime(2026, 1, 1, tzinfo=UTC)
log = logging.getLogger(__name__)


@pytest.fixture(params=[True, False], ids=["frees the slot", "keeps the slot"])
def heeds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both kinds of Airflow."""
    monkeypatch.setattr(reconcile_wait, "HEEDS_RESCHEDULE_DATES", request.param)
    return bool(request.param)


@pytest.fixture
def frees(monkeypatch: pytest.MonkeyPatch) -> None:
    """An Airflow that waits for a rescheduled task's date."""
    monkeypatch.setattr(reconcile_wait, "HEEDS_RESCHEDULE_DATES", True)


@dataclass
class StoppedClock:
    """A clock that a sleep moves."""

    now: datetime = START
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        """Return the wall clock."""
        return self.now.timestamp()

    def monotonic(self) -> float:
        """Return the same."""
        return self.now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Task:
    """A task instance that started at some time, and may have been rescheduled."""

    first_start: datetime | None = None
    try_number: int = 1
    max_tries: int = 2
    task: Any = field(default_factory=lambda: SimpleNamespace(retries=2))

    def get_first_reschedule_date(self, context: Any) -> datetime | None:
        """Return when it first started, as Airflow does for sensors."""
        assert context["ti"] is self
        return self.first_start


def wait(clock: StoppedClock, ti: Any = None, after: timedelta | None = AFTER, *, stopped: bool = False) -> None:
    """Wait."""
    wait_until_due(after, {"ti": ti} if ti else {}, clock=clock, stopped=lambda: stopped, log=log)


def test_the_first_start_frees_the_slot_until_it_is_time(frees: None) -> None:
    """By a date, which Airflow waits for."""
    with pytest.raises(AirflowRescheduleException) as caught:
        wait(clock := StoppedClock(), Task())
    assert caught.value.reschedule_date == START + AFTER
    assert clock.slept == []


def test_the_second_start_does_not_wait_again(frees: None) -> None:
    """Airflow knows when the first one was."""
    wait(clock := StoppedClock(START + AFTER), Task(first_start=START))
    assert clock.slept == []


def test_a_start_that_comes_too_early_waits_for_the_rest(frees: None) -> None:
    """Without a slot, or in it if that is less than a reschedule takes."""
    with pytest.raises(AirflowRescheduleException) as caught:
        wait(StoppedClock(START + timedelta(minutes=2)), Task(first_start=START))
    assert caught.value.reschedule_date == START + AFTER
    wait(clock := StoppedClock(START + AFTER - timedelta(seconds=5)), Task(first_start=START))
    assert clock.slept == [5.0]


def test_without_a_slot_to_free_it_waits_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """On an Airflow that would start the task at once, and outside of one."""
    monkeypatch.setattr(reconcile_wait, "HEEDS_RESCHEDULE_DATES", False)
    wait(clock := StoppedClock(), Task())
    wait(clock)
    assert clock.slept == [600.0, 600.0]


@pytest.mark.parametrize(
    ("try_number", "max_tries", "waits"),
    [(1, 2, True), (2, 2, False), (3, 2, False), (4, 5, True), (5, 5, False)],
    ids=["first", "retry", "last retry", "cleared", "retry after a clear"],
)
def test_only_the_first_attempt_waits(heeds: bool, try_number: int, max_tries: int, waits: bool) -> None:
    """Of a run, and of a cleared task, for which Airflow raises max_tries."""
    clock, ti = StoppedClock(), Task(try_number=try_number, max_tries=max_tries)
    if waits and heeds:
        with pytest.raises(AirflowRescheduleException):
            wait(clock, ti)
    else:
        wait(clock, ti)
        assert clock.slept == ([600.0] if waits else [])


def test_nothing_is_waited_for_unless_it_was_asked(heeds: bool) -> None:
    """The default compares at once."""
    wait(clock := StoppedClock(), Task(), None)
    assert clock.slept == []


def test_a_task_that_is_stopped_compares_nobody() -> None:
    """The wait ends, and the task."""
    with pytest.raises(BentoInterrupted, match="before anybody was compared"):
        wait(StoppedClock(), stopped=True)
