"""A sandbox that runs in a thread of this process.

Tested by tests/sandbox/test_sandbox_running.py.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from airflow_provider_bento.sandbox.airflow_connection import connection
from airflow_provider_bento.sandbox.bento_api.pipeline import PREFIX
from airflow_provider_bento.sandbox.clock import SandboxClock
from airflow_provider_bento.sandbox.control.client import Control
from airflow_provider_bento.sandbox.errors import SandboxNotRunning
from airflow_provider_bento.sandbox.settings import Settings
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.uvicorn_server import SandboxServer, open_sandbox

_START_LIMIT: Final = 10.0  # seconds


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that runs in a thread of this process.

    :param url: its address; Bento's API is at ``url + "/api/v1"``.
    :param connection: the Airflow connection to it, in the JSON form.
    :param control: a client of its control API.
    :param state: its state, owned by its thread: read it only through :meth:`in_its_thread`.
    :param server: its server, which runs in that thread.
    """

    url: str
    connection: dict[str, str] = field(repr=False)  # holds the keys
    control: Control
    state: State
    server: SandboxServer

    @property
    def api(self) -> str:
        """The base URL of Bento's API."""
        return self.url + PREFIX

    @property
    def connection_json(self) -> str:
        """The value of an ``AIRFLOW_CONN_…`` variable."""
        return msgspec.json.encode(self.connection).decode()

    def refuse(self, seconds: float = 3600.0) -> None:
        """Refuse connections until :meth:`listen_again`, or for ``seconds``."""
        self.server.call(lambda: self.server.refuse(seconds))

    def listen_again(self) -> None:
        """Accept connections again."""
        self.server.call(self.server.listen_again)

    def in_its_thread(self, work: Any) -> Any:
        """Run ``work(state)`` in the sandbox's thread; return its result."""

        async def run() -> Any:
            return work(self.state)

        return self.server.call(run)


@contextlib.contextmanager
def running_sandbox(
    *,
    state: Path | None = None,
    port: int = 0,
    hosts: Iterable[str] = (),
    clock: SandboxClock | None = None,
    **settings: Any,
) -> Iterator[RunningSandbox]:
    """Run a sandbox on a free port of the loopback address until the end of the block.

    Without a rate limit and without delays unless ``settings`` say otherwise.

    :param state: a file that keeps the data after the block; ``None``: in memory.
    :param port: 0 selects a free port.
    :param hosts: host names to accept besides the loopback names.
    :param clock: its clock; tests pass their own.
    :param settings: fields of :class:`~airflow_provider_bento.sandbox.settings.Settings`.
    """
    chosen = Settings.of({"limit": "off", **settings})
    server = open_sandbox(chosen, path=state, port=port, hosts=hosts, clock=clock)
    thread = threading.Thread(target=server.serve_forever, name="bento-sandbox", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(_START_LIMIT):
            raise SandboxNotRunning("The sandbox did not start; the output of its thread contains the reason")
        with Control(server.url) as control:
            yield RunningSandbox(server.url, connection(server.url, chosen), control, server.state, server)
    finally:
        server.leave()
        thread.join(_START_LIMIT)
