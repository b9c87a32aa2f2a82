"""A pacer over any place that can change one small value in one step."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from airflow_provider_bento.api.contract import Family
from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing import window
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.learned_limit import STEADY, current_limit
from airflow_provider_bento.delivery.pacing.permit_log import margin

T = TypeVar("T")
log = logging.getLogger(__name__)

_FOR_A_PLACE: Final = 3  # tries; who is refused anyway need not fight hundreds of others for a place in the line


class BudgetStore(Protocol):
    """Where budgets are kept, one a key."""

    def change(self, key: str, step: Callable[[Budget, float], tuple[Budget, T]]) -> T:
        """Replace the key's budget by what ``step`` makes of it and the store's clock, and return its result.

        Nobody else changes the budget in between; ``step`` may be called several times, its last result counts.

        :raises BentoStateError: the store cannot be reached or is broken; within a bounded time. Its ``may_pass`` is
            true if asking again in a moment may help.
        """
        ...


class SharedPacer:
    """A sliding window a family, in a store that others may share.

    :param store: where the budgets are.
    :param name: whose budget it is: the address that is called, and the site.
    :param rates: the rates of each family.
    """

    def __init__(self, store: BudgetStore, name: str, rates: Mapping[Family, Sequence[Rate]]) -> None:
        self._store = store
        self._name = name
        self._rates = rates
        self._token = secrets.token_hex(4)  # distinguishes hosts, which process ids do not

    def try_acquire(self, family: Family) -> float:
        """Take a permit, or return after how many seconds to ask again.

        :raises BentoStateError: the shared budget cannot be reached; no permit was given.
        """
        rates, who = self._rates[family], self._who()
        tries = 0

        def step(budget: Budget, now: float) -> tuple[Budget, float]:
            nonlocal tries
            tries += 1
            changed, seconds = window.try_acquire(budget, rates, now, who)
            return (budget if seconds > 0 and tries > _FOR_A_PLACE else changed), seconds

        return self._store.change(f"{self._name}|{family}", step)

    def restamp(self, family: Family, age: float) -> float:
        """Move a permit of that age to now; or give it back and return after how many seconds to ask for a new one.

        :raises BentoStateError: the shared budget cannot be reached.
        """
        rates, who = self._rates[family], self._who()
        return self._store.change(
            f"{self._name}|{family}", lambda budget, now: window.restamp(budget, rates, now, age, who)
        )

    def slack(self, family: Family) -> float:
        """Return the seconds by which a request may follow its permit: a quarter of the shortest window's margin."""
        return margin(self._rates[family][0].seconds) / 4

    def pause(self, family: Family, retry_after: float | None) -> float:
        """Close the budget for all who share it, after a 429; return for how many seconds.

        :raises BentoStateError: the shared budget cannot be reached.
        """
        rates = self._rates[family]

        def step(budget: Budget, now: float) -> tuple[Budget, tuple[float, Rate, int | None]]:
            closed, seconds = window.pause(budget, rates, now, retry_after)
            rate = closed.rates[0]
            before, after = (current_limit(rate, one.lesson, now) for one in (budget, closed))
            return closed, (seconds, rate, after if after < before and now >= budget.closed_until else None)

        seconds, rate, learned = self._store.change(f"{self._name}|{family}", step)
        if learned is not None:
            log.warning(
                "Bento returned 429 with %s of %s requests left in the %.0f s window: the real limit is lower or "
                "shared. Slowing down to %s per window; after %s windows without a 429 the limit is raised gradually.",
                rate.limit - learned,
                rate.limit,
                rate.seconds,
                learned,
                STEADY,
            )
        return seconds

    def minimum_duration(self, family: Family, requests: int) -> float:
        """Return the least time that the requests take on an idle budget."""
        return window.minimum_duration(self._rates[family], requests)

    def _who(self) -> str:
        return f"{self._token}-{os.getpid()}-{threading.get_ident()}"
