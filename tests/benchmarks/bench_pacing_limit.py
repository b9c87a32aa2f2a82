"""Is the limit kept, and is it used? Many processes share one budget; an independent process stamps what arrives.

``python tests/benchmarks/bench_pacing_limit.py`` runs scaled windows (about four minutes). ``--real`` runs ten minutes
of 100 in 60 s against the sandbox set to the same limit, whose journal says when each request came and what it was
answered: 16 processes on SQLite, and 16 on Redis whose wall clocks are wrong by a second.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import itertools
import multiprocessing
import os
import platform
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.pacing.pacer import BudgetStore, SharedPacer
from airflow_provider_bento.delivery.pacing.redis_budgets import RedisBudgets
from airflow_provider_bento.delivery.pacing.sqlite_budgets import HostBudgets
from airflow_provider_bento.delivery.pacing.wait import wait_for_permit
from airflow_provider_bento.exceptions import BentoInterrupted
from airflow_provider_bento.sandbox.control.client import Control
from airflow_provider_bento.sandbox.settings import Settings

SCALED: Final = Rate(100, 6.0)
REAL: Final = Rate(100, 60.0)
Arrival = tuple[float, int]


def store_of(place: str) -> BudgetStore:
    """Open the store as a worker does."""
    return RedisBudgets(place) if place.startswith("redis://") else HostBudgets(Path(place))


def worker(place: str, key: str, rate: Rate, number: int, skew: float, latency: float, threads: int, target: str,
           begin: float, end: float) -> None:  # fmt: skip
    """Use the budget with several requests in flight until the time is over; its wall clock is wrong by ``skew``."""
    real = time.time
    time.time = lambda: real() + skew
    pacer = SharedPacer(store_of(place), key, {"batch": (rate,)})

    def run() -> None:
        send = http_sender(target, number) if target.startswith("http") else datagram_sender(target, number)
        time.sleep(max(0.0, begin - time.monotonic()))
        with contextlib.suppress(BentoInterrupted):
            while True:
                wait_for_permit(pacer, "batch", clock=SystemClock(), stopped=lambda: time.monotonic() > end)
                if send() == 429:
                    pacer.pause("batch", None)
                time.sleep(latency * random.uniform(0.8, 1.2))

    crew = [threading.Thread(target=run) for _ in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()


def datagram_sender(target: str, number: int) -> Callable[[], int]:
    """Say a number to the one who stamps arrivals."""
    out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def send() -> int:
        time.sleep(random.uniform(0, 0.002))
        out.sendto(bytes([number]), target)
        return 200

    return send


def http_sender(target: str, number: int) -> Callable[[], int]:
    """Post one record to the sandbox."""
    keys = base64.b64encode(f"{Settings().publishable_key}:{Settings().secret_key}".encode()).decode()
    headers = {"Content-Type": "application/json", "User-Agent": f"bench-{number}", "Authorization": f"Basic {keys}"}
    path = f"/api/v1/batch/subscribers?site_uuid={Settings().sites[0]}"
    host = target.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=60)

    def send() -> int:
        connection.request("POST", path, b'{"subscribers":[{"email":"a@b.example"}]}', headers)
        reply = connection.getresponse()
        reply.read()
        return reply.status

    return send


def run_crew(place: str, rate: Rate, processes: int, target: str, *, skew: float, latency: float, threads: int,
             seconds: float) -> tuple[list[multiprocessing.Process], float]:  # fmt: skip
    """Start the workers; return them and when they begin."""
    begin = time.monotonic() + 2 + processes / 8
    key = f"bench-{next(_RUNS)}"
    crew = [
        multiprocessing.Process(
            target=worker,
            args=(place, key, rate, number, skew if number % 2 else -skew, latency, threads, target, begin,
                  begin + seconds),
        )
        for number in range(processes)
    ]  # fmt: skip
    for one in crew:
        one.start()
    return crew, begin


_RUNS: Final = itertools.count()


def measure(place: str, rate: Rate, processes: int, *, skew: float = 0.0, latency: float = 0.0, threads: int = 1,
            seconds: float) -> str:  # fmt: skip
    """Run the workers against datagrams; return a line of the table."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
        target = f"{folder}/in"
        inbox.bind(target)
        inbox.settimeout(1.0)
        crew, begin = run_crew(
            place, rate, processes, target, skew=skew, latency=latency, threads=threads, seconds=seconds
        )
        arrivals: list[Arrival] = []
        while any(one.is_alive() for one in crew):
            with contextlib.suppress(TimeoutError):
                number = ord(inbox.recv(1))
                arrivals.append((time.monotonic(), number))
        for one in crew:
            one.join()
    return line(arrivals, rate, processes, begin, seconds, f"skew ±{skew:g} s  reply {latency:g} s × {threads}")


