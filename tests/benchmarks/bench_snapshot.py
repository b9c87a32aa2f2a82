"""What sending only the difference costs, in time and memory, beside the peer's way to compare.

Run as ``python tests/benchmarks/bench_snapshot.py [--people 1000000] [--baseline] [--drt PYTHON]``. The operator pushes
everybody to a server that accepts at once, then the same people with 1 % changed, 1 % added and 1 % gone, then those
once more. Every number is measured in a process of its own: seconds, processor seconds, and the latter minus those of
reading and validating the same rows ("above"). MB is the peak above what the process held that had imported Airflow
and the operator; "stored" is what lies in the snapshot's folder afterwards, in MB. With ``--baseline`` the first run
sends nobody, only the hashes are tried, and not the peer: for more people than anybody wants to wait for.

The peer is the ``diff`` of drt-core 1.2.1 over the same people in PostgreSQL, which is where it compares: its seconds
are those of both, its MB those of its own process, and what it stores is in the database. It is installed into a folder
that is removed afterwards, unless ``--drt`` names a Python that has it; without it, or without PostgreSQL, the
benchmark says so and goes on. What it printed stands in ``docs/sources.md``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from bench_sources import peak_mb, reset_peak  # noqa: E402 - found beside this file
from pacing_world import machine, until_it_answers  # noqa: E402 - as above
from snapshot_people import everybody  # noqa: E402 - as above

RUNS = ("everybody", "1 % changed, added, gone", "nothing changed")
EDITIONS = (0, 1, 1)
COUNTS = ("read", "accepted", "unchanged", "gone")
DRT = ("drt-core==1.2.1", "psycopg2-binary")
WAYS: dict[str, dict[str, Any]] = {
    "hashes only": {},
    "with addresses": {"when_gone": "untag", "untag": ["customer"]},
}


def serve() -> None:
    """Accept every request at once, as a server in a process of its own."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                body = await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
                reply = b'{"results":%d,"failed":0}' % body.count(b'"email":')
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(reply)
                )
                writer.write(reply)
                await writer.drain()

    async def main() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=1 << 24)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(main())


