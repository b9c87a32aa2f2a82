"""Real processes on one budget. What the store itself stamped counts, so a slow machine does not matter."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import pytest
from conformance.local_redis import LocalRedis

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.pacer import BudgetStore, SharedPacer
from airflow_provider_bento.delivery.pacing.redis_budgets import RedisBudgets
from airflow_provider_bento.delivery.pacing.sqlite_budgets import HostBudgets

pytestmark = pytest.mark.slow

PROCESSES = 8
RATE = Rate(60, 0.6)
ROUNDING = 1e-5  # seconds; sums of times are off by less
REMEMBERED = Rate(5000, 60.0)  # so that every permit of the test is still there at its end
FORK = multiprocessing.get_context("fork")  # fresh interpreters would take longer than the test


def work(place: str, skew: float, ready: Synchronized[int], gate: tuple[int, int], given: Synchronized[int]) -> None:
    """Take what there is for a second and a half; this process's wall clock is wrong by ``skew``."""
    real = time.time
    time.time = lambda: real() + skew
    pacer = SharedPacer(open_store(place), "site", {"batch": (RATE, REMEMBERED)})
    with ready.get_lock():
        ready.value += 1
    os.close(gate[1])
    os.read(gate[0], 1)
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        seconds = pacer.try_acquire("batch")
        given.value += seconds == 0.0
        time.sleep(min(seconds, 0.005))


class Workers:
    """Processes that are about to use one budget, every second one with a wall clock that is a second ahead."""

    def __init__(self, place: str) -> None:
        self._gate, ready = os.pipe(), FORK.Value("i", 0)  # an Event would be torn by a killed waiter
        self._given = [FORK.Value("i", 0) for _ in range(PROCESSES)]
        self.processes = [
            FORK.Process(target=work, args=(place, number % 2 * 2 - 1, ready, self._gate, self._given[number]))
            for number in range(PROCESSES)
        ]
        for one in self.processes:
            one.start()
        until = time.monotonic() + 60
        while ready.value < PROCESSES:
            assert time.monotonic() < until, "the processes did not start"
            time.sleep(0.005)

    def begin(self) -> None:
        """Let them begin, and see that they did."""
        os.close(self._gate[1])
        until = time.monotonic() + 60
        while not all(one.value for one in self._given[:2]):
            assert time.monotonic() < until, "nobody gets a permit"
            time.sleep(0.002)

    def close(self) -> None:
        """Leave nothing open."""
        os.close(self._gate[0])

    def end(self) -> int:
        """Wait for them; return how many permits they got in all."""
        for one in self.processes:
            one.join(60)
            assert one.exitcode is not None, "a process hangs"
        return sum(one.value for one in self._given)


@pytest.fixture(params=["sqlite", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Each place that processes can share."""
    if request.param == "sqlite":
        yield str(tmp_path / "pacing.sqlite")
        return
    server = LocalRedis(tmp_path)
    yield server.url
    server.stop()


def open_store(place: str) -> BudgetStore:
    """Open the store as the workers do."""
    return RedisBudgets(place) if place.startswith("redis:") else HostBudgets(Path(place))


def look(store: BudgetStore) -> Budget:
    """Return the budget."""
    return store.change("site|batch", lambda budget, now: (budget, budget))


@pytest.fixture
def workers(place: str) -> Iterator[Workers]:
    """Workers that are ready."""
    workers = Workers(place)
    yield workers
    for one in workers.processes:
        one.kill()
        one.join()
    workers.close()


def within_the_limit(permits: Sequence[float]) -> bool:
    """Whether no window holds more than it may."""
    return all(b - a >= RATE.seconds for a, b in zip(permits, permits[RATE.limit :], strict=False))


def test_together_they_stay_within_the_limit_and_every_permit_is_remembered(place: str, workers: Workers) -> None:
    """No permit is given twice, none is lost, no window holds more than it may."""
    workers.begin()
    given, permits = workers.end(), look(open_store(place)).permits
    assert len(permits) == given
    assert list(permits) == sorted(permits)
    assert within_the_limit(permits)


def test_half_of_them_killed_leave_the_rest_going(place: str, workers: Workers) -> None:
    """And the limit is kept."""
    workers.begin()
    for one in workers.processes[::2]:
        one.kill()
    workers.end()
    assert [one.exitcode for one in workers.processes[1::2]] == [0] * (PROCESSES // 2)
    permits = look(open_store(place)).permits
    assert permits
    assert within_the_limit(permits)


def test_a_429_of_one_pauses_all_until_retry_after(place: str, workers: Workers) -> None:
    """Not one permit between the 429 and the time that Bento named."""
    workers.begin()
    store = open_store(place)
    SharedPacer(store, "site", {"batch": (RATE, REMEMBERED)}).pause("batch", 0.7)
    paused = look(store)
    workers.end()
    permits = look(store).permits
    assert not [permit for permit in permits if paused.refused[-1] < permit < paused.closed_until - ROUNDING]
