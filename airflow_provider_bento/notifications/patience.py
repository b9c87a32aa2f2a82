"""A limit on how long one email waits for the rate limit: an alert must not occupy a worker behind a long push.

Tested by tests/unit/notifications/test_patience.py.
"""

from __future__ import annotations

from typing import NoReturn

from airflow_provider_bento.api.contract import Family
from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.delivery.pacing import Pacer
from airflow_provider_bento.exceptions import BentoRateLimited

__all__ = ["PatientPacer"]


class PatientPacer:
    """A budget that is waited for no longer than ``patience`` seconds in all, whatever the number of requests and 429s.

    :param pacer: the budget.
    :param patience: seconds, from now.
    :param clock: time.
    """

    def __init__(self, pacer: Pacer, patience: float, clock: Clock) -> None:
        self._pacer = pacer
        self._patience = patience
        self._clock = clock
        self._until = clock.monotonic() + patience

    def try_acquire(self, family: Family) -> float:
        """Take a permit, or return after how many seconds to ask again.

        :raises BentoRateLimited: that is later than patience allows; no permit was given.
        """
        seconds = self._pacer.try_acquire(family)
        if seconds > 0 and self._clock.monotonic() + seconds > self._until:
            self._give_up(seconds)
        return seconds

    def restamp(self, family: Family, age: float) -> float:
        """Move a permit of that age to now; or give it back and return after how many seconds to ask for a new one."""
        return self._pacer.restamp(family, age)

    def slack(self, family: Family) -> float:
        """Return the seconds by which a request may follow its permit."""
        return self._pacer.slack(family)

    def pause(self, family: Family, retry_after: float | None) -> float:
        """Close the budget for all who share it, after a 429; return for how many seconds."""
        return self._pacer.pause(family, retry_after)

    def minimum_duration(self, family: Family, requests: int) -> float:
        """Return the least time that the requests take on an idle budget."""
        return self._pacer.minimum_duration(family, requests)

    def _give_up(self, seconds: float) -> NoReturn:
        raise BentoRateLimited(
            f"The rate limit allows no request for another {seconds:.0f} s, which is longer than patience="
            f"{self._patience:g} s allows. The email was not sent. Set a larger patience, or send fewer requests at "
            "this time.",
            retry_after=seconds,
        )
