"""Numbers computed from what is stored: audiences, and where signups and revenue come from.

Tested by tests/sandbox/test_sandbox_stats.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from airflow_provider_bento.api.contract import PURCHASE
from airflow_provider_bento.sandbox.store.ledger import Ledger
from airflow_provider_bento.sandbox.store.segments import MATCHES, targets
from airflow_provider_bento.sandbox.store.storage import Row, Storage

_Key = TypeVar("_Key", str, int)
DAY: Final = 86_400_000  # milliseconds

Purchases = dict[int, list[tuple[str, int]]]
"""Currency and cents of each purchase, by the person's id."""


@dataclass(slots=True)
class Source:
    """What came from one source, like one value of ``utm_source``.

    :ivar signups: people who were created.
    :ivar customers: those of them who bought something.
    :ivar revenue: cents by currency.
    """

    signups: int = 0
    customers: int = 0
    revenue: Counter[str] = field(default_factory=Counter)


class Stats:
    """Counts of people, events and purchases of a site.

    :param storage: where everything is kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._ledger = Ledger(storage)

    def audience(self, site: int, segment: Row | None = None) -> dict[str, int]:
        """Return how many people there are, of all or of a segment, and how many of them are subscribed."""
        values: Row = {"site": site, **(targets(segment) if segment else {})}
        condition = f"p.site = :site{f' AND {MATCHES}' if segment else ''}"
        users, subscribed = self._storage.tuples(
            f"SELECT count(*), count(*) FILTER (WHERE p.unsubscribed_at IS NULL) FROM people p WHERE {condition}",
            values,
        )[0]
        return {"user_count": users, "subscriber_count": subscribed, "unsubscriber_count": users - subscribed}

    def events_by_day(self, site: int) -> list[dict[str, Any]]:
        """Return the events of each type and day: type, day, count."""
        return self._storage.rows(
            "SELECT type AS g, date(date / 1000, 'unixepoch') AS x, count(*) AS y FROM events WHERE site = ?"
            " GROUP BY g, x ORDER BY g, x",
            (site,),
        )

    def signups(self, site: int, since: int, until: int) -> list[Row]:
        """Return the people created between two instants, with ``fields`` decoded."""
        found = self._storage.rows(
            "SELECT id, fields, created_at FROM people WHERE site = ? AND created_at BETWEEN ? AND ? ORDER BY id",
            (site, since, until),
        )
        return [{**row, "fields": msgspec.json.decode(row["fields"])} for row in found]

    def purchases(self, site: int) -> Purchases:
        """Return the purchases in their order; one without a whole amount of cents counts as 0."""
        found = self._storage.tuples(
            "SELECT id, person FROM events WHERE site = ? AND type = ? ORDER BY id", (site, PURCHASE)
        )
        read: dict[int, list[msgspec.Raw]] = {}
        by_person: Purchases = {}
        for number, person in found:
            by_person.setdefault(person, []).append(_value(msgspec.json.decode(self._ledger.record(number, read))))
        return by_person


def _value(event: dict[str, Any]) -> tuple[str, int]:
    details = event.get("details")
    value = details.get("value") if isinstance(details, dict) else None
    value = value if isinstance(value, dict) else {}
    amount = value.get("amount")
    whole = amount if isinstance(amount, int) and not isinstance(amount, bool) else 0
    return str(value.get("currency") or "USD").upper(), whole


def by_source(people: Sequence[Row], purchases: Purchases, source_of: Callable[[Row], _Key]) -> dict[_Key, Source]:
    """Group people by what ``source_of`` says of each, with what they bought."""
    sources: dict[_Key, Source] = {}
    for person in people:
        source = sources.setdefault(source_of(person), Source())
        source.signups += 1
        bought = purchases.get(person["id"], [])
        source.customers += bool(bought)
        for currency, cents in bought:
            source.revenue[currency] += cents
    return sources
