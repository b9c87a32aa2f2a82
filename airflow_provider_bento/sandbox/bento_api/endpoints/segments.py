"""GET /fetch/segments and /fetch/segments/:id, POST /fetch/segments/:id/match.

Tested by tests/sandbox/test_sandbox_segments.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.parameters import parameter
from airflow_provider_bento.sandbox.bento_api.replies import Answer, invalid, json, reject
from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.effects import is_email
from airflow_provider_bento.sandbox.store.people import email_key
from airflow_provider_bento.sandbox.store.storage import Row


def wanted_segment(state: State, ask: Ask, segment: str) -> Row:
    """Return a segment of the site.

    :raises RequestRejected: 404 if there is none.
    """
    found = state.segments.find(ask.site, segment)
    if found is None:
        reject(404, {"error": "Segment not found"}, "no such segment")
    return found


def _list(state: State, ask: Ask) -> Answer:
    return json(200, {"data": [_shown(row) for row in state.segments.of_site(ask.site)]})


def _get(state: State, ask: Ask) -> Answer:
    return json(200, {"data": _shown(wanted_segment(state, ask, ask.resource or ""))})


def _match(state: State, ask: Ask) -> Answer:
    segment = wanted_segment(state, ask, ask.resource or "")
    email = parameter(ask, "email")
    if not isinstance(email, str) or not is_email(email):
        invalid(422, "email", "is invalid")
    return json(200, {"matched": state.segments.matches(ask.site, segment, email_key(email))})


def _shown(row: Row) -> dict[str, Any]:
    attributes = {
        "name": row["name"],
        "description": row["description"],
        "visitor_event_query": {"tags": row["tags"], "fields": row["fields"]},
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }
    return {"id": row["id"], "type": "segments", "attributes": attributes}


ENDPOINTS: Final = (
    Endpoint(
        contract.LIST_SEGMENTS,
        _list,
        "all segments by name",
        sources="docs",
        choice="`attributes` as in other lists; `visitor_event_query` has the sandbox's own form, `tags` and `fields`",
    ),
    Endpoint(contract.GET_SEGMENT, _get, "one segment; 404 if there is no such segment", sources="docs"),
    Endpoint(
        contract.MATCH_SEGMENT,
        _match,
        'whether the person with `email` is in a segment: `{"matched": true}`',
        sources="the contract table of Node 2.0, without body and reply",
        choice="the parameter and the reply are invented",
        optional_body=True,
    ),
)
