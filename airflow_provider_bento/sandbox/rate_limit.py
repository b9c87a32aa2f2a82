"""Bento's rate limit as a rolling window; knows regimes and times, never requests.

Tested by tests/sandbox/test_sandbox_limits_and_profiles.py.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from airflow_provider_bento.api.contract import Family

Scope = Literal["ip", "family"]
"""Who shares a limit: everything from one address, or one endpoint family of one account."""

_UNITS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_RATE: Final = re.compile(r"(\d+)\s*/\s*(?:(\d+(?:\.\d+)?)s|(second|minute|hour|day))")


@dataclass(frozen=True, slots=True)
class Regime:
    """One of the rate limits that Bento has published.

    :param text: as it was written, like ``100/minute per family``.
    :param rates: pairs of requests and milliseconds; all apply at once; empty: no limit.
    :param scope: who shares it.
    """

    text: str
    rates: tuple[tuple[int, int], ...]
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
        found = [_RATE.fullmatch(part.strip()) for part in rates_text.split(",")]
        rates = tuple(_rate(match) for match in found if match)
        if len(rates) != len(found) or (scope or "ip") not in ("ip", "family") or not all(n for n, _ in rates):
            raise ValueError("a limit must look like 60/minute per ip, 100/minute per family, or off")
        return cls(words, rates, "family" if scope == "family" else "ip")


def _rate(match: re.Match[str]) -> tuple[int, int]:
    count, seconds, unit = match.groups()
    return int(count), round(1000 * (float(seconds) if seconds else _UNITS[unit]))


class Limiter:
    """Counts admitted requests in rolling windows.

    :param regime: the rate limit that applies.
    """

    def __init__(self, regime: Regime) -> None:
        self.regime = regime
        self._admitted: dict[tuple[str, ...], deque[int]] = {}

    def admit(self, address: str, account: str, family: Family, at: int) -> int:
        """Take a place in every window; return 0, or the milliseconds until there is one (none was taken)."""
        window = self._admitted.setdefault(self._key(address, account, family), deque())
        self._forget(window, at)
        waits = [wait for rate in self.regime.rates if (wait := self._wait(window, rate, at)) > 0]
        if not waits and self.regime.rates:
            window.append(at)
        return max(waits, default=0)

    def usage(self, at: int) -> list[dict[str, object]]:
        """Return how full each window is: ``key``, ``used``, ``limit``, ``seconds``."""
        return [
            {"key": " ".join(key), "used": _within(window, length, at), "limit": count, "seconds": length / 1000}
            for key, window in self._admitted.items()
            for count, length in self.regime.rates
        ]

    def clear(self) -> None:
        """Forget all requests."""
        self._admitted.clear()

    def _key(self, address: str, account: str, family: Family) -> tuple[str, ...]:
        return (address,) if self.regime.scope == "ip" else (account, family)

    def _forget(self, window: deque[int], at: int) -> None:
        longest = max((length for _, length in self.regime.rates), default=0)
        while window and window[0] <= at - longest:
            window.popleft()

    def _wait(self, window: deque[int], rate: tuple[int, int], at: int) -> int:
        count, length = rate
        if len(window) < count or window[-count] <= at - length:
            return 0
        return window[-count] + length - at


def _within(window: deque[int], length: int, at: int) -> int:
    return sum(1 for admitted in window if admitted > at - length)
