"""What each source costs to push, beside a loop over the same source, in processor time and memory.

Run as ``python tests/benchmarks/bench_sources.py [rows ...] [--only CASE ...]``; default 100000. Each number is
measured in a process of its own, against a server that accepts everything. "loop": ``requests.post(json=chunk)`` over
the same source; no validation, no pacing, no checkpoint. "push": the operator. MB is the peak above what a process held
that had pushed a thousand rows before; a list and a frame lie in memory before, and are not counted. What it printed is
in ``docs/sources.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

from bench_cost import server  # noqa: E402 - found beside this file
from source_cases import CASES, prepare  # noqa: E402 - as above

CHUNK = 1000


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def reset_peak() -> float:
    """Forget the peak so far; return what is held now, in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


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


WAYS = {"read": read, "loop": loop, "push": push}


def measure(way: str, case: str, rows: int, folder: Path) -> None:
    """Measure one line, in this process; print it as JSON."""
    import pyarrow.parquet  # noqa: F401 - libraries are not what is measured
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    import airflow_provider_bento.delivery.keeping.sealed_file
    import airflow_provider_bento.operators.bento  # noqa: F401 - as above

    ObjectStoragePath(folder).exists()  # the first use loads Airflow's providers
    run = WAYS[way]
    for warm in ("generator", case):  # what is imported or mapped into memory at the first use is no cost of a row
        run(CASES[warm](folder / "few", CHUNK))
    source = CASES[case](folder, rows)
    before, began = reset_peak(), time.process_time()
    done = run(source)
    took = time.process_time() - began
    assert done == rows, (done, rows)
    print(json.dumps({"ms": took / rows * 1e6, "mb": peak_mb() - before}))


def line(way: str, case: str, rows: int, folder: Path) -> dict[str, float]:
    """Measure one line in a process of its own."""
    command = [sys.executable, __file__, "--one", way, case, str(rows), str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{way} {case}: {done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def least(way: str, case: str, rows: int, folder: Path, rounds: int) -> dict[str, float]:
    """Return the least processor time of several processes, and the most memory."""
    found = [line(way, case, rows, folder) for _ in range(rounds)]
    return {"ms": min(one["ms"] for one in found), "mb": max(one["mb"] for one in found)}


def main() -> None:
    """Print a table for each number of rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", type=int, default=[100_000])
    parser.add_argument("--only", nargs="*", choices=list(CASES), default=list(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )
    for rows in options.rows:
        heads = ("read, ms", "loop, ms", "push, ms", "ratio", "loop, MB", "push, MB")
        print(f"\n{f'{rows:,} rows':<26}" + "".join(f"{head:>11}" for head in heads))
        with tempfile.TemporaryDirectory() as name, server(Path(name)):
            folder = Path(name)
            prepare(folder, rows)
            (folder / "few").mkdir()
            prepare(folder / "few", CHUNK)
            for case in options.only:
                read_, loop_, push_ = (least(way, case, rows, folder, options.rounds) for way in WAYS)
                print(
                    f"{case:<26}{read_['ms']:>11.2f}{loop_['ms']:>11.2f}{push_['ms']:>11.2f}"
                    f"{push_['ms'] / loop_['ms']:>11.2f}{loop_['mb']:>11.0f}{push_['mb']:>11.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]))
    else:
        main()
