"""A pacer over a store in which others are always faster; threads that read budgets for the first time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TypeVar

import pytest

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.pacer import SharedPacer

T = TypeVar("T")


class ContestedStore:
    """Loses so many races before a change counts.

    :param races: how many.
    """

    def __init__(self, races: int) -> None:
        self.budget, self.steps = Budget(), 0
        self._races = races

    def change(self, key: str, step: Callable[[Budget, float], tuple[Budget, T]]) -> T:
        """Try until nothing is to be written, or the races are over."""
        for lost in range(self._races + 1):
            self.steps += 1
            changed, result = step(self.budget, 1000.0)
            if changed == self.budget or lost == self._races:
                self.budget = changed
                return result
        raise AssertionError


def test_who_is_refused_does_not_fight_for_a_place() -> None:
    """Hundreds that start together leave the store to those who get a permit."""
    store = ContestedStore(races=50)
    pacer = SharedPacer(store, "site", {"batch": (Rate(1, 60.0),)})
    assert pacer.try_acquire("batch") == 0.0
    given, store.steps = store.budget, 0
    assert pacer.try_acquire("batch") > 0
    assert (store.budget, store.steps) == (given, 4)


def test_a_permit_is_fought_for() -> None:
    """And counted once."""
    store = ContestedStore(races=50)
    pacer = SharedPacer(store, "site", {"batch": (Rate(2, 60.0),)})
    assert (pacer.try_acquire("batch"), store.steps) == (0.0, 51)
    assert store.budget.permits == (1000.0,)


@pytest.mark.parametrize("races", [0, 1, 2])
def test_a_place_is_taken_where_few_want_one(races: int) -> None:
    """After a race or two."""
    store = ContestedStore(races)
    pacer = SharedPacer(store, "site", {"batch": (Rate(1, 60.0),)})
    pacer.try_acquire("batch")
    pacer.try_acquire("batch")
    assert len(store.budget.line) == 1


FIRST_READS = """
import importlib, sys, threading
from airflow_provider_bento.api import rates
from airflow_provider_bento.delivery.pacing import budget, learned_limit, permit_log, shared_rates, waiting_line
sys.setswitchinterval(1e-6)
stored = b'{"permits":[1.0],"lesson":{"limit":3,"at":4.0},"line":[{"name":"a","until":3.0}],"at":3.0}'
for _ in range(40):
    for module in (rates, permit_log, waiting_line, learned_limit, shared_rates, budget):
        importlib.reload(module)
    gate = threading.Barrier(16)
    threads = [threading.Thread(target=lambda: (gate.wait(), budget.read(stored))) for _ in range(16)]
    for one in threads: one.start()
    for one in threads: one.join()
print("alive")
"""


def test_threads_may_read_a_budget_for_the_first_time_at_once() -> None:
    """Several requests of one task start together; the serializer must know the type by then."""
    done = subprocess.run([sys.executable, "-c", FIRST_READS], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive")
