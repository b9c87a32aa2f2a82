"""How far one request and its reply came, recorded by the connection that carries them.

::

    unconnected → connected → sending → waiting → reading → replied
    └── nothing has left ──┘  └── it may have been applied ──┘

Before ``sending`` the request never reached Bento. From there on everything that does not end as ``replied`` leaves the
outcome unknown (RFC 9110 9.2.2). Knows time and phases; knows no socket and no HTTP library.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, Literal

Phase = Literal["unconnected", "connected", "sending", "waiting", "reading", "replied"]

SLOWEST_LINE: Final = 50_000
"""Bytes a second; a body that leaves more slowly is given up."""

SEND_BUFFER: Final = 65_536
"""Bytes that the system may have taken from us and not sent yet; Linux doubles the number. With a larger buffer,
"left" would mean little.
"""

SEND_SECONDS: Final = 10.0
"""Seconds that every request may take to leave, besides those of its bytes."""


def nothing() -> None:
    """Do nothing."""


def never() -> bool:
    """Return ``False``."""
    return False


class Exchange:
    """One request and its reply.

    :param size: bytes of the request's body.
    :param connect_seconds: how long one step of connecting may take (TCP, a proxy's answer, TLS).
    :param read_seconds: how long the whole reply may take, once the request has left; more by what a slow line needs
        for the bytes that the system still holds.
    :param sending: called just before the first byte of the request leaves; if it raises, nothing has left.
    :param stopped: returns whether the caller is stopping: what is in flight then has ``read_seconds`` left in all.
    :param now: a clock that never jumps, in seconds.
    :ivar phase: how far it came.
    :ivar left_whole: whether all bytes of the request were handed to the operating system.
    :ivar timed_out: whether a time limit of this exchange ended it.
    :ivar framing_error: what is wrong with the reply's framing, in words; ``None`` if nothing is.
    :ivar proxy_status: a proxy's answer to CONNECT, if it was not 200.
    :ivar untrusted: whether the other side's certificate was refused.
    """

    def __init__(
        self,
        size: int,
        connect_seconds: float,
        read_seconds: float,
        *,
        sending: Callable[[], None] = nothing,
        stopped: Callable[[], bool] = never,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size = size
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._sending = sending
        self._stopped = stopped
        self._now = now
        self._until = now() + connect_seconds
        self._stop_until: float | None = None
        self.phase: Phase = "unconnected"
        self.left_whole = False
        self.timed_out = False
        self.framing_error: str | None = None
        self.proxy_status: int | None = None
        self.untrusted = False

    @property
    def may_have_left(self) -> bool:
        """Whether a byte of the request may have left."""
        return self.phase not in ("unconnected", "connected")

    def connecting(self) -> None:
        """A step of connecting begins."""
        self._until = self._now() + self._connect_seconds

    def connected(self) -> None:
        """The connection is open, with TLS and proxy, or is known to be."""
        if not self.may_have_left:
            self.phase = "connected"

    def leaves(self) -> None:
        """The first byte of the request is about to leave.

        :raises Exception: what ``sending`` raised; nothing has left then.
        """
        if self.may_have_left:
            return
        self._sending()
        self.phase = "sending"
        self._until = self._now() + SEND_SECONDS + self._size / SLOWEST_LINE

    def left(self, *, whole: bool) -> None:
        """No more of the request leaves; the reply is waited for. One that never began to leave has no reply."""
        if not self.may_have_left:
            return
        if whole:
            self.phase, self.left_whole = "waiting", True
        self._until = self._now() + self._read_seconds + min(self._size, 2 * SEND_BUFFER) / SLOWEST_LINE

    def reply_begins(self) -> None:
        """A byte of the reply has come."""
        if self.may_have_left:
            self.phase = "reading"

    def reply_is_whole(self) -> None:
        """The reply was read to its end."""
        self.phase = "replied"

    def seconds_left(self) -> float:
        """Return how long the current phase may still take.

        :raises TimeoutError: no time is left.
        """
        now = self._now()
        if self._stop_until is None and self._stopped():
            self._stop_until = now + self._read_seconds
        until = self._until if self._stop_until is None else min(self._until, self._stop_until)
        if until <= now:
            self.timed_out = True
            raise TimeoutError("a time limit of this exchange")
        return until - now


CURRENT: Final[ContextVar[Exchange | None]] = ContextVar("bento_exchange", default=None)
"""The exchange of this thread, while it lasts."""
