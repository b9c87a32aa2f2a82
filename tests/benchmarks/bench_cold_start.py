"""The limit is kept, and used, from the first request on by processes that have only just started.

Fresh interpreters that have imported Airflow and the hook, as a task's process has, and neither ``requests`` nor a
connection, begin at once on an idle budget: 1, 4 and 16 of them, on SQLite (``auto``) and on Redis. Each pushes
subscribers through :class:`BentoHook` and :func:`deliver` with four requests in flight. The judge is a server of
this file's own, which counts what arrives in a sliding window of the same limit and answers the rest with 429.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Self

from pacing_world import SPAWN, Arrival, Arrivals, machine, redis_server

LIMIT: Final = 100
WINDOW: Final = 6.0  # seconds; ten times harder than a minute, whose margin is ten times as long
WINDOWS: Final = 5
REPLY: Final = 0.1  # seconds
IN_FLIGHT: Final = 4
SPARE: Final = 1.3  # records a process has more than its share, so that none runs out


class LimitServer:
    """A server in a process of its own that knows nothing of pacers."""

    def __init__(self) -> None:
        self._ours, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(theirs,), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self.port: int = self._ours.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join(10)

    def arrivals(self) -> Arrivals:
        """Return what arrived so far."""
        self._ours.send("?")
        return Arrivals(self._ours.recv())


def _serve(pipe: Connection) -> None:
    with contextlib.suppress(OSError):
        os.nice(-10)  # a judge that is held up sees what came at different times at once
    seen: list[Arrival] = []
    admitted: deque[float] = deque()

    def judge(number: int) -> int:
        at = time.monotonic()
        while admitted and admitted[0] <= at - WINDOW:
            admitted.popleft()
        status = 200 if len(admitted) < LIMIT else 429
        seen.append((at, number, status, 0.0))
        if status == 200:
            admitted.append(at)
        return status

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                status = judge(json.loads(body)["subscribers"][0]["process"])
                await asyncio.sleep(REPLY if status == 200 else 0)
                reply = b'{"results":1,"failed":0}' if status == 200 else b'{"error":"Too many requests"}'
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n".encode())
                writer.write(f"Content-Length: {len(reply)}\r\n\r\n".encode() + reply)
                await writer.drain()

    async def main() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=256)
        pipe.send(server.sockets[0].getsockname()[1])
        gone = asyncio.Event()

        def answer() -> None:
            try:
                pipe.recv()
                pipe.send(seen)
            except (EOFError, OSError):  # the one who asked is gone
                asyncio.get_running_loop().remove_reader(pipe.fileno())
                gone.set()

        asyncio.get_running_loop().add_reader(pipe.fileno(), answer)
        await gone.wait()

    asyncio.run(main())


def work(number: int, records: int) -> None:
    """Push as a task does, from the moment when a line is read; nothing that it needs is imported before."""
    from airflow_provider_bento.hooks.bento import BentoHook

    assert "requests" not in sys.modules, "this process is not cold"
    print("ready", flush=True)
    sys.stdin.readline()
    from airflow_provider_bento.api.contract import BATCH, MAX_CHUNK_BYTES
    from airflow_provider_bento.api.records import parse_subscriber
    from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
    from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
    from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
    from airflow_provider_bento.delivery.deliver import deliver
    from airflow_provider_bento.delivery.push import Push
    from airflow_provider_bento.delivery.source import ListSource

    hook = BentoHook("cold", connections=IN_FLIGHT)
    rows = [{"email": f"p{number}-{row}@bench.example", "process": number} for row in range(records)]
    deliver(
        Push(
            endpoint="subscribers",
            source=ListSource(rows),
            new_parser=lambda: parse_subscriber,
            request_loop=hook.request_loop(hook.get_conn().send_batch),
            pacer=hook.pacer,
            checkpoints=Checkpoints(
                MemoryStore(), Plan("subscribers", BATCH["subscribers"].max_records, MAX_CHUNK_BYTES), TaskAttempt()
            ),
            chunk_size=1,
            max_in_flight=IN_FLIGHT,
        )
    )


def run(pacing: str, site: str, processes: int, folder: Path) -> Arrivals:
    """Let so many cold processes begin at once; return what the judge saw."""
    with LimitServer() as judge:
        connection = {
            "conn_type": "bento",
            "login": "pk",
            "password": "sk",
            "schema": site,
            "host": f"http://127.0.0.1:{judge.port}",
            "extra": {"pacing": pacing, "rate_limit": f"{LIMIT}/{WINDOW:g}s"},
        }
        environment = {
            **os.environ,
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_CONN_COLD": json.dumps(connection),
            "XDG_RUNTIME_DIR": str(folder),
        }
        records = int(WINDOWS * LIMIT / processes * SPARE)
        with cold(processes, records, environment) as crew:
            for one in crew:
                one.stdin.write("go\n")  # type: ignore[union-attr]
                one.stdin.flush()  # type: ignore[union-attr]
            until = time.monotonic() + WINDOW * WINDOWS + 10
            while any(one.poll() is None for one in crew) and time.monotonic() < until:
                time.sleep(0.2)
        return judge.arrivals()


@contextlib.contextmanager
def cold(processes: int, records: int, environment: dict[str, str]) -> Iterator[list[subprocess.Popen[str]]]:
    """Start interpreters that wait for a word; end them afterwards."""
    command = [sys.executable, __file__, "--records", str(records), "--work"]
    crew = [
        subprocess.Popen(
            [*command, str(number)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if "-v" in sys.argv else subprocess.DEVNULL,
            text=True,
        )
        for number in range(processes)
    ]
    try:
        for one in crew:
            while (said := one.stdout.readline().strip()) != "ready":  # type: ignore[union-attr]
                assert said or one.poll() is None, "a process did not start"
        yield crew
    finally:
        for one in crew:
            one.terminate()
            one.wait(20)


def row(store: str, processes: int, arrivals: Arrivals, load: float) -> str:
    """Return a line of the table."""
    began = arrivals.times[0]
    inside = [one for one in arrivals.seen if one[0] < began + WINDOW * WINDOWS]
    accepted = sum(1 for _, _, status, _ in inside if status == 200)
    counts = Counter(number for _, number, _, _ in inside)
    share = min(counts[number] for number in range(processes)) / (len(inside) / processes)
    return (
        f"| {store} | {processes} | {len(inside)} | {len(inside) - accepted} | {arrivals.most(WINDOW)} "
        f"| {accepted / (WINDOWS * LIMIT):.1%} | {share:.2f} | {load:.1f} |"
    )


def main() -> int:
    """Print the table, or be one of the processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", default="1,4,16", help="how many; several with commas")
    parser.add_argument("--stores", default="SQLite,Redis")
    parser.add_argument("-v", action="store_true", help="show what the processes log")
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--records", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work is not None:
        work(options.work, options.records)
        return 0
    print(f"{machine()}; {LIMIT} in {WINDOW:g} s, {WINDOWS} windows from the first request on\n")
    print("| store | processes | requests | 429s | most in a window | used | least share | load |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder, redis_server() as redis:
        for store, pacing in (("SQLite", "auto"), ("Redis", redis)):
            if store not in options.stores.split(",") or pacing is None:
                continue
            for processes in map(int, options.processes.split(",")):
                load = os.getloadavg()[0]
                arrivals = run(pacing, f"{store}{processes}", processes, Path(folder))
                print(row(store, processes, arrivals, load), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
