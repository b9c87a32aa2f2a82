"""The sandbox's own time: the machine's, moved on by hand, or standing still until it is moved.

Tested by tests/sandbox/test_sandbox_control.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Literal

ClockMode = Literal["running", "standing"]
_LATEST: Final = 253_370_764_800_000  # 9999-01-01: leaves room for hours to come, which must be dates too


class SandboxClock:
    """Time that can be moved on, never back. All instants are milliseconds since the epoch.

    :param wall: the machine's clock in seconds; handed in by tests.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._ahead = 0
        self._stands_at: int | None = None

    def now(self) -> int:
        """Return the sandbox's time."""
        return self._machine() + self._ahead if self._stands_at is None else self._stands_at

    def advance(self, seconds: float) -> None:
        """Move time on by ``seconds``; below zero, or beyond the years that can be written, is a ``ValueError``."""
        if not seconds >= 0:
            raise ValueError("time can only move forward")
        if seconds * 1000 > _LATEST - self.now():
            raise ValueError("time cannot be advanced beyond 9999-01-01; to go back, reset the sandbox")
        if self._stands_at is None:
            self._ahead += round(seconds * 1000)
        else:
            self._stands_at += round(seconds * 1000)

    @property
    def mode(self) -> ClockMode:
        """Whether time runs by itself."""
        return "running" if self._stands_at is None else "standing"

    def switch(self, mode: ClockMode) -> None:
        """Let time run from where it is, or stand still there."""
        now = self.now()
        self._stands_at = now if mode == "standing" else None
        self._ahead = now - self._machine()

    def restore(self, ahead: int, stands_at: int | None) -> None:
        """Go on from what :meth:`memory` returned."""
        self._ahead, self._stands_at = ahead, stands_at

    def memory(self) -> tuple[int, int | None]:
        """Return what a restart must know: milliseconds ahead of the machine, and where time stands."""
        return self._ahead, self._stands_at

    def _machine(self) -> int:
        return int(self._wall() * 1000)


def iso(instant: int | None) -> str | None:
    """Return ``2026-01-02T03:04:05.678Z`` for an instant, as Bento writes dates."""
    if instant is None:
        return None
    moment = datetime.fromtimestamp(instant / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1000:03d}Z"


def parse_date(value: object) -> int | None:
    """Return the instant of an ISO 8601 string, naive as UTC (an assumption); ``None`` for anything else."""
    return _parsed(value) if isinstance(value, str) else None


@lru_cache(4096)  # a batch repeats dates
def _parsed(value: str) -> int | None:
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        instant = round(moment.timestamp() * 1000)
        datetime.fromtimestamp(instant / 1000, UTC)  # a zone or rounding can lead out of the years that exist
    except (ValueError, OverflowError):
        return None
    return instant
