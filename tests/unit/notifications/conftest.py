"""A sandbox whose connection names a sender and the recipients of alerts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

EXTRA = {
    "pacing": "process",
    "rate_limit": "100/second",
    "from": "airflow@shop.example",
    "alerts_to": "ann@shop.example, bob@shop.example",
}


@pytest.fixture
def connect(server: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that stores the default connection with changed extras."""

    def store(conn_id: str = "bento_default", **changed: Any) -> None:
        connection = server.connection | {"extra": EXTRA | changed}
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))

    return store


@pytest.fixture
def bento(server: RunningSandbox, connect: Callable[..., None]) -> RunningSandbox:
    """An empty sandbox, reached by the default connection."""
    server.control.reset()
    server.control.clear_faults()
    connect()
    return server


@pytest.fixture
def outbox(bento: RunningSandbox) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that returns the emails that were sent."""
    return lambda: list(bento.control.everything("/emails"))
