"""The ways to send, without waits: a hook, its client and a push against a URL, and what became of it in one word."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal
from unittest import mock

from delivery_law.fakes import FakeClock, OpenBudget

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.api.records import parse_event
from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.values import InDoubt
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoError,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRefusedError,
    BentoRetryLater,
    BentoSetupError,
)
from airflow_provider_bento.hooks.bento import BentoHook

Kind = Literal["events", "broadcasts", "emails"]
KINDS: Final[tuple[Kind, ...]] = ("events", "broadcasts", "emails")

Outcome = Literal["accepted", "refused", "unknown", "later", "rate limited", "setup", "access"]
"""How a call ended: *later* is a request that is known to have achieved nothing, and may be repeated."""

SLACK: Final = 20.0
"""Seconds: a time-out where none is wanted, however busy the machine is."""

SHORT: Final = 0.3
"""Seconds: a time-out where one is wanted."""

CANARIES: Final = ("canary", "pk-planted", "sk-planted")
"""What nobody may read in a log or an error: parts of records, of keys and of a server's headers."""

_ENDS: Final[tuple[tuple[type[BentoError], Outcome], ...]] = (
    (BentoAccessError, "access"),
    (BentoSetupError, "setup"),
    (BentoRateLimited, "rate limited"),
    (BentoRetryLater, "later"),
    (BentoRefusedError, "refused"),
    (BentoOutcomeUnknown, "unknown"),
)


class HastyHook(BentoHook):
    """A hook whose waits take no time and whose budget is never used up."""

    def __init__(self, connection_id: str, **options: Any) -> None:
        super().__init__(connection_id, **options)
        self.pacer = OpenBudget()  # type: ignore[assignment]  # takes the place of the cached one

    def request_loop(self, send: Any, **options: Any) -> Any:
        """Return the outcome table with a clock that jumps."""
        return super().request_loop(send, **{"clock": FakeClock(), **options})

    def send_rows(self, kind: Kind, *names: str) -> Receipt:
        """Send records of these names by the hook's own method, repeats included."""
        rows = [record(kind, name) for name in names]
        if kind == "events":
            return self.send_events(rows)
        if kind == "emails":
            return self.send_emails(rows, transactional=True)
        return self.create_broadcasts(rows, allow_send=True)

    def send_once(self, kind: Kind, *names: str) -> Receipt:
        """Send records of these names in one request by the hook's client, which repeats nothing."""
        return self.get_conn().send_batch(request(kind, *names))


@contextmanager
def hook(url: str, *, connect: float = SLACK, read: float = SLACK, **options: Any) -> Iterator[HastyHook]:
    """Return the hook of an Airflow connection to this URL; its client is closed afterwards."""
    connection = {
        "conn_type": "bento",
        "login": "pk-planted",
        "password": "sk-planted",
        "schema": "00000000-0000-4000-8000-000000000000",
        "host": url,
        "extra": {"timeout": f"{connect}, {read}", "pacing": "process"},
    }
    with mock.patch.dict(os.environ, {"AIRFLOW_CONN_HASTY": json.dumps(connection)}):
        one = HastyHook("hasty", **options)
        _ = one.settings
    try:
        yield one
    finally:
        one.get_conn().close()


def record(kind: Kind, name: str) -> dict[str, Any]:
    """Return an event that may start automations, an approved broadcast, or an email; ``name`` tells which arrived."""
    if kind == "events":
        return {"email": name, "type": "signed_up", "details": {"note": "canary of the record"}}
    if kind == "emails":
        return {
            "to": name,
            "from": "canary@planted.example",
            "subject": "canary of the subject",
            "html_body": "<p>canary of the content</p>",
        }
    return {
        "name": name,
        "subject": "canary of the subject",
        "content": "<p>canary of the content</p>",
        "type": "plain",
        "from": {"email": "canary@planted.example", "name": "canary"},
        "inclusive_tags": "vip",
        "approved": True,
        "send_at": "2099-01-01T00:00:00Z",
    }


def named(kind: Kind, number: int) -> str:
    """Return the n-th record's name."""
    return f"canary{number}" if kind == "broadcasts" else f"canary{number}@planted.example"


def request(kind: Kind, *names: str) -> wire.Request:
    """Return the request for records of these names."""
    return wire.batch(contract.BATCH[kind], [json.dumps(record(kind, name)).encode() for name in names])


def outcome(call: Callable[[], Receipt]) -> tuple[Outcome, BentoError | None]:
    """Return how a call ended; what is no error of this package is raised."""
    try:
        receipt = call()
    except BentoError as error:
        shown = f"{error} {error!r} {error.__cause__} {vars(error)}"
        assert not any(canary in shown for canary in CANARIES), shown
        return next(word for kind, word in _ENDS if isinstance(error, kind)), error
    assert receipt.accepted == receipt.sent
    return "accepted", None


def event_push(
    bento: HastyHook, store: MemoryStore, number: int, in_doubt: InDoubt | None = None, *, rows: int = 6, chunk: int = 2
) -> Push:
    """Return one attempt of a task that pushes events.

    :param store: where its checkpoint lies.
    :param number: of the attempt, of three.
    :param chunk: events a request.
    """
    clock, budget = FakeClock(), OpenBudget()
    request_loop: RequestLoop[Any] = RequestLoop(
        bento.get_conn().send_batch, budget, clock, connect=bento.get_conn().open
    )
    return Push(
        endpoint="events",
        source=ListSource([record("events", named("events", one)) for one in range(rows)]),
        new_parser=lambda: parse_event,
        request_loop=request_loop,
        pacer=budget,
        checkpoints=Checkpoints(store, Plan("events", chunk, contract.MAX_CHUNK_BYTES), TaskAttempt(number, 3)),
        chunk_size=chunk,
        in_doubt=in_doubt,
        max_failed=0.99,
        clock=clock,
        attempt=number,
    )
