"""The lists of the control API that show emails, deletions and what Bento's app makes; reads only.

Tested by tests/sandbox/test_sandbox_emails.py.
"""

from __future__ import annotations

from airflow_provider_bento.sandbox.store import app_queries
from airflow_provider_bento.sandbox.store.browse import as_json
from airflow_provider_bento.sandbox.store.search import Filters, anywhere
from airflow_provider_bento.sandbox.store.storage import Row, Slice, Storage


class BrowseApp:
    """The same lists as :mod:`app_queries`, each row as JSON has it; ``None`` is no filter.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def emails(
        self, part: Slice, *, email: str | None = None, sender: str | None = None, delivered: bool | None = None
    ) -> list[Row]:
        """Return emails as their recipients see them; ``email`` finds any part of a recipient's address."""
        query = app_queries.emails(self._storage, Filters())
        if email:
            query.conditions.add("e.recipient LIKE :email ESCAPE '!'", email=anywhere(email))
        query.conditions.equal("e.sender", sender)
        query.conditions.equal("e.delivered", delivered)
        return [as_json(row, without="person") for row in query.rows(part)]

    def deletions(self, part: Slice, *, email_sha256: str | None = None) -> list[Row]:
        """Return the requests to delete a person."""
        query = app_queries.deletions(self._storage, Filters())
        query.conditions.equal("d.email_sha256", email_sha256)
        return [as_json(row) for row in query.rows(part)]

    def sequences(self, part: Slice, *, name: str | None = None) -> list[Row]:
        """Return sequences, each with how many ``emails`` it has."""
        query = app_queries.sequences(self._storage, Filters())
        query.conditions.equal("j.name", name)
        return [as_json(row, without="status") for row in query.rows(part)]

    def workflows(self, part: Slice, *, name: str | None = None, status: str | None = None) -> list[Row]:
        """Return workflows, each with how many ``emails`` it has."""
        query = app_queries.workflows(self._storage, Filters(choice=status))
        query.conditions.equal("j.name", name)
        return [as_json(row) for row in query.rows(part)]

    def templates(self, part: Slice, *, journey: int | None = None) -> list[Row]:
        """Return the emails of sequences and workflows; ``journey`` is the id of one."""
        query = app_queries.templates(self._storage, Filters())
        query.conditions.equal("t.journey", journey)
        return [as_json(row) for row in query.rows(part)]

    def responses(self, part: Slice, *, form: str | None = None) -> list[Row]:
        """Return form responses."""
        return [as_json(row) for row in app_queries.responses(self._storage, Filters(choice=form)).rows(part)]
