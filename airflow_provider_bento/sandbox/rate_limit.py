"""Bento's rate limits as rolling windows; knows regimes and times, never requests.

Tested by tests/sandbox/test_sandbox_limits_and_profiles.py.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from airflow_provider_bento.api.contract import Family

Scope = Literal["ip", "family"]
"""Who shares a limit: everything from one address, or one endpoint family of one account."""

Rates = tuple[tuple[int, int], ...]
"""Pairs of requests and milliseconds; all apply at once; empty: no limit."""

_UNITS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_RATE: Final = re.compile(r"(\d+)\s*/\s*(?:(\d+(?:\.\d+)?)s|(second|minute|hour|day))")


@dataclass(frozen=True, slots=True)
class Regime:
    """One of the rate limits that Bento has published.

    :param text: as it was written, like ``100/minute per family``.
    :param rates: how many requests in which time.
    :param scope: who shares it.
    """

    text: str
    rates: Rates
    scope: Scope

    @classmethod
    def parse(cls, text: str) -> Regime:
        """Read ``off``, ``60/minute per ip``, ``100/minute, 500/hour per family``; ``ip`` is the default.

        :raises ValueError: the text has none of these forms.
        """
        words = text.strip().lower()
        if words == "off":
            return cls("off", (), "ip")
        rates_text, _, scope = words.partition(" per ")
        rates = _rates(rates_text)
        if not rates or (scope or "ip") not in ("ip", "family"):
            raise ValueError("a limit must look like 60/minute per ip, 100/minute per family, or off")
        return cls(words, rates, "family" if scope == "family" else "ip")


def read_rates(text: str) -> Rates:
    """Return the rates of one family of endpoints: ``30/hour``, ``5/minute, 30/hour``, or none for ``off``.

    :raises ValueError: the text has none of these forms.
    """
    words = text.strip().lower()
    rates = _rates(words)
    if not rates and words != "off":
        raise ValueError("a limit of one family must look like 30/hour, or off")
    return rates


def _rates(text: str) -> Rates:
    """Return the rates of a text; none if a part of it is not a rate above zero."""
    found = [_RATE.fullmatch(part.strip()) for part in text.split(",")]
    rates = tuple(_rate(match) for match in found if match)
    return rates if len(rates) == len(found) and all(count for count, _ in rates) else ()


def _rate(match: re.Match[str]) -> tuple[int, int]:
    count, seconds, unit = match.groups()
    return int(count), round(1000 * (float(seconds) if seconds else _UNITS[unit]))


class Limiter:
    """Counts admitted requests in rolling windows.

    :param regime: the rate limit of all families without one of their own; ``off`` switches all limits off.
    :param own: the rates of families with a limit of their own, which replaces the general one (docs: api/access).
    """

    def __init__(self, regime: Regime, own: Mapping[Family, Rates] = MappingProxyType({})) -> None:
        self.regime = regime
        self.own = own
        self._admitted: dict[tuple[str, ...], deque[int]] = {}

    def same_rules(self, other: Limiter) -> bool:
        """Whether the limits are the same, whatever was admitted."""
        return (self.regime, self.own) == (other.regime, other.own)

    def admit(self, address: str, account: str, family: Family, at: int) -> int:
        """Take a place in every window; return 0, or the milliseconds until there is one (none was taken)."""
        rates = self._rates_of(family)
        window = self._admitted.setdefault(self._key(address, account, family), deque())
        _forget(window, rates, at)
        waits = [wait for rate in rates if (wait := _wait(window, rate, at)) > 0]
        if not waits and rates:
            window.append(at)
        return max(waits, default=0)

    def usage(self, at: int) -> list[dict[str, object]]:
        """Return how full each window is: ``key``, ``used``, ``limit``, ``seconds``."""
        return [
            {"key": " ".join(key), "used": _within(window, length, at), "limit": count, "seconds": length / 1000}
            for key, window in self._admitted.items()
            for count, length in self._rates_of(key[-1])
        ]

    def clear(self) -> None:
        """Forget all requests."""
        self._admitted.clear()

    def _rates_of(self, family: str) -> Rates:
        """Return the rates of a family; of all families that share a window for anything else."""
        if not self.regime.rates:
            return ()
        return next((rates for name, rates in self.own.items() if name == family), self.regime.rates)

    def _key(self, address: str, account: str, family: Family) -> tuple[str, ...]:
        if self.regime.scope == "family":
            return account, family
        return (address, family) if family in self.own else (address,)


def _forget(window: deque[int], rates: Rates, at: int) -> None:
    longest = max((length for _, length in rates), default=0)
    while window and window[0] <= at - longest:
        window.popleft()


def _wait(window: deque[int], rate: tuple[int, int], at: int) -> int:
    count, length = rate
    if len(window) < count or window[-count] <= at - length:
        return 0
    return window[-count] + length - at


def _within(window: deque[int], length: int, at: int) -> int:
    return sum(1 for admitted in window if admitted > at - length)
