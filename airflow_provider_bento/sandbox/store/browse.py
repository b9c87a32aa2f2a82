"""The lists of the control API: the queries of the page, each row as JSON has it; reads only.

Tested by tests/sandbox/test_sandbox_control.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from typing import Any, Final

import msgspec

from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.store import queries
from airflow_provider_bento.sandbox.store.people import uuid_of
from airflow_provider_bento.sandbox.store.search import Filters, anywhere
from airflow_provider_bento.sandbox.store.storage import Row, Slice, Storage

_INSTANTS: Final = queries.INSTANTS | {"time"}
_BOOLEANS: Final = frozenset({"approved", "certain", "date_invalid", "delivered", "fired", "transactional"})


class Browse:
    """The lists that the page shows, filtered; ``None`` is no filter.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def people(self, part: Slice, *, email: str | None = None, tag: str | None = None) -> list[Row]:
        """Return people; ``email`` finds any part of an address."""
        query = queries.people(self._storage, Filters(choice=tag))
        if email:
            query.conditions.add("p.email_key LIKE :email ESCAPE '!'", email=anywhere(email))
        return [{**as_json(row), "uuid": uuid_of(row["id"])} for row in query.rows(part)]

    def events(
        self,
        part: Slice,
        *,
        email: str | None = None,
        type: str | None = None,  # noqa: A002 - the field's name
        since: int | None = None,
        until: int | None = None,
    ) -> list[Row]:
        """Return events with their records; ``since`` and ``until`` are instants, the latter not included."""
        query = queries.events(self._storage, Filters(email or "", type, since, until))
        return [as_json(row, without="person") for row in query.rows(part)]

    def automations(self, part: Slice, *, email: str | None = None, trigger: str | None = None) -> list[Row]:
        """Return the automations that would have fired; ``certain`` is false if Bento's sources disagree."""
        query = queries.automations(self._storage, Filters(email or "", trigger))
        return [as_json(row, without="person") for row in query.rows(part)]

    def broadcasts(self, part: Slice, *, status: str | None = None, name: str | None = None) -> list[Row]:
        """Return broadcasts with all that is known of them."""
        query = queries.broadcasts(self._storage, Filters(choice=status))
        query.conditions.equal("b.name", name)
        return [as_json(row) for row in query.rows(part)]

    def rejects(self, part: Slice, *, kind: str | None = None) -> list[Row]:
        """Return the rejected rows, numbered by ``seq``, with their reasons; ``time`` is in milliseconds."""
        found = queries.rejects(self._storage, Filters(choice=kind)).rows(part)
        return [{"seq": row.pop("id"), **row, "record": msgspec.Raw(row["record"].encode())} for row in found]

    def requests(
        self,
        part: Slice,
        *,
        path: str | None = None,
        method: str | None = None,
        status: int | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> list[Row]:
        """Return the requests; ``since`` and ``until`` are instants of the machine's clock, the latter not included."""
        query = queries.requests(self._storage, Filters())
        for name, value in (("path", path), ("method", method), ("status", status)):
            query.conditions.equal(name, value)
        for name, instant, condition in (("since", since, "time >= :since"), ("until", until, "time < :until")):
            if instant is not None:
                query.conditions.add(condition, **{name: instant / 1000})
        return [{**_without(row, "id"), "applied": bool(row["applied"])} for row in query.rows(part)]

    def tags(self) -> list[Row]:
        """Return all tags, each with how many ``people`` have it."""
        return self._storage.rows(
            "SELECT t.id, s.uuid AS site, t.name,"
            " (SELECT count(*) FROM person_tags pt WHERE pt.tag = t.id) AS people"
            " FROM tags t JOIN sites s ON s.id = t.site ORDER BY t.id"
        )

    def fields(self) -> list[Row]:
        """Return all field definitions."""
        return self._storage.rows(
            "SELECT f.id, s.uuid AS site, f.key, f.name FROM fields f JOIN sites s ON s.id = f.site ORDER BY f.id"
        )

    def counts(self) -> dict[str, int]:
        """Return how many people, events and automations there are."""
        tables = ("people", "events", "automations")
        return {table: int(self._storage.value(f"SELECT count(*) FROM {table}")) for table in tables}


def _without(row: Row, column: str) -> Row:
    return {name: value for name, value in row.items() if name != column}


def as_json(row: Row, without: str = "") -> Row:
    """Return a row with dates as Bento writes them and with stored JSON as JSON.

    :param without: a column that is left out.
    """
    return {name: _value(name, value) for name, value in _without(row, without).items()}


def _value(name: str, value: Any) -> Any:
    if name in _INSTANTS:
        return iso(value)
    if name in queries.JSON:
        return msgspec.Raw(value.encode())
    return bool(value) if name in _BOOLEANS else value
