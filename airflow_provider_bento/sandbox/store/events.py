"""Events, the purchases among them that came before, and the automations that they would have started.

Tested by tests/sandbox/test_sandbox_events.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from airflow_provider_bento.sandbox.store.storage import Storage

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, person INTEGER NOT NULL, type TEXT NOT NULL,
    date INTEGER NOT NULL, source TEXT NOT NULL, fired INTEGER NOT NULL,
    date_invalid INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS events_person ON events (person);
CREATE INDEX IF NOT EXISTS events_type ON events (type, id);
CREATE INDEX IF NOT EXISTS events_date ON events (date);
CREATE TABLE IF NOT EXISTS purchases (
    site INTEGER NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL, event INTEGER NOT NULL,
    PRIMARY KEY (site, type, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS automations (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, person INTEGER NOT NULL, trigger TEXT NOT NULL,
    certain INTEGER NOT NULL, event INTEGER, time INTEGER NOT NULL)
"""

EventSource = Literal["event", "command"]
"""Where an event came from: the batch, or ``add_tag_via_event``."""


class Incoming(NamedTuple):
    """One event on its way in.

    :param id: number of its record in the ledger.
    :param person: id of the person.
    :param type: name of the event.
    :param date: when it happened, in milliseconds.
    :param fires: whether it starts automations.
    :param date_invalid: whether the record has a date that could not be read, so that ``date`` is the time of arrival.
    :param purchase_key: what tells this purchase from others; ``None`` for other events.
    """

    id: int
    person: int
    type: str
    date: int
    fires: bool
    purchase_key: str | None = None
    date_invalid: bool = False


class Events:
    """Everything that happened to people; the payload stays in the ledger, under the same number.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def add(self, site: int, events: Sequence[Incoming], at: int, source: EventSource = "event") -> None:
        """Store events as of ``at``; a purchase whose key is known is a repeat: not stored, starts nothing."""
        repeats = self._claim_purchases(site, [event for event in events if event.purchase_key is not None])
        fresh = [event for event in events if event.id not in repeats]
        self._storage.run_many(
            "INSERT INTO events (id, site, person, type, date, source, fired, date_invalid)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(e.id, site, e.person, e.type, e.date, source, e.fires, e.date_invalid) for e in fresh],
        )
        if fresh:
            self._storage.run(
                "INSERT INTO automations (site, person, trigger, certain, event, time)"
                " SELECT site, person, type, 1, id, ? FROM events WHERE id BETWEEN ? AND ? AND fired",
                (at, fresh[0].id, fresh[-1].id),
            )

    def _claim_purchases(self, site: int, purchases: Sequence[Incoming]) -> set[int]:
        """Return the ids of those whose key somebody else has, in this batch or before."""
        if not purchases:
            return set()
        self._storage.run_many(
            "INSERT OR IGNORE INTO purchases (site, type, key, event) VALUES (?, ?, ?, ?)",
            [(site, event.type, event.purchase_key, event.id) for event in purchases],
        )
        keys = msgspec.json.encode([event.purchase_key for event in purchases]).decode()
        first = self._storage.tuples(
            "SELECT event FROM purchases WHERE site = ? AND type = ? AND key IN (SELECT value FROM json_each(?))",
            (site, purchases[0].type, keys),
        )
        return {event.id for event in purchases} - {event for (event,) in first}

    def may_start(self, site: int, person: int, trigger: str, at: int) -> None:
        """Note that Bento may start automations here; its sources do not agree."""
        self._storage.run(
            "INSERT INTO automations (site, person, trigger, certain, time) VALUES (?, ?, ?, 0, ?)",
            (site, person, trigger, at),
        )
