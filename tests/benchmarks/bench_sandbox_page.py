"""How long the sandbox's page takes when much has arrived, and what an open page costs whoever pushes meanwhile.

Run as ``python tests/benchmarks/bench_sandbox_page.py [people] [events]``; default 100,000 and 1,000,000, which come in
over HTTP into a state file first (a minute or two). Every page is asked for over HTTP; the first time nothing is
remembered and SQLite's cache may be cold.
"""

from __future__ import annotations

import contextlib
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import requests

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

TARGET_MS = 500.0
BATCH = 1000
TYPES = ("$purchase", "page_viewed", "lesson_finished", "signed_up", "left")
PAGES = {
    "overview": "/",
    "overview, last 30 days": "/?range=month",
    "people": "/people",
    "people: nobody matches": "/people?q=nobody",
    "people: a tag": "/people?tag=vip",
    "events": "/events",
    "events: in the middle": "/events?before={middle}",
    "events: of one address": "/events?q=person000123%40",
    "events: half of all addresses": "/events?q=7%40",
    "events: of one type": "/events?type=signed_up",
    "events: of one day": "/events?since={day}&until={next}",
    "automations": "/automations",
    "automations: of one address": "/automations?q=person000123%40",
    "requests": "/requests",
    "one person": "/people/77",
    "a broadcast to all of them": "/broadcasts/1",
}


class Api:
    """Bento's API, called as fast as it answers."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.session = requests.Session()
        self.session.auth = (sandbox.connection["login"], sandbox.connection["password"])
        self.session.headers.update({"User-Agent": "bench/1", "Content-Type": "application/json"})
        self.session.params = {"site_uuid": sandbox.connection["schema"]}
        self.base = sandbox.api

    def push(self, kind: str, records: list[dict[str, Any]]) -> float:
        """Send a batch; return milliseconds."""
        body = msgspec.json.encode({kind: records})
        began = time.perf_counter()
        self.session.post(f"{self.base}/batch/{kind}", data=body, timeout=60).raise_for_status()
        return (time.perf_counter() - began) * 1000


def person(number: int) -> dict[str, Any]:
    """Return a subscriber."""
    tags = "customer,vip" if number % 50 == 0 else "customer"
    return {"email": f"person{number:06d}@example.com", "plan": "pro", "customer_id": number, "tags": tags}


def event(number: int, people: int, events: int, now: datetime) -> dict[str, Any]:
    """Return an event somewhere in the last 40 days."""
    date = now - timedelta(days=40 * (1 - number / events))
    return {
        "type": TYPES[number % len(TYPES)],
        "email": f"person{number * 7919 % people:06d}@example.com",
        "date": date.isoformat(),
        "details": {"position": number, "note": "x" * 40},
    }


def fill(api: Api, people: int, events: int) -> None:
    """Push all of it."""
    now = datetime.now(UTC)
    for start in range(0, people, BATCH):
        api.push("subscribers", [person(number) for number in range(start, min(people, start + BATCH))])
    for start in range(0, events, BATCH):
        api.push("events", [event(number, people, events, now) for number in range(start, min(events, start + BATCH))])
    mail = {"name": "n", "subject": "s", "content": "c", "type": "plain", "inclusive_tags": "customer"}
    api.push("broadcasts", [{**mail, "exclusive_tags": "vip"}])


def ask(url: str) -> float:
    """Load a page; return milliseconds."""
    began = time.perf_counter()
    requests.get(url, headers={"Accept": "text/html"}, timeout=120).raise_for_status()
    return (time.perf_counter() - began) * 1000


@contextlib.contextmanager
def open_page(url: str) -> Iterator[None]:
    """Look again and again, as a page does that is told of changes all the time."""
    closed = threading.Event()

    def look() -> None:
        while not closed.wait(max(0.7, 3 * ask(url) / 1000)):
            pass

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        closed.set()
        thread.join()


def pushes(api: Api, people: int, count: int = 60) -> list[float]:
    """Return the milliseconds of some further batches."""
    now = datetime.now(UTC)
    return [api.push("events", [event(number, people, BATCH, now) for number in range(BATCH)]) for _ in range(count)]


def main(people: int = 100_000, events: int = 1_000_000) -> None:
    """Print the tables."""
    machine = (
        f"{platform.node()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.db"
        with running_sandbox(state=file) as sandbox:
            began = time.perf_counter()
            fill(Api(sandbox), people, events)
            print(f"{people:,} people and {events:,} events came in {time.perf_counter() - began:.0f} s; {machine}\n")
        with running_sandbox(state=file) as sandbox:
            show_pages(sandbox, people + events // 2)
            show_pushes(sandbox, people)


def show_pages(sandbox: RunningSandbox, middle: int) -> None:
    """Print how long each page takes, and whether all stay within the target."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0) - timedelta(days=20)
    values = {"middle": middle, "day": f"{day:%Y-%m-%d}", "next": f"{day + timedelta(days=1):%Y-%m-%d}"}
    print(f"{'page':<34}{'first ms':>10}{'median':>10}{'most':>10}")
    slowest = 0.0
    for name, path in PAGES.items():
        first, *others = (ask(sandbox.url + path.format(**values)) for _ in range(6))
        print(f"{name:<34}{first:>10.0f}{statistics.median(others):>10.0f}{max(others):>10.0f}")
        slowest = max(slowest, statistics.median(others))
    verdict = "within" if slowest <= TARGET_MS else "ABOVE"
    print(f"\nThe slowest page takes {slowest:.0f} ms: {verdict} the target of {TARGET_MS:.0f} ms.\n")


def show_pushes(sandbox: RunningSandbox, people: int) -> None:
    """Print how long a batch of 1000 events takes without and with a page that is open."""
    api = Api(sandbox)
    alone = pushes(api, people)
    with open_page(sandbox.url):
        watched = pushes(api, people)
    print(f"{'a batch of 1,000 events':<34}{'median ms':>10}{'most':>10}")
    for name, times in (("nobody looks", alone), ("the overview is open", watched)):
        print(f"{name:<34}{statistics.median(times):>10.1f}{max(times):>10.1f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
