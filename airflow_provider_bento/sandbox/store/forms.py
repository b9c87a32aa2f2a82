"""Forms and what people answered, as GET /fetch/responses shows it.

Tested by tests/sandbox/test_sandbox_sequences.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Storage

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS responses (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, form TEXT NOT NULL, email TEXT NOT NULL, fields TEXT NOT NULL,
    at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS responses_form ON responses (site, form, id)
"""


class Forms:
    """The responses to all forms; a form exists once somebody answered it.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def answer(self, site: int, form: str, email: str, fields: Mapping[str, Any], at: int) -> int:
        """Store one response; return its id."""
        return self._storage.insert(
            "INSERT INTO responses (site, form, email, fields, at) VALUES (?, ?, ?, ?, ?)",
            (site, form, email, msgspec.json.encode(fields).decode(), at),
        )

    def responses(self, site: int, form: str) -> list[Row]:
        """Return the responses to a form in their order, with ``fields`` decoded and the site's ``site_uuid``."""
        found = self._storage.rows(
            "SELECT r.*, s.uuid AS site_uuid FROM responses r JOIN sites s ON s.id = r.site"
            " WHERE r.site = ? AND r.form = ? ORDER BY r.id",
            (site, form),
        )
        return [{**row, "fields": msgspec.json.decode(row["fields"])} for row in found]
