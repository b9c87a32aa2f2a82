"""The six lists as queries that stay fast with a million rows; knows SQL, never HTML or JSON.

Tested by tests/sandbox/test_page_lists.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from airflow_provider_bento.sandbox.store.ledger import Ledger
from airflow_provider_bento.sandbox.store.search import Conditions, Filters, anywhere, few_people
from airflow_provider_bento.sandbox.store.storage import Row, Slice, Storage

MANY: Final = 10_000
"""Matches are counted up to here; more would take longer than anybody waits."""

_TAGS: Final = (
    "(SELECT json_group_array(t.name) FROM person_tags pt JOIN tags t ON t.id = pt.tag WHERE pt.person = p.id)"
)
_JOINED: Final = "JOIN people p ON p.id = {0}.person JOIN sites s ON s.id = {0}.site"
_STATUSES: Final[Mapping[str, str]] = {
    "2xx": "status BETWEEN 200 AND 299",
    "4xx": "status BETWEEN 400 AND 499",
    "429": "status = 429",
    "5xx": "status BETWEEN 500 AND 599",
    "dropped": "status IS NULL AND duration_ms IS NOT NULL",
    "fault": "fault IS NOT NULL",
}


INSTANTS: Final = frozenset(
    {
        "at",
        "created_at",
        "date",
        "deleted_at",
        "next_batch_at",
        "requested_at",
        "send_at",
        "sent_final_batch_at",
        "unsubscribed_at",
        "updated_at",
    }
)
"""Columns that contain milliseconds since the epoch in every list; ``time`` is one in all but the requests."""

JSON: Final = frozenset(
    {"exclusive_tags", "fields", "inclusive_tags", "personalizations", "record", "settings", "tags"}
)
"""Columns that contain JSON."""


@dataclass(frozen=True)
class Query:
    """One list, filtered.

    :param columns: what is read of each row.
    :param source: the FROM clause that contains ``columns``.
    :param counted: the FROM clause that is enough for the conditions.
    :param key: the column that orders the list.
    :param conditions: what must be true of each row.
    :param finish: completes the rows that were read.
    """

    storage: Storage
    columns: str
    source: str
    counted: str
    key: str
    conditions: Conditions
    finish: Callable[[list[Row]], list[Row]] = field(default=lambda rows: rows)

    def rows(self, part: Slice) -> list[Row]:
        """Return a part of the list; dates are milliseconds, ``fields``, ``tags`` and ``record`` JSON."""
        select = f"SELECT {self.columns} FROM {self.source}"
        return self.finish(
            self.storage.rows(*part.query(select, self.key, self.conditions.parts, self.conditions.values))
        )

    def count(self, most: int = MANY) -> int:
        """Return how many rows there are, ``most`` at most."""
        select = f"SELECT 1 FROM {self.counted}{self.conditions.where} LIMIT :most"
        return int(self.storage.value(f"SELECT count(*) FROM ({select})", {**self.conditions.values, "most": most}))


def people(storage: Storage, filters: Filters) -> Query:
    """Return the people, searched by any part of address or fields; ``choice`` is a tag; times are of the change."""
    conditions = Conditions()
    conditions.search(filters.text, "p.email_key", "p.fields")
    if filters.choice is not None:
        tagged = "SELECT person FROM person_tags WHERE tag IN (SELECT id FROM tags WHERE name = :tag)"
        conditions.add(f"p.id IN ({tagged})", tag=filters.choice)
    conditions.between("p.updated_at", filters)
    columns = f"p.id, s.uuid AS site, p.email, p.fields, p.created_at, p.updated_at, p.unsubscribed_at, {_TAGS} AS tags"
    return Query(storage, columns, "people p JOIN sites s ON s.id = p.site", "people p", "p.id", conditions)


def events(storage: Storage, filters: Filters) -> Query:
    """Return the events, searched by address; ``choice`` is a type; times are of the event."""
    conditions, hint = Conditions(), ""
    narrow = few_people(storage, filters.text) if filters.text else None
    if narrow is not None:
        conditions.add("e.person IN (SELECT value FROM json_each(:people))", people=narrow)
        hint = " INDEXED BY events_person"
    elif filters.text:
        conditions.add(
            "+e.person IN (SELECT id FROM people WHERE email_key LIKE :text ESCAPE '!')", text=anywhere(filters.text)
        )
    conditions.equal("+e.type" if hint else "e.type", filters.choice)
    by_date = not hint and filters.choice is None and _is_short(storage, filters)
    conditions.between("e.date" if by_date else "+e.date", filters)
    counted = f"events e{' INDEXED BY events_date' if by_date else hint}"
    columns = "e.id, s.uuid AS site, e.person, p.email, e.type, e.date, e.source, e.fired, e.date_invalid"
    return Query(
        storage, columns, f"{counted} {_JOINED.format('e')}", counted, "e.id", conditions, _with_records(storage)
    )


def _is_short(storage: Storage, filters: Filters) -> bool:
    """Whether so few events lie between two times that sorting them is cheaper than walking through all."""
    if filters.since is None and filters.until is None:
        return False
    conditions = Conditions()
    conditions.between("date", filters)
    counted = f"SELECT count(*) FROM (SELECT 1 FROM events{conditions.where} LIMIT {MANY})"
    return int(storage.value(counted, conditions.values)) < MANY


def _with_records(storage: Storage) -> Callable[[list[Row]], list[Row]]:
    ledger = Ledger(storage)

    def finish(rows: list[Row]) -> list[Row]:
        read: dict[int, list[msgspec.Raw]] = {}
        return [{**row, "record": bytes(ledger.record(row["id"], read)).decode()} for row in rows]

    return finish


def automations(storage: Storage, filters: Filters) -> Query:
    """Return the automations that would have fired, searched by address; ``choice`` is a trigger."""
    conditions = Conditions()
    if filters.text:
        conditions.add(
            "a.person IN (SELECT id FROM people WHERE email_key LIKE :text ESCAPE '!')", text=anywhere(filters.text)
        )
    conditions.equal("a.trigger", filters.choice)
    conditions.between("a.time", filters)
    columns = "a.id, s.uuid AS site, a.person, p.email, a.trigger, a.certain, a.event, a.time"
    return Query(storage, columns, f"automations a {_JOINED.format('a')}", "automations a", "a.id", conditions)


def broadcasts(storage: Storage, filters: Filters) -> Query:
    """Return the broadcasts, searched by name, subject and sender; ``choice`` is a state; times are of the making."""
    conditions = Conditions()
    conditions.search(filters.text, "b.name", "b.subject", "b.from_email")
    conditions.equal("b.status", filters.choice)
    conditions.between("b.created_at", filters)
    source = "broadcasts b JOIN sites s ON s.id = b.site"
    return Query(storage, "b.*, s.uuid AS site", source, "broadcasts b", "b.id", conditions)


def rejects(storage: Storage, filters: Filters) -> Query:
    """Return the rejected rows, searched by reason and record; ``choice`` is a kind."""
    conditions = Conditions()
    conditions.search(filters.text, "reason", "record")
    conditions.equal("kind", filters.choice)
    conditions.between("time", filters)
    columns = "seq AS id, kind, request, position AS 'index', reason, time, record"
    return Query(storage, columns, "rejects", "rejects", "seq", conditions)


def requests(storage: Storage, filters: Filters) -> Query:
    """Return the requests, searched by path, reason and agent; ``choice`` is a name of :data:`OUTCOMES`."""
    conditions = Conditions()
    conditions.search(filters.text, "path", "reason", "user_agent")
    if filters.choice is not None and filters.choice in _STATUSES:
        conditions.add(_STATUSES[filters.choice])
    conditions.between("clock", filters)
    return Query(storage, "number AS id, requests.*", "requests", "requests", "number", conditions)


OUTCOMES: Final = tuple(_STATUSES)
LISTS: Final[Mapping[str, Callable[[Storage, Filters], Query]]] = {
    "people": people,
    "events": events,
    "broadcasts": broadcasts,
    "rejects": rejects,
    "requests": requests,
    "automations": automations,
}


def choices(storage: Storage, column: str) -> list[str]:
    """Return the values that a list's own filter knows, 200 at most.

    :param column: ``tag``, ``type`` or ``trigger``.
    """
    if column == "tag":
        found = storage.tuples("SELECT DISTINCT name FROM tags ORDER BY name LIMIT 200")
    else:
        found = storage.tuples(_TYPES)
    return [str(value) for (value,) in found]


# One look at the index for each type, not one for each event.
_TYPES: Final = """
WITH RECURSIVE known(type) AS (
    SELECT min(type) FROM events UNION ALL
    SELECT (SELECT min(type) FROM events WHERE events.type > known.type) FROM known WHERE known.type IS NOT NULL)
SELECT type FROM known WHERE type IS NOT NULL LIMIT 200
"""
