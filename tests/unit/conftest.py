"""What tests share that push into the sandbox as Airflow's users do: by the default connection."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSandbox]:
    """One sandbox for each module of tests that asks for it."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def bento(server: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """An empty sandbox behind the default connection, paced in this process and so fast that no test waits."""
    server.control.reset()
    server.control.clear_faults()
    connection = server.connection | {"extra": {"pacing": "process", "rate_limit": "100/second"}}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(connection))
    return server
