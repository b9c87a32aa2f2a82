"""A Bento on a loopback port that gives the replies it is told to, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from unit.api.scripted_server import ScriptedServer

from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.hooks.bento import BentoHook

DROP = object()
"""In place of a reply: the request is read, then the connection ends."""


@dataclass(frozen=True)
class Asked:
    """One request, as the server read it.

    :param query: without ``site_uuid``.
    :param body: as JSON; ``None`` if there is none.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None


class NoSleep(SystemClock):
    """The machine's clock, which never lets anybody wait.

    :ivar slept: the waits that were asked for, in seconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Return at once."""
        self.slept.append(seconds)


def impatient(hook: BentoHook) -> BentoHook:
    """Return the hook, which now repeats a request and looks at once."""
    hook.clock = NoSleep()
    return hook


class CannedBento:
    """Answers one request after the other, over any number of connections; without a reply left it answers 418.

    :param replies: each a JSON value (200), a pair of a status and a JSON value or bytes, or ``DROP``.
    """

    def __init__(self, *replies: Any) -> None:
        self._replies = list(replies)
        self._server = ScriptedServer(self._serve)

    @property
    def asked(self) -> list[Asked]:
        """What came, in order."""
        return [_asked(request) for request in self._server.requests]

    @property
    def calls(self) -> list[str]:
        """Methods and paths that came, in order."""
        return [f"{one.method} {one.path}" for one in self.asked]

    @property
    def targets(self) -> list[str]:
        """Paths and queries that came, as they were written."""
        return [request.split(b" ")[1].decode() for request in self._server.requests]

    @contextmanager
    def running(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[BentoHook]:
        """Serve, with a hook that is connected to this server."""
        extra = {"pacing": "process", "rate_limit": "1000/second", "from": "shop@x.io"}
        with self._server as server:
            connection = {"conn_type": "bento", "login": "pk", "password": "sk", "schema": "site", "host": server.url}
            monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps({**connection, "extra": extra}))
            hook = impatient(BentoHook())
            try:
                yield hook
            finally:
                hook.get_conn().close()

    def _serve(self, connection: socket.socket) -> None:
        while self._server.read(connection):
            reply = self._replies.pop(0) if self._replies else (418, {})
            if reply is DROP:
                return
            connection.sendall(_response(*reply) if isinstance(reply, tuple) else _response(200, reply))


def _response(status: int, body: Any) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "text/html" if data[:1] == b"<" else "application/json"
    head = f"HTTP/1.1 {status} Canned\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def _asked(request: bytes) -> Asked:
    head, _, body = request.partition(b"\r\n\r\n")
    method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
    address = urlsplit(target)
    query = dict(parse_qsl(address.query, strict_parsing=True))
    assert query.pop("site_uuid") == "site"
    path = unquote(address.path.removeprefix("/api/v1"))
    return Asked(method, path, query, json.loads(body) if body else None)
