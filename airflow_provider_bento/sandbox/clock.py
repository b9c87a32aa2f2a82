"""The sandbox's own time: the machine's, moved on by hand, or standing still until it is moved.

Tested by tests/sandbox/test_sandbox_control.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, Literal

ClockMode = Literal["running", "standing"]
_ZONE: Final = re.compile(r"(?<=\d)\s+(?:UTC|GMT)$|(?<=:\d\d)\s+(?=[+-]\d\d:?\d\d$)")
_EPOCH_SECONDS: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]+)?")
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
    """Return the instant of a date as Rails reads it; ``None`` for anything else.

    ISO 8601, the same followed by `` UTC`` or `` +0000`` as Ruby writes it, RFC 2822, or seconds since the epoch as a
    number or as digits. A date without a zone is UTC (an assumption).
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return _parsed(value)


@lru_cache(4096)  # a batch repeats dates
def _parsed(value: str | float) -> int | None:
    try:
        instant = round(_seconds(value) * 1000)
        datetime.fromtimestamp(instant / 1000, UTC)  # a zone or rounding can lead out of the years that exist
    except (ValueError, OverflowError, OSError):
        return None
    return instant


def _seconds(value: str | float) -> float:
    """Return seconds since the epoch.

    :raises ValueError: the text is no date.
    """
    if not isinstance(value, str):
        return value
    text = _ZONE.sub(lambda found: "+00:00" if found[0].strip() else "", value.strip())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        if _EPOCH_SECONDS.fullmatch(text):
            return float(text)
        moment = parsedate_to_datetime(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
