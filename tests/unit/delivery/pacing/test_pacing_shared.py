"""A pacer over a store in which others are always faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from airflow_provider_bento.delivery.pacing.rates import Rate
from airflow_provider_bento.delivery.pacing.shared import SharedPacer
from airflow_provider_bento.delivery.pacing.window import Budget

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
    assert pacer.take("batch") == 0.0
    given, store.steps = store.budget, 0
    assert pacer.take("batch") > 0
    assert (store.budget, store.steps) == (given, 4)


def test_a_permit_is_fought_for() -> None:
    """And counted once."""
    store = ContestedStore(races=50)
    pacer = SharedPacer(store, "site", {"batch": (Rate(2, 60.0),)})
    assert (pacer.take("batch"), store.steps) == (0.0, 51)
    assert store.budget.permits == (1000.0,)


@pytest.mark.parametrize("races", [0, 1, 2])
def test_a_place_is_taken_where_few_want_one(races: int) -> None:
    """After a race or two."""
    store = ContestedStore(races)
    pacer = SharedPacer(store, "site", {"batch": (Rate(1, 60.0),)})
    pacer.take("batch")
    pacer.take("batch")
    assert len(store.budget.line) == 1
