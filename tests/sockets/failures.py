"""Connections that fail, each at one moment: what the server does, and what is known afterwards."""

from __future__ import annotations

import os
import socket
from typing import NamedTuple

from sockets.trust import serving
from unit.api.scripted_server import Act, ScriptedServer, close, reset

ALERTS = {
    "close notify": 0, "unexpected message": 10, "bad record": 20, "handshake failure": 40, "bad certificate": 42,
    "protocol version": 70, "internal error": 80, "user canceled": 90, "unrecognized name": 112,
}  # fmt: skip


class Failure(NamedTuple):
    """One way to fail.

    :param act: what the server does on the raw connection, before any TLS.
    :param wanted: the class of the error.
    """

    act: Act
    wanted: str = "BentoUnreachable"


def alert(number: int) -> bytes:
    """Return a fatal TLS alert in the clear."""
    return b"\x15\x03\x03\x00\x02\x02" + bytes([number])


def before_tls() -> dict[str, Failure]:
    """Return failures of a server that is asked for TLS: not a byte of a request can have left."""
    ends = {"closes": close, "resets": reset, "is silent": _silent}
    found = {f"the server {name} at once": Failure(end) for name, end in ends.items()}
    found |= {f"the server {name} after the first bytes": Failure(_after_hello(end)) for name, end in ends.items()}
    found |= {
        f"the server {end_name} after {count} bytes of its hello": Failure(_part_of_a_hello(count, ends[end_name]))
        for count in (1, 5, 50, 500)
        for end_name in ("closes", "resets")
    }
    found |= {f"alert {name}": Failure(_says(alert(number))) for name, number in ALERTS.items()}
    words = {
        "plain http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
        "zeros": b"\x00" * 200,
        "an old record version": b"\x16\x03\x00\x00\x05hello",
        "SMTP": b"220 mail.example ESMTP\r\n",
    }
    return found | {f"the server speaks {name}": Failure(_says(said)) for name, said in words.items()}


def of_a_proxy() -> dict[str, Failure]:
    """Return answers of a proxy to CONNECT: not a byte of a request can have left."""
    refused = dict.fromkeys((400, 403, 404, 405, 407), "BentoSetupError")
    later = dict.fromkeys((301, 408, 429, 500, 502, 503, 504), "BentoUnreachable")
    found = {
        f"CONNECT is answered {status}": Failure(
            _answers(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status), word
        )
        for status, word in (refused | later).items()
    }
    words = {
        "nothing": b"",
        "half a status": b"HTTP/1.1 20",
        "no HTTP": b"garbage\r\n\r\n",
        "a head without an end": b"HTTP/1.1 200 OK\r\nX: y\r\n",
        "a 200, and then no TLS": b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 504 Gateway\r\n\r\n",
        "a 200, and then an alert": b"HTTP/1.1 200 OK\r\n\r\n" + alert(40),
    }
    found |= {f"CONNECT is answered with {name}": Failure(_answers(said)) for name, said in words.items()}
    return found | {
        "the proxy is silent": Failure(_silent),
        "the proxy closes at once": Failure(close),
        "the proxy resets": Failure(reset),
    }


def after_the_request(end: str) -> Act:
    """Return what a server does inside TLS once it has read a whole request, without a reply.

    :param end: ``closes``, ``resets``, ``is silent``, ``speaks plainly``, ``sends a record of another version`` or
        ``sends an alert in the clear``.
    """
    raw = {
        "speaks plainly": b"HTTP/1.1 504 Gateway Time-out\r\n\r\n",
        "sends a record of another version": b"\x17\x02\x00\x00\x05hello",
        "sends an alert in the clear": alert(80),
    }

    def act(connection: socket.socket) -> None:
        if end in raw:
            os.write(connection.fileno(), raw[end])  # below TLS
            connection.close()
        else:
            {"closes": close, "resets": reset, "is silent": _silent}[end](connection)

    return act


AFTER = (
    "closes", "resets", "is silent", "speaks plainly", "sends a record of another version",
    "sends an alert in the clear",
)  # fmt: skip


def reads_and(end: str, version: str) -> ScriptedServer:
    """Return a server that reads a request whole, and then does ``end``."""
    server = ScriptedServer(lambda connection: None, tls=serving(version))
    act = after_the_request(end)

    def read_then(connection: socket.socket) -> None:
        server.read(connection)
        act(connection)

    server._acts = (read_then,)
    return server


def _silent(connection: socket.socket) -> None:
    """Say nothing until the other side goes."""
    while connection.recv(65_536):
        pass


def _after_hello(end: Act) -> Act:
    def act(connection: socket.socket) -> None:
        connection.recv(10)
        end(connection)

    return act


def _says(words: bytes) -> Act:
    def act(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(words)
        close(connection)

    return act


def _part_of_a_hello(count: int, end: Act) -> Act:
    """Begin a real handshake, and break it off."""

    def act(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall((b"\x16\x03\x03\x03\xe8\x02\x00\x03\xe4\x03\x03" + b"\x07" * 2000)[:count])
        end(connection)

    return act


def _answers(words: bytes) -> Act:
    def act(connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            part = connection.recv(65_536)
            if not part:
                return
            head += part
        connection.sendall(words)
        if words.startswith(b"HTTP/1.1 200 OK\r\n\r\n"):
            connection.recv(65_536)
        close(connection)

    return act
