"""Connections that write down how far an exchange came: urllib3's own, extended at its seams, below `requests`.

Used seams: ``ConnectionCls`` of a pool, ``connect()``, ``send()``, ``getresponse()`` and ``is_connected`` of a
connection (https://urllib3.readthedocs.io/en/stable/reference/urllib3.connection.html), ``response_class`` of
:mod:`http.client`. The exchange that a thread is in stands in :data:`CURRENT`.
"""

from __future__ import annotations

import http.client
import io
import logging
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from requests.adapters import HTTPAdapter
from urllib3.util.proxy import connection_requires_http_tunnel

from airflow_provider_bento.api.exchange import Exchange

if TYPE_CHECKING:
    from requests import PreparedRequest
    from urllib3 import HTTPConnectionPool, PoolManager
    from urllib3.connection import HTTPConnection
else:
    HTTPConnection = HTTPConnectionPool = object

CURRENT: Final[ContextVar[Exchange | None]] = ContextVar("bento_exchange", default=None)
"""The exchange of this thread, while it lasts."""

# A connection idle for longer may be closed by the other side just while we use it, and an event would be in doubt
# for nothing. Servers keep idle connections for 5 s (uvicorn, puma's nginx) or more.
IDLE_SECONDS: Final = 4.0
_PIECE: Final = 65_536  # bytes sent between two looks at the clock
_SLICE: Final = 0.5  # seconds of waiting between two looks at whether the caller was told to stop


class _Malformed(http.client.HTTPException):
    """The reply's framing is not understood; the exchange says why."""


class _TimedReader(io.RawIOBase):
    """The bytes of a reply, within the bounds of its exchange; trickling bytes do not prolong it."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self._sock = sock
        self._exchange = exchange
        self._held = sock.makefile("rb", buffering=0)  # keeps the socket open while the connection lets go of it
        self.at_end = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.at_end:
            return self._what_is_there(buffer)
        while True:
            self._sock.settimeout(min(self._exchange.seconds_left(), _SLICE))
            try:
                count = self._sock.recv_into(buffer)
            except TimeoutError:
                continue
            if count:
                self._exchange.reply_begins()
            return count

    def _what_is_there(self, buffer: Any) -> int | None:
        self._sock.settimeout(0)
        try:
            return self._sock.recv_into(buffer)
        except OSError:  # nothing, or no connection any more
            return None

    def close(self) -> None:
        self._held.close()
        super().close()


class _Reply(http.client.HTTPResponse):
    """A reply that refuses contradictory framing, and says whether its connection may be used again."""

    def __init__(self, sock: socket.socket, *args: Any, connection: TrackedConnection, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._connection = connection
        self._exchange = connection.exchange
        self.fp.close()
        self._reader = _TimedReader(sock, self._exchange)
        self.fp = io.BufferedReader(self._reader)

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]  # its stub lacks the method
        if self._connection.tunnelling:
            self._exchange.proxy_status = None if status == 200 else status
        elif status < 200:
            self._connection.spent = True
            if status != http.HTTPStatus.SWITCHING_PROTOCOLS:  # all others announce the final one (RFC 9110 15.2)
                return version, http.HTTPStatus.CONTINUE, reason
        return version, status, reason

    def begin(self) -> None:
        super().begin()
        if (flaw := next(_framing_flaws(self.headers), None)) is not None:
            self._exchange.flaw = flaw
            raise _Malformed(flaw)

    def _close_conn(self) -> None:
        """At the end of the body: what still comes belongs to no request of ours."""
        if self.fp is not None and not self.fp.closed:
            self._reader.at_end = True
            self._connection.spent = self._connection.spent or bool(self.fp.peek(1))
        super()._close_conn()  # type: ignore[misc]  # its stub lacks the method


def _framing_flaws(headers: http.client.HTTPMessage) -> Iterator[str]:
    """What makes a reply's length uncertain (RFC 9112 6.3); such replies are not counted."""
    lengths = {part.strip() for value in headers.get_all("content-length", []) for part in value.split(",")}
    codings = [value.strip().lower() for value in headers.get_all("transfer-encoding", [])]
    if headers.defects or headers.get_payload():
        yield "its head is malformed"
    if len(lengths) > 1:
        yield "it names two different lengths"
    if not all(length.isascii() and length.isdigit() for length in lengths):
        yield "its length is not a number"
    if codings and lengths:
        yield "it names a length and a transfer coding"
    if codings not in ([], ["chunked"]):
        yield "its transfer coding is not known"


