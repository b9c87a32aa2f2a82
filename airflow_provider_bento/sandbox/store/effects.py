"""What accepted records do to people and events; knows Bento's rules, never requests or replies.

Tested by tests/sandbox/test_sandbox_imports.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from airflow_provider_bento.api.contract import BYPASS_WORKFLOWS, PURCHASE
from airflow_provider_bento.sandbox.clock import parse_date
from airflow_provider_bento.sandbox.store.events import Events, Incoming
from airflow_provider_bento.sandbox.store.people import Changes, People, email_key

Record = Mapping[str, Any]
Numbered = Sequence[tuple[int, Record]]
"""Records with their numbers in the ledger."""

_NOT_FIELDS: Final = frozenset({"email", "tags", "remove_tags", "command"})


def is_email(value: object) -> bool:
    """Whether something could be an address; deliberately less strict than the client."""
    return isinstance(value, str) and "@" in value.strip()[1:-1]


def is_blank(value: object) -> bool:
    """Whether something counts as left out, as in Rails: ``null``, and text of nothing but space."""
    return value is None or (isinstance(value, str) and not value.strip())


def tag_names(value: object) -> Sequence[str]:
    """Return names from a comma string; a list is tolerated, as some SDKs send one."""
    if isinstance(value, str):
        return _split(value)
    parts = value if isinstance(value, list) else []
    return [name for part in parts if isinstance(part, str) for name in _split(part)]


def one_tag(value: object) -> Sequence[str]:
    """Return the name in a command or an event: the whole text, for only imports and broadcasts separate by commas.

    A list is tolerated.
    """
    parts = value if isinstance(value, list) else [value]
    return [name for part in parts if isinstance(part, str) and (name := part.replace("\0", "").strip())]


@lru_cache(4096)  # an import repeats the same few tags a thousand times
def _split(names: str) -> tuple[str, ...]:
    return tuple(name for word in names.replace("\0", "").split(",") if (name := word.strip()))


def import_subscribers(people: People, site: int, records: Numbered, at: int) -> None:
    """Merge rows by address; silent: no import starts an automation."""
    changes = Changes()
    for _, row in records:
        person = changes.person(row["email"])
        fields = {key: value for key, value in row.items() if value is not None and key not in _NOT_FIELDS}
        if fields:
            changes.set_fields(person, fields)
        if "tags" in row:
            changes.tag(person, tag_names(row["tags"]), on=True)
        if "remove_tags" in row:
            changes.tag(person, tag_names(row["remove_tags"]), on=False)
        if row.get("command") in ("subscribe", "unsubscribe"):
            changes.subscribe(person, on=row["command"] == "subscribe")
    people.apply(site, changes, at)


def record_events(people: People, events: Events, site: int, records: Numbered, at: int) -> None:
    """Store events, and what those types of Bento's own do to the person."""
    changes = Changes()
    persons = [_event_changes(changes, event) for _, event in records]
    ids = people.apply(site, changes, at)
    events.add(
        site,
        [_incoming(number, ids[person], event, at) for person, (number, event) in zip(persons, records, strict=True)],
        at,
    )


def _event_changes(changes: Changes, event: Record) -> str:
    person, kind = changes.person(event["email"]), event["type"]
    fields = event.get("fields")
    if isinstance(fields, dict) and fields:
        changes.set_fields(person, {key: value for key, value in fields.items() if value is not None})
    if kind in ("$subscribe", "$unsubscribe"):
        changes.subscribe(person, on=kind == "$subscribe")
    elif kind in ("$tag", "$remove_tag"):
        changes.tag(person, one_tag(_details(event).get("tag")), on=kind == "$tag")
    return person


def _incoming(number: int, person: int, event: Record, at: int) -> Incoming:
    details = _details(event)
    bypass = details.get(BYPASS_WORKFLOWS)
    given = event.get("date")
    date = None if is_blank(given) else parse_date(given)
    return Incoming(
        id=number,
        person=person,
        type=event["type"],
        date=at if date is None else date,
        fires=not (bypass is True or bypass == "true"),
        purchase_key=_purchase_key(event["type"], details),
        date_invalid=date is None and not is_blank(given),
    )


def _details(event: Record) -> dict[str, Any]:
    details = event.get("details")
    return details if isinstance(details, dict) else {}


def _purchase_key(kind: str, details: Record) -> str | None:
    unique = details.get("unique")
    key = unique.get("key") if isinstance(unique, dict) else None
    usable = kind == PURCHASE and isinstance(key, str | int | float) and not isinstance(key, bool) and key != ""
    return str(key).replace("\0", "") if usable else None


def run_commands(people: People, events: Events, site: int, records: Numbered, at: int) -> None:
    """Run commands one by one, in their order; silent but for ``add_tag_via_event``."""
    for number, command in records:
        _VERBS[command["command"]](people, site, command, at)
        if command["command"] == "add_tag_via_event":
            person = people.ids(site, [email_key(command["email"])])
            tagged = [Incoming(number, id_, "$tag", at, fires=True) for id_ in person.values()]
            events.add(site, tagged, at, "command")


def command_error(command: object) -> str | None:
    """Say what is wrong with a command."""
    if not isinstance(command, dict):
        return "not an object"
    verb, query = command.get("command"), command.get("query")
    if not isinstance(verb, str) or verb not in _VERBS:
        return "no such command"
    if not is_email(command.get("email")):
        return "no valid email"
    if verb in ("add_tag", "add_tag_via_event", "remove_tag", "remove_field"):
        return None if isinstance(query, str) and query.strip() else "query must be a name"
    if verb == "add_field":
        return None if isinstance(query, dict) and isinstance(query.get("key"), str) else "query must have a key"
    if verb == "change_email":
        return None if is_email(query) else "query must be an address"
    return None


def _add_tag(people: People, site: int, command: Record, at: int) -> None:
    _change(people, site, command, at, lambda c, p: c.tag(p, one_tag(command["query"]), on=True))


def _remove_tag(people: People, site: int, command: Record, at: int) -> None:
    _change(people, site, command, at, lambda c, p: c.tag(p, one_tag(command["query"]), on=False))


def _add_field(people: People, site: int, command: Record, at: int) -> None:
    key, value = command["query"]["key"], command["query"].get("value")
    _change(people, site, command, at, lambda c, p: c.set_fields(p, {} if value is None else {key: value}))
    if value is None:
        people.clear_field(site, command["email"], key, at)


def _remove_field(people: People, site: int, command: Record, at: int) -> None:
    people.clear_field(site, command["email"], command["query"].strip(), at)


def _subscribe(people: People, site: int, command: Record, at: int) -> None:
    _change(people, site, command, at, lambda c, p: c.subscribe(p, on=command["command"] == "subscribe"))


def _change_email(people: People, site: int, command: Record, at: int) -> None:
    people.rename(site, command["email"], command["query"], at)


def _change(people: People, site: int, command: Record, at: int, change: Callable[[Changes, str], None]) -> None:
    changes = Changes()
    change(changes, changes.person(command["email"]))
    people.apply(site, changes, at)


_VERBS: Final[Mapping[str, Callable[[People, int, Record, int], None]]] = {
    "add_tag": _add_tag,
    "add_tag_via_event": _add_tag,
    "remove_tag": _remove_tag,
    "add_field": _add_field,
    "remove_field": _remove_field,
    "subscribe": _subscribe,
    "unsubscribe": _subscribe,
    "change_email": _change_email,
}
