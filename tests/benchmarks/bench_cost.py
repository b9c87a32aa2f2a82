"""What a chunk of a thousand records costs in CPU, beside the plain loop and other tools; and what a check costs.

Run as ``python tests/benchmarks/bench_cost.py [--chunks 50] [--rounds 7] [--peers PYTHON]``. The loop is
``requests.post(json=chunk)`` for each chunk: no session, nothing checked, nothing counted. "SDK" is what Bento's
Python SDK does: the same with a session. The others are the operator, with the pacing that a connection has by
default. All take turns in one process; the least of all rounds was disturbed least. dlt and drt-core run in an
environment of their own, which is made on the first run. What it printed is in ``docs/sources.md``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PEERS = ROOT / ".venvs" / "bench-peers"
sys.path[:0] = [str(HERE), str(ROOT)]

from cost_rows import KINDS, Row, spoiled  # noqa: E402 - found beside this file

CHUNK = 1000
Way = Callable[[], object]


def loop(url: str, endpoint: str, rows: Iterator[Row], bento: dict[str, str], *, session: Any) -> None:
    """Send chunk by chunk."""
    import itertools

    while chunk := list(itertools.islice(rows, CHUNK)):
        session.post(
            f"{url}/api/v1/batch/{endpoint}",
            json={endpoint: chunk},
            params={"site_uuid": bento["schema"]},
            auth=(bento["login"], bento["password"]),
            headers={"User-Agent": "bench"},
            timeout=60,
        ).raise_for_status()


def operator(endpoint: str, records: Any, **options: Any) -> dict[str, Any]:
    """Push by the operator; return its summary."""
    from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator

    make: Any = BentoBatchSubscribersOperator if endpoint == "subscribers" else BentoBatchEventsOperator
    summary: dict[str, Any] = make(task_id="bench", **{endpoint: records}, **options).execute({})
    return summary


def streamed(endpoint: str, rows: list[Row], **options: Any) -> dict[str, Any]:
    """Push rows of a function, which are validated while they are sent."""
    from airflow_provider_bento.sources.functions import GeneratorSource

    return operator(endpoint, GeneratorSource(lambda: iter(rows)), **options)


def cpu(work: Way) -> float:
    """Return the CPU time of this process, in milliseconds."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def least(ways: dict[str, Way], rounds: int, chunks: int) -> dict[str, float]:
    """Return the least of all rounds, in milliseconds a chunk; the ways take turns."""
    times = [{name: cpu(work) for name, work in ways.items()} for _ in range(rounds)]
    return {name: min(one[name] for one in times) / chunks for name in ways}


def ways_of(url: str, endpoint: str, rows: list[Row], bento: dict[str, str]) -> dict[str, Way]:
    """Return what is compared for one kind of record."""
    import requests

    odd = [spoiled(row, number) for number, row in enumerate(rows)]
    dropping = {"on_invalid_record": "drop", "max_failed": len(rows)}
    with_session = requests.Session()
    return {
        "loop": lambda: loop(url, endpoint, iter(rows), bento, session=requests),
        "SDK": lambda: loop(url, endpoint, iter(rows), bento, session=with_session),
        "streamed": lambda: streamed(endpoint, rows),
        "1 % odd": lambda: streamed(endpoint, odd, **dropping),
        "list": lambda: operator(endpoint, rows),
        "validated": lambda: streamed(endpoint, rows, validate_only=True),
    }


@contextlib.contextmanager
def server(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run a server that accepts everything in another process, and an Airflow of its own for the operator."""
    with subprocess.Popen([sys.executable, str(HERE / "cost_sink.py")], stdout=subprocess.PIPE, text=True) as process:
        try:
            url = str(process.stdout and process.stdout.readline().strip())
            bento = {
                "conn_type": "bento",
                "host": f"{url}/api/v1",
                "schema": "site",
                "login": "key",
                "password": "secret",
            }
            bento["extra"] = {"rate_limit": "10000/second"}  # type: ignore[assignment]  # the one that is no text
            os.environ |= {"AIRFLOW_HOME": str(folder / "airflow"), "AIRFLOW_CONN_BENTO_DEFAULT": json.dumps(bento)}
            os.environ |= {"AIRFLOW__CORE__UNIT_TEST_MODE": "True", "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
            yield url, bento
        finally:
            process.terminate()


def peers_python() -> str:
    """Return an interpreter that has dlt and drt-core."""
    python = PEERS / "bin" / "python"
    if not (PEERS / ".ready").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(PEERS)], check=True)
        wanted = ["--requirement", str(ROOT / "tests" / "requirements" / "bench-peers.txt")]
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *wanted], check=True)
        (PEERS / ".ready").touch()
    return str(python)


def peers(python: str, url: str, bento: dict[str, Any], chunks: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return what the peers need, by way and kind."""
    command = [python, str(HERE / "cost_peers.py"), url, json.dumps(bento), str(chunks), str(rounds)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def parsed(rounds: int) -> float:
    """Return what a literal list of 1000 rows costs when a DAG file is parsed, in milliseconds."""
    from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator

    _, make = KINDS["subscribers, 11 fields"]
    rows = [make(number) for number in range(CHUNK)]
    few = rows[:1]

    def times(records: list[Row]) -> float:
        return min(
            cpu(lambda: BentoBatchSubscribersOperator(task_id="bench", subscribers=records)) for _ in range(rounds * 20)
        )

    return times(rows) - times(few)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--chunks", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", help="an interpreter that has dlt and drt-core; 'none': leave them out")
    options = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as (url, bento):
        found: dict[str, dict[str, float]] = {}
        for kind, (endpoint, make) in KINDS.items():
            rows = [make(number) for number in range(options.chunks * CHUNK)]
            for way, took in least(ways_of(url, endpoint, rows, bento), options.rounds, options.chunks).items():
                found.setdefault(way, {})[kind] = took
        if options.peers != "none":
            found |= peers(options.peers or peers_python(), url, bento, options.chunks, max(2, options.rounds // 3))
        show(found)
        print(f"\na literal list of 1,000 rows, parsed: {parsed(options.rounds):.3f} ms")
    return 0


def show(found: dict[str, dict[str, float]]) -> None:
    """Print milliseconds of CPU for 1,000 records, and how many times the loop that is."""
    print(f"\n{'ms for 1,000 records (× loop)':<30}" + "".join(f"{kind:>26}" for kind in KINDS))
    for way, times in found.items():
        cells = (f"{times[kind]:.2f} ({times[kind] / found['loop'][kind]:.2f})" for kind in KINDS)
        print(f"{way:<30}" + "".join(f"{cell:>26}" for cell in cells))
    print()
    for words, way, other in (
        ("1 % odd over streamed", "1 % odd", "streamed"),
        ("list over streamed", "list", "streamed"),
    ):
        print(f"{words:<30}" + "".join(f"{found[way][kind] / found[other][kind]:>26.2f}" for kind in KINDS))
    print(f"{'validated a CPU second':<30}" + "".join(f"{1e6 / found['validated'][kind]:>26,.0f}" for kind in KINDS))
    print(
        f"{'µs a record above the loop':<30}"
        + "".join(f"{found['streamed'][kind] - found['loop'][kind]:>26.2f}" for kind in KINDS)
    )


if __name__ == "__main__":
    sys.exit(main())
