"""GET and POST /fetch/subscribers, /fetch/tags, /fetch/fields: one person, and the names that exist.

Tested by tests/sandbox/test_sandbox_imports.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.body import decoded_any, read_one
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.parameters import row_id
from airflow_provider_bento.sandbox.bento_api.replies import Answer, created, invalid, is_current, json, nobody, reject
from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.discards import toggle_tag
from airflow_provider_bento.sandbox.store.effects import is_email
from airflow_provider_bento.sandbox.store.people import Changes, People
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
    if is_current(state.settings.profile):
        attributes["navigation_url"] = f"{state.base_url}/people/{person['id']}"
    return {"data": {"id": str(person["id"]), "type": "visitors", "attributes": attributes}}


def _find(state: State, ask: Ask) -> Answer:
    email, uuid = ask.query.get("email"), ask.query.get("uuid")
    person = state.people.find(ask.site, email=email, uuid=uuid) if email or uuid else None
    return json(200, shown(state, person))


def _create(state: State, ask: Ask) -> Answer:
    email = _address(ask)
    if not isinstance(email, str) or not is_email(email):
        invalid(422, "email", "is invalid")
    new = state.people.find(ask.site, email=email) is None
    changes = Changes()
    person = changes.person(email)
    ids = state.people.apply(ask.site, changes, ask.at)
    if new:
        state.events.may_start(ask.site, ids[person], "created by POST /fetch/subscribers", ask.at)
    return json(201, shown(state, state.people.find(ask.site, email=email)), records=1, accepted=1, applied=True)


def _address(ask: Ask) -> Any:
    """Return the address of the body, below the wrapper or, as the guide of 2021 sends it, without one."""
    if "subscriber" not in ask.envelope and "email" in ask.envelope:
        return decoded_any(ask.envelope["email"])
    return read_one(ask.envelope, "subscriber").get("email")


def _toggle(state: State, ask: Ask) -> Answer:
    number = row_id(ask.resource or "")
    tag = None if number is None else toggle_tag(state.storage, ask.site, number, ask.at)
    if tag is None:
        reject(404, {"error": "Not Found"}, "no such tag")
    done = "deleted" if tag["discarded_at"] is None else "restored"
    return json(200, {"message": f"Tag ({tag['name']}) {done} successfully"}, records=1, accepted=1, applied=True)


@dataclass(frozen=True, slots=True)
class _Names:
    """The tags or the fields of a site: listed and created in the same way.

    :param wrapper: key of the body that contains a new one.
    :param key: the attribute that identifies one.
    :param kind: what Bento calls the type of a row.
    :param attributes: from a stored row to what Bento shows of it.
    :param read: returns all rows of a site, or the one with a name.
    :param define: creates those that do not exist.
    """

    wrapper: str
    key: str
    kind: str
    attributes: Callable[[Row], dict[str, Any]]
    read: Callable[[People, int, str | None], list[Row]]
    define: Callable[[People, int, set[str], int], object]

    def all(self, state: State, ask: Ask) -> Answer:
        """Answer with all of them."""
        return json(200, {"data": [self._shown(row) for row in self.read(state.people, ask.site, None)]})

    def create(self, state: State, ask: Ask) -> Answer:
        """Create the one that the body names, unless it exists."""
        name = self._name(ask)
        known = bool(self.read(state.people, ask.site, name))
        self.define(state.people, ask.site, {name}, ask.at)
        data = self._shown(self.read(state.people, ask.site, name)[0])
        status = 200 if known else 201
        return json(status, created(state.settings.profile, data), records=1, accepted=1, applied=not known)

    def _shown(self, row: Row) -> dict[str, Any]:
        return {"id": str(row["id"]), "type": self.kind, "attributes": self.attributes(row)}

    def _name(self, ask: Ask) -> str:
        value = read_one(ask.envelope, self.wrapper).get(self.key)
        if not isinstance(value, str) or not value.strip():
            invalid(422, self.key, "can't be blank")
        return value.strip()


def _tag(row: Row) -> dict[str, Any]:
    return {
        "name": row["name"],
        "created_at": iso(row["created_at"]),
        "discarded_at": iso(row["discarded_at"]),
        "site_id": row["site"],
    }


def _field(row: Row) -> dict[str, Any]:
    return {"name": row["name"], "key": row["key"], "whitelisted": None, "created_at": iso(row["created_at"])}


_TAGS: Final = _Names("tag", "name", "tags", _tag, People.tags, People.define_tags)
_FIELDS: Final = _Names("field", "key", "visitors-fields", _field, People.fields, People.define_fields)

ENDPOINTS: Final = (
    Endpoint(
        contract.GET_SUBSCRIBER,
        _find,
        "finds one person by `email` or `uuid`; 200 with `{}` if there is none",
        sources="docs, OpenAPI file, GitBook, all clients",
    ),
    Endpoint(
        contract.CREATE_SUBSCRIBER,
        _create,
        "finds or creates by `email`; other keys are ignored",
        sources="docs, OpenAPI file, Node, Ruby, Python, PHP, Go, Elixir; without the wrapper: the guide of 2021",
        choice="a new person may start automations: listed as not certain",
    ),
    Endpoint(
        contract.LIST_TAGS,
        _TAGS.all,
        "all tags at once, with `discarded_at` if they are discarded",
        sources="docs, OpenAPI file, all clients but Ruby",
    ),
    Endpoint(
        contract.CREATE_TAG,
        _TAGS.create,
        "creates a tag; 201, or 200 if the name exists",
        sources="docs, OpenAPI file, Node, Python, PHP, Go, Elixir, CLI, MCP",
        choice="a tag that exists is returned with 200",
    ),
    Endpoint(
        contract.DELETE_TAG,
        _toggle,
        "discards a tag, or restores a discarded one; 404 if there is no such tag",
        sources="docs, Node 2.0",
        choice="the id counts, not the name, and a path without an id is unknown; people keep a discarded tag; a "
        "restored tag has a message of its own",
        optional_body=True,
    ),
    Endpoint(
        contract.LIST_FIELDS,
        _FIELDS.all,
        "all fields at once",
        sources="docs, OpenAPI file, Node, Python, PHP, Go, Elixir, CLI, MCP",
    ),
    Endpoint(
        contract.CREATE_FIELD,
        _FIELDS.create,
        "creates a field; its name is derived from `key`",
        sources="docs, OpenAPI file, Node, Python, PHP, Go, Elixir, CLI, MCP",
        choice="a field that exists is returned with 200",
    ),
)
