"""The same world with nothing made up but the time: real records, client and sockets, and the sandbox as Bento."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from delivery_law.fakes import FakeClock
from delivery_law.world import Process, World

from airflow_provider_bento.api import contract, responses, wire
from airflow_provider_bento.api.broadcast_lookup import find
from airflow_provider_bento.api.client import BentoClient
from airflow_provider_bento.api.contract import BroadcastStatus, Endpoint, Family
from airflow_provider_bento.api.rates import parse_rates
from airflow_provider_bento.api.receipt import Created
from airflow_provider_bento.api.records import (
    broadcast_parser,
    command_parser,
    email_parser,
    parse_deletion,
    parse_event,
    parse_subscriber,
)
from airflow_provider_bento.api.records.parse import ENCODE
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.pacing.memory_budgets import ProcessBudgets
from airflow_provider_bento.delivery.pacing.pacer import SharedPacer
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

READ_TIMEOUT = 0.3  # seconds; a stall is real
SENDER = "news@planted.example"
PARSERS: Mapping[Endpoint, Callable[[], Any]] = {
    "subscribers": lambda: parse_subscriber,
    "events": lambda: parse_event,
    "broadcasts": lambda: broadcast_parser(allow_send=True, to_everyone=False),
    "commands": command_parser,
    "emails": lambda: email_parser(transactional=True, sender=SENDER),
    "deletions": lambda: parse_deletion,
}


class Kind(NamedTuple):
    """Records of one kind, which are all idempotent or none of which is."""

    endpoint: Endpoint
    idempotent: bool
    more: Mapping[str, Any]


KINDS = {
    "subscribers": Kind("subscribers", idempotent=True, more={}),
    "events": Kind("events", idempotent=False, more={"type": "signed_up"}),
    "broadcasts": Kind(
        "broadcasts",
        idempotent=False,
        more={
            "subject": "s",
            "content": "<p>c</p>",
            "type": "plain",
            "from": {"email": SENDER, "name": "News"},
            "inclusive_tags": "vip",
        },
    ),
    "commands": Kind("commands", idempotent=True, more={"command": "add_tag", "query": "vip"}),
    "commands that start automations": Kind(
        "commands", idempotent=False, more={"command": "add_tag_via_event", "query": "vip"}
    ),
    "emails": Kind("emails", idempotent=False, more={"subject": "s", "html_body": "<p>c</p>"}),
    "deletions": Kind("deletions", idempotent=True, more={}),
}
_NAMED_BY: Mapping[Endpoint, str] = {"broadcasts": "name", "emails": "to"}


def records(kind: Kind, count: int) -> list[dict[str, Any]]:
    """Return so many records with names of their own."""
    key = _NAMED_BY.get(kind.endpoint, "email")
    return [{key: f"r{number}@planted.example", **kind.more} for number in range(count)]


class ServedWorld(World):
    """A task instance that pushes to a sandbox.

    :param sandbox: emptied first.
    :ivar on_sleep: called when somebody waits.
    :ivar sent_at: the clock at each request to a batch endpoint.
    """

    def __init__(self, sandbox: RunningSandbox, endpoint: Endpoint, rows: Sequence[Any], **options: Any) -> None:
        super().__init__(rows, endpoint=endpoint, new_parser=PARSERS[endpoint], **options)
        sandbox.control.reset()
        sandbox.control.clear_faults()
        self.sandbox = sandbox
        self.clock = FakeClock(time.time())
        self.clock.on_sleep = self._slept
        self.on_sleep: Callable[[], None] = lambda: None
        self.sent_at: list[float] = []
        rates = parse_rates("6000/minute")
        self.budget: Any = SharedPacer(
            ProcessBudgets(self.clock.monotonic), "bento", dict.fromkeys(get_args(Family), rates)
        )
        keys = sandbox.connection
        self.client = BentoClient(
            sandbox.api, keys["login"], keys["password"], keys["schema"], read_timeout=READ_TIMEOUT, connections=4
        )
        if endpoint == "deletions":
            people = [ENCODE({"email": row["email"]}) for row in rows]
            self.client.send(wire.batch(contract.BATCH_SUBSCRIBERS, people), lambda: None)

    def send(self, request: Request, process: Process, sending: Callable[[], None]) -> Any:
        """Send one request once, over HTTP."""
        process.touch("send")
        self.sent_at.append(self.clock.now)
        receipt = wire.read_batch(request, self.client.send(request, sending), now=self.clock.time())
        process.touch("reply")
        return receipt

    def look_up(self, process: Process) -> Callable[[Sequence[str], float], Mapping[str, Created]]:
        """Return what finds broadcasts by name, as the hook does it."""
        fetching = RequestLoop(self._fetch, self.budget, self.clock, stopped=self.stop.is_set)

        def page(status: BroadcastStatus, number: int) -> tuple[responses.ListedBroadcast, ...]:
            query = {"status": status, "page": str(number)}
            return responses.broadcasts(fetching.run(Request(contract.LIST_BROADCASTS, query=query), idempotent=True))

        return lambda names, since: find(page, names, since)

    def name_of(self, row: Any) -> str:
        """Return the campaign's name, or the address; of a deletion the sandbox keeps a hash of it."""
        if "email_sha256" in row:
            return next(one["email"] for one in self.rows if _hashed(one["email"]) == row["email_sha256"])
        return str(row[_NAMED_BY.get(self.endpoint, "email")])

    def arrived(self) -> Counter[str]:
        """Count how often each record was applied, as the sandbox's ledger says."""
        return Counter(self.name_of(record) for record in self.sandbox.control.records(self.endpoint))

    def close(self) -> None:
        """Close the client's connections."""
        self.client.close()

    def _fetch(self, request: Request, sending: Callable[[], None]) -> Any:
        return wire.read(request, self.client.send(request, sending), now=self.clock.time())

    def _slept(self) -> None:
        self.on_sleep()


def _hashed(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()
