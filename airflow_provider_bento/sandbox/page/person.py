"""Everything about one person; reads the store.

Tested by tests/sandbox/test_page_lists.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.sandbox.store.app_queries import emails
from airflow_provider_bento.sandbox.store.people import uuid_of
from airflow_provider_bento.sandbox.store.queries import Query, automations, events, people
from airflow_provider_bento.sandbox.store.search import Filters
from airflow_provider_bento.sandbox.store.storage import Slice, Storage

_SOME: Final = 50
_GOT: Final = """
SELECT b.id, b.name, b.subject, b.status, d.at FROM broadcasts b
JOIN deliveries d ON d.broadcast = b.id AND d.person = ? ORDER BY d.at DESC LIMIT ?
"""


def person(storage: Storage, id: int) -> dict[str, Any] | None:  # noqa: A002 - the column's name
    """Return a person with the newest events, automations, emails and broadcasts; ``None`` if nobody has that id."""
    query = people(storage, Filters())
    query.conditions.add("p.id = :person", person=id)
    found = query.rows(Slice(limit=1))
    if not found:
        return None
    return {
        "person": {**found[0], "uuid": uuid_of(id)},
        "events": _newest(events(storage, Filters()), "e.person = :person", id),
        "automations": _newest(automations(storage, Filters()), "a.person = :person", id),
        "emails": _newest(emails(storage, Filters()), "e.person = :person", id),
        "got": storage.rows(_GOT, (id, _SOME)),
    }


def _newest(query: Query, condition: str, person: int) -> list[dict[str, Any]]:
    query.conditions.add(condition, person=person)
    return query.rows(Slice(limit=_SOME, newest=True))
