"""One batch of one record at a raw socket: what came of it, and how often it was received."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from unit.api.scripted_server import Act, ScriptedServer, close

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.client import BentoClient
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.exceptions import BentoError

EVENT = wire.batch(contract.BATCH_EVENTS, [b'{"type":"t","email":"planted@x.io"}'])
APPROVED = wire.batch(contract.BATCH_BROADCASTS, [b'{"name":"planted","approved":true}'])
REQUESTS = {"event": EVENT, "approved broadcast": APPROVED}


@contextmanager
def served(act: Act, tls: Any = None) -> Iterator[ScriptedServer]:
    """Run a server whose act is told the server itself."""
    with ScriptedServer(act, tls=tls) as server:
        yield server


def answering(reply: bytes, *, closes: bool, tls: Any = None) -> ScriptedServer:
    """Return a server that reads each request whole, and answers it so."""
    server = ScriptedServer(lambda connection: None, tls=tls)
    server._acts = (server.answers(reply, then=close if closes else None),)
    return server


def client(url: str, **options: Any) -> BentoClient:
    """Return a client with short time-outs that no good reply needs."""
    return BentoClient(url, "pk", "sk-planted", "site", **{"connect_timeout": 5.0, "read_timeout": 5.0, **options})


def outcome(one: BentoClient, request: Request) -> str:
    """Send the request once; return ``accepted``, ``refused`` or the error's class."""
    try:
        receipt = wire.read_batch(request, one.send(request))
    except BentoError as error:
        return "a record in the error" if "planted" in f"{error!r} {error}" else type(error).__name__
    return "accepted" if receipt.accepted == receipt.sent else "refused"


def connection(url: str) -> str:
    """Return the Airflow connection that leads to a server, as JSON; each server has a budget of its own."""
    extra = {"rate_limit": "6000/minute", "pacing": "process", "timeout": "5, 5"}
    return json.dumps(
        {"conn_type": "bento", "host": url, "login": "pk", "password": "sk-planted", "schema": "site", "extra": extra}
    )
