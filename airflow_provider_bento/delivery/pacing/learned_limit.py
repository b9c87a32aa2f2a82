"""What a 429 teaches that came although our own count had room: the limit is lower, or shared with others. Pure.

The budget falls to what was let through in that window less what was refused in it. It stays there for :data:`STEADY`
windows after it opened again, then rises by 1, 2, 4 … requests a window; a rise that meets a 429 makes the next one
wait for twice as long. So a wrong setting costs a few 429s, and a busy hour of somebody else's passes.
"""

from __future__ import annotations

from typing import Final

import msgspec

from airflow_provider_bento.api.rates import Rate

STEADY: Final = 10
"""Windows without a 429 before a learned limit begins to rise, at first."""

STEADIEST: Final = 80
"""The same, after rises that failed, at most."""

_STEEPEST: Final = 20  # doublings of the rise; beyond any limit


class LearnedLimit(msgspec.Struct, frozen=True):
    """What 429s have taught about the shortest rate.

    :param limit: requests a window that Bento let through.
    :param at: when the budget opened again after the last 429; the clock of the budget, in seconds.
    :param steady: windows from then on in which it does not rise.
    """

    limit: int
    at: float
    steady: int = STEADY


def current_limit(rate: Rate, lesson: LearnedLimit | None, now: float) -> int:
    """Return how many requests a window may have now: the configured limit, or the learned one."""
    if lesson is None:
        return rate.limit
    rising = min(_STEEPEST, max(0, int((now - lesson.at) / rate.seconds) - lesson.steady))
    return max(1, min(rate.limit, lesson.limit + (1 << rising) - 1))


def learned(lesson: LearnedLimit | None, rate: Rate, accepted: int, now: float, opens: float) -> LearnedLimit | None:
    """Return what is known after a 429: as many requests as were accepted are the limit, unless it is obeyed already.

    :param accepted: requests of the window so far that were not answered 429; those under way count as accepted.
    :param opens: when the budget opens again.
    """
    limit = current_limit(rate, lesson, now)
    if lesson is None:
        return LearnedLimit(max(1, accepted), opens) if accepted < limit else None
    failed = now - lesson.at > rate.seconds  # a rise, or somebody else's requests; not the rest of the same 429s
    steady = min(2 * lesson.steady, STEADIEST) if failed else lesson.steady
    return LearnedLimit(max(1, min(accepted, limit)), opens, steady)
