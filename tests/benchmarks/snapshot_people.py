"""The people of the snapshot's benchmark, in two editions; no import but the standard library, so that a peer can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

EVERY = 100
"""One person in so many is changed, one is added and one is gone in the next edition."""


def everybody(count: int, *, edition: int) -> Iterator[dict[str, Any]]:
    """Yield so many people, as a query of a warehouse returns them.

    :param edition: 0: the people to begin with; 1: those of the next day.
    """
    for number in range(count + count // EVERY if edition else count):
        if edition and number < count and number % EVERY == 1:
            continue
        yield _person(number, "gold" if edition and number % EVERY == 0 else "silver")


def _person(number: int, plan: str) -> dict[str, Any]:
    return {
        "email": f"customer.{number}@shop{number % 500}.example",
        "first_name": "Ann",
        "last_name": "Nilsson" if number % 3 else "Lindqvist",
        "tags": ["customer", "newsletter"],
        "plan": plan,
        "seats": number % 40,
        "average_order": number % 9000 / 100,
        "city": "Lund" if number % 2 else "Kalmar",
        "newsletter": True,
    }
