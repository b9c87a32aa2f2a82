"""A Bento that knows what it has of each person, and how often it applied each event; it may fail as a script says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from airflow_provider_bento.api.receipt import Failure, Receipt
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoError,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRefusedError,
    BentoUnreachable,
)

__all__ = ["FAULTS", "Bento", "Person", "Sent"]

_RAISED: dict[str, Callable[[], BentoError]] = {
    "unreachable": lambda: BentoUnreachable("refused"),
    "busy": lambda: BentoUnreachable("busy", status=503, retry_after=7.0),
    "429": lambda: BentoRateLimited("slow down", status=429, retry_after=1.0),
    "lost": lambda: BentoOutcomeUnknown("lost", endpoint="x"),
    "applied, lost": lambda: BentoOutcomeUnknown("lost", endpoint="x"),
    "refused": lambda: BentoRefusedError("no", status=422),
    "turned away": lambda: BentoAccessError("no", status=401),
}
FAULTS = tuple(_RAISED)
"""What may happen to a request; only one of them is applied."""


@dataclass
class Person:
    """What Bento has of a person.

    :param last: the record that was applied last.
    """

    tags: set[str] = field(default_factory=set)
    fields: dict[str, Any] = field(default_factory=dict)
    subscribed: bool = True
    last: bytes = b""

    def has(self, record: Mapping[str, Any]) -> bool:
        """Whether it has what a record of a source says."""
        fields = {name: value for name, value in record.items() if name not in ("email", "tags")}
        return set(record.get("tags", ())) <= self.tags and fields.items() <= self.fields.items()


@dataclass(frozen=True)
class Sent:
    """A request that was applied, or could have been.

    :param by: the attempt.
    :param kind: ``subscribers``, ``command`` or ``events``.
    :param names: addresses in lower case, or keys of events.
    :param gone: whether it is about people who are gone.
    """

    by: str
    kind: str
    names: tuple[str, ...]
    gone: bool = False


@dataclass
class Bento:
    """People, events, and every request.

    :param fault: asked at each request for what happens to it; ``None``: it is applied.
    :param refusing: whom, or which events, it never takes.
    :param names_refused: whether it says which ones it rejected.
    """

    fault: Callable[[], str | None] = lambda: None
    refusing: set[str] = field(default_factory=set)
    names_refused: bool = True
    people: dict[str, Person] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)
    requests: list[Sent] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    watch: Callable[[Sent, list[dict[str, Any]]], None] = lambda sent, records: None

    def send(self, request: Request, by: str, touch: Callable[[str], None], sending: Callable[[], None]) -> Receipt:
        """Take one request; the sender may die on either side."""
        ((kind, records),) = msgspec.json.decode(request.body or b"").items()
        sending()
        touch("send")
        sent = Sent(by, kind, tuple(_name(kind, record) for record in records), any(map(_takes_back, records)))
        self.watch(sent, records)
        self.requests.append(sent)
        fault = self.fault()
        self.faults[fault or "none"] += 1
        taken = [] if fault not in (None, "applied, lost") else [n not in self.refusing for n in sent.names]
        for record, name, fine in zip(records, sent.names, taken, strict=False):
            if fine:
                self.apply(kind, name, record)
        touch("reply")
        if fault is not None:
            error = _RAISED[fault]()
            raise error
        failures = tuple(Failure(index, "no") for index, fine in enumerate(taken) if not fine)
        named = failures if self.names_refused else ()
        return Receipt(len(records), sum(taken), len(failures), named)

    def apply(self, kind: str, name: str, record: dict[str, Any]) -> None:
        """Let a record have its effect."""
        if kind == "events":
            self.events[name] += 1
            return
        person = self.people.setdefault(name, Person())
        person.last = msgspec.json.encode(record)
        if kind == "command":
            person.subscribed = False
            return
        person.tags |= set(_split(record.get("tags")))
        person.tags -= set(_split(record.get("remove_tags")))
        person.fields |= {key: value for key, value in record.items() if key not in ("email", "tags", "remove_tags")}


def _split(tags: str | None) -> Iterator[str]:
    return iter(tags.split(",") if tags else ())


def _name(kind: str, record: Mapping[str, Any]) -> str:
    return str(record["details"]["order_id"]) if kind == "events" else str(record["email"]).lower()


def _takes_back(record: Mapping[str, Any]) -> bool:
    return "remove_tags" in record or record.get("command") == "unsubscribe"
