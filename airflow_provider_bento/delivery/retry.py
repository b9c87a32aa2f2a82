"""The outcome table: what is known after a request, and what may be done about it.

====================================  ============================  ==============================
known                                 idempotent                    not idempotent
====================================  ============================  ==============================
429                                   wait as asked, repeat         the same
never reached Bento                   repeat with backoff           the same
unknown                               repeat with backoff           doubt: a person decides
refused for good, wrong set-up        stop                          stop
====================================  ============================  ==============================

(RFC 9110 9.2.2: a client must not repeat a request that is not idempotent unless it knows that it was not applied.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airflow_provider_bento.api.contract import Family
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, BentoRateLimited, BentoUnreachable

MAX_THROTTLES: Final = 10
"""429s in a row after which a task with one request in flight gives up; with more in flight, as many for each."""

_PAUSES_OF_A_DAY: Final[Mapping[Family, float]] = {"deletion": 3 * 3600.0}
"""Seconds, of the families that also have a limit a day: ``MAX_THROTTLES`` such pauses outlast the day."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often and after how long a request is repeated.

    :param max_attempts: attempts of one request in all, 429s not counted.
    :param base: seconds before the first repeat; doubled each time.
    :param cap: the longest of these waits, in seconds; what Bento asks for is never shortened.
    :param max_throttles: 429s of one request, one after the other, before the task gives up for now.
    :param max_refusals: 429s in a row without one accepted request, over all requests and starts of an attempt, after
        which the attempt fails.
    """

    max_attempts: int = 5
    base: float = 1.0
    cap: float = 60.0
    max_throttles: int = MAX_THROTTLES
    max_refusals: int = MAX_THROTTLES

    def seconds(self, attempt: int, jitter: float) -> float:
        """Return the wait after the given attempt (from 1): between half and all of the doubled base.

        :param jitter: a random number in [0, 1).
        """
        return float(min(self.cap, self.base * 2 ** min(attempt - 1, 30))) * (0.5 + jitter / 2)


def repeat_after(
    error: BentoError, *, idempotent: bool, attempt: int, throttles: int, backoff: Backoff, jitter: float
) -> float | None:
    """Return after how many seconds the request may be sent again; ``None``: not by us.

    :param error: what is known.
    :param idempotent: whether repeating it changes nothing even if it was applied.
    :param attempt: how many attempts were made, 429s not counted.
    :param throttles: how many 429s came in a row.
    """
    if isinstance(error, BentoRateLimited):
        ends = error.refusals or throttles > backoff.max_throttles
        return None if ends else 0.0  # the paused budget does the waiting
    if attempt >= backoff.max_attempts:
        return None
    if isinstance(error, BentoUnreachable) or (idempotent and isinstance(error, BentoOutcomeUnknown)):
        return max(error.retry_after or 0.0, backoff.seconds(attempt, jitter))
    return None


def pause_after(error: BentoRateLimited, family: Family, *, refusals: int, frees_slot: bool) -> float | None:
    """Return for how many seconds the budget is paused after a 429; ``None``: for the rest of its shortest window.

    If the window has passed and the next request is refused too, the limit a day is used up. Other hosts may have used
    it, or a process whose budget is gone.

    :param refusals: how many 429s came in a row.
    :param frees_slot: whether a long pause frees the worker slot; nothing may occupy one for hours.
    """
    if error.retry_after is None and refusals > 1 and frees_slot:
        return _PAUSES_OF_A_DAY.get(family)
    return error.retry_after
