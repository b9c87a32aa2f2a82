"""GET and POST /fetch/search: people by dates and tags, a hundred a page.

Tested by tests/sandbox/test_sandbox_search.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.body import decoded_any
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.parameters import page_number, parameter
from airflow_provider_bento.sandbox.bento_api.endpoints.people import shown
from airflow_provider_bento.sandbox.bento_api.replies import Answer, invalid, json
from airflow_provider_bento.sandbox.clock import parse_date
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.effects import tag_names
from airflow_provider_bento.sandbox.store.people import uuid_of
from airflow_provider_bento.sandbox.store.person_search import COLUMNS, Search, found

_FILTERS: Final = (*COLUMNS, "tags", "tag_names", "tag_ids")


def _search(state: State, ask: Ask) -> Answer:
    given = {name: decoded_any(ask.envelope[name]) for name in _FILTERS if name in ask.envelope}
    page = page_number(parameter(ask, "page"))
    people = found(state.storage, ask.site, _read(given), page, state.settings.page_size)
    rows = [shown(state, state.people.find(ask.site, uuid=uuid_of(person)))["data"] for person in people]
    return json(200, {"data": rows, "meta": {"page": page, "query": {"email": {"not": None}, **given}}})


def _read(given: dict[str, Any]) -> Search:
    tags = given.get("tags", given.get("tag_names"))
    ids = given.get("tag_ids")
    return Search(
        dates={name: _bounds(name, given[name]) for name in COLUMNS if given.get(name) is not None},
        tags=None if tags is None else tag_names(tags),
        tag_ids=None if ids is None else _numbers(ids),
    )


def _bounds(name: str, value: object) -> dict[str, int]:
    if not isinstance(value, dict) or not value.keys() <= {"gt", "lt"}:
        invalid(422, name, "must be an object with gt, lt or both")
    bounds = {bound: parse_date(date) for bound, date in value.items() if date is not None}
    if None in bounds.values():
        invalid(422, name, "must contain dates like 2026-01-02T03:04:05Z")
    return {bound: instant for bound, instant in bounds.items() if instant is not None}


def _numbers(value: object) -> list[int]:
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    digits = [str(part).strip() for part in parts]
    return [int(each) for each in digits if each.isascii() and each.isdigit() and len(each) <= 18]


ENDPOINTS: Final = (
    Endpoint(
        contract.SEARCH_SUBSCRIBERS,
        _search,
        "people by `created_at`, `updated_at`, `last_event_at`, `unsubscribed_at` (each `gt`, `lt`) and by tags",
        sources="docs, OpenAPI file, .NET (which sends a POST)",
        choice="bounds are not included; one of the tags is enough; "
        "unknown filters are ignored; every account may search",
        aliases=(("POST", "/fetch/search"),),
        optional_body=True,
    ),
)
