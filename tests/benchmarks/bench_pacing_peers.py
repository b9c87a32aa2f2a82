"""Would a library do? pyrate-limiter, polled and on the store's clock, against our own budget, side by side.

Three questions that decide: how much of the limit is used, is a burst of twenty held back, is everybody served alike.
Both sides press the same server, which stamps arrivals on its own clock. "Slowest way" is the longest time between a
permit and its arrival: where it is beyond 1 % of the window, "most" says more about a machine that was held up.
The peer needs ``pip install 'pyrate-limiter>=4.5,<5' filelock``; without it only our own side is measured.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pacing_world import Server, machine, press, redis_server

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.pacing.pacer import BudgetStore, SharedPacer
from airflow_provider_bento.delivery.pacing.redis_budgets import RedisBudgets
from airflow_provider_bento.delivery.pacing.sqlite_budgets import HostBudgets
from airflow_provider_bento.delivery.pacing.wait import wait_for_permit


def ours(place: str, limit: int, seconds: float) -> tuple[Any, Any]:
    """Open our pacer."""
    store: BudgetStore = RedisBudgets(place) if place.startswith("redis") else HostBudgets(Path(place))
    pacer = SharedPacer(store, "bench", {"batch": (Rate(limit, seconds),)})
    clock = SystemClock()
    return (
        lambda: wait_for_permit(pacer, "batch", clock=clock, stopped=lambda: False),
        lambda retry_after: pacer.pause("batch", retry_after),
    )


def library(place: str, limit: int, seconds: float, share: float, short: bool, longer: float) -> tuple[Any, Any]:
    """Open pyrate-limiter's log bucket, polled, on the store's clock, with a second, short rate where asked."""
    import pyrate_limiter as pyrate

    most, window = int(limit * share), int(seconds * longer * 1000)
    rates = [pyrate.Rate(2, 2 * window // most)] * short + [pyrate.Rate(most, window)]
    if place.startswith("redis"):
        import redis

        client = redis.Redis.from_url(place)
        bucket: Any = pyrate.RedisBucket.init(rates, client, "bench")

        def now() -> int:
            whole, micros = client.time()
            return int(whole * 1000 + micros // 1000)

        bucket.now = now
    else:
        bucket = pyrate.SQLiteBucket.init_from_file(rates, db_path=place, use_file_lock=True)
    limiter = pyrate.Limiter(bucket)

    def wait() -> None:
        while not limiter.try_acquire("bench", timeout=0):
            time.sleep(random.uniform(0.01, 0.06))

    return wait, lambda _: None


PEERS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "ours": (ours, ()),
    "pyrate, one rate": (library, (1.0, False, 1.0)),
    "pyrate, window 1 % longer": (library, (1.0, False, 1.01)),
    "pyrate, two rates": (library, (1.0, True, 1.0)),
    "pyrate, two rates at 95 %": (library, (0.95, True, 1.0)),
}


def burst(maker: Any, arguments: tuple[Any, ...], count: int = 20) -> float:
    """Return how long so many permits take on an idle budget, at a minute's scale."""
    wait, _ = maker(*arguments)
    began = time.monotonic()
    for _ in range(count):
        wait()
    return time.monotonic() - began


def row(maker: Any, more: tuple[Any, ...], places: tuple[str, str], options: argparse.Namespace) -> str:
    """Press one limiter; return its line of the table.

    :param places: an unused budget to press, another one for the burst.
    """
    with Server(latency=options.window / 300) as server:
        arguments = (places[0], 100, options.window, *more)
        seen = press(server, maker, arguments, processes=options.processes, seconds=options.seconds)
    least, most = seen.shares(options.processes)
    used = seen.used(100, options.window, last=options.seconds)
    at_once = burst(maker, (places[1], 100, 60.0, *more))
    return (
        f"{seen.most(options.window):>12}{used:>8.1%}{seen.slowest():>11.2f} s"
        f"{least:>8.2f}-{most:.2f}{at_once:>20.1f} s"
    )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=18.0, help="how long each one presses")
    parser.add_argument("--window", type=float, default=6.0, help="seconds of the window of 100")
    parser.add_argument("--processes", type=int, default=8)
    options = parser.parse_args()
    here = importlib.util.find_spec("pyrate_limiter") is not None
    print(f"{machine()} · 100 in {options.window:g} s, {options.processes} processes, {options.seconds:.0f} s each")
    print("" if here else "pyrate-limiter: NOT measured, it is not installed")
    print(f"{'':36}{'most of 100':>12}{'used':>8}{'slowest way':>13}{'shares':>13}{'20 of 100 in 60 s':>22}")
    with tempfile.TemporaryDirectory() as folder, redis_server() as redis:
        print("" if redis else "Redis: NOT measured, there is no redis-server")
        for number, (name, (maker, more)) in enumerate(PEERS.items() if here else [("ours", PEERS["ours"])]):
            files = (f"{folder}/{number}.sqlite", f"{folder}/{number}b.sqlite")
            print(f"{name:28}{'SQLite':8}{row(maker, more, files, options)}", flush=True)
            if redis:
                databases = (f"{redis[:-1]}{2 * number}", f"{redis[:-1]}{2 * number + 1}")
                print(f"{name:28}{'Redis':8}{row(maker, more, databases, options)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
