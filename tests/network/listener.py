"""What an origin and a proxy share: a loopback port, a thread for each connection, and an end to all of them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Self


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """Return a loopback port that refuses connections, and that no other test can be given meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # without listening
        yield bound.getsockname()[1]


class Listener:
    """Listens on a loopback port until the end of its ``with``; a subclass says what is done to a connection.

    :param receive_buffer: bytes of each connection's receive buffer; 0: the system's default.
    :ivar visits: how many connections came.
    """

    def __init__(self, receive_buffer: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.port: int = self._listener.getsockname()[1]
        self.visits = 0
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._serve, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                raw, _ = self._listener.accept()
                number, self.visits = self.visits, self.visits + 1
                self._open.append(raw)
                thread = threading.Thread(target=self._meet, args=(raw, number), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _meet(self, raw: socket.socket, number: int) -> None:
        raise NotImplementedError
