"""GET and PATCH /fetch/emails/templates/:id: one email of a sequence or a workflow.

Tested by tests/sandbox/test_sandbox_sequences.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.body import read_one
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.parameters import row_id
from airflow_provider_bento.sandbox.bento_api.replies import Answer, json, reject
from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.storage import Row


def shown_template(row: Row) -> dict[str, Any]:
    """Return an email template as Bento shows one."""
    attributes = {
        "name": row["name"],
        "subject": row["subject"],
        "html": row["html"],
        "created_at": iso(row["created_at"]),
        "stats": None,
    }
    return {"id": str(row["id"]), "type": "email_templates", "attributes": attributes}


def _find(state: State, ask: Ask) -> Row | None:
    number = row_id(ask.resource or "")
    return None if number is None else state.journeys.template(ask.site, number)


def _get(state: State, ask: Ask) -> Answer:
    found = _find(state, ask)
    return json(200, {"data": shown_template(found)} if found else {})


def _update(state: State, ask: Ask) -> Answer:
    found = _find(state, ask)
    if found is None:
        reject(404, {"error": "Not Found"}, "no such template")
    given = read_one(ask.envelope, "email_template")
    errors = _errors(given)
    if errors:
        reject(422, {"errors": errors}, "the template is invalid")
    changed = {**found, **{key: given[key] for key in ("subject", "html") if given.get(key) is not None}}
    state.journeys.change(found["id"], changed["subject"], changed["html"], ask.at)
    return json(200, {"data": shown_template(changed)}, records=1, accepted=1, applied=True)


def _errors(given: dict[str, Any]) -> dict[str, list[str]]:
    present = [key for key in ("subject", "html") if given.get(key) is not None]
    if not present:
        return {"base": ["subject or html must be present"]}
    blank = [key for key in present if not isinstance(given[key], str) or not given[key].strip()]
    return {key: ["can't be blank"] for key in blank}


ENDPOINTS: Final = (
    Endpoint(
        contract.GET_EMAIL_TEMPLATE,
        _get,
        "one email template; 200 with `{}` if there is no such template",
        sources="docs, Node, MCP",
    ),
    Endpoint(
        contract.UPDATE_EMAIL_TEMPLATE,
        _update,
        "changes `subject`, `html` or both in place; 404 if there is no such template",
        sources="docs, Node, CLI, MCP",
        choice="422 if neither is present, or one is blank; other keys are ignored",
    ),
)
