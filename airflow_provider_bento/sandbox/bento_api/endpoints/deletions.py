"""POST /data_deletion_requests: a person is deleted, at once or after the delay of the queue.

Tested by tests/sandbox/test_sandbox_deletions.py.
"""

from __future__ import annotations

from typing import Final

import msgspec

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.body import read_one
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.replies import Answer, invalid, json, reject
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.deletions import without_address
from airflow_provider_bento.sandbox.store.effects import is_email


def _request(state: State, ask: Ask) -> Answer:
    email = read_one(ask.envelope, "data_deletion_request").get("email")
    if not isinstance(email, str) or not is_email(email):
        invalid(422, "email", "is invalid")
    person = state.people.find(ask.site, email=email)
    if person is None:
        reject(404, {"error": contract.ABSENT}, "nobody has this address")
    record = without_address(person["id"], email)
    first = state.ledger.keep("deletions", ask.number, msgspec.json.encode([record]), 1)
    state.deletions.request(first, ask.site, record, ask.at)
    state.accept("deletions", ask.site, first, [record], ask.at)
    counts = {"records": 1, "accepted": 1, "first_record": first, "applied": True}
    return json(202, {"status": "queued_for_anonymization"}, **counts)


ENDPOINTS: Final = (
    Endpoint(
        contract.DELETE_PERSON,
        _request,
        "removes a person with tags, fields, events and emails after the delay of the queue `deletions`; 404 "
        "`visitor_not_found` for unknown addresses",
        sources="docs",
        choice="a repeat is accepted until the person is removed, and gets 404 afterwards; an address that is imported "
        "again is a new person; the request is listed with a masked address and its SHA-256, and the records that "
        "clients sent before stay listed as they were sent",
    ),
)