def measure_sandbox(place: str, processes: int, *, skew: float, latency: float, threads: int, seconds: float) -> str:
    """Run the workers against the sandbox; its journal is the judge."""
    with sandbox() as url:
        offset = time.time() - time.monotonic()
        crew, begin = run_crew(
            place, REAL, processes, url, skew=skew, latency=latency, threads=threads, seconds=seconds
        )
        for one in crew:
            one.join()
        with Control(url) as control:
            journal = control.journal()
    arrivals = [(row["time"] - offset, int(row["user_agent"].removeprefix("bench-"))) for row in journal]
    refused = sum(1 for row in journal if row["status"] == 429)
    words = f"skew ±{skew:g} s  reply {latency:g} s × {threads}  429s {refused}"
    return line(arrivals, REAL, processes, begin, seconds, words)


def line(arrivals: Sequence[Arrival], rate: Rate, processes: int, begin: float, seconds: float, words: str) -> str:
    """Return what the arrivals say, as a line of the table."""
    times = [at for at, _ in arrivals]
    most, left = 0, 0
    for right, at in enumerate(times):
        while at - times[left] >= rate.seconds:
            left += 1
        most = max(most, right - left + 1)
    windows = max(1, int(seconds / rate.seconds))
    used = sum(1 for at in times if at - begin < windows * rate.seconds) / (windows * rate.limit)
    shares = Counter(number for _, number in arrivals)
    fair = [shares[number] / (len(arrivals) / processes) for number in range(processes)]
    return (
        f"{processes:3} processes  {words}  max {most:4} of {rate.limit} in {rate.seconds:g} s  "
        f"used {used:6.1%}  share {min(fair):.2f}-{max(fair):.2f}  ({len(times)} in {seconds:.0f} s)"
    )


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: Sequence[str], port: int) -> Iterator[None]:
    """Run a server until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(10)


@contextlib.contextmanager
def sandbox() -> Iterator[str]:
    """Start a sandbox with the limit that the workers are told."""
    port = free_port()
    command = [sys.executable, "-m", "airflow_provider_bento.sandbox", "--port", str(port)]
    with running([*command, "--limit", "100/minute per family"], port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def redis_server() -> Iterator[str | None]:
    """Start a Redis of our own, where there is one."""
    binary = shutil.which("redis-server")
    if binary is None:
        print("Redis: NOT measured, there is no redis-server")
        yield None
        return
    port = free_port()
    with running([binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], port):
        url = f"redis://127.0.0.1:{port}/0"
        RedisBudgets(url).change("warm", lambda budget, now: (budget, now))  # the workers inherit what this imports
        yield url


def scaled(places: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A tenth of the real window: latencies with one process, and 1, 4, 16 processes."""
    for name, place in places:
        for processes in (1, 4, 16):
            yield f"{name:7}{measure(place, SCALED, processes, seconds=18)}"
    for latency in (0.02, 0.1, 0.2):  # a tenth of 0.2, 1 and 2 s
        yield f"{'SQLite':7}{measure(places[0][1], SCALED, 1, latency=latency, threads=4, seconds=18)}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", choices=("sqlite", "redis", "latency", "all"), nargs="?", const="all",
                        help="ten minutes of 100 in 60 s instead")  # fmt: skip
    options = parser.parse_args()
    print(f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    with tempfile.TemporaryDirectory() as folder, redis_server() as redis:
        places = [("SQLite", f"{folder}/a.sqlite"), *([("Redis", redis)] if redis else [])]
        if options.real is None:
            for text in scaled(places):
                print(text, flush=True)
        for name, place in places if options.real else []:
            if options.real in ("all", name.lower()):
                skew = 1.0 if name == "Redis" else 0.0
                print(name, measure_sandbox(place, 16, skew=skew, latency=1.0, threads=1, seconds=600), flush=True)
        for latency in (0.2, 1.0, 2.0) if options.real in ("all", "latency") else ():
            text = measure_sandbox(places[0][1], 1, skew=0.0, latency=latency, threads=4, seconds=300)
            print("SQLite", text, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
