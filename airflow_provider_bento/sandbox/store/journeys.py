"""Sequences and workflows with their emails, as Bento's app makes them; knows order and ids, never requests.

Tested by tests/sandbox/test_sandbox_sequences.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Storage

JourneyKind = Literal["sequences", "workflows"]
"""What leads people from email to email."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS journeys (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    created_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS journeys_site ON journeys (site, kind, id);
CREATE TABLE IF NOT EXISTS templates (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, journey INTEGER NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL,
    html TEXT NOT NULL, settings TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS templates_journey ON templates (journey, id)
"""


class Journeys:
    """All sequences, workflows and email templates.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def define(self, site: int, kind: JourneyKind, name: str, at: int, status: str = "live") -> int:
        """Create a sequence or a workflow; return its id.

        :param status: ``live`` or ``draft``; Bento shows it of workflows only.
        """
        return self._storage.insert(
            "INSERT INTO journeys (site, kind, name, status, created_at) VALUES (?, ?, ?, ?, ?)",
            (site, kind, name, status, at),
        )

    def page(self, site: int, kind: JourneyKind, page: int, size: int) -> list[Row]:
        """Return one page of a site's sequences or workflows in the order of their making, each with ``emails``."""
        found = self._storage.rows(
            "SELECT * FROM journeys WHERE site = ? AND kind = ? ORDER BY id LIMIT ? OFFSET ?",
            (site, kind, size, (page - 1) * size),
        )
        return [{**row, "emails": self.emails(row["id"])} for row in found]

    def emails(self, journey: int) -> list[Row]:
        """Return id and subject of the emails of a sequence or a workflow, in their order."""
        return self._storage.rows("SELECT id, subject FROM templates WHERE journey = ? ORDER BY id", (journey,))

    def has(self, site: int, kind: JourneyKind, journey: int) -> bool:
        """Whether a site has this sequence or workflow."""
        sql = "SELECT 1 FROM journeys WHERE site = ? AND kind = ? AND id = ?"
        return self._storage.value(sql, (site, kind, journey)) is not None

    def append(self, site: int, journey: int, email: Mapping[str, Any], at: int) -> int:
        """Add an email at the end of a sequence or a workflow; return the id of its template.

        :param email: ``subject`` and ``html``; anything else is kept as its ``settings``.
        """
        settings = {key: value for key, value in email.items() if key not in ("subject", "html")}
        return self._storage.insert(
            "INSERT INTO templates (site, journey, name, subject, html, settings, created_at, updated_at)"
            " VALUES (:site, :journey, :subject, :subject, :html, :settings, :at, :at)",
            {
                "site": site,
                "journey": journey,
                "subject": email["subject"],
                "html": email["html"],
                "settings": msgspec.json.encode(settings).decode(),
                "at": at,
            },
        )

    def template(self, site: int, template: int) -> Row | None:
        """Return one email template."""
        return self._storage.first("SELECT * FROM templates WHERE site = ? AND id = ?", (site, template))

    def change(self, template: int, subject: str, html: str, at: int) -> None:
        """Change an email template in place."""
        self._storage.run(
            "UPDATE templates SET subject = ?, html = ?, updated_at = ? WHERE id = ?", (subject, html, at, template)
        )
