"""Reports that were defined by hand, as Bento's app saves them; knows nothing of what they mean.

Tested by tests/sandbox/test_sandbox_stats.py.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Storage

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS reports (
    id TEXT NOT NULL, site INTEGER NOT NULL, report TEXT NOT NULL, PRIMARY KEY (site, id)) WITHOUT ROWID
"""


class Reports:
    """The reports of all sites.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def define(self, site: int, report: str, content: dict[str, Any]) -> None:
        """Create or replace a report.

        :param content: what GET /stats/report answers: ``data``, ``chart_style``, ``report_type``, ``report_name``.
        """
        self._storage.run(
            "INSERT OR REPLACE INTO reports (site, id, report) VALUES (?, ?, ?)",
            (site, report, msgspec.json.encode(content).decode()),
        )

    def find(self, site: int, report: str) -> dict[str, Any] | None:
        """Return the content of one report."""
        found = self._storage.value("SELECT report FROM reports WHERE site = ? AND id = ?", (site, report))
        return msgspec.json.decode(found, type=dict[str, Any]) if found else None

    def all(self) -> list[Row]:
        """Return all reports of all sites, each with its content beside ``id`` and the UUID of its site."""
        found = self._storage.rows(
            "SELECT r.id, s.uuid AS site, r.report FROM reports r JOIN sites s ON s.id = r.site ORDER BY r.site, r.id"
        )
        return [{"id": row["id"], "site": row["site"], **msgspec.json.decode(row["report"])} for row in found]
