"""The lists of emails, deletions and what Bento's app makes, as queries; knows SQL, never HTML or JSON.

Tested by tests/sandbox/test_sandbox_emails.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from airflow_provider_bento.sandbox.store.journeys import JourneyKind
from airflow_provider_bento.sandbox.store.ledger import Ledger
from airflow_provider_bento.sandbox.store.outbox import rendered
from airflow_provider_bento.sandbox.store.queries import Query
from airflow_provider_bento.sandbox.store.search import Conditions, Filters
from airflow_provider_bento.sandbox.store.storage import Row, Storage

DELIVERED: Final[Mapping[str, str]] = {"yes": "e.delivered", "no": "NOT e.delivered"}
STATES: Final[Mapping[str, str]] = {"waiting": "d.deleted_at IS NULL", "deleted": "d.deleted_at IS NOT NULL"}
"""What has become of a request to delete a person."""


def emails(storage: Storage, filters: Filters) -> Query:
    """Return the emails, searched by recipient, sender and subject; ``choice`` is a name of :data:`DELIVERED`.

    Subject and bodies are filled in from ``personalizations``; ``record`` is the email as the client wrote it.
    """
    conditions = Conditions()
    conditions.search(filters.text, "e.recipient", "e.sender", "e.subject")
    if filters.choice is not None and filters.choice in DELIVERED:
        conditions.add(DELIVERED[filters.choice])
    conditions.between("e.at", filters)
    columns = (
        'e.id, s.uuid AS site, e.record AS seq, e.person, e.recipient AS "to", e.sender AS "from", e.transactional'
    )
    columns += ", e.delivered, e.at"
    source = "emails e JOIN sites s ON s.id = e.site"
    return Query(storage, columns, source, "emails e", "e.id", conditions, _with_bodies(storage))


def _with_bodies(storage: Storage) -> Callable[[list[Row]], list[Row]]:
    ledger = Ledger(storage)

    def finish(rows: list[Row]) -> list[Row]:
        read: dict[int, list[msgspec.Raw]] = {}
        return [{**row, **_shown(bytes(ledger.record(row["seq"], read)))} for row in rows]

    return finish


def _shown(record: bytes) -> dict[str, Any]:
    email = msgspec.json.decode(record)
    return {
        **rendered(email),
        "personalizations": msgspec.json.encode(email.get("personalizations") or {}).decode(),
        "record": record.decode(),
    }


def deletions(storage: Storage, filters: Filters) -> Query:
    """Return the requests to delete a person, searched by masked address; ``choice`` is a name of :data:`STATES`.

    Times are of the request.
    """
    conditions = Conditions()
    conditions.search(filters.text, "d.email")
    if filters.choice is not None and filters.choice in STATES:
        conditions.add(STATES[filters.choice])
    conditions.between("d.requested_at", filters)
    columns = "d.id, s.uuid AS site, d.email, d.email_sha256, d.requested_at, d.deleted_at"
    return Query(storage, columns, "deletions d JOIN sites s ON s.id = d.site", "deletions d", "d.id", conditions)


def sequences(storage: Storage, filters: Filters) -> Query:
    """Return the sequences, searched by name."""
    return _journeys(storage, filters, "sequences")


def workflows(storage: Storage, filters: Filters) -> Query:
    """Return the workflows, searched by name; ``choice`` is a status."""
    return _journeys(storage, filters, "workflows")


def _journeys(storage: Storage, filters: Filters, kind: JourneyKind) -> Query:
    conditions = Conditions()
    conditions.equal("j.kind", kind)
    conditions.search(filters.text, "j.name")
    conditions.equal("j.status", filters.choice)
    conditions.between("j.created_at", filters)
    emails = "(SELECT count(*) FROM templates t WHERE t.journey = j.id) AS emails"
    columns = f"j.id, s.uuid AS site, j.name, j.status, j.created_at, {emails}"
    return Query(storage, columns, "journeys j JOIN sites s ON s.id = j.site", "journeys j", "j.id", conditions)


def templates(storage: Storage, filters: Filters) -> Query:
    """Return the email templates, searched by subject and HTML; ``choice`` is ``sequences`` or ``workflows``."""
    conditions = Conditions()
    conditions.search(filters.text, "t.subject", "t.html")
    conditions.equal("j.kind", filters.choice)
    conditions.between("t.updated_at", filters)
    columns = "t.id, s.uuid AS site, j.kind, t.journey, j.name AS journey_name, t.subject, t.html, t.settings"
    columns += ", t.created_at, t.updated_at"
    counted = "templates t JOIN journeys j ON j.id = t.journey"
    return Query(storage, columns, f"{counted} JOIN sites s ON s.id = t.site", counted, "t.id", conditions)


def responses(storage: Storage, filters: Filters) -> Query:
    """Return the form responses, searched by address and fields; ``choice`` is a form."""
    conditions = Conditions()
    conditions.search(filters.text, "r.email", "r.fields")
    conditions.equal("r.form", filters.choice)
    conditions.between("r.at", filters)
    columns = "r.id, s.uuid AS site, r.form, r.email, r.fields, r.at"
    return Query(storage, columns, "responses r JOIN sites s ON s.id = r.site", "responses r", "r.id", conditions)


APP_LISTS: Final[Mapping[str, Callable[[Storage, Filters], Query]]] = {
    "emails": emails,
    "deletions": deletions,
    "sequences": sequences,
    "workflows": workflows,
    "templates": templates,
    "responses": responses,
}
