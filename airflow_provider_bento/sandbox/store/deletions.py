"""Requests to delete a person, and the deletion itself; remembers no address in clear.

Tested by tests/sandbox/test_sandbox_deletions.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from airflow_provider_bento.sandbox.store.people import email_key
from airflow_provider_bento.sandbox.store.storage import Storage

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS deletions (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, email TEXT NOT NULL, email_sha256 TEXT NOT NULL,
    requested_at INTEGER NOT NULL, deleted_at INTEGER)
"""

# Everything that belongs to one person; what a broadcast counted as sent stays counted.
_REMOVED: Final = (
    "DELETE FROM person_tags WHERE person = ?",
    "DELETE FROM purchases WHERE event IN (SELECT id FROM events WHERE person = ?)",
    "DELETE FROM events WHERE person = ?",
    "DELETE FROM automations WHERE person = ?",
    "DELETE FROM deliveries WHERE person = ?",
    "DELETE FROM emails WHERE person = ?",
    "DELETE FROM people WHERE id = ?",
)


class Deletions:
    """Who asked to be deleted, and when that was done.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def request(self, number: int, site: int, record: Mapping[str, Any], at: int) -> None:
        """Note a request.

        :param number: of its record in the ledger.
        :param record: as :func:`without_address` returns it.
        """
        self._storage.run(
            "INSERT INTO deletions (id, site, email, email_sha256, requested_at) VALUES (?, ?, ?, ?, ?)",
            (number, site, record["email"], record["email_sha256"], at),
        )

    def carry_out(self, records: Sequence[tuple[int, Mapping[str, Any]]], at: int) -> None:
        """Remove people with everything that is stored of them but the ledger, which keeps what clients sent."""
        for number, record in records:
            for statement in _REMOVED:
                self._storage.run(statement, (record["person"],))
            self._storage.run("UPDATE deletions SET deleted_at = ? WHERE id = ?", (at, number))

    def counts(self) -> dict[str, int]:
        """Return how many requests wait, and how many are done."""
        found = self._storage.tuples("SELECT deleted_at IS NULL, count(*) FROM deletions GROUP BY 1")
        by_state = dict(found)
        return {"waiting": by_state.get(1, 0), "done": by_state.get(0, 0)}


def without_address(person: int, email: str) -> dict[str, Any]:
    """Return what is remembered of a request: the person's id, the address masked, and its SHA-256."""
    return {"person": person, "email": masked(email), "email_sha256": address_hash(email)}


def address_hash(email: str) -> str:
    """Return the SHA-256 of an address, the same for all of its spellings; in hex digits."""
    return sha256(email_key(email).encode()).hexdigest()


def masked(email: str) -> str:
    """Return an address with the first letter and the domain only: ``a…@example.com``."""
    name, _, domain = email.strip().rpartition("@")
    return f"{name[:1]}…@{domain}"
