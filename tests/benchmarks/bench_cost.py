"""What a chunk costs in CPU, beside the plain loop that Bento's own Python SDK makes of it.

The peer re-creates that SDK's request: ``requests.post(json=…)`` for each chunk, no session, nothing checked. All take
turns; the least of all rounds was disturbed least.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import requests

from airflow_provider_bento.api import wire
from airflow_provider_bento.api.client import BentoClient
from airflow_provider_bento.api.contract import BATCH, MAX_CHUNK_BYTES
from airflow_provider_bento.api.records import parse_event, parse_subscriber
from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.pacing.factory import make_pacer
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.sources.functions import GeneratorSource

CHUNKS = 20
ROUNDS = 7


def subscriber(number: int) -> dict[str, Any]:
    """Return a typical row of eleven fields."""
    extra = {f"field_{index}": f"value {number} {index}" for index in range(6)}
    return {
        "email": f"p{number}@x.example",
        "first_name": "Ann",
        "last_name": "Lee",
        "tags": "a,b",
        "n": number,
        **extra,
    }


def event(number: int) -> dict[str, Any]:
    """Return something done on a page, with three details."""
    details = {"page": f"/articles/{number}", "seconds": number % 90, "source": "newsletter"}
    return {"type": "$read", "email": f"p{number}@x.example", "date": "2026-01-02T03:04:05Z", "details": details}


def purchase(number: int) -> dict[str, Any]:
    """Return a purchase of four items."""
    items = [{"product_id": str(item), "product_price": 999, "quantity": 1} for item in range(4)]
    value = {"currency": "USD", "amount": number + 1}
    details = {"unique": {"key": f"o{number}"}, "value": value, "cart": {"items": items}}
    return {"type": "$purchase", "email": f"p{number}@x.example", "date": "2026-01-02T03:04:05Z", "details": details}


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU of this process for one chunk, in milliseconds."""
    began = time.process_time()
    work()
    return (time.process_time() - began) / CHUNKS * 1000


def peer(url: str, kind: str, rows: list[Any], connection: dict[str, str]) -> None:
    """Send as Bento's Python SDK does."""
    for at in range(0, len(rows), 1000):
        requests.post(
            f"{url}/api/v1/batch/{kind}",
            json={kind: rows[at : at + 1000]},
            params={"site_uuid": connection["schema"]},
            auth=(connection["login"], connection["password"]),
            headers={"User-Agent": "bento-python"},
            timeout=60,
        ).raise_for_status()


def ours(url: str, kind: Any, rows: list[Any], connection: dict[str, str], *, streamed: bool) -> None:
    """Send by the path, with everything that it does."""
    client = BentoClient(f"{url}/api/v1", connection["login"], connection["password"], connection["schema"])
    pacer = make_pacer("process", key=(url, kind), rates="1000/second")
    request_loop = RequestLoop(
        lambda request, sending: wire.read_batch(request, client.send(request, sending)), pacer, SystemClock()
    )
    source = GeneratorSource(lambda: iter(rows)) if streamed else ListSource(rows)
    plan = Plan(kind, BATCH[kind].max_records, MAX_CHUNK_BYTES)
    parse = parse_subscriber if kind == "subscribers" else parse_event
    report = deliver(
        Push(
            endpoint=kind,
            source=source,
            new_parser=lambda: parse,
            request_loop=request_loop,
            pacer=pacer,
            checkpoints=Checkpoints(MemoryStore(), plan, TaskAttempt()),
        )
    )
    assert report.counts.accepted == len(rows)


def compare(url: str, make: Callable[[int], dict[str, Any]], connection: dict[str, str]) -> None:
    """Print a line of the table."""
    kind = "subscribers" if make is subscriber else "events"
    rows = [make(number) for number in range(CHUNKS * 1000)]
    ways: list[Callable[[], object]] = [
        lambda: peer(url, kind, rows, connection),
        lambda: ours(url, kind, rows, connection, streamed=False),
        lambda: ours(url, kind, rows, connection, streamed=True),
    ]
    theirs, listed, streamed = (
        min(times) for times in zip(*([cpu(way) for way in ways] for _ in range(ROUNDS)), strict=True)
    )
    print(f"{make.__name__:12} plain loop {theirs:5.1f}   ours: a list {listed:5.1f}, streamed {streamed:5.1f}")


def main() -> int:
    """Print the table."""
    print(
        f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}; CPU of the client, ms a chunk"
    )
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = [sys.executable, "-m", "airflow_provider_bento.sandbox", "--port", "0", "--limit", "off"]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out)
        while "AIRFLOW_CONN" not in log.read_text():
            time.sleep(0.1)
        connection = msgspec.json.decode(log.read_text().split("DEFAULT=")[1].strip().strip("'"))
        url = connection["host"].removesuffix("/api/v1")
        try:
            for make in (subscriber, event, purchase):
                compare(url, make, connection)
        finally:
            process.terminate()
            process.wait(10)
    return 0


if __name__ == "__main__":
    sys.exit(main())
