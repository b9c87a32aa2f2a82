"""Broadcasts from draft to sent, and who got them; knows states and audiences, never requests.

Tested by tests/sandbox/test_sandbox_broadcasts.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from typing import Any, Final

import msgspec

from airflow_provider_bento.api.contract import BroadcastStatus
from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.store.segments import MATCHES, TAGGED
from airflow_provider_bento.sandbox.store.storage import Row, Slice, Storage

HOUR: Final = 3_600_000

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS broadcasts (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL,
    content TEXT NOT NULL, type TEXT NOT NULL, from_email TEXT, from_name TEXT, inclusive_tags TEXT NOT NULL,
    exclusive_tags TEXT NOT NULL, segment_id TEXT, batch_size_per_hour INTEGER, layout_id TEXT, send_at INTEGER,
    approved INTEGER NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL, next_batch_at INTEGER,
    sent_final_batch_at INTEGER, sent INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS broadcasts_status ON broadcasts (site, status, id);
CREATE INDEX IF NOT EXISTS broadcasts_next ON broadcasts (next_batch_at) WHERE next_batch_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
    broadcast INTEGER NOT NULL, person INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (broadcast, person)) WITHOUT ROWID
"""

# Whoever is subscribed, has one of the wanted tags, none of the unwanted, and is in the segment.
# Tags and segment together: both must hold (no source says); an unknown segment holds nobody.
_AUDIENCE: Final = f"""
FROM people p WHERE p.site = :site AND p.unsubscribed_at IS NULL
AND (:inclusive_tags = '[]' OR {TAGGED.format(names=":inclusive_tags")})
AND NOT {TAGGED.format(names=":exclusive_tags")}
AND (:segment_id IS NULL OR (:segment_tags IS NOT NULL AND {MATCHES}))
AND p.id NOT IN (SELECT person FROM deliveries WHERE broadcast = :id)
"""

_COLUMNS: Final = (
    "site", "name", "subject", "content", "type", "from_email", "from_name", "inclusive_tags", "exclusive_tags",
    "segment_id", "batch_size_per_hour", "layout_id", "send_at", "approved", "status", "created_at",
    "next_batch_at",
)  # fmt: skip


class Broadcasts:
    """All broadcasts of all sites.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def create(self, site: int, broadcast: dict[str, Any], at: int) -> int:
        """Store a broadcast as draft, or as scheduled if it is approved and has ``send_at``; return its id.

        :param broadcast: the columns by name; tags as lists of names, ``send_at`` in milliseconds.
        """
        scheduled = broadcast["approved"] and broadcast["send_at"] is not None
        values = {
            **broadcast,
            "inclusive_tags": msgspec.json.encode(broadcast["inclusive_tags"]).decode(),
            "exclusive_tags": msgspec.json.encode(broadcast["exclusive_tags"]).decode(),
            "site": site,
            "status": "scheduled" if scheduled else "draft",
            "created_at": at,
            # A time that is past means as soon as possible.
            "next_batch_at": max(broadcast["send_at"], at) if scheduled else None,
        }
        return self._storage.insert(
            f"INSERT INTO broadcasts ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)})",
            values,
        )

    def next(self) -> Row | None:
        """Return the broadcast whose next batch falls due first."""
        return self._storage.first(
            "SELECT * FROM broadcasts WHERE next_batch_at IS NOT NULL ORDER BY next_batch_at, id LIMIT 1"
        )

    def send_batch(self, broadcast: Row) -> None:
        """Send one hour's batch: the broadcast becomes *sending*, and *sent* when nobody is left."""
        at, most = broadcast["next_batch_at"], broadcast["batch_size_per_hour"]
        here = {**self._targets(broadcast), "at": at, "most": -1 if most is None else most}
        delivered = self._storage.run(
            "INSERT INTO deliveries (broadcast, person, at)"
            f" SELECT :id, p.id, :at {_AUDIENCE} ORDER BY p.id LIMIT :most",
            here,
        )
        more = most is not None and self._storage.value(f"SELECT 1 {_AUDIENCE} LIMIT 1", here) is not None
        self._storage.run(
            "UPDATE broadcasts SET status = :status, sent = sent + :delivered, next_batch_at = :next,"
            " sent_final_batch_at = :final WHERE id = :id",
            {
                "id": broadcast["id"],
                "delivered": delivered,
                "status": "sending" if more else "sent",
                "next": at + HOUR if more else None,
                "final": None if more else at,
            },
        )

    def _targets(self, broadcast: Row) -> Row:
        segment = self._storage.first(
            "SELECT tags, fields FROM segments WHERE site = ? AND id = ?",
            (broadcast["site"], broadcast["segment_id"]),
        )
        return {
            **broadcast,
            "segment_tags": segment and segment["tags"],
            "segment_fields": segment["fields"] if segment else "{}",
        }

    def page(self, site: int, status: BroadcastStatus, page: int, size: int) -> list[Row]:
        """Return one page of a site's broadcasts in a state, newest first."""
        return self._storage.rows(
            "SELECT * FROM broadcasts WHERE site = ? AND status = ? ORDER BY id DESC LIMIT ? OFFSET ?",
            (site, status, size, (page - 1) * size),
        )

    def find(self, broadcast: int) -> Row | None:
        """Return one broadcast."""
        return self._storage.first("SELECT * FROM broadcasts WHERE id = ?", (broadcast,))

    def approve(self, broadcast: int, send_at: int, at: int) -> bool:
        """Schedule a draft, as a person does in Bento's app; ``False`` if it is none."""
        return (
            self._storage.run(
                "UPDATE broadcasts SET approved = 1, status = 'scheduled', send_at = ?, next_batch_at = ?"
                " WHERE id = ? AND status = 'draft'",
                (send_at, max(send_at, at), broadcast),
            )
            == 1
        )

    def cancel(self, broadcast: int) -> bool:
        """Stop a broadcast that is not sent yet; ``False`` if it is."""
        return (
            self._storage.run(
                "UPDATE broadcasts SET status = 'canceled', next_batch_at = NULL"
                " WHERE id = ? AND status IN ('draft', 'scheduled', 'sending')",
                (broadcast,),
            )
            == 1
        )

    def still_to_get(self, broadcast: Row, part: Slice) -> list[Row]:
        """Return the people who would get it now, by id."""
        return self._storage.rows(
            *part.query(f"SELECT * FROM (SELECT p.id, p.email {_AUDIENCE})", "id", [], self._targets(broadcast))
        )

    def got(self, broadcast: Row, part: Slice) -> list[Row]:
        """Return the people who got it, by id, and when."""
        of_this = (
            "SELECT p.id, p.email, d.at FROM deliveries d JOIN people p ON p.id = d.person WHERE d.broadcast = :id"
        )
        found = self._storage.rows(*part.query(f"SELECT * FROM ({of_this})", "id", [], {"id": broadcast["id"]}))
        return [{**row, "at": iso(row["at"])} for row in found]

    def counts(self) -> dict[str, int]:
        """Return how many broadcasts are in each state."""
        return dict(self._storage.tuples("SELECT status, count(*) FROM broadcasts GROUP BY status"))

    def audience_size(self, broadcast: Row) -> int:
        """Return how many people would get it now."""
        return int(self._storage.value(f"SELECT count(*) {_AUDIENCE}", self._targets(broadcast)))
