"""GET /fetch/responses: what people answered in a form, in the shape that was recorded in 2021.

Tested by tests/sandbox/test_sandbox_sequences.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.replies import Answer, json
from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.people import uuid_of
from airflow_provider_bento.sandbox.store.storage import Row

_ADDRESS: Final = "203.0.113.7"  # reserved for documentation
_AGENT: Final = "Mozilla/5.0"
# The recorded responses have a place of this shape, masked.
_NOWHERE: Final[dict[str, Any]] = {
    "ip": _ADDRESS, "request": _ADDRESS, "latitude": 0.0, "longitude": 0.0, "city_name": "Earth",
    "postal_code": "00", "region_name": "00", "real_region_name": "Earth", "country_name": "Earth",
    "country_code2": "00", "country_code3": "000", "continent_code": "00",
}  # fmt: skip


def _list(state: State, ask: Ask) -> Answer:
    found = state.forms.responses(ask.site, ask.query.get("id", ""))
    return json(200, {"data": [_shown(state, row) for row in found]})


def _shown(state: State, row: Row) -> dict[str, Any]:
    uuid = f"{row['id']:032x}"
    person = state.people.find(row["site"], email=row["email"])
    data = {
        "id": uuid,
        "ip": _ADDRESS,
        "date": iso(row["at"]),
        "page": _page(state, row["form"]),
        "site": row["site_uuid"],
        "type": "$surveyFormCompleted",
        "visit": uuid,
        "fields": row["fields"],
        "browser": {"width": "1440", "height": "900", "user_agent": _AGENT},
        "details": {},
        "visitor": person["uuid"] if person else uuid_of(0),
        "identity": {"email": row["email"]},
        "location": _NOWHERE,
    }
    return {"id": str(row["id"]), "type": "events", "attributes": {"uuid": uuid, "data": data}}


def _page(state: State, form: str) -> dict[str, str]:
    scheme, _, host = state.base_url.partition("://")
    path = f"/forms/{form}"
    return {"url": state.base_url + path, "host": host, "path": path, "protocol": f"{scheme}:", "referrer": ""}


ENDPOINTS: Final = (
    Endpoint(
        contract.FORM_RESPONSES,
        _list,
        "the responses to the form `id`; an empty list if nobody answered it",
        sources="Node, PHP, Laravel",
        choice="responses are made through the control API; a new sandbox has one to the form `form_example`; page, "
        "browser and place are invented",
    ),
)
