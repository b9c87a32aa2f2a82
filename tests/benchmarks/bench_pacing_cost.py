"""What does asking for a permit cost? Mean, 99th percentile and worst, 1 and 16 processes, in each place.

Each question is a permit given from a budget of 100 a minute that is nearly spent, as in a long push: the largest value
that is read and written. A slot of 100 a minute is 600 ms long.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import tempfile
import time
from multiprocessing.sharedctypes import SynchronizedArray
from pathlib import Path
from typing import Final

from bench_pacing_limit import redis_server

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing import window
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.memory_budgets import ProcessBudgets
from airflow_provider_bento.delivery.pacing.pacer import BudgetStore
from airflow_provider_bento.delivery.pacing.redis_budgets import RedisBudgets
from airflow_provider_bento.delivery.pacing.sqlite_budgets import HostBudgets

RATE: Final = Rate(100, 60.0)
SLOT: Final = 600.0  # milliseconds
SECONDS: Final = 4.0
MOST: Final = 200_000


def store_of(place: str) -> BudgetStore:
    """Open the store as a worker does."""
    if place == "process":
        return ProcessBudgets()
    return RedisBudgets(place) if place.startswith("redis://") else HostBudgets(Path(place))


def permit(budget: Budget, now: float) -> tuple[Budget, float]:
    """Give a permit from a budget that has one left."""
    nearly = Budget(permits=tuple(now - 60 + one * 0.6 for one in range(99)), at=budget.at)
    return window.try_acquire(nearly, [RATE], max(now, budget.at))


def work(place: str, begin: float, costs: SynchronizedArray[float]) -> None:
    """Ask as fast as it goes, or, of many, a hundred times as often as a push does."""
    store, count = store_of(place), 0
    store.change("warm", permit)
    time.sleep(max(0.0, begin - time.monotonic()))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and count < MOST:
        asked = time.perf_counter()
        store.change("bench", permit)
        costs[count + 1] = 1000 * (time.perf_counter() - asked)
        count += 1
        if PAUSE.value:
            time.sleep(PAUSE.value)
    costs[0] = count


PAUSE: Final = multiprocessing.Value("d", 0.0)


def measure(place: str, processes: int, pause: float) -> str:
    """Return a line of the table."""
    PAUSE.value = pause
    arrays = [multiprocessing.Array("d", MOST + 1, lock=False) for _ in range(processes)]
    begin = time.monotonic() + 1 + processes / 4
    crew = [multiprocessing.Process(target=work, args=(place, begin, one)) for one in arrays]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    costs = sorted(cost for one in arrays for cost in one[1 : int(one[0]) + 1])
    mean = sum(costs) / len(costs)
    return (
        f"{processes:3} processes, {'as fast as it goes' if not pause else f'every {1000 * pause:.0f} ms each':18} "
        f"mean {mean:7.3f} ms ({mean / SLOT:.3%} of a slot)  99 % {costs[len(costs) * 99 // 100]:7.3f}  "
        f"worst {costs[-1]:8.3f}  ({len(costs) / SECONDS:,.0f} a second)"
    )


def main() -> int:
    """Print the table."""
    print(f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder, redis_server() as redis:
        print("process", measure("process", 1, 0.0), flush=True)
        for name, place in (("SQLite ", f"{folder}/a.sqlite"), ("Redis  ", redis)):
            for processes, pause in ((1, 0.0), (16, 0.1), (16, 0.0)) if place else ():
                print(name, measure(place, processes, pause), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
