"""A reply as it comes in: within the bounds of its exchange, and rejected if its framing contradicts itself.

Extension points used in :mod:`http.client`: ``response_class``, ``begin()``, the end of a body. Knows no connection.

Tested by tests/network/test_early_replies.py.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import re
import socket
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final, NoReturn, Protocol

from airflow_provider_bento.api.exchange import Exchange

_LONGEST_LINE: Final = 1000
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE: Final = re.compile(rb"[0-9a-fA-F]{1,16}")

SLICE: Final = 0.5
"""Seconds of waiting between two looks at whether the caller is stopping."""


class Carrier(Protocol):
    """The connection that carries a reply.

    :ivar spent: whether it must not be used for another request.
    :ivar tunnelling: whether what is sent and read now is for a proxy.
    """

    spent: bool
    tunnelling: bool

    @property
    def exchange(self) -> Exchange:
        """The exchange under way."""
        ...


class MalformedReply(http.client.HTTPException):
    """The reply's framing is not understood; the exchange says why."""


class _TimedReader(io.RawIOBase):
    """The bytes of a reply, within the bounds of its exchange; trickling bytes do not prolong it."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self._sock = sock
        self._exchange = exchange
        self._timeout = sock.gettimeout()
        self._held = sock.makefile("rb", buffering=0)  # keeps the socket open while the connection lets go of it
        self.at_end = False
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.at_end:
            return self._what_is_there(buffer)
        while True:
            self._sock.settimeout(min(self._exchange.seconds_left(), SLICE))
            try:
                count = self._sock.recv_into(buffer)
            except TimeoutError:
                continue
            if count:
                self._exchange.reply_begins()
            self.ended = not count
            return count

    def _what_is_there(self, buffer: Any) -> int | None:
        self._sock.settimeout(0)
        try:
            return self._sock.recv_into(buffer)
        except OSError:  # nothing, or no connection any more
            return None

    def close(self) -> None:
        """Leave the socket as it was: after a proxy's answer TLS begins on it."""
        with contextlib.suppress(OSError):  # it may be closed already
            self._sock.settimeout(self._timeout)
        self._held.close()
        super().close()


class Reply(http.client.HTTPResponse):
    """A reply that refuses contradictory framing, and says whether its connection may be used again."""

    def __init__(self, sock: socket.socket, *args: Any, connection: Carrier, **kwargs: Any) -> None:
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
            if status != HTTPStatus.SWITCHING_PROTOCOLS:  # all others announce the final one (RFC 9110 15.2)
                return version, HTTPStatus.CONTINUE, reason
        return version, status, reason

    def begin(self) -> None:
        """Read the head.

        :raises MalformedReply: its framing contradicts itself; the exchange says how.
        """
        super().begin()
        if self._reader.ended:  # http.client takes the end of the connection for the end of the head
            self._refuse("it ends within its headers")
        if (framing_error := next(_framing_errors(self.headers), None)) is not None:
            self._refuse(framing_error)

    def _read_next_chunk_size(self) -> int:
        size = self.fp.readline(_LONGEST_LINE).partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(size):  # Python's own reading of numbers takes signs, prefixes and underscores
            self._refuse("the size of a chunk is not a number")
        return int(size, 16)

    def _refuse(self, framing_error: str) -> NoReturn:
        self._exchange.framing_error = framing_error
        raise MalformedReply(framing_error)

    def _close_conn(self) -> None:
        """Note, at the end of the body, whether more bytes follow: they belong to no request of ours."""
        if self.chunked and self._reader.ended:  # http.client takes half a last chunk for a whole one
            self._exchange.framing_error = "it ends within its chunks"
        if self.fp is not None and not self.fp.closed and not self._connection.tunnelling:
            self._reader.at_end = True
            self._connection.spent = self._connection.spent or bool(self.fp.peek(1))
        super()._close_conn()  # type: ignore[misc]  # its stub lacks the method


def _framing_errors(headers: http.client.HTTPMessage) -> Iterator[str]:
    """Yield what makes a reply's length uncertain (RFC 9112 6.3); such replies are not counted."""
    lengths = {value.strip() for value in headers.get_all("content-length", [])}
    codings = [value.strip().lower() for value in headers.get_all("transfer-encoding", [])]
    if headers.defects or headers.get_payload():
        yield "its headers are malformed"
    if len(lengths) > 1:
        yield "it has two different lengths"
    if not all(_LENGTH.fullmatch(length) for length in lengths):
        yield "its length is not a number"
    if codings and lengths:
        yield "it has both a length and a transfer coding"
    if codings not in ([], ["chunked"]):
        yield "its transfer coding is not known"
