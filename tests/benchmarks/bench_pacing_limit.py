"""Is the limit kept, and is it used? Many processes share one budget; an independent process stamps what arrives.

``python tests/benchmarks/bench_pacing_limit.py`` runs scaled windows; ``--real`` adds ten minutes of 100 in 60 s.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import platform
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.pacing.many_hosts import RedisBudgets
from airflow_provider_bento.delivery.pacing.one_host import HostBudgets
from airflow_provider_bento.delivery.pacing.rates import Rate
from airflow_provider_bento.delivery.pacing.shared import BudgetStore, SharedPacer
from airflow_provider_bento.delivery.pacing.wait import wait_for_permit


def store_of(place: str) -> BudgetStore:
    """Open the store as a worker does."""
    return RedisBudgets(place) if place.startswith("redis://") else HostBudgets(Path(place))


def worker(place: str, rate: Rate, number: int, skew: float, latency: float, target: str, seconds: float) -> None:
    """Send a datagram for every permit until the time is over; its own wall clock is wrong by ``skew``."""
    real = time.time
    time.time = lambda: real() + skew
    pacer = SharedPacer(store_of(place), "bench", {"batch": (rate,)})
    clock = SystemClock()
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        while time.monotonic() < end:
            wait_for_permit(pacer, "batch", clock=clock, stopped=lambda: False)
            time.sleep(random.uniform(0, 0.002))
            out.sendto(bytes([number]), target)
            time.sleep(latency)


def measure(place: str, rate: Rate, processes: int, *, skew: float = 0.0, latency: float = 0.0, seconds: float) -> str:
    """Run the workers; return a line of the table."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
        target = f"{folder}/in"
        inbox.bind(target)
        inbox.settimeout(1.0)
        skews = [random.choice((-skew, skew)) for _ in range(processes)]
        crew = [
            multiprocessing.Process(target=worker, args=(place, rate, number, skews[number], latency, target, seconds))
            for number in range(processes)
        ]
        for one in crew:
            one.start()
        arrivals: list[tuple[float, int]] = []
        began = time.monotonic()
        while any(one.is_alive() for one in crew):
            with contextlib.suppress(TimeoutError):
                arrivals.append((ord(inbox.recv(1)), time.monotonic())[::-1])
        for one in crew:
            one.join()
    times = [at for at, _ in arrivals]
    most, left = 0, 0
    for right, at in enumerate(times):
        while at - times[left] >= rate.seconds:
            left += 1
        most = max(most, right - left + 1)
    windows = int(seconds / rate.seconds)
    used = sum(1 for at in times if at - times[0] < windows * rate.seconds) / (windows * rate.limit)
    shares = Counter(number for _, number in arrivals)
    fair = [shares[number] / (len(arrivals) / processes) for number in range(processes)]
    return (
        f"{processes:3} processes  skew ±{skew:g} s  reply {latency:g} s  max {most:4} of {rate.limit}  "
        f"used {used:6.1%}  share {min(fair):.2f}-{max(fair):.2f}  ({len(times)} in {time.monotonic() - began:.0f} s)"
    )


@contextlib.contextmanager
def redis_server() -> Iterator[str | None]:
    """Start a Redis of our own, where there is one."""
    binary = shutil.which("redis-server")
    if binary is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        time.sleep(0.5)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="also ten minutes of 100 in 60 s, with 16 processes")
    options = parser.parse_args()
    print(f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    scaled = Rate(100, 2.0)
    with tempfile.TemporaryDirectory() as folder, redis_server() as redis:
        for name, place in (("SQLite", f"{folder}/a.sqlite"), ("Redis", redis)):
            if place is None:
                print("Redis: NOT measured, there is no redis-server")
                continue
            for processes in (1, 4, 16):
                print(f"{name:7}", measure(place, scaled, processes, seconds=12), flush=True)
                time.sleep(2.2)
            if name == "Redis":
                print(f"{name:7}", measure(place, Rate(100, 6.0), 16, skew=0.1, seconds=25), flush=True)
                time.sleep(6.2)
        if options.real:
            print("SQLite ", measure(f"{folder}/b.sqlite", Rate(100, 60.0), 16, latency=1.0, seconds=600), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
