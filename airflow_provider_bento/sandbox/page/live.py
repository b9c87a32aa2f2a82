"""Tells open pages that something changed; knows that it did, never what.

Tested by tests/sandbox/test_page_live.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any, Final
from zlib import crc32

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from airflow_provider_bento.sandbox.state import State

_LOOK: Final = 0.25  # seconds between two looks
_SIGN_OF_LIFE: Final = 10.0  # seconds; what stands between may cut a silent connection
_START: Final = b"retry: 1000\n\n"  # milliseconds after which the browser comes back


class _Stream(StreamingResponse):
    """A stream that ends without a word when the sandbox does."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until either side goes away."""
        with contextlib.suppress(asyncio.CancelledError):
            await super().__call__(scope, receive, send)


class Live:
    """What tells one state of the sandbox from another.

    :param state: what the sandbox remembers.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._started = time.time_ns()

    def changes(self) -> int:
        """Return a number that grows with every row written; one look, whatever the size of the state."""
        return int(self._state.storage.value("SELECT total_changes()"))

    def version(self) -> str:
        """Return a text that differs whenever a page would look different; it says nothing about anybody."""
        state = self._state
        windows = [(window["key"], window["used"]) for window in state.limiter.usage(state.clock.now())]
        settings = state.settings.public()
        steered: list[Any] = [state.faults.report(), settings, state.clock.memory(), state.limiter.regime.text, windows]
        return f"{self._started}-{self.changes()}-{crc32(msgspec.json.encode(steered)):x}"

    async def stream(self, _: Request) -> StreamingResponse:
        """Send the version whenever it changes, as server-sent events."""
        return _Stream(self._versions(), media_type="text/event-stream")

    async def _versions(self) -> AsyncIterator[bytes]:
        yield _START
        told, silent = "", 0.0
        while True:
            version = self.version()
            if version != told:
                yield f"data: {version}\n\n".encode()
                told, silent = version, 0.0
            elif silent >= _SIGN_OF_LIFE:
                yield b":\n\n"
                silent = 0.0
            await asyncio.sleep(_LOOK)
            silent += _LOOK
