"""Random lives of a server: how much it reads of a request, writes of a reply, and how it ends the connection."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections import Counter
from typing import Any, NamedTuple

import msgspec
from delivery_law.fakes import FakeClock, OpenBudget
from delivery_law.law import LawBroken
from sockets.failures import alert
from sockets.replies import GOOD
from sockets.trust import serving
from unit.api.scripted_server import ScriptedServer, close, reset

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.client import BentoClient
from airflow_provider_bento.api.records import parse_event
from airflow_provider_bento.delivery.checkpoint.state import Attempt, Plan
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.exceptions import BentoError

WAYS = ("http", "tls 1.2", "tls 1.3")
ENDS = ("close", "reset", "stall", "plaintext", "alert", "more")
WHOLE = 10**9
ROWS = 4


class Step(NamedTuple):
    """What happens to one connection.

    :param shakes: whether the handshake is finished, where there is one.
    :param read: bytes of the request that are read; :data:`WHOLE`: all.
    :param reply: bytes of a good reply that are written then.
    :param end: one of :data:`ENDS`; ``more``: another request is served well.
    """

    shakes: bool
    read: int
    reply: int
    end: str


def drawn(luck: random.Random) -> list[Step]:
    """Return what happens to the first connections; all further ones are served well."""
    return [
        Step(
            luck.random() < 0.9,
            luck.choice((0, 1, 40, 300, WHOLE, WHOLE, WHOLE)),
            luck.choice((0, 0, 1, 9, 40, len(GOOD) - 1, len(GOOD), len(GOOD))),
            luck.choice(ENDS),
        )
        for _ in range(luck.randint(1, 5))
    ]


class Life:
    """A server that lives through its steps.

    :ivar applied: how often each record was read in a whole request.
    :ivar said: how many good replies were written whole.
    """

    def __init__(self, way: str, steps: list[Step]) -> None:
        self._tls = serving(way)
        self._steps = list(steps)
        self.applied: Counter[str] = Counter()
        self.said = 0
        self.server = ScriptedServer(self._act)

    def _act(self, raw: socket.socket) -> None:
        step = self._steps.pop(0) if self._steps else Step(shakes=True, read=WHOLE, reply=len(GOOD), end="more")
        if self._tls is None:
            self._live(raw, raw, step)
            return
        if not step.shakes:
            raw.recv(200)
            self._end(raw, raw, step)
            return
        with self._tls.wrap_socket(raw, server_side=True) as wrapped:
            self._live(wrapped, raw, step)

    def _live(self, connection: Any, raw: socket.socket, step: Step) -> None:
        self._read(connection, step.read)
        self.said += step.reply == len(GOOD)
        connection.sendall(GOOD[: step.reply])
        while step.end == "more":
            self._read(connection, WHOLE)
            self.said += 1
            connection.sendall(GOOD)
        self._end(connection, raw, step)

    def _read(self, connection: Any, count: int) -> None:
        if count < WHOLE:
            if count:
                connection.recv(count)
            return
        request = self.server.read(connection)
        if not request:
            raise OSError("the other side has gone")
        try:
            events = msgspec.json.decode(request.partition(b"\r\n\r\n")[2])["events"]
        except msgspec.DecodeError:  # the rest of a request whose head was read in part
            raise OSError("no request") from None
        self.applied.update(one["email"] for one in events)

    def _end(self, connection: Any, raw: socket.socket, step: Step) -> None:
        if step.end == "stall":
            while connection.recv(65_536):
                pass
        elif step.end == "reset":
            reset(connection)
        elif step.end in ("plaintext", "alert") and connection.fileno() >= 0:
            os.write(connection.fileno(), b"HTTP/1.1 504 No\r\n\r\n" if step.end == "plaintext" else alert(80))
            close(connection)
        else:
            close(connection)


def lived(seed: int) -> int:
    """Push events to such a server, with three attempts of the task; return on how many connections something broke.

    :raises LawBroken: an event was received twice, or counted as accepted although the server did not say so.
    """
    luck = random.Random(seed)
    way, steps = luck.choice(WAYS), drawn(luck)
    life, store, accepted = Life(way, steps), MemoryStore(), 0
    with life.server as server:
        url = f"{'http' if way == 'http' else 'https'}://127.0.0.1:{server.port}/api/v1"
        for attempt in (1, 2, 3):
            accepted = max(accepted, _attempt(url, store, attempt))
    if any(count > 1 for count in life.applied.values()):
        raise LawBroken(f"received twice: {life.applied}, {way}, {steps}", "doubled")
    if accepted > life.said:
        raise LawBroken(f"{accepted} accepted, {life.said} said: {way}, {steps}", "lost")
    return len(steps)


def _attempt(url: str, store: MemoryStore, number: int) -> int:
    """Run one attempt; return how many records its checkpoint counts as accepted."""
    rows = [{"type": "t", "email": f"r{one}@planted.example"} for one in range(ROWS)]
    with BentoClient(url, "pk", "sk", "site", connect_timeout=0.4, read_timeout=0.4) as one:
        clock = FakeClock()
        attempts = RequestLoop(
            lambda request, sending: wire.read_batch(request, one.send(request, sending)),
            OpenBudget(),
            clock,
            connect=one.open,
        )
        push = Push(
            endpoint="events",
            source=ListSource(rows),
            screen=lambda: parse_event,
            attempts=attempts,
            pacer=OpenBudget(),
            checkpoints=Checkpoints(store, Plan("events", 1, contract.MAX_CHUNK_BYTES), Attempt(number, 3)),
            chunk_size=1,
            clock=clock,
            attempt=number,
        )
        with contextlib.suppress(BentoError):
            deliver(push)
        return push.checkpoints.now.books.accepted
