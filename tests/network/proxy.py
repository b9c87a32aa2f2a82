"""A proxy that does what it is told with CONNECT; a tunnel that it opens is a pair of pumps."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable

from network.line import Line
from network.listener import Listener

OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy(Listener):
    """Listens on a loopback port until the end of its ``with``.

    :param act: what is done to the n-th connection, from 0, once its CONNECT was read; may call :meth:`tunnel`.
    :param on_accept: what is done to it before anything is read.
    :param tls: makes clients speak TLS to the proxy itself.
    :ivar asked: the first lines of all requests.
    """

    def __init__(
        self,
        act: Callable[[Proxy, Line, int], None],
        *,
        on_accept: Callable[[Line], None] = lambda line: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self._act = act
        self._on_accept = on_accept
        self._tls = tls
        self.asked: list[bytes] = []

    @property
    def url(self) -> str:
        """What HTTPS_PROXY says."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def tunnel(self, line: Line, *, upwards: int | None = None) -> None:
        """Open the tunnel that the client asked for, and pump until one side ends.

        :param upwards: bytes of the client that are passed on; then the tunnel is gone.
        """
        _, where, _ = self.asked[-1].split(b" ", 2)
        host, _, port = where.decode().rpartition(":")
        with socket.create_connection((host, int(port))) as far:
            self._open.append(far)
            line.write(OPEN)
            down = threading.Thread(target=_pump, args=(far.recv, line.write, line.close), daemon=True)
            self._threads.append(down)
            down.start()
            _pump(line.recv, far.sendall, lambda: far.shutdown(socket.SHUT_WR), upwards)
            if upwards is None:
                down.join(30)

    def _meet(self, raw: socket.socket, number: int) -> None:
        line = Line(raw, self._tls)
        try:
            with contextlib.suppress(OSError):
                self._on_accept(line)
                line.handshake()
                if self._read_head(line):
                    self._act(self, line, number)
        finally:
            line.close()

    def _read_head(self, line: Line) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = line.recv(1)
            if not byte:
                return False
            head += byte
        self.asked.append(head.split(b"\r\n")[0])
        return True


def _pump(
    read: Callable[[int], bytes],
    write: Callable[[bytes], None],
    end: Callable[[], None],
    most: int | None = None,
) -> None:
    with contextlib.suppress(OSError):
        while (most is None or most > 0) and (data := read(65_536 if most is None else most)):
            write(data)
            most = None if most is None else most - len(data)
    with contextlib.suppress(OSError):
        end()
