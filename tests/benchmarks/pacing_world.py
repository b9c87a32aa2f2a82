"""The world in which pacers are measured: a server that stamps what arrives, workers that press, a Redis of our own.

The server is a process of its own and judges by its own monotonic clock; it knows nothing of pacers.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import multiprocessing
import os
import platform
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Any, Self

SPAWN = multiprocessing.get_context("spawn")


def machine() -> str:
    """Return whose numbers these are."""
    return f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}"


Arrival = tuple[float, int, int, float]


@dataclass
class Arrivals:
    """What the server saw.

    :param seen: seconds on its clock, number of the worker, status it answered, seconds since the permit was given.
    """

    seen: list[Arrival] = field(default_factory=list)

    @property
    def times(self) -> list[float]:
        """When requests arrived, oldest first."""
        return [at for at, *_ in self.seen]

    def most(self, seconds: float) -> int:
        """Return the most arrivals in any rolling window of so many seconds."""
        window: deque[float] = deque()
        most = 0
        for at in self.times:
            window.append(at)
            while window[0] <= at - seconds:
                window.popleft()
            most = max(most, len(window))
        return most

    def used(self, limit: int, seconds: float, *, first: float = 0.0, last: float | None = None) -> float:
        """Return how full rolling windows were on average, as a share of ``limit``; of answered-200 arrivals.

        :param first: seconds after the first arrival from which windows begin.
        :param last: seconds after the first arrival at which the last window ends; default: the last arrival.
        """
        began = self.times[0]
        end = self.times[-1] if last is None else began + last
        low, high = began + first, end - seconds
        if high <= low:
            return float("nan")
        accepted = [at for at, _, status, _ in self.seen if status == 200]
        inside = sum(max(0.0, min(at, high) - max(at - seconds, low)) for at in accepted)
        return inside / (high - low) / limit

    def shares(self, workers: int) -> tuple[float, float]:
        """Return the smallest and the largest share of a worker, 1.0 being the fair one."""
        counts = Counter(number for _, number, *_ in self.seen)
        fair = len(self.seen) / workers
        return min(counts[n] for n in range(workers)) / fair, max(counts[n] for n in range(workers)) / fair

    def slowest(self) -> float:
        """Return the longest way from a permit to the server, in seconds."""
        return max(way for *_, way in self.seen)


class Server:
    """An HTTP server in a process of its own.

    :param latency: seconds between a request and its reply.
    :param limit: requests that it admits in any rolling ``seconds``; ``None``: all. A 429 is answered at once.
    :param retry_after: whether a 429 says when there is room again.
    """

    def __init__(
        self, latency: float = 0.0, limit: int | None = None, seconds: float = 60.0, *, retry_after: bool = False
    ) -> None:
        self._ours, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(theirs, latency, limit, seconds, retry_after), daemon=True)

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


def _serve(pipe: Connection, latency: float, limit: int | None, seconds: float, retry_after: bool) -> None:
    seen: list[Arrival] = []
    admitted: deque[float] = deque()

    def judge(number: int, permit: float) -> tuple[int, float]:
        at = time.monotonic()  # Python's documentation calls this clock system-wide
        while admitted and admitted[0] <= at - seconds:
            admitted.popleft()
        full = limit is not None and len(admitted) >= limit
        seen.append((at, number, 429 if full else 200, at - permit))
        if not full:
            admitted.append(at)
        return (429, admitted[0] + seconds - at) if full else (200, 0.0)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                status, wait = judge(*_path(head))
                if status == 200 and latency:
                    await asyncio.sleep(latency)
                extra = f"Retry-After: {int(wait) + 1}\r\n" if status == 429 and retry_after else ""
                writer.write(f"HTTP/1.1 {status} X\r\n{extra}Content-Length: 0\r\n\r\n".encode())
                await writer.drain()

    async def main() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
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


def _path(head: bytes) -> tuple[int, float]:
    number, permit = head.split(b" ", 2)[1].strip(b"/").split(b"/")
    return int(number), float(permit)


Wait = Callable[[], Any]
"""Waits for a permit."""

Refused = Callable[[float | None], Any]
"""Is told of a 429 and its ``Retry-After``."""

Maker = Callable[..., tuple[Wait, Refused]]
"""Opens a pacer as a worker does; called in each process with the arguments of the run."""


def press(
    server: Server,
    maker: Maker,
    arguments: Sequence[Any],
    *,
    processes: int,
    seconds: float,
    threads: int = 1,
    skew: float = 0.0,
) -> Arrivals:
    """Let workers send as much as the pacer allows; return what arrived.

    :param threads: requests in flight, in each process.
    :param skew: seconds by which the wall clocks of the processes are wrong, one half before, the other behind.
    """
    ready, go = SPAWN.Semaphore(0), SPAWN.Event()
    crew = [
        SPAWN.Process(
            target=_work,
            args=(server.port, maker, tuple(arguments), n, threads, skew if n % 2 else -skew, seconds, ready, go),
            daemon=True,
        )
        for n in range(processes)
    ]
    for one in crew:
        one.start()
    for _ in crew:
        ready.acquire()
    go.set()
    for one in crew:
        one.join()
    return server.arrivals()


def _work(
    port: int,
    maker: Maker,
    arguments: tuple[Any, ...],
    number: int,
    threads: int,
    skew: float,
    seconds: float,
    ready: Any,
    go: Event,
) -> None:
    wall = time.time
    time.time = lambda: wall() + skew
    wait, refused = maker(*arguments)
    end = 0.0

    def send() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.connect()
        while True:
            wait()
            if time.monotonic() >= end:
                return
            line.request("POST", f"/{number}/{time.monotonic()}")
            reply = line.getresponse()
            reply.read()
            if reply.status == 429:
                asked = reply.getheader("Retry-After")
                refused(float(asked) if asked else None)

    ready.release()
    go.wait()
    end = time.monotonic() + seconds
    crew = [threading.Thread(target=send, daemon=True) for _ in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join(max(0.0, end + 0.5 - time.monotonic()))


@contextlib.contextmanager
def redis_server() -> Iterator[str | None]:
    """Start a Redis of our own on a free loopback port; ``None`` where there is no ``redis-server``."""
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
        try:
            until_it_answers(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)


def until_it_answers(port: int) -> None:
    """Wait until something listens on a loopback port, at most ten seconds."""
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return
