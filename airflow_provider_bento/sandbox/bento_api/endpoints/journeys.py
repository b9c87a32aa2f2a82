"""GET /fetch/sequences and /fetch/workflows, and the emails of sequences.

Tested by tests/sandbox/test_sandbox_sequences.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.body import read_one
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.parameters import page_number, row_id
from airflow_provider_bento.sandbox.bento_api.endpoints.templates import shown_template
from airflow_provider_bento.sandbox.bento_api.replies import Answer, json, reject
from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.journeys import JourneyKind
from airflow_provider_bento.sandbox.store.storage import Row

PREFIX: Final = "sequence_"
"""What an id of a sequence begins with in the docs and in the CLI; the list's own ids have no prefix."""

_INTERVALS: Final = ("minutes", "hours", "days", "months")
_TEXTS: Final = ("inbox_snippet", "editor_choice", "cc", "bcc", "to")


def _sequences(state: State, ask: Ask) -> Answer:
    return _page(state, ask, "sequences")


def _workflows(state: State, ask: Ask) -> Answer:
    return _page(state, ask, "workflows")


def _page(state: State, ask: Ask, kind: JourneyKind) -> Answer:
    found = state.journeys.page(ask.site, kind, page_number(ask.query.get("page", "1")), state.settings.page_size)
    return json(200, {"data": [_shown(row) for row in found]})


def _shown(row: Row) -> dict[str, Any]:
    attributes = {
        "name": row["name"],
        "created_at": iso(row["created_at"]),
        "email_templates": [{**email, "stats": None} for email in row["emails"]],
    }
    if row["kind"] == "workflows":
        attributes["status"] = row["status"]
    else:
        attributes["prefix_id"] = f"{PREFIX}{row['id']}"
    return {"id": str(row["id"]), "type": row["kind"], "attributes": attributes}


def _append(state: State, ask: Ask) -> Answer:
    sequence = row_id((ask.resource or "").removeprefix(PREFIX))
    if sequence is None or not state.journeys.has(ask.site, "sequences", sequence):
        reject(404, {"error": "Sequence not found"}, "no such sequence")
    email = read_one(ask.envelope, "email_template")
    errors = email_errors(email)
    if errors:
        reject(422, {"errors": errors}, "the email of a sequence is invalid")
    template = state.journeys.append(ask.site, sequence, email, ask.at)
    data = shown_template(state.journeys.template(ask.site, template) or {})
    return json(201, {"data": data}, records=1, accepted=1, applied=True)


def email_errors(email: dict[str, Any]) -> dict[str, list[str]]:
    """Say what is wrong with an email of a sequence, by field."""
    errors: dict[str, list[str]] = {}
    for key in ("subject", "html"):
        if not isinstance(email.get(key), str) or not email[key].strip():
            errors[key] = ["can't be blank"]
    if email.get("delay_interval") not in (None, *_INTERVALS):
        errors["delay_interval"] = ["is not included in the list"]
    count = email.get("delay_interval_count")
    if count is not None and not (isinstance(count, int) and not isinstance(count, bool) and count > 0):
        errors["delay_interval_count"] = ["must be a positive integer"]
    errors |= {key: ["is invalid"] for key in _TEXTS if not isinstance(email.get(key), str | None)}
    return errors


ENDPOINTS: Final = (
    Endpoint(
        contract.LIST_SEQUENCES,
        _sequences,
        "one page of the sequences with id and subject of their emails",
        sources="docs, Node, CLI, MCP",
        choice="sequences are made through the control API; a new sandbox has one as an example; `stats` is null",
    ),
    Endpoint(
        contract.ADD_SEQUENCE_EMAIL,
        _append,
        "appends an email to a sequence at each call; 404 if there is no such sequence, 422 with errors by field",
        sources="docs, Node, CLI, MCP",
        choice="`:id` is the `id` of the list, or the same after `sequence_`",
    ),
    Endpoint(
        contract.LIST_WORKFLOWS,
        _workflows,
        "one page of the workflows with their status and id and subject of their emails",
        sources="docs, Node, MCP",
        choice="as for sequences; nothing runs them",
    ),
)
