"""How fast each source is pushed to a sandbox without a rate limit, in how much memory, and where the time goes.

Run as ``python tests/benchmarks/bench_sources.py [rows ...]``; default 100000. Each number is measured in a process of
its own. "reads": the source alone. "loop": ``requests.post(json=chunk)`` over the same source; no validation, no
pacing, no checkpoint. "push": the operator. MB is the peak above what a process held that had imported Airflow and the
operator; a list and a frame lie in memory before, and are not counted.

The last four columns say where the pushing thread was: outside this package (sockets, the source's library or the
author's function), encoding, validating records, and the rest of this package. Samples are weighted by the time since
the one before. What it printed stands in ``docs/sources.md``.
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
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

from source_cases import CASES, prepare  # noqa: E402 - found beside this file

CHUNK = 1000
PLACES = ("outside", "encoding", "validating", "rest")
ENCODING = ("api/wire.py", ":encode", "delivery/chunks.py:digest", ":_digest")


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def reset_peak() -> float:
    """Forget the peak so far; return what is held now, in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


class Sampler(threading.Thread):
    """Looks every 2 ms where the main thread is."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seconds: Counter[str] = Counter()
        self.done = threading.Event()
        self.main = threading.main_thread().ident or 0

    def run(self) -> None:
        """Add up the time at each kind of place."""
        sys.setswitchinterval(0.0005)  # a busy main thread lets this one run only so often
        then = time.perf_counter()
        while not self.done.wait(0.002):
            frame, now = sys._current_frames().get(self.main), time.perf_counter()
            if frame is not None:
                self.seconds[kind_of(f"{frame.f_code.co_filename}:{frame.f_code.co_name}")] += now - then
            then = now

    def shares(self) -> dict[str, float]:
        """Return the share of each kind of place."""
        return {kind: self.seconds[kind] / max(1e-9, self.seconds.total()) for kind in PLACES}


def kind_of(place: str) -> str:
    """Return what a function does."""
    if "airflow_provider_bento/" not in place or "/sandbox/" in place:
        return "outside"
    if any(part in place for part in ENCODING):
        return "encoding"
    return "validating" if "api/records" in place else "rest"


def read(source: Any) -> int:
    """Read all rows."""
    from airflow_provider_bento.delivery.values import Cursor

    return sum(1 for row in source.rows(Cursor()) if row.unreadable is None)


def push(source: Any) -> int:
    """Push all rows with the operator."""
    from airflow_provider_bento.operators.bento import BentoBatchEventsOperator

    summary = BentoBatchEventsOperator(task_id="bench", events=source).execute({})
    return int(summary["accepted"])


def loop(source: Any) -> int:
    """Push all rows as a script would."""
    import requests

    from airflow_provider_bento.delivery.values import Cursor

    bento = json.loads(os.environ["AIRFLOW_CONN_BENTO_DEFAULT"])
    sent, chunk = 0, []
    with requests.Session() as session:
        session.auth = (bento["login"], bento["password"])
        session.headers["User-Agent"] = "bench"

        def post() -> int:
            reply = session.post(f"{bento['host']}/batch/events?site_uuid={bento['schema']}", json={"events": chunk})
            reply.raise_for_status()
            return int(reply.json()["results"])

        for row in source.rows(Cursor()):
            chunk.append(row.data)
            if len(chunk) == CHUNK:
                sent += post()
                chunk = []
        return sent + (post() if chunk else 0)


WAYS = {"read": read, "push": push, "loop": loop}


def measure(way: str, case: str, rows: int, folder: Path) -> None:
    """Measure one line, in this process; print it as JSON."""
    import pyarrow.parquet  # noqa: F401 - libraries are not what is measured
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    import airflow_provider_bento.operators.bento  # noqa: F401 - as above

    ObjectStoragePath(folder).exists()  # the first use loads Airflow's providers
    run, source, sampler = WAYS[way], CASES[case](folder, rows), Sampler()
    before = reset_peak()
    sampler.start()
    began = time.perf_counter()
    done = run(source)
    seconds = time.perf_counter() - began
    sampler.done.set()
    assert done == rows, (done, rows)
    print(json.dumps({"rate": rows / seconds, "mb": peak_mb() - before} | sampler.shares()))


def line(way: str, case: str, rows: int, folder: Path) -> dict[str, float]:
    """Measure one line in a process of its own."""
    command = [sys.executable, __file__, "--one", way, case, str(rows), str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{way} {case}: {done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextlib.contextmanager
def sandbox(folder: Path) -> Iterator[None]:
    """Run a sandbox without a limit in another process, and an Airflow of its own for the operator."""
    from airflow_provider_bento.sandbox.in_thread import connection
    from airflow_provider_bento.sandbox.settings import Settings

    command = [sys.executable, "-m", "airflow_provider_bento.sandbox", "--port", "0", "--limit", "off"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as server:
        try:
            url = next(word for text in server.stdout or [] for word in text.split() if word.startswith("http://"))
            bento = connection(url.rstrip("/.,").removesuffix("/api/v1"), Settings()) | {
                "extra": {"pacing": "process", "rate_limit": "10000/second"}
            }
            os.environ |= {"AIRFLOW_HOME": str(folder / "airflow"), "AIRFLOW_CONN_BENTO_DEFAULT": json.dumps(bento)}
            os.environ |= {"AIRFLOW__CORE__UNIT_TEST_MODE": "True", "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
            yield
        finally:
            server.terminate()


def main() -> None:
    """Print a table for each number of rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", type=int, default=[100_000])
    parser.add_argument("--only", nargs="*", choices=list(CASES), default=list(CASES))
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for rows in options.rows:
        heads = ("reads/s", "MB", "loop/s", "MB", "push/s", "MB", *PLACES)
        print(f"\n{f'{rows:,} rows':<26}" + "".join(f"{head:>11}" for head in heads))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            prepare(folder, rows)
            for case in options.only:
                print(f"{case:<26}" + cells(line("read", case, rows, folder)), end="", flush=True)
                for way in ("loop", "push"):
                    with sandbox(folder):
                        found = line(way, case, rows, folder)
                    print(cells(found), end="", flush=True)
                print("".join(f"{found[place]:>11.0%}" for place in PLACES), flush=True)


def cells(found: dict[str, float]) -> str:
    """Return rate and memory as two cells."""
    return f"{found['rate']:>11,.0f}{found['mb']:>11.0f}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]))
    else:
        main()
