"""A connection that records how far an exchange came.

Extension points used in urllib3: ``connect()``, ``send()``, ``request()``, ``getresponse()`` and ``is_connected`` of a
connection (https://urllib3.readthedocs.io/en/stable/reference/urllib3.connection.html).

Tested by tests/unit/api/test_client_failures.py.
"""

from __future__ import annotations

import socket
import ssl
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.api.exchange import CURRENT, SEND_BUFFER, Exchange
from airflow_provider_bento.api.transport.replies import SLICE, Reply

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection
else:
    HTTPConnection = object  # mixed into whichever class a pool uses

# A connection idle for longer may be closed by the other side just while we use it, and an event would be in doubt
# for nothing. Servers keep idle connections for 5 s (uvicorn, puma's nginx) or more.
IDLE_SECONDS: Final = 4.0
_PIECE: Final = 65_536  # bytes sent between two looks at the clock


class TrackedConnection(HTTPConnection):
    """A connection of urllib3 that records, in the current exchange, how far it came.

    :ivar spent: whether it must not be used for another request.
    :ivar tunnelling: whether what is sent and read now is for a proxy.
    """

    spent = False
    tunnelling = False
    _idle_since = 0.0
    _sent_whole = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.response_class: Any = partial(Reply, connection=self)

    @property
    def exchange(self) -> Exchange:
        """The exchange of this thread."""
        current = CURRENT.get()
        if current is None:
            raise RuntimeError("A Bento connection is used outside an exchange.")
        return current

    @property
    def is_connected(self) -> bool:
        """Whether another request may be sent on it."""
        if self.spent or time.monotonic() - self._idle_since > IDLE_SECONDS:
            return False
        return self._is_quiet()

    def _is_quiet(self) -> bool:
        """Whether the other side has neither gone nor said anything unasked."""
        return super().is_connected or self._only_tls_spoke()

    def _only_tls_spoke(self) -> bool:
        """Whether what came on an idle connection is neither its end nor data: TLS 1.3 sends its tickets after the
        handshake, and so does the outer one of TLS inside TLS.
        """
        if self.sock is None or type(self.sock) is socket.socket:
            return False
        timeout = self.sock.gettimeout()
        self.sock.settimeout(0)
        try:
            self.sock.recv(1)
        except (ssl.SSLWantReadError, BlockingIOError):
            return True
        except OSError:
            return False
        finally:
            self.sock.settimeout(timeout)
        return False

    def connect(self) -> None:
        """Connect, with proxy and TLS."""
        self.exchange.connecting()
        self.tunnelling = True
        try:
            super().connect()
        except ssl.SSLCertVerificationError:
            self.exchange.untrusted = True
            raise
        finally:
            self.tunnelling = False
        if isinstance(self.sock, ssl.SSLSocket):
            # Without TLS's close_notify, a reply that ends with its connection may be incomplete.
            self.sock.suppress_ragged_eofs = False  # type: ignore[attr-defined]  # its stub
        if isinstance(self.sock, socket.socket):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._idle_since = time.monotonic()
        self.exchange.connected()

    def send(self, data: Any) -> None:
        """Send a part of the request, after the first of which the outcome may be unknown."""
        if self.tunnelling:
            self.exchange.connecting()
            super().send(data)
            return
        if self.sock is None:
            self.connect()
        exchange = self.exchange
        exchange.connected()
        if not exchange.may_have_left and not self._is_quiet():
            raise ConnectionResetError("The server sent data or closed the connection before the request.")
        exchange.leaves()
        rest = memoryview(data)
        while rest:
            rest = rest[self._send_some(rest[:_PIECE], exchange.seconds_left()) :]

    def _send_some(self, piece: memoryview, seconds: float) -> int:
        if not isinstance(self.sock, socket.socket):  # TLS inside TLS: a piece that timed out cannot be tried again
            self.sock.settimeout(seconds)
            return int(self.sock.send(piece))
        self.sock.settimeout(min(seconds, SLICE))
        try:
            return self.sock.send(piece)
        except TimeoutError:
            return 0

    def getresponse(self) -> Any:
        """Return the reply, once its head was read."""
        self.exchange.left(whole=self._sent_whole)
        return super().getresponse()

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request; one that breaks off may still be answered."""
        self._sent_whole = False
        super().request(*args, **kwargs)
        self._sent_whole = True

    def kept(self) -> None:
        """Note that it returns to its pool."""
        self._idle_since = time.monotonic()

    def close(self) -> None:
        """Close it; it may connect anew."""
        super().close()
        self.spent = False