@contextlib.contextmanager
def server(folder: Path) -> Iterator[None]:
    """Run a server that accepts everything, and say so to the operator."""
    with subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int((process.stdout or sys.exit("no server")).readline())
            bento = {
                "conn_type": "bento",
                "login": "public",
                "password": "secret",
                "schema": "00000000000000000000000000000000",
                "host": f"http://127.0.0.1:{port}",
                "extra": {"pacing": "process", "rate_limit": "10000/second"},
            }
            os.environ |= {"AIRFLOW_HOME": str(folder / "airflow"), "AIRFLOW_CONN_BENTO_DEFAULT": json.dumps(bento)}
            os.environ |= {"AIRFLOW__CORE__UNIT_TEST_MODE": "True", "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
            yield
        finally:
            process.terminate()


def validate(people: int) -> dict[str, Any]:
    """Read and validate everybody, and do nothing with them."""
    from airflow_provider_bento.api.contract import MAX_CHUNK_BYTES
    from airflow_provider_bento.api.records import parse_subscriber
    from airflow_provider_bento.delivery.validation import validated
    from airflow_provider_bento.delivery.values import Cursor
    from airflow_provider_bento.sources.functions import GeneratorSource

    rows = GeneratorSource(lambda: everybody(people, edition=0)).rows(Cursor())
    return {"read": sum(1 for _ in validated(rows, parse_subscriber, max_bytes=MAX_CHUNK_BYTES))}


def push(people: int, edition: int, snapshot: Path, way: str, *, baseline: bool) -> dict[str, Any]:
    """Push with the operator."""
    from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator
    from airflow_provider_bento.sources.functions import GeneratorSource

    operator = BentoBatchSubscribersOperator(
        task_id="bench",
        subscribers=GeneratorSource(lambda: everybody(people, edition=edition)),
        snapshot_path=str(snapshot),
        checkpoint_path=None,
        execution_timeout=timedelta(hours=2),
        full_refresh="baseline" if baseline else False,
        **WAYS[way],
    )
    return dict(operator.execute({}))


def measure(way: str, people: int, edition: int, folder: Path, *, baseline: bool) -> None:
    """Measure one run, in this process; print it as JSON."""
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    import airflow_provider_bento.operators.bento  # noqa: F401 - libraries are not what is measured

    ObjectStoragePath(folder).exists()  # the first use loads Airflow's providers
    before = reset_peak()
    began, busy = time.perf_counter(), time.process_time()
    done = validate(people) if way == "validate" else push(people, edition, folder / way, way, baseline=baseline)
    seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    print(json.dumps(done | {"seconds": seconds, "cpu": cpu, "mb": peak_mb() - before}, default=str))


def run(*arguments: object, python: str = sys.executable, script: Path = Path(__file__)) -> dict[str, Any]:
    """Run a measurement in a process of its own; return what it printed."""
    command = [python, str(script), *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def size_mb(folder: Path) -> float:
    """Return what the files of a folder take."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def row(name: str, found: dict[str, Any], alone: float) -> str:
    """Return a line of the table.

    :param alone: processor seconds of reading and validating.
    """
    times = f"{found['seconds']:>9.1f}" + (
        f"{found['cpu']:>9.1f}{found['cpu'] - alone:>9.1f}" if "cpu" in found else " " * 18
    )
    counts = "".join(f"{found.get(key, 0):>12,}" for key in COUNTS)
    return f"{name:<42}{times}{found['mb']:>7.0f}{found['stored']:>9.1f}{counts}"


def ours(people: int, folder: Path, ways: list[str], *, baseline: bool) -> None:
    """Print our lines."""
    alone = run("--one", "validate", people, 0, folder) | {"stored": 0.0}
    print(row("reading and validating alone", alone, alone["cpu"]), flush=True)
    for way in ways:
        for name, edition in zip(RUNS, EDITIONS, strict=True):
            first = ["baseline"] if baseline and name == RUNS[0] else []
            found = run("--one", way, people, edition, folder, *first) | {"stored": size_mb(folder / way)}
            print(row(f"{way}: {name}{', as baseline' if first else ''}", found, alone["cpu"]), flush=True)


def theirs(people: int, folder: Path, python: str | None) -> None:
    """Print the peer's lines, or why there are none."""
    try:
        python = python or installed(folder / "drt")
        with postgres(folder / "postgres") as port:
            command = [python, str(HERE / "snapshot_peer.py"), str(people), str(port)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"\nno peer: {error} {getattr(error, 'stderr', '') or ''}"[-2000:])
        return
    *runs, last = map(json.loads, done.stdout.splitlines())
    for name, found in zip(RUNS, runs, strict=True):
        print(row(f"drt, diff: {name}", found, 0.0))
    print(f"\ndrt, this diff with an HTTP API as destination: {last['why_not'] or 'accepted'}")


def installed(folder: Path) -> str:
    """Install the peer; return its Python."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *DRT], check=True, capture_output=True, text=True)
    return python


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[int]:
    """Run a PostgreSQL of our own on a free loopback port; it refuses to be run by root."""
    folder.mkdir()
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
        folder.parent.chmod(0o711)
    binaries = Path(shutil.which("initdb") or "/usr/bin/initdb").resolve().parent
    setup = [str(binaries / "initdb"), "--auth=trust", "--username=postgres", str(folder / "data")]
    subprocess.run(setup, check=True, capture_output=True, text=True, user=user, cwd=folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = [str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder)]
    with subprocess.Popen(start, stderr=subprocess.DEVNULL, user=user, cwd=folder) as process:
        try:
            until_it_answers(port)
            yield port
        finally:
            process.terminate()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--ways", nargs="*", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--drt", help="a Python that has drt-core")
    parser.add_argument("--baseline", action="store_true", help="let the first run send nobody")
    options = parser.parse_args()
    print(f"{machine()}, load {os.getloadavg()[0]:.0f}; {options.people:,} people\n")
    heads = ("s", "CPU s", "above")
    print(f"{'':<42}" + "".join(f"{head:>9}" for head in heads) + f"{'MB':>7}{'stored':>9}", end="")
    print("".join(f"{head:>12}" for head in COUNTS), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with server(folder):
            ways = ["hashes only"] if options.baseline else options.ways
            ours(options.people, folder, ways, baseline=options.baseline)
        if not options.baseline:
            theirs(options.people, folder, options.drt)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve()
    elif sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]), baseline="baseline" in sys.argv[6:])
    else:
        main()
