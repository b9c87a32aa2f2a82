"""What does a wrong setting cost? 100 a minute are configured, the server lets 60 through; an hour on a fake clock.

The server counts what it admits in a rolling minute. Bento does not document its ``Retry-After``: none, and a whole
minute each time, which is the costliest that a limit of a minute would say. Then the same with real processes, real
stores and a real server, ten windows at a tenth of the time.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import os
import platform
import random
import sys
import tempfile
from collections import deque
from typing import Final

from bench_pacing_peers import ours
from pacing_world import Server, press, redis_server

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing.memory_budgets import ProcessBudgets
from airflow_provider_bento.delivery.pacing.pacer import SharedPacer
from airflow_provider_bento.delivery.pacing.wait import JITTER, LONGEST_SLEEP

CONFIGURED: Final = Rate(100, 60.0)
ALLOWED: Final = 60
MINUTES: Final = 60


class SimulatedServer:
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
    :param retry_after: what a 429 says.
    """

    def __init__(self, workers: int, latency: float, retry_after: float | None) -> None:
        self.now = 0.0
        self.server = SimulatedServer()
        self._latency, self._retry_after = latency, retry_after
        store = ProcessBudgets(now=lambda: self.now)
        self._pacers = [SharedPacer(store, "bench", {"batch": (CONFIGURED,)}) for _ in range(workers)]
        self._events: list[tuple[float, int, str]] = [(random.uniform(0, 1), one, "take") for one in range(workers)]

    def run(self) -> None:
        """Let an hour pass."""
        heapq.heapify(self._events)
        while self._events[0][0] < MINUTES * 60:
            self.now, one, kind = heapq.heappop(self._events)
            after, following = getattr(self, f"_{kind}")(self._pacers[one])
            heapq.heappush(self._events, (self.now + after, one, following))

    def _take(self, pacer: SharedPacer) -> tuple[float, str]:
        seconds = pacer.try_acquire("batch")
        if seconds > 0:
            return min(seconds, LONGEST_SLEEP) + random.uniform(0, JITTER), "take"
        return self._latency * 0.1 * random.uniform(0.8, 1.2), "arrive"

    def _arrive(self, _: SharedPacer) -> tuple[float, str]:
        refused = self.server.ask(self.now) == 429
        return self._latency * 0.9 * random.uniform(0.8, 1.2), "close" if refused else "take"

    def _close(self, pacer: SharedPacer) -> tuple[float, str]:
        pacer.pause("batch", self._retry_after)
        return 0.0, "take"


def row(workers: int, latency: float, retry_after: float | None) -> str:
    """Return one world's line of the table."""
    world = World(workers, latency, retry_after)
    world.run()
    admitted, refused = world.server.admitted, world.server.refused[:MINUTES]
    tens = " ".join(f"{sum(refused[ten : ten + 10]):2}" for ten in range(0, MINUTES, 10))
    used = [sum(admitted[2:end]) / (ALLOWED * (end - 2)) for end in (10, MINUTES)]
    return (
        f"{workers:3} in flight, reply {latency:3g} s, Retry-After {retry_after or '-':>4}: 429s in each ten minutes "
        f"{tens}   used from minute 3 to 10 {used[0]:6.1%}, to 60 {used[1]:6.1%}"
    )


def scaled(place: str, processes: int, threads: int, latency: float) -> str:
    """Return the line of ten windows of six seconds with real processes."""
    with Server(latency, ALLOWED, CONFIGURED.seconds / 10) as server:
        arguments = (place, CONFIGURED.limit, CONFIGURED.seconds / 10)
        seen = press(server, ours, arguments, processes=processes, threads=threads, seconds=60)
    refused = sum(1 for _, _, status, _ in seen.seen if status == 429)
    used = seen.used(ALLOWED, CONFIGURED.seconds / 10, first=12, last=60)
    return (
        f"{processes:3} processes, each {threads} in flight, reply {latency:g} s: 429s {refused:2}   "
        f"used from window 3 on {used:.1%}"
    )


def main() -> int:
    """Print the table."""
    logging.disable(logging.WARNING)
    random.seed(1)
    print(f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}; a fake clock, seed 1")
    for workers in (1, 4, 16):
        for latency, retry_after in itertools.product((0.2, 1.0, 2.0), (None, 60.0)):
            print(row(workers, latency, retry_after), flush=True)
    with tempfile.TemporaryDirectory() as folder, redis_server() as redis:
        for name, place in (("SQLite", f"{folder}/a.sqlite"), ("Redis", redis)):
            print(name, scaled(place, 4, 4, 0.1) if place else "NOT measured, there is no redis-server", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
