"""The connection below a request: how to break it for real; knows TCP and uvicorn, never Bento.

Tested by tests/sandbox/test_sandbox_faults.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_TRANSPORT: Final = "bento.transport"
_PATIENCE: Final = 5.0  # seconds until a connection that was broken counts as gone
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends RST and drops what is unsent


class BreakableProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # uvicorn chooses the class at import
    """uvicorn's HTTP protocol, whose requests know the connection that they came through."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Put the transport where each request of this connection finds it: its ASGI state."""
        self.app_state = {**self.app_state, _TRANSPORT: transport}
        super().connection_made(transport)


async def reset(scope: Scope, receive: Receive) -> None:
    """Break the connection with a TCP reset: the client sees *connection reset by peer*."""
    transport = _transport(scope)
    connection: socket.socket = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):  # the client may have gone first
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
    await gone(receive, _PATIENCE)


async def send_and_close(scope: Scope, receive: Receive, data: bytes) -> None:
    """Send bytes past all checks of HTTP, then close the connection in an orderly way."""
    transport = _transport(scope)
    transport.write(data)
    transport.close()
    await gone(receive, _PATIENCE)


async def gone(receive: Receive, seconds: float) -> None:
    """Wait until the connection is gone, at most ``seconds``."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    return transport
