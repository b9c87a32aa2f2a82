"""Accepted records that have not taken effect yet, with a delay for each queue.

Tested by tests/sandbox/test_sandbox_limits_and_profiles.py.
"""

from __future__ import annotations

from typing import Final, Literal

from airflow_provider_bento.sandbox.store.storage import Row, Storage

QueueName = Literal["subscribers", "events", "commands", "emails", "deletions"]
"""What Bento queues, and applies with a delay."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, queue TEXT NOT NULL, site INTEGER NOT NULL, first_record INTEGER NOT NULL,
    records INTEGER NOT NULL, due INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due, id)
"""


class Queues:
    """Accepted requests in the order in which they fall due.

    :param storage: where they wait.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def put(self, queue: QueueName, site: int, first_record: int, records: int, due: int) -> None:
        """Let records of the ledger wait until ``due``."""
        self._storage.run(
            "INSERT INTO jobs (queue, site, first_record, records, due) VALUES (?, ?, ?, ?, ?)",
            (queue, site, first_record, records, due),
        )

    def next(self) -> Row | None:
        """Return the job that falls due first."""
        return self._storage.first("SELECT * FROM jobs ORDER BY due, id LIMIT 1")

    def done(self, job: int) -> None:
        """Forget a job."""
        self._storage.run("DELETE FROM jobs WHERE id = ?", (job,))

    def waiting(self) -> dict[str, int]:
        """Return how many records wait in each queue."""
        return dict(self._storage.tuples("SELECT queue, sum(records) FROM jobs GROUP BY queue"))
