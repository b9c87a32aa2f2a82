"""The server of one sandbox: its port, how it stops listening for a while, how it ends; knows no endpoint.

Tested by tests/sandbox/test_sandbox_running.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import uvicorn

from airflow_provider_bento.sandbox.app import build_app
from airflow_provider_bento.sandbox.bento_api.sockets import BreakableProtocol
from airflow_provider_bento.sandbox.clock import SandboxClock
from airflow_provider_bento.sandbox.errors import SandboxNotRunning
from airflow_provider_bento.sandbox.settings import Settings
from airflow_provider_bento.sandbox.state import State

_CALL_LIMIT: Final = 10.0  # seconds that work in its thread may take
_DATE_EVERY: Final = 1.0  # seconds between two looks at the clock for the Date header


class SandboxServer(uvicorn.Server):
    """uvicorn's server, which can stop listening for a while and ends without waiting for idle clients.

    :param state: what the sandbox remembers.
    :param listener: a bound socket.
    :param hosts: additional host names to accept.
    """

    def __init__(self, state: State, listener: socket.socket, hosts: Iterable[str] = ()) -> None:
        app = build_app(state, self.refuse, hosts)
        super().__init__(
            uvicorn.Config(
                app,
                http=BreakableProtocol,
                ws="none",
                loop="asyncio",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
            )
        )
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self.ready = threading.Event()
        self.on_ready: Callable[[], None] = lambda: None
        self._family = listener.family
        self._listener = listener
        self.state = state
        self._leave: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._again: asyncio.TimerHandle | None = None
        self._reserved: socket.socket | None = None
        state.base_url = self.url

    @property
    def url(self) -> str:
        """The address at which this machine reaches it."""
        host, port = self.address
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def serve_forever(self) -> None:
        """Serve until :meth:`leave` or a signal."""
        self.run(sockets=[self._listener])

    async def main_loop(self) -> None:
        """Wait for the end without polling for it."""
        self._leave, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await self.on_tick(0)
        self.ready.set()
        self.on_ready()
        while not self.should_exit:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leave.wait(), _DATE_EVERY)
            await self.on_tick(0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything at once: a client that waits for a stalled answer gets none."""
        if self._again:
            self._again.cancel()
        for server in self.servers:
            server.close()
        for held in (*(sockets or ()), self._reserved):
            if held:
                held.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
        await self.lifespan.shutdown()
        self.state.close()  # here, for a signal ends the process before anything that follows

    def handle_exit(self, sig: int, frame: Any) -> None:
        """End on a signal."""
        super().handle_exit(sig, frame)
        self.leave()

    def leave(self) -> None:
        """End, from whatever thread."""
        self.should_exit = True
        if self._loop and self._leave:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._leave.set)

    async def refuse(self, seconds: float) -> None:
        """Stop listening: connections are refused until ``seconds`` have passed or :meth:`listen_again`.

        The port stays reserved: a socket that is bound but does not listen refuses connections.
        """
        if self._reserved is None:
            for server in self.servers:
                server.close()
            self._reserved = bind(self.address[0], self.address[1], self._family)
            for connection in list(self.server_state.connections):
                connection.shutdown()
        if self._again:
            self._again.cancel()
        loop = asyncio.get_running_loop()
        self._again = loop.call_later(seconds, lambda: loop.create_task(self.listen_again()))

    async def listen_again(self) -> None:
        """Listen on the same port as before."""
        reserved, self._reserved = self._reserved, None
        if self._again:
            self._again.cancel()
        if reserved is None:
            return
        loop = asyncio.get_running_loop()
        self.servers = [await loop.create_server(self._protocol, sock=reserved, backlog=self.config.backlog)]

    def call(self, work: Any) -> Any:
        """Run a coroutine function in the server's thread; return its result."""
        if self._loop is None:
            raise SandboxNotRunning("The sandbox is not running")
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(_CALL_LIMIT)

    def _protocol(self) -> asyncio.Protocol:
        return BreakableProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


def open_sandbox(
    settings: Settings,
    *,
    path: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    hosts: Iterable[str] = (),
    clock: SandboxClock | None = None,
) -> SandboxServer:
    """Return a sandbox that has its port and its state and is ready to serve.

    :param path: a file that survives restarts; ``None``: in memory.
    :param port: 0 selects a free port.
    :param hosts: additional host names to accept.
    :raises OSError: the port is in use, or the address does not belong to this machine.
    :raises SandboxStateError: the file cannot be used.
    """
    listener = bind(host, port)
    try:
        return SandboxServer(State(settings, path, clock), listener, hosts)
    except BaseException:
        listener.close()
        raise


def bind(host: str, port: int, family: int | None = None) -> socket.socket:
    """Return a socket bound to an address, not listening yet; port 0 selects a free port.

    :raises OSError: the port is in use, or the address does not belong to this machine.
    """
    chosen = family or (socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound = socket.socket(chosen, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY on these only
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except BaseException:
        bound.close()
        raise
    return bound
