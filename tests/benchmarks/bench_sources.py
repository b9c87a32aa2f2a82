"""How fast each source gives its rows, alone and pushed to a sandbox without a rate limit, and in how much memory.

Run as ``python tests/benchmarks/bench_sources.py [rows ...] [--push rows]``; default 100000 and 1000000 read, 100000
pushed. Each line is measured in a process of its own. Memory is the peak above what the process held before the source
was read; a list and a frame lie in memory before. The plain loop is ``requests.post(json=chunk)`` over the same source:
no validation, no pacing, no checkpoint. "ours" is the share of samples of the sending thread that found it in this
package and not in encoding or below (sockets, decompression, the database, the author's function).
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

from source_cases import CASES, PUSHED, prepare  # noqa: E402 - found beside this file

CHUNK = 1000
ENCODING = ("api/wire.py", "api/records", "delivery/chunks.py:digest")


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
        self.seen: Counter[bool] = Counter()
        self.done = threading.Event()
        self.main = threading.main_thread().ident or 0

    def run(self) -> None:
        """Count samples that are ours and that are not."""
        while not self.done.wait(0.002):
            frame = sys._current_frames().get(self.main)
            if frame is not None:
                place = f"{frame.f_code.co_filename}:{frame.f_code.co_name}"
                ours = "airflow_provider_bento/" in place and "/sandbox/" not in place
                self.seen[ours and not any(part in place for part in ENCODING)] += 1

    def share(self) -> float:
        """Return the share of samples that are ours."""
        return self.seen[True] / max(1, self.seen.total())


def read(source: Any) -> int:
    """Read all rows."""
    from airflow_provider_bento.delivery.values import Mark

    return sum(1 for row in source.rows(Mark()) if row.fault is None)


def push(source: Any) -> int:
    """Push all rows with the operator."""
    from airflow_provider_bento.operators.bento import BentoBatchEventsOperator

    summary = BentoBatchEventsOperator(task_id="bench", events=source).execute({})
    return int(summary["accepted"])


def loop(source: Any) -> int:
    """Push all rows as a script would."""
    import requests

    from airflow_provider_bento.delivery.values import Mark

    bento = json.loads(os.environ["AIRFLOW_CONN_BENTO_DEFAULT"])
    sent, chunk = 0, []
    with requests.Session() as session:
        session.auth = (bento["login"], bento["password"])
        session.headers["User-Agent"] = "bench"

        def post() -> int:
            reply = session.post(f"{bento['host']}/batch/events?site_uuid={bento['schema']}", json={"events": chunk})
            reply.raise_for_status()
            return int(reply.json()["results"])

        for row in source.rows(Mark()):
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
    print(json.dumps({"rate": rows / seconds, "mb": peak_mb() - before, "ours": sampler.share()}))


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
    from airflow_provider_bento.sandbox.server import connection
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
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--push", type=int, default=100_000)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"\n{'read':<26}{'rows':>10}{'rows/s':>12}{'MB':>8}")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as name:
            prepare(Path(name), rows)
            for case in CASES:
                found = line("read", case, rows, Path(name))
                print(f"{case:<26}{rows:>10,}{found['rate']:>12,.0f}{found['mb']:>8.1f}", flush=True)
    print(
        f"\n{'pushed to a sandbox':<26}{'rows':>10}{'rows/s':>12}{'MB':>8}{'ours':>7}{'plain loop rows/s':>20}{'MB':>8}"
    )
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name), options.push)
        for case in PUSHED:
            with sandbox(Path(name)):
                plain = line("loop", case, options.push, Path(name))
            with sandbox(Path(name)):
                found = line("push", case, options.push, Path(name))
            print(
                f"{case:<26}{options.push:>10,}{found['rate']:>12,.0f}{found['mb']:>8.1f}{found['ours']:>7.0%}"
                f"{plain['rate']:>20,.0f}{plain['mb']:>8.1f}",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]))
    else:
        main()
