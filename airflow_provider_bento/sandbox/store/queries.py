"""The six lists of the page as queries that stay fast with a million rows; knows SQL, never HTML."""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from airflow_provider_bento.sandbox.page.filters import Wanted
from airflow_provider_bento.sandbox.store.ledger import Ledger
from airflow_provider_bento.sandbox.store.search import Filters, anywhere, few_people
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


@dataclass(frozen=True)
class Query:
    """One list, filtered.

    :param columns: what is read of each row.
    :param source: the FROM clause that gives ``columns``.
    :param counted: the FROM clause that is enough for the conditions.
    :param key: the column by which the list goes on.
    :param filters: what must hold.
    :param finish: completes the rows that were read.
    """

    storage: Storage
    columns: str
    source: str
    counted: str
    key: str
    filters: Filters
    finish: Callable[[list[Row]], list[Row]] = field(default=lambda rows: rows)

    def rows(self, part: Slice) -> list[Row]:
        """Return a part of the list; dates are milliseconds, ``fields``, ``tags`` and ``record`` JSON."""
        select = f"SELECT {self.columns} FROM {self.source}"
        return self.finish(
            self.storage.rows(*part.query(select, self.key, self.filters.conditions, self.filters.values))
        )

    def count(self, most: int = MANY) -> int:
        """Return how many rows there are, ``most`` at most."""
        select = f"SELECT 1 FROM {self.counted}{self.filters.where} LIMIT :most"
        return int(self.storage.value(f"SELECT count(*) FROM ({select})", {**self.filters.values, "most": most}))


def people(storage: Storage, wanted: Wanted) -> Query:
    """Return the people, searched by any part of address or fields; ``choice`` is a tag; times are of the change."""
    filters = Filters()
    if wanted.text:
        filters.add("(p.email_key LIKE :text ESCAPE '!' OR p.fields LIKE :text ESCAPE '!')", text=anywhere(wanted.text))
    if wanted.choice:
        tagged = "SELECT person FROM person_tags WHERE tag IN (SELECT id FROM tags WHERE name = :tag)"
        filters.add(f"p.id IN ({tagged})", tag=wanted.choice)
    filters.between("p.updated_at", wanted)
    columns = f"p.id, s.uuid AS site, p.email, p.fields, p.created_at, p.updated_at, p.unsubscribed_at, {_TAGS} AS tags"
    return Query(storage, columns, "people p JOIN sites s ON s.id = p.site", "people p", "p.id", filters)


def events(storage: Storage, wanted: Wanted) -> Query:
    """Return the events, searched by address; ``choice`` is a type; times are of the event."""
    filters, hint = Filters(), ""
    narrow = few_people(storage, wanted.text) if wanted.text else None
    if narrow is not None:
        filters.add("e.person IN (SELECT value FROM json_each(:people))", people=narrow)
        hint = " INDEXED BY events_person"
    elif wanted.text:
        filters.add(
            "+e.person IN (SELECT id FROM people WHERE email_key LIKE :text ESCAPE '!')", text=anywhere(wanted.text)
        )
    if wanted.choice:
        filters.add("+e.type = :type" if hint else "e.type = :type", type=wanted.choice)
    by_date = not hint and not wanted.choice and _is_short(storage, wanted)
    filters.between("e.date" if by_date else "+e.date", wanted)
    counted = f"events e{' INDEXED BY events_date' if by_date else hint}"
    columns = "e.id, s.uuid AS site, e.person, p.email, e.type, e.date, e.source, e.fired"
    return Query(storage, columns, f"{counted} {_JOINED.format('e')}", counted, "e.id", filters, _with_records(storage))


def _is_short(storage: Storage, wanted: Wanted) -> bool:
    """Whether so few events lie between two times that sorting them is cheaper than walking through all."""
    if wanted.since is None and wanted.until is None:
        return False
    filters = Filters()
    filters.between("date", wanted)
    counted = f"SELECT count(*) FROM (SELECT 1 FROM events{filters.where} LIMIT {MANY})"
    return int(storage.value(counted, filters.values)) < MANY


def _with_records(storage: Storage) -> Callable[[list[Row]], list[Row]]:
    ledger = Ledger(storage)

    def finish(rows: list[Row]) -> list[Row]:
        read: dict[int, list[msgspec.Raw]] = {}
        return [{**row, "record": bytes(ledger.record(row["id"], read)).decode()} for row in rows]

    return finish


def automations(storage: Storage, wanted: Wanted) -> Query:
    """Return the automations that would have fired, searched by address; ``choice`` is a trigger."""
    filters = Filters()
    if wanted.text:
        filters.add(
            "a.person IN (SELECT id FROM people WHERE email_key LIKE :text ESCAPE '!')", text=anywhere(wanted.text)
        )
    if wanted.choice:
        filters.add("a.trigger = :trigger", trigger=wanted.choice)
    filters.between("a.time", wanted)
    columns = "a.id, s.uuid AS site, a.person, p.email, a.trigger, a.certain, a.event, a.time"
    return Query(storage, columns, f"automations a {_JOINED.format('a')}", "automations a", "a.id", filters)


def broadcasts(storage: Storage, wanted: Wanted) -> Query:
    """Return the broadcasts, searched by name, subject and sender; ``choice`` is a state; times are of the making."""
    filters = Filters()
    if wanted.text:
        found = " OR ".join(f"b.{column} LIKE :text ESCAPE '!'" for column in ("name", "subject", "from_email"))
        filters.add(f"({found})", text=anywhere(wanted.text))
    if wanted.choice:
        filters.add("b.status = :status", status=wanted.choice)
    filters.between("b.created_at", wanted)
    source = "broadcasts b JOIN sites s ON s.id = b.site"
    return Query(storage, "b.*, s.uuid AS site", source, "broadcasts b", "b.id", filters)


def rejects(storage: Storage, wanted: Wanted) -> Query:
    """Return the rows that were turned away, searched by reason and record; ``choice`` is a kind."""
    filters = Filters()
    if wanted.text:
        filters.add("(reason LIKE :text ESCAPE '!' OR record LIKE :text ESCAPE '!')", text=anywhere(wanted.text))
    if wanted.choice:
        filters.add("kind = :kind", kind=wanted.choice)
    filters.between("time", wanted)
    columns = "seq AS id, kind, request, position AS 'index', reason, time, record"
    return Query(storage, columns, "rejects", "rejects", "seq", filters)


def requests(storage: Storage, wanted: Wanted) -> Query:
    """Return the requests, searched by path, reason and agent; ``choice`` is a name of :data:`OUTCOMES`."""
    filters = Filters()
    if wanted.text:
        found = " OR ".join(f"{column} LIKE :text ESCAPE '!'" for column in ("path", "reason", "user_agent"))
        filters.add(f"({found})", text=anywhere(wanted.text))
    if wanted.choice in _STATUSES:
        filters.add(_STATUSES[wanted.choice])
    filters.between("clock", wanted)
    return Query(storage, "number AS id, requests.*", "requests", "requests", "number", filters)


OUTCOMES: Final = tuple(_STATUSES)
LISTS: Final[Mapping[str, Callable[[Storage, Wanted], Query]]] = {
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


def totals(storage: Storage) -> dict[str, Any]:
    """Return how many rows each list has."""
    return {name: int(storage.value(f"SELECT count(*) FROM {name}")) for name in LISTS}