class TrackedConnection(HTTPConnection):
    """A connection of urllib3 that writes down, in the current exchange, how far it came.

    :ivar spent: whether it must not be used for another request.
    :ivar tunnelling: whether what is sent and read now is for a proxy.
    """

    spent = False
    tunnelling = False
    _idle_since = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.response_class: Any = partial(_Reply, connection=self)

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
        idle = time.monotonic() - self._idle_since
        return not self.spent and idle <= IDLE_SECONDS and super().is_connected

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
        exchange.leaves()
        rest = memoryview(data)
        while rest:
            rest = rest[self._send_some(rest[:_PIECE], exchange.seconds_left()) :]

    def _send_some(self, piece: memoryview, seconds: float) -> int:
        if not isinstance(self.sock, socket.socket):  # TLS inside TLS: a piece that timed out cannot be tried again
            self.sock.settimeout(seconds)
            return int(self.sock.send(piece))
        self.sock.settimeout(min(seconds, _SLICE))
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
        """Note that it goes back to its pool."""
        self._idle_since = time.monotonic()

    def close(self) -> None:
        """Close it; it may connect anew."""
        super().close()
        self.spent = False


class TrackedPool(HTTPConnectionPool):
    """A pool of such connections."""

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.kept()
        super()._put_conn(conn)

    def open_one(self, timeout: float) -> None:
        """Have a connection open for the next request.

        :param timeout: seconds for each step of connecting.
        :raises Exception: whatever connecting raises.
        """
        connection = self._get_conn()
        try:
            if connection.is_closed:
                connection.timeout = timeout
                if connection_requires_http_tunnel(self.proxy, self.proxy_config, self.scheme):
                    self._prepare_proxy(connection)
                else:
                    connection.connect()
        except BaseException:
            connection.close()
            raise
        finally:
            super()._put_conn(connection)  # as idle as it was


class TrackedAdapter(HTTPAdapter):
    """Mounts tracked connections below a session of `requests`, whatever proxy leads out."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        _track(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pools of a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        _track(manager)
        return manager

    def open_one(
        self, request: PreparedRequest, *, verify: bool | str, proxies: Mapping[str, str], timeout: float
    ) -> None:
        """Have a connection open for a request like this one.

        :raises Exception: whatever connecting raises.
        """
        pool: Any = self.get_connection_with_tls_context(request, verify, proxies=dict(proxies))
        self.cert_verify(pool, request.url, verify, None)  # type: ignore[no-untyped-call]  # its stub
        pool.open_one(timeout)


def _track(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {
        scheme: pool if issubclass(pool, TrackedPool) else _tracked(pool)
        for scheme, pool in manager.pool_classes_by_scheme.items()
    }


def _tracked(pool: Any) -> Any:
    connection = type(f"Tracked{pool.ConnectionCls.__name__}", (TrackedConnection, pool.ConnectionCls), {})
    return type(f"Tracked{pool.__name__}", (TrackedPool, pool), {"ConnectionCls": connection})


class _Discreet(logging.Filter):
    """Cuts the query from the addresses that urllib3 logs, since an e-mail may stand in it; and of what urllib3 warns
    about while an exchange of ours lasts, keeps only that it does: a reply's bytes may stand in it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if CURRENT.get() is not None and record.levelno >= logging.WARNING:
            record.msg, record.args, record.exc_info = "urllib3 warns about a connection to Bento.", (), None
        if isinstance(record.args, tuple):
            record.args = tuple(map(_without_query, record.args))
        return True


def _without_query(value: object) -> object:
    return value.partition("?")[0] if isinstance(value, str) and "site_uuid=" in value else value


for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_Discreet())
