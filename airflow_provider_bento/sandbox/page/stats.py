"""The numbers that Bento's stats endpoints would report: audiences, segments, reports; reads the store.

Tested by tests/sandbox/test_page_live.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from airflow_provider_bento.sandbox.bento_api.endpoints.stats import REPORTS
from airflow_provider_bento.sandbox.page.cache import Cache
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.storage import Row


def stats(state: State, cache: Cache) -> list[dict[str, Any]]:
    """Return ``uuid``, ``audience``, ``segments`` and ``reports`` of each site."""
    sites = state.storage.rows("SELECT id, uuid FROM sites ORDER BY id")
    return [
        {
            "uuid": site["uuid"],
            "audience": cache.get(("audience", site["id"]), partial(state.stats.audience, site["id"])),
            "segments": [_segment(state, cache, row) for row in state.segments.of_site(site["id"])],
            "reports": _reports(state, cache, site["id"]),
        }
        for site in sites
    ]


def _segment(state: State, cache: Cache, segment: Row) -> Row:
    count: Callable[[], dict[str, int]] = partial(state.stats.audience, segment["site"], segment)
    return {**segment, **cache.get(("segment", segment["site"], segment["id"]), count)}


def _reports(state: State, cache: Cache, site: int) -> list[dict[str, Any]]:
    """Return the reports that every site has, then those made by hand."""
    computed = [
        {"id": name, **cache.get(("report", name, site), partial(compute, state, site))}
        for name, compute in REPORTS.items()
    ]
    return [_shown(report) for report in (*computed, *(one for one in state.reports.all() if one["site"] == site))]


def _shown(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report with its data as JSON too, and with the number of rows if it has rows."""
    data = report.get("data")
    return {**report, "json": msgspec.json.encode(data).decode(), "rows": len(data) if isinstance(data, list) else None}
