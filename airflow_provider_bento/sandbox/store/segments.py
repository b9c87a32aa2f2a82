"""Segments: the people with one of some tags and all of some fields; knows SQL, never requests.

Tested by tests/sandbox/test_sandbox_segments.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from typing import Any, Final

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Storage

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS segments (
    id TEXT NOT NULL, site INTEGER NOT NULL, name TEXT NOT NULL, description TEXT, tags TEXT NOT NULL,
    fields TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (site, id)) WITHOUT ROWID
"""

TAGGED: Final = (
    "p.id IN (SELECT person FROM person_tags WHERE tag IN (SELECT id FROM tags WHERE site = :site"
    " AND name IN (SELECT value FROM json_each({names}))))"
)
"""The condition that a person ``p`` has one of the tags in a JSON array."""

MATCHES: Final = f"""(:segment_tags = '[]' OR {TAGGED.format(names=":segment_tags")})
    AND NOT EXISTS (SELECT 1 FROM json_each(:segment_fields) wanted WHERE wanted.value IS NOT (
        SELECT have.value FROM json_each(p.fields) have WHERE have.key = wanted.key))"""
"""The condition that a person ``p`` is in the segment with ``:segment_tags`` and ``:segment_fields``."""


class Segments:
    """All segments of all sites.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def define(self, site: int, segment: dict[str, Any], at: int) -> None:
        """Create or replace a segment: anybody with one of ``tags`` and with all of ``fields``.

        :param segment: ``id``, ``name``, ``description``, ``tags`` as a list, ``fields`` as a mapping; both may be
            empty.
        """
        values = {
            **segment,
            "tags": msgspec.json.encode(segment["tags"]).decode(),
            "fields": msgspec.json.encode(segment["fields"]).decode(),
        }
        self._storage.run(
            "INSERT INTO segments (site, id, name, description, tags, fields, created_at, updated_at)"
            " VALUES (:site, :id, :name, :description, :tags, :fields, :at, :at)"
            " ON CONFLICT (site, id) DO UPDATE SET name = excluded.name, description = excluded.description,"
            " tags = excluded.tags, fields = excluded.fields, updated_at = excluded.updated_at",
            {**values, "site": site, "at": at},
        )

    def of_site(self, site: int) -> list[Row]:
        """Return a site's segments by name; ``tags`` is a list, ``fields`` a mapping."""
        return [_opened(row) for row in self._storage.rows(f"{_ALL} WHERE site = ? ORDER BY name, id", (site,))]

    def find(self, site: int, segment: str) -> Row | None:
        """Return one segment."""
        found = self._storage.first(f"{_ALL} WHERE site = ? AND id = ?", (site, segment))
        return _opened(found) if found else None

    def all(self) -> list[Row]:
        """Return all segments of all sites, ``site`` by its UUID."""
        found = self._storage.rows(
            "SELECT s.uuid AS site, g.id, g.name, g.description, g.tags, g.fields, g.created_at, g.updated_at"
            " FROM segments g JOIN sites s ON s.id = g.site ORDER BY g.site, g.id"
        )
        return [_opened(row) for row in found]

    def matches(self, site: int, segment: Row, email_key: str) -> bool:
        """Whether the person with this address is in a segment."""
        values = {**targets(segment), "site": site, "email": email_key}
        sql = f"SELECT 1 FROM people p WHERE p.site = :site AND p.email_key = :email AND {MATCHES}"
        return self._storage.value(sql, values) is not None


def targets(segment: Row) -> Row:
    """Return the values for :data:`MATCHES`."""
    return {
        "segment_tags": msgspec.json.encode(segment["tags"]).decode(),
        "segment_fields": msgspec.json.encode(segment["fields"]).decode(),
    }


def _opened(row: Row) -> Row:
    return {**row, "tags": msgspec.json.decode(row["tags"]), "fields": msgspec.json.decode(row["fields"])}


_ALL: Final = "SELECT * FROM segments"
