"""A server of Bento's place that does to each connection what it is told, and counts what it was given."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
from collections import Counter
from collections.abc import Callable

from network.line import Line
from network.listener import Listener


class Visit(Line):
    """A connection to an origin.

    :param number: how many connections came before it.
    :ivar read: how many bytes of HTTP were read from it.
    """

    def __init__(self, origin: Origin, number: int, raw: socket.socket, tls: ssl.SSLContext | None) -> None:
        super().__init__(raw, tls)
        self.number = number
        self.read = 0
        self._origin = origin
        self._pending = b""

    def recv(self, most: int = 65_536) -> bytes:
        """Return what comes next, and count each request that is whole."""
        data = super().recv(most)
        self.read += len(data)
        self._pending += data
        while (end := _end_of_request(self._pending)) is not None:
            self._origin.received_whole(self._pending[:end])
            self._pending = self._pending[end:]
        return data

    def take(self, count: int) -> bool:
        """Read so many bytes of HTTP; false if the client went before."""
        while count > 0:
            data = self.recv(count)
            if not data:
                return False
            count -= len(data)
        return True

    def take_some(self, most: int) -> bool:
        """Read at most so many bytes of HTTP; false if the client went."""
        return bool(self.recv(most))

    def take_all_but(self, count: int) -> bool:
        """Read one request but for its last bytes; false if the client went before."""
        while (end := _end_of_request(self._pending, whole=False)) is None:
            if not self.take(1):
                return False
        return self.take(end - count - len(self._pending))

    def take_request(self) -> list[str] | None:
        """Read one request; return the names of its records, or nothing if the client went before."""
        before = self._origin.requests
        while self._origin.requests == before:
            if not self.recv():
                return None
        return self._origin.last


class Origin(Listener):
    """Listens on a loopback port until the end of its ``with``.

    :param act: does what is to be done to one connection, the handshake included; each has a thread of its own.
    :param tls: makes it speak TLS.
    :ivar requests: how many whole requests were read.
    :ivar received: how often each record was read in a whole request.
    :ivar heads: their heads.
    :ivar last: names of the records of the last request.
    """

    def __init__(
        self, act: Callable[[Visit], None], tls: ssl.SSLContext | None = None, receive_buffer: int = 0
    ) -> None:
        super().__init__(receive_buffer)
        self._act = act
        self._tls = tls
        self.requests = 0
        self.received: Counter[str] = Counter()
        self.heads: list[bytes] = []
        self.last: list[str] = []

    @property
    def url(self) -> str:
        """The address of an API at it."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/api/v1"

    def received_whole(self, request: bytes) -> None:
        """Count a request."""
        head, _, body = request.partition(b"\r\n\r\n")
        self.heads.append(head)
        self.last = names_in(body)
        self.received.update(self.last)
        self.requests += 1

    def _meet(self, raw: socket.socket, number: int) -> None:
        visit = Visit(self, number, raw, self._tls)
        try:
            with contextlib.suppress(OSError):  # the client may go at any time; ssl.SSLError is one, too
                self._act(visit)
        finally:
            visit.close()


def names_in(body: bytes) -> list[str]:
    """Return what the records of a batch are told by: a broadcast's name, else the address."""
    if not body:
        return []
    (records,) = json.loads(body).values()
    return [str(record.get("name") or record.get("to") or record["email"]) for record in records]


def _end_of_request(data: bytes, *, whole: bool = True) -> int | None:
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return None
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    return len(head) + 4 + length if len(body) >= length or not whole else None
