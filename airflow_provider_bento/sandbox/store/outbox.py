"""Emails of POST /batch/emails: who got each one, and how it looks; knows people, never requests or replies.

Tested by tests/sandbox/test_sandbox_emails.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from airflow_provider_bento.sandbox.store.people import Changes, People
from airflow_provider_bento.sandbox.store.storage import Storage

# One row for each recipient; the payload stays in the ledger, under the number in `record`.
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS emails (
    id INTEGER PRIMARY KEY, record INTEGER NOT NULL, site INTEGER NOT NULL, person INTEGER NOT NULL,
    recipient TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL, transactional INTEGER NOT NULL,
    delivered INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS emails_person ON emails (person)
"""

_PLACEHOLDER: Final = re.compile(r"\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}")
_RENDERED: Final = ("subject", "html_body", "text_body")


class Outbox:
    """The emails that Bento would have sent, and those it would have kept from unsubscribed people.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def send(self, people: People, site: int, records: Sequence[tuple[int, Mapping[str, Any]]], at: int) -> None:
        """Store an email for each recipient as of ``at``; a recipient who is unknown becomes a person.

        An email that is not transactional is not delivered to an unsubscribed person.

        :param records: the emails with their numbers in the ledger.
        """
        changes = Changes()
        sent = [
            (person, number, email)
            for number, email in records
            for person in dict.fromkeys(changes.person(address) for address in addresses(email["to"]))
        ]
        ids = people.apply(site, changes, at)
        self._storage.run_many(
            "INSERT INTO emails (record, site, person, recipient, sender, subject, transactional, delivered, at)"
            " SELECT :record, site, id, email, :sender, :subject, :transactional,"
            " :transactional OR unsubscribed_at IS NULL, :at FROM people WHERE id = :person",
            [{"record": number, "person": ids[key], "at": at, **_columns(email)} for key, number, email in sent],
        )

    def counts(self) -> dict[str, int]:
        """Return how many emails were delivered, and how many were not."""
        found = dict(self._storage.tuples("SELECT delivered, count(*) FROM emails GROUP BY delivered"))
        return {"delivered": found.get(1, 0), "not_delivered": found.get(0, 0)}


def _columns(email: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sender": addresses(email["from"])[0],
        "subject": rendered(email)["subject"],
        "transactional": is_transactional(email),
    }


def addresses(value: object) -> list[str]:
    """Return the bare addresses of a comma-separated text; names before ``<`` are dropped."""
    parts = value.split(",") if isinstance(value, str) else []
    return [_bare(part.strip()) for part in parts if part.strip()]


def _bare(text: str) -> str:
    _, bracket, address = text.rpartition("<")
    return address.removesuffix(">").strip() if bracket else text


def is_transactional(email: Mapping[str, Any]) -> bool:
    """Whether an email goes to unsubscribed people too; ``False`` if it does not say so."""
    return email.get("transactional") in (True, 1, "1", "true")


def rendered(email: Mapping[str, Any]) -> dict[str, Any]:
    """Return subject and bodies as a recipient sees them.

    ``{{ name }}`` is replaced if ``personalizations`` contains the name; any other Liquid stays as it is.
    """
    values = email.get("personalizations") or {}
    return {key: _filled(email[key], values) if isinstance(email.get(key), str) else None for key in _RENDERED}


def _filled(text: str, values: Mapping[str, Any]) -> str:
    def fill(match: re.Match[str]) -> str:
        return _text(values[match[1]]) if match[1] in values else match[0]

    return _PLACEHOLDER.sub(fill, text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
