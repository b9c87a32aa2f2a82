"""One connection as its server holds it: raw TCP, with TLS above it that can be broken at any byte."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from typing import Final

LONGEST_WAIT: Final = 30.0
"""Seconds after which a server gives a client up; no test gets there."""

ALERTS: Final = {
    "close notify": 0, "unexpected message": 10, "bad record": 20, "handshake failure": 40, "bad certificate": 42,
    "protocol version": 70, "internal error": 80, "user canceled": 90, "unrecognized name": 112,
}  # fmt: skip


class Line:
    """Reads and writes bytes, and breaks what it is told to break.

    :param raw: the accepted socket.
    :param tls: makes the server speak TLS, once :meth:`handshake` was called.
    """

    def __init__(self, raw: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        raw.settimeout(LONGEST_WAIT)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw = raw
        self._lock = threading.Lock()  # a tunnel reads and writes at once; OpenSSL takes one caller at a time
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.wrap_bio(self._incoming, self._outgoing, server_side=True) if tls else None

    @property
    def is_secure(self) -> bool:
        """Whether it speaks TLS."""
        return self._tls is not None

    def handshake(self, cut: int | None = None) -> None:
        """Shake hands, if this is TLS.

        :param cut: how many bytes of the server's first flight leave; then it returns.
        """
        while self._tls is not None:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                flight = self._outgoing.read()
                self.raw.sendall(flight[:cut])
                if flight and cut is not None:
                    return
                self._feed()
            else:
                self._flush()
                return

    def recv(self, most: int = 65_536) -> bytes:
        """Return what comes next; nothing once the client is gone."""
        if self._tls is None:
            return self.raw.recv(most)
        while True:
            with self._lock:
                try:
                    return self._tls.read(most)
                except ssl.SSLWantReadError:
                    self._flush()
                except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                    return b""
            self._feed()

    def write(self, data: bytes) -> None:
        """Send bytes, inside TLS if this is TLS."""
        if self._tls is None:
            return self.raw.sendall(data)
        with self._lock:
            if data:
                self._tls.write(data)
            return self._flush()

    def plaintext(self, data: bytes = b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n") -> None:
        """Send bytes past TLS, as a box in between does."""
        self.raw.sendall(data)

    def alert(self, number: int = 80) -> None:
        """Send a fatal TLS alert in the clear."""
        self.plaintext(bytes((21, 3, 3, 0, 2, 2, number)))

    def other_version(self, major: int = 9, minor: int = 9) -> None:
        """Send a record of a version that nobody speaks."""
        self.plaintext(bytes((23, major, minor, 0, 16)) + bytes(16))

    def hello(self) -> None:
        """Read the client's first record, and do nothing about it."""
        head = self._exactly(5)
        self._exactly(int.from_bytes(head[3:5]))

    def say_goodbye(self) -> None:
        """Send TLS's own end (close_notify)."""
        if self._tls is not None:
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()
            self._flush()

    def close(self) -> None:
        """End the connection politely."""
        with contextlib.suppress(OSError):
            self.raw.shutdown(socket.SHUT_WR)
        self.raw.close()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        with contextlib.suppress(OSError):
            self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.raw.close()

    def stall(self) -> None:
        """Say nothing more until the client goes."""
        with contextlib.suppress(OSError):
            while self.raw.recv(65_536):
                pass

    def _feed(self) -> None:
        data = self.raw.recv(65_536)
        with self._lock:
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def _flush(self) -> None:
        self.raw.sendall(self._outgoing.read())

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count and (part := self.raw.recv(count - len(data))):
            data += part
        return data
