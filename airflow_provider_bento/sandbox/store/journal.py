"""Every request to the API: what came, what was answered, what it changed; never a record or a key.

Tested by tests/sandbox/test_sandbox_control.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from typing import Final

import msgspec

from airflow_provider_bento.sandbox.store.storage import Storage

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY, time REAL NOT NULL, clock INTEGER NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, site TEXT, status INTEGER, duration_ms REAL, bytes_in INTEGER NOT NULL DEFAULT 0,
    bytes_out INTEGER NOT NULL DEFAULT 0, records INTEGER NOT NULL DEFAULT 0, accepted INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0, applied INTEGER NOT NULL DEFAULT 0, first_record INTEGER, fault TEXT,
    reason TEXT, user_agent TEXT, client TEXT);
CREATE INDEX IF NOT EXISTS requests_time ON requests (time)
"""


class Entry(msgspec.Struct, kw_only=True):
    """One request.

    :param era: how often everything was forgotten before it came; not stored.
    :param number: 1 for the first, in the order of arrival.
    :param time: the machine's clock at arrival, in seconds.
    :param clock: the sandbox's clock at arrival, in milliseconds.
    :param status: what was answered; ``None``: nothing, the connection was dropped.
    :param duration_ms: from arrival to the last byte of the answer; ``None`` while it is being answered.
    :param records: how many records the request contained.
    :param applied: whether anything in it was stored.
    :param first_record: number of its first record in the ledger; the others follow it.
    :param fault: kind of the fault that was injected.
    :param reason: why it was rejected, in a word or two.
    """

    era: int
    number: int
    time: float
    clock: int
    method: str
    path: str
    site: str | None = None
    status: int | None = None
    duration_ms: float | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    records: int = 0
    accepted: int = 0
    failed: int = 0
    applied: bool = False
    first_record: int | None = None
    fault: str | None = None
    reason: str | None = None
    user_agent: str | None = None
    client: str | None = None


_FIELDS: Final = tuple(name for name in Entry.__struct_fields__ if name != "era")
_WRITE: Final = f"INSERT OR REPLACE INTO requests ({', '.join(_FIELDS)}) VALUES ({', '.join(':' + f for f in _FIELDS)})"


class Journal:
    """The requests in the order of their arrival.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.era = 0
        self._last = int(storage.value("SELECT max(number) FROM requests") or 0)

    def next_number(self) -> int:
        """Return the number of a request that arrives now."""
        self._last += 1
        return self._last

    def write(self, entry: Entry) -> None:
        """Store what is known of a request so far, in place of what was known before."""
        if entry.era == self.era:  # one that was held up may end after everything was forgotten
            self._storage.run(_WRITE, msgspec.structs.asdict(entry))

    def restart(self) -> None:
        """Count from one again, after everything was forgotten."""
        self.era += 1
        self._last = 0

    def count(self) -> int:
        """Return how many requests came."""
        return self._last

    def statuses(self) -> dict[str, int]:
        """Return how often each status was answered; ``dropped`` for a connection that was."""
        found = self._storage.tuples("SELECT status, count(*) FROM requests GROUP BY status ORDER BY status")
        return {str(status or "dropped"): count for status, count in found}
