"""Pages of what is stored, for people who look; reads only."""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from typing import Final

import msgspec

from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.store.ledger import Ledger
from airflow_provider_bento.sandbox.store.people import uuid_of
from airflow_provider_bento.sandbox.store.storage import Row, Slice, Storage

_PEOPLE: Final = """
SELECT p.id, s.uuid AS site, p.email, p.fields, p.created_at, p.updated_at, p.unsubscribed_at,
    (SELECT json_group_array(t.name) FROM person_tags pt JOIN tags t ON t.id = pt.tag WHERE pt.person = p.id) AS tags
FROM people p JOIN sites s ON s.id = p.site
"""
_EVENTS: Final = """
SELECT e.id, s.uuid AS site, p.email, e.type, e.date, e.source, e.fired
FROM events e JOIN people p ON p.id = e.person JOIN sites s ON s.id = e.site
"""
_AUTOMATIONS: Final = """
SELECT a.id, s.uuid AS site, p.email, a.trigger, a.certain, a.event, a.time
FROM automations a JOIN people p ON p.id = a.person JOIN sites s ON s.id = a.site
"""
_CONDITIONS: Final = {
    "person_email": "p.email_key LIKE :person_email ESCAPE '!'",
    "automation_email": "a.person IN (SELECT id FROM people WHERE email_key LIKE :automation_email ESCAPE '!')",
    "event_email": "e.person IN (SELECT id FROM people WHERE email_key LIKE :event_email ESCAPE '!')",
    "tag": "p.id IN (SELECT person FROM person_tags WHERE tag IN (SELECT id FROM tags WHERE name = :tag))",
    "type": "e.type = :type",
    "since": "e.date >= :since",
    "until": "e.date < :until",
    "trigger": "a.trigger = :trigger",
    "status": "b.status = :status",
    "name": "b.name = :name",
}
_BROADCASTS: Final = "SELECT b.*, s.uuid AS site FROM broadcasts b JOIN sites s ON s.id = b.site"


class Browse:
    """Lists of people, events, automations and broadcasts, filtered.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._ledger = Ledger(storage)

    def people(self, part: Slice, *, email: str | None = None, tag: str | None = None) -> list[Row]:
        """Return people; ``email`` finds any part of an address."""
        return [
            {
                **_dated(row, "created_at", "updated_at", "unsubscribed_at"),
                "uuid": uuid_of(row["id"]),
                "fields": msgspec.Raw(row["fields"].encode()),
                "tags": msgspec.Raw(row["tags"].encode()),
            }
            for row in self._part(_PEOPLE, "p.id", part, person_email=_anywhere(email), tag=tag)
        ]

    def events(
        self,
        part: Slice,
        *,
        email: str | None = None,
        type: str | None = None,  # noqa: A002 - the field's name
        since: int | None = None,
        until: int | None = None,
    ) -> list[Row]:
        """Return events with their records; ``since`` and ``until`` are instants, the latter not included."""
        wanted = {"event_email": _anywhere(email), "type": type, "since": since, "until": until}
        read: dict[int, list[msgspec.Raw]] = {}
        return [
            {
                **_dated(row, "date"),
                "fired": bool(row["fired"]),
                "record": self._ledger.record(row["id"], read),
            }
            for row in self._part(_EVENTS, "e.id", part, **wanted)
        ]

    def automations(self, part: Slice, *, email: str | None = None, trigger: str | None = None) -> list[Row]:
        """Return the automations that would have fired; ``certain`` is false where Bento's sources disagree."""
        rows = self._part(_AUTOMATIONS, "a.id", part, automation_email=_anywhere(email), trigger=trigger)
        return [{**_dated(row, "time"), "certain": bool(row["certain"])} for row in rows]

    def broadcasts(self, part: Slice, *, status: str | None = None, name: str | None = None) -> list[Row]:
        """Return broadcasts with all that is known of them."""
        return [
            {
                **_dated(row, "send_at", "created_at", "next_batch_at", "sent_final_batch_at"),
                "approved": bool(row["approved"]),
                "inclusive_tags": msgspec.json.decode(row["inclusive_tags"]),
                "exclusive_tags": msgspec.json.decode(row["exclusive_tags"]),
            }
            for row in self._part(_BROADCASTS, "b.id", part, status=status, name=name)
        ]

    def tags(self) -> list[Row]:
        """Return all tags, each with how many ``people`` have it."""
        return self._storage.rows(
            "SELECT t.id, s.uuid AS site, t.name,"
            " (SELECT count(*) FROM person_tags pt WHERE pt.tag = t.id) AS people"
            " FROM tags t JOIN sites s ON s.id = t.site ORDER BY t.id"
        )

    def fields(self) -> list[Row]:
        """Return all field definitions."""
        return self._storage.rows(
            "SELECT f.id, s.uuid AS site, f.key, f.name FROM fields f JOIN sites s ON s.id = f.site ORDER BY f.id"
        )

    def counts(self) -> dict[str, int]:
        """Return how many people, events and automations there are."""
        tables = ("people", "events", "automations")
        return {table: int(self._storage.value(f"SELECT count(*) FROM {table}")) for table in tables}

    def _part(self, select: str, key: str, part: Slice, **filters: object) -> list[Row]:
        wanted = {name: value for name, value in filters.items() if value is not None}
        return self._storage.rows(*part.query(select, key, [_CONDITIONS[name] for name in wanted], wanted))


def _anywhere(text: str | None) -> str | None:
    if not text:
        return None
    escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def _dated(row: Row, *names: str) -> Row:
    return {**row, **{name: iso(row[name]) for name in names}}
