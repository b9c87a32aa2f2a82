"""The line of those who wait for a permit: who asked first is served first, so each of many processes gets its share.

Nobody holds anything while waiting. A place is lost by not asking again: one who was killed, or gave up, is forgotten
within seconds, and costs the others one request until then. Pure.
"""

from __future__ import annotations

from typing import Final

import msgspec

from airflow_provider_bento.api.rates import Rate

ASK_AGAIN: Final = 5.0
"""Seconds after which a waiting task asks again at the latest."""

GRACE: Final = 2.0
"""Seconds by which one may be late without losing the place: on a busy machine a sleep of 0.6 s can take two."""


LONGEST_PLACE: Final = ASK_AGAIN + GRACE
"""Seconds after which one who did not ask again has lost the place, whatever its turn was."""


class Waiter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in the line.

    :param name: whose.
    :param until: it is given up unless its owner asks again before; the clock of the budget, in seconds.
    :param rates: the rates that its owner obeys, if others have more generous ones.
    """

    name: str
    until: float
    rates: tuple[Rate, ...] = ()


Line = tuple[Waiter, ...]


def present(line: Line, now: float) -> Line:
    """Return those who still wait. Where the clock was set back, places reach too far ahead: they are given up too."""
    return tuple(waiter for waiter in line if now < waiter.until <= now + LONGEST_PLACE)


def ahead(line: Line, name: str) -> int:
    """Return how many come before: all, for one who is not in the line yet."""
    return next((place for place, waiter in enumerate(line) if waiter.name == name), len(line))


def joined(line: Line, name: str, now: float, turn: float, rates: tuple[Rate, ...] = ()) -> Line:
    """Return the line with a place kept until its turn, or until its owner should have asked again."""
    place = ahead(line, name)
    return (*line[:place], Waiter(name, min(turn, now + ASK_AGAIN) + GRACE, rates), *line[place + 1 :])


def left(line: Line, name: str) -> Line:
    """Return the line without one who was served."""
    return tuple(waiter for waiter in line if waiter.name != name)
