"""What does a wrong setting cost? 100 a minute are configured, the server lets 60 through; ten minutes on a fake clock.

The server counts what it admits in a rolling minute and says no ``Retry-After``, as Bento's is not documented.
"""

from __future__ import annotations

import heapq
import logging
import os
import platform
import random
import sys
from collections import deque
from collections.abc import Sequence
from typing import Final

from airflow_provider_bento.delivery.pacing.process import ProcessBudgets
from airflow_provider_bento.delivery.pacing.rates import Rate
from airflow_provider_bento.delivery.pacing.shared import SharedPacer
from airflow_provider_bento.delivery.pacing.wait import JITTER, LONGEST_SLEEP

CONFIGURED: Final = Rate(100, 60.0)
ALLOWED: Final = 60
MINUTES: Final = 10


class Server:
    """Admits so many requests in any minute."""

    def __init__(self) -> None:
        self._window: deque[float] = deque()
        self.admitted = [0] * (MINUTES + 1)
        self.refused = [0] * (MINUTES + 1)

    def ask(self, at: float) -> int:
        """Return 200 or 429."""
        while self._window and self._window[0] <= at - 60:
            self._window.popleft()
        minute = min(MINUTES, int(at / 60))
        if len(self._window) >= ALLOWED:
            self.refused[minute] += 1
            return 429
        self._window.append(at)
        self.admitted[minute] += 1
        return 200


class World:
    """Virtual workers, each with one request in flight; time goes on only between events.

    :param workers: requests in flight at most.
    :param latency: seconds until a reply, of which a tenth is the way there.
    """

    def __init__(self, workers: int, latency: float) -> None:
        self.now = 0.0
        self.server = Server()
        self._latency = latency
        store = ProcessBudgets(now=lambda: self.now)
        self._pacers = [SharedPacer(store, "bench", {"batch": (CONFIGURED,)}) for _ in range(workers)]
        self._events: list[tuple[float, int, str]] = [(random.uniform(0, 1), one, "take") for one in range(workers)]

    def run(self) -> None:
        """Let ten minutes pass."""
        heapq.heapify(self._events)
        while self._events[0][0] < MINUTES * 60:
            self.now, one, kind = heapq.heappop(self._events)
            after, following = getattr(self, f"_{kind}")(self._pacers[one])
            heapq.heappush(self._events, (self.now + after, one, following))

    def _take(self, pacer: SharedPacer) -> tuple[float, str]:
        seconds = pacer.take("batch")
        if seconds > 0:
            return min(seconds, LONGEST_SLEEP) + random.uniform(0, JITTER), "take"
        return self._latency * 0.1 * random.uniform(0.8, 1.2), "arrive"

    def _arrive(self, _: SharedPacer) -> tuple[float, str]:
        refused = self.server.ask(self.now) == 429
        return self._latency * 0.9 * random.uniform(0.8, 1.2), "close" if refused else "take"

    def _close(self, pacer: SharedPacer) -> tuple[float, str]:
        pacer.close("batch", None)
        return 0.0, "take"


def row(workers: int, latency: float) -> str:
    """Return one world's line of the table."""
    world = World(workers, latency)
    world.run()
    admitted, refused = world.server.admitted[:MINUTES], world.server.refused[:MINUTES]
    return (
        f"{workers:3} in flight, reply {latency:3g} s: 429s {sum(refused):2}  {dots(refused)}   "
        f"used of {ALLOWED} a minute {dots(admitted)}   minute 3 on {sum(admitted[2:]) / (ALLOWED * (MINUTES - 2)):.1%}"
    )


def dots(counts: Sequence[int]) -> str:
    """Return the counts of the minutes."""
    return " ".join(f"{count:2}" for count in counts)


def main() -> int:
    """Print the table."""
    logging.disable(logging.WARNING)
    random.seed(1)
    print(f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}; a fake clock, seed 1")
    for workers in (1, 4, 16):
        for latency in (0.2, 1.0, 2.0):
            print(row(workers, latency), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
