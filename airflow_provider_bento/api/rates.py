"""Rates in the notation of the connection: ``100/minute``, ``5/10s``, several separated by commas."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from airflow_provider_bento.exceptions import BentoSetupError

_SECONDS: Final = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}
_WRITTEN: Final = re.compile(
    r"(\d{1,9})\s*/\s*(?:(second|minute|hour|day)s?|(\d{1,6}(?:\.\d{1,3})?)\s*s)", re.IGNORECASE
)
_WANTED: Final = "write N/second, N/minute, N/hour, N/day or N/<k>s, several with commas: 100/minute, 500/hour"

LARGEST: Final = 10_000
"""Requests a window; each one is remembered for as long as the window."""


class Rate(msgspec.Struct, frozen=True, array_like=True):
    """At most ``limit`` requests in any ``seconds``.

    :param limit: requests, at least 1.
    :param seconds: length of the sliding window.
    """

    limit: int
    seconds: float


def parse_rates(text: str) -> tuple[Rate, ...]:
    """Return the rates in a text, all of which apply at once, the shortest window first.

    :raises BentoSetupError: the text is not a list of rates, or a number in it is zero or above :data:`LARGEST`.
    """
    parts = [part.strip() for part in str(text).split(",")]
    return tuple(sorted(map(_one, parts), key=lambda rate: rate.seconds))


def _one(part: str) -> Rate:
    found = _WRITTEN.fullmatch(part)
    if not found:
        raise BentoSetupError(f"A rate limit cannot be read: {_WANTED}.")
    limit, unit, length = found.groups()
    rate = Rate(int(limit), _SECONDS[unit.lower()] if unit else float(length))
    if rate.limit < 1 or rate.seconds <= 0:
        raise BentoSetupError(f"A rate limit must allow at least one request: {_WANTED}.")
    if rate.limit > LARGEST:
        raise BentoSetupError(
            f"A rate limit may allow at most {LARGEST} requests per window: write the same rate for a shorter window."
        )
    return rate
