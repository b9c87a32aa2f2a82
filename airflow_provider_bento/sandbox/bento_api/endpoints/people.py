"""GET and POST /fetch/subscribers, /fetch/tags, /fetch/fields: one person, and the names that exist.

Tested by tests/sandbox/test_sandbox_imports.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.body import read_one
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.replies import Answer, created, invalid, json, nobody
from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.effects import is_email
from airflow_provider_bento.sandbox.store.people import Changes
from airflow_provider_bento.sandbox.store.storage import Row


def shown(state: State, person: Row | None) -> Any:
    """Return a person as Bento shows one."""
    if person is None:
        return nobody(state.settings.profile)
    attributes = {
        "uuid": person["uuid"],
        "email": person["email"],
        "fields": person["fields"] or None,
        "cached_tag_ids": [str(tag) for tag in person["tags"]],
        "unsubscribed_at": iso(person["unsubscribed_at"]),
    }
    if state.settings.profile == "2026":
        attributes["navigation_url"] = f"{state.base_url}/people/{person['uuid']}"
    return {"data": {"id": str(person["id"]), "type": "visitors", "attributes": attributes}}


def _find(state: State, ask: Ask) -> Answer:
    email, uuid = ask.query.get("email"), ask.query.get("uuid")
    person = state.people.find(ask.site, email=email, uuid=uuid) if email or uuid else None
    return json(200, shown(state, person))


def _create(state: State, ask: Ask) -> Answer:
    email = read_one(ask.envelope, "subscriber").get("email")
    if not isinstance(email, str) or not is_email(email):
        invalid(422, "email", "is invalid")
    new = state.people.find(ask.site, email=email) is None
    changes = Changes()
    person = changes.person(email)
    ids = state.people.apply(ask.site, changes, ask.at)
    if new:
        state.events.may_start(ask.site, ids[person], "created by POST /fetch/subscribers", ask.at)
    return json(201, shown(state, state.people.find(ask.site, email=email)), records=1, accepted=1, applied=True)


def _tag(row: Row) -> dict[str, Any]:
    attributes = {
        "name": row["name"],
        "created_at": iso(row["created_at"]),
        "discarded_at": iso(row["discarded_at"]),
        "site_id": row["site"],
    }
    return {"id": str(row["id"]), "type": "tags", "attributes": attributes}


def _tags(state: State, ask: Ask) -> Answer:
    return json(200, {"data": [_tag(row) for row in state.people.tags(ask.site)]})


def _create_tag(state: State, ask: Ask) -> Answer:
    name = _name(ask, "tag", "name")
    known = bool(state.people.tags(ask.site, name))
    state.people.define_tags(ask.site, {name}, ask.at)
    data = _tag(state.people.tags(ask.site, name)[0])
    status = 200 if known else 201
    return json(status, created(state.settings.profile, data), records=1, accepted=1, applied=not known)


def _field(row: Row) -> dict[str, Any]:
    attributes = {
        "name": row["name"],
        "key": row["key"],
        "whitelisted": None,
        "created_at": iso(row["created_at"]),
    }
    return {"id": str(row["id"]), "type": "visitors-fields", "attributes": attributes}


def _fields(state: State, ask: Ask) -> Answer:
    return json(200, {"data": [_field(row) for row in state.people.fields(ask.site)]})


def _create_field(state: State, ask: Ask) -> Answer:
    key = _name(ask, "field", "key")
    known = bool(state.people.fields(ask.site, key))
    state.people.define_fields(ask.site, {key}, ask.at)
    data = _field(state.people.fields(ask.site, key)[0])
    status = 200 if known else 201
    return json(status, created(state.settings.profile, data), records=1, accepted=1, applied=not known)


def _name(ask: Ask, wrapper: str, key: str) -> str:
    value = read_one(ask.envelope, wrapper).get(key)
    if not isinstance(value, str) or not value.strip():
        invalid(422, key, "can't be blank")
    return value.strip()


ENDPOINTS: Final = (
    Endpoint(contract.GET_SUBSCRIBER, _find, "finds one person by `email` or `uuid`; 200 with `{}` if there is none"),
    Endpoint(contract.CREATE_SUBSCRIBER, _create, "finds or creates by `email`; other keys are ignored"),
    Endpoint(contract.LIST_TAGS, _tags, "all tags at once"),
    Endpoint(contract.CREATE_TAG, _create_tag, "creates a tag; 201, or 200 if the name exists"),
    Endpoint(contract.LIST_FIELDS, _fields, "all fields at once"),
    Endpoint(contract.CREATE_FIELD, _create_field, "creates a field; its name is derived from `key`"),
)
