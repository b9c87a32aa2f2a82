"""GET /stats/site, /stats/segment and /stats/report: counts of what is stored.

Tested by tests/sandbox/test_sandbox_stats.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.segments import wanted_segment
from airflow_provider_bento.sandbox.bento_api.replies import Answer, json, reject
from airflow_provider_bento.sandbox.state import State

_KIND: Final = "Reporting::Reports::{0}Report"


def _site(state: State, ask: Ask) -> Answer:
    return json(200, state.stats.audience(ask.site))


def _segment(state: State, ask: Ask) -> Answer:
    counts = state.stats.audience(ask.site, wanted_segment(state, ask, ask.resource or ask.query.get("segment_id", "")))
    return json(200, {"data": counts} if state.settings.profile == "laravel" else counts)


def _report(state: State, ask: Ask) -> Answer:
    name = ask.resource or ask.query.get("report_id", "")
    compute = REPORTS.get(name)
    report = compute(state, ask.site) if compute else state.reports.find(ask.site, name)
    if report is None:
        reject(404, {"error": "Report not found"}, "no such report")
    flat = state.settings.profile in ("2021", "2026")
    return json(200, report if flat else {"report_data": report})


def _visitors(state: State, site: int) -> dict[str, Any]:
    return _counted("VisitorCount", "People", state.stats.audience(site)["user_count"])


def _subscribers(state: State, site: int) -> dict[str, Any]:
    return _counted("SubscriberCount", "Subscribers", state.stats.audience(site)["subscriber_count"])


def _counted(kind: str, name: str, count: int) -> dict[str, Any]:
    return {"data": count, "chart_style": "counter", "report_type": _KIND.format(kind), "report_name": name}


def _events(state: State, site: int) -> dict[str, Any]:
    return {
        "data": state.stats.events_by_day(site),
        "chart_style": "column_chart",
        "report_type": _KIND.format("EventsByDay"),
        "report_name": "Events by day",
    }


REPORTS: Final[Mapping[str, Callable[[State, int], dict[str, Any]]]] = {
    "visitors": _visitors,
    "subscribers": _subscribers,
    "events": _events,
}
"""The reports that every sandbox has, by ``report_id``."""

ENDPOINTS: Final = (
    Endpoint(
        contract.SITE_STATS,
        _site,
        "counts people, subscribed and unsubscribed ones",
        sources="docs, OpenAPI file, Node, Python, Go, Elixir, n8n, CLI, MCP",
    ),
    Endpoint(
        contract.SEGMENT_STATS,
        _segment,
        "the same of the people in `segment_id`; 404 if there is no such segment",
        sources="docs, Node, Python, Go, Elixir, n8n",
        aliases=(("GET", "/stats/segments/:id"),),
    ),
    Endpoint(
        contract.REPORT_STATS,
        _report,
        f"the reports {', '.join(f'`{name}`' for name in REPORTS)}, computed from what is stored, and those defined "
        "through the control API; 404 for others",
        sources="docs, Node, Go, Elixir, n8n",
        choice="the ids are invented; the report is flat, or below `report_data` in the profiles 2024 and laravel",
        aliases=(("GET", "/stats/reports/:id"),),
    ),
)
