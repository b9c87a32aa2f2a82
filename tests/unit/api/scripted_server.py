"""A server on a loopback port that does to each connection what its script says; no HTTP library could misbehave so."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Self

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"results":1}'

Act = Callable[[socket.socket], None]


class ScriptedServer:
    """Accepts connections one after another.

    :param acts: what happens to the first connection, the second …; the last one is for all that follow.
    :param tls: makes it speak TLS.
    :ivar requests: heads and bodies that were read.
    :ivar accepted: how many connections came.
    """

    def __init__(self, *acts: Act, tls: ssl.SSLContext | None = None) -> None:
        self._acts = acts
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.accepted = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """The address of an API at it."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/api/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def read(self, connection: socket.socket) -> bytes:
        """Read one request, and remember it; empty where none comes."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65_536)
            if not part:
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65_536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]

    def answers(self, *replies: bytes, then: Act | None = None) -> Act:
        """Return an act that reads a request and answers it, for each reply."""

        def act(connection: socket.socket) -> None:
            for reply in replies:
                if not self.read(connection):
                    return
                connection.sendall(reply)
            if then:
                then(connection)
            else:
                self.read(connection)  # stays open until the other side closes

        return act

    def _serve(self) -> None:
        for connection in self._connections():
            act = self._acts[min(self.accepted, len(self._acts)) - 1]
            threading.Thread(target=self._do, args=(act, connection), daemon=True).start()

    def _connections(self) -> Iterator[socket.socket]:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.accepted += 1
                yield connection

    def _do(self, act: Act, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if self._tls:
                with self._tls.wrap_socket(connection, server_side=True) as wrapped:
                    act(wrapped)
            else:
                act(connection)


def reset(connection: socket.socket) -> None:
    """End the connection with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def close(connection: socket.socket) -> None:
    """End the connection politely."""
    connection.close()
