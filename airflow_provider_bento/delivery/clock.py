"""Time as the path sees it; handed in, so that no test sleeps."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Three questions about time. All values are in seconds."""

    def time(self) -> float:
        """Return the wall clock, as seconds since the epoch: for values that other processes read."""
        ...

    def monotonic(self) -> float:
        """Return a clock that never jumps: for durations inside this process."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; return early if the task is stopped."""
        ...


class SystemClock:
    """The machine's clock; its sleep ends at once when ``stop`` is set.

    :param stop: set to end the run.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()

    def time(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds of a clock that never jumps."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait ``seconds``, or until the stop is set."""
        self._stop.wait(max(0.0, seconds))
