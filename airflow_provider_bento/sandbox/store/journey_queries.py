"""The list of sequences and workflows as a query, and one email template; knows SQL, never HTML or JSON.

Tested by tests/sandbox/test_page_lists.py.
"""

from __future__ import annotations

from typing import Final, get_args

from airflow_provider_bento.sandbox.store.journeys import JourneyKind
from airflow_provider_bento.sandbox.store.queries import Query
from airflow_provider_bento.sandbox.store.search import Conditions, Filters
from airflow_provider_bento.sandbox.store.storage import Row, Storage

KINDS: Final[tuple[str, ...]] = get_args(JourneyKind)
_EMAILS: Final = (
    "(SELECT json_group_array(json_object('id', t.id, 'subject', t.subject)) FROM"
    " (SELECT id, subject FROM templates WHERE journey = j.id ORDER BY id) t)"
)
_TEMPLATE: Final = """
SELECT t.*, j.name AS journey_name, j.kind, s.uuid AS site_uuid FROM templates t
JOIN journeys j ON j.id = t.journey JOIN sites s ON s.id = t.site WHERE t.id = ?
"""


def journeys(storage: Storage, filters: Filters) -> Query:
    """Return sequences and workflows, searched by name and the subjects of their emails; ``choice`` is a kind.

    ``emails`` is a JSON array of id and subject, in their order.
    """
    conditions = Conditions()
    of_emails = "(SELECT group_concat(t.subject) FROM templates t WHERE t.journey = j.id)"
    conditions.search(filters.text, "j.name", of_emails)
    conditions.equal("j.kind", filters.choice)
    conditions.between("j.created_at", filters)
    columns = f"j.id, s.uuid AS site, j.kind, j.name, j.status, j.created_at, {_EMAILS} AS emails"
    return Query(storage, columns, "journeys j JOIN sites s ON s.id = j.site", "journeys j", "j.id", conditions)


def template(storage: Storage, id: int) -> Row | None:  # noqa: A002 - the column's name
    """Return one email template with the name and kind of what it belongs to; ``None`` if there is none."""
    return storage.first(_TEMPLATE, (id,))
