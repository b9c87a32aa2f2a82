"""Waiting for a permit: asking again and again, never holding anything while waiting."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from airflow_provider_bento.api.contract import Family
from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.delivery.pacing import Pacer
from airflow_provider_bento.exceptions import BentoInterrupted, BentoRateLimited, BentoStateError

LONGEST_SLEEP: Final = 5.0
"""Seconds between two questions at most: the budget may open earlier than it said."""

JITTER: Final = 0.02
"""Seconds, at most, by which processes that wait for the same moment are spread."""

PATIENCE: Final = 20.0
"""Seconds for which a lost store is asked again: Redis may be starting anew. No permit is given meanwhile."""


def wait_for_permit(
    pacer: Pacer,
    family: Family,
    *,
    clock: Clock,
    stopped: Callable[[], bool] = lambda: False,
    give_up_after: float | None = None,
) -> float:
    """Wait until the budget grants a permit; return how long that took, in seconds.

    :param stopped: whether the task was stopped.
    :param give_up_after: seconds; a longer pause of the budget is not waited for.
    :raises BentoInterrupted: the task was stopped.
    :raises BentoRateLimited: paused for longer than ``give_up_after``; ``retry_after`` says for how long.
    :raises BentoStateError: the shared budget cannot be reached, for :data:`PATIENCE` seconds if that may pass.
    """
    began = clock.monotonic()
    while True:
        seconds = _ask(pacer, family, clock, stopped)
        if seconds <= 0:
            return clock.monotonic() - began
        if give_up_after is not None and seconds > give_up_after:
            raise BentoRateLimited(
                f"The rate limit allows no request for another {seconds:.0f} s; the task continues after that.",
                retry_after=seconds,
            )
        clock.sleep(min(seconds, LONGEST_SLEEP) + random.uniform(0, JITTER))  # noqa: S311  (spreads, hides nothing)


def _ask(pacer: Pacer, family: Family, clock: Clock, stopped: Callable[[], bool]) -> float:
    until = clock.monotonic() + PATIENCE
    while True:
        if stopped():
            raise BentoInterrupted("The task was stopped while waiting for the rate limit.")
        try:
            return pacer.try_acquire(family)
        except BentoStateError as error:
            if not getattr(error, "may_pass", False) or clock.monotonic() >= until:
                raise
        clock.sleep(1.0 + random.uniform(0, JITTER))  # noqa: S311  (spreads, hides nothing)
