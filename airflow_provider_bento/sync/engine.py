"""The comparison itself, in DuckDB: what is known beside what the source has, in little memory whatever their size.

Tested by tests/unit/sync/test_engine.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from airflow_provider_bento.delivery.counts import Comparison
from airflow_provider_bento.sync.database import Database, quoted, text
from airflow_provider_bento.sync.entries import Entry

__all__ = ["Engine", "Unchanged"]

_ROW_GROUP: Final = 30_000  # rows that are compressed, and in memory, together
_KNOWN: Final = "key, record, sent_at, generation, email"
_NOTHING: Final = (
    "(SELECT NULL::UUID AS key, NULL::UUID AS record, NULL::TIMESTAMP AS sent_at, 0 AS generation, "
    "NULL::VARCHAR AS email WHERE false)"
)
_SEEN: Final = {"position": "BIGINT", "key": "UUID", "record": "UUID", "email": "VARCHAR"}
_NOTED: Final = {
    "number": "BIGINT",
    "key": "UUID",
    "record": "UUID",
    "sent_at": "BIGINT",
    "generation": "BIGINT",
    "email": "VARCHAR",
    "released": "BOOLEAN",
}
_VALID: Final = "SELECT * FROM seen WHERE record IS NOT NULL"
_REPEATED: Final = f"SELECT key, min(position) AS first FROM ({_VALID}) GROUP BY key HAVING count(*) > 1"
_UNCONFIRMED: Final = (
    "SELECT count(*) FROM verdict JOIN seen USING (position) JOIN known USING (key) "
    "WHERE verdict.kind = 'unchanged' AND known.record IS NULL"
)
_GONE: Final = f"SELECT {_KNOWN} FROM known ANTI JOIN (SELECT key FROM seen WHERE key IS NOT NULL) USING (key)"


@dataclass(frozen=True)
class Unchanged:
    """When a row of the source need not be sent.

    :param once: whether it is enough that its key was sent; else its record must be the one that was confirmed.
    :param not_by: the tag of a run whose own entries do not count, since it goes on; ``None``: all entries count.
    :param began: when the run began; seconds since the epoch.
    :param resend_after: seconds after which it is sent again, at a moment that depends on the key.
    :param forced: ``True``: never; ``"baseline"``: always.
    """

    once: bool = False
    not_by: int | None = None
    began: float = 0.0
    resend_after: float | None = None
    forced: bool | str = False

    def condition(self) -> str:
        """Return it in SQL, about ``seen`` (the source) and ``known``."""
        if self.forced:
            return "true" if self.forced == "baseline" else "false"
        parts = ["known.key IS NOT NULL"]
        if not self.once:
            parts.append("known.record = seen.record")
        if self.not_by is not None:
            parts.append(f"known.generation <> {self.not_by}")
        if self.resend_after is not None:  # each key has its own moment within the period
            period = max(1, int(self.resend_after))
            phase = f"(('0x' || left(seen.key::VARCHAR, 8))::BIGINT % {period})"
            sent = f"(epoch(known.sent_at)::BIGINT + {phase}) // {period}"
            parts.append(f"({int(self.began)} + {phase}) // {period} = {sent}")
        return " AND ".join(parts)


class Engine:
    """Compares one source with one snapshot.

    :param forget_before: entries that were sent earlier are not known; seconds since the epoch.
    :raises BentoSetupError: DuckDB is not installed.
    """

    def __init__(self, *, forget_before: float | None = None) -> None:
        self._database = Database()
        self._forget_before = max(0, int(forget_before or 0))
        self._seen = self._database.lines("seen", _SEEN)
        self._merged = self._database.lines("merged", {"position": "BIGINT", "record": "UUID", "stays": "BOOLEAN"})
        self._noted = self._database.lines("noted", _NOTED)
        self._base = _NOTHING
        self.noted = 0
        """How many entries were added."""

    @property
    def folder(self) -> Path:
        """A temporary folder that lives as long as this object."""
        return self._database.folder

    def close(self) -> None:
        """Remove all that is on this machine's disk."""
        self._database.close()

    def load(self, base: Path) -> None:
        """Take a base file as what is known; entries that are added replace its rows.

        :raises BentoStateError: it is damaged.
        """
        self._base = f"read_parquet({quoted(base)})"
        self._database.run(f"SELECT {_KNOWN} FROM {self._base} LIMIT 0")
        self._database.expect(self._database.number(f"SELECT count(*) FROM {self._base}"))

    def note(self, entries: Iterable[Entry]) -> None:
        """Add entries; each replaces what was known of its key."""
        for one in entries:
            self.noted += 1
            self._noted.write(
                f"{self.noted},{one.key},{one.record or ''},{one.sent_at},{one.generation},{text(one.email)},"
                f"{one.released}\n"
            )

    def see(self, position: int, key: str | None, record: str | None, email: str | None = None) -> None:
        """Add a row of the source.

        :param key: ``None``: nobody knows who it is about.
        :param record: ``None``: the row is invalid.
        """
        self._seen.write(f"{position},{key or ''},{record or ''},{text(email)}\n")

    def seen_all(self) -> None:
        """Take note that the source was read to its end."""
        self._database.run(f"CREATE TABLE seen AS SELECT * FROM {self._seen.table()}")
        self._database.expect(self._database.number("SELECT count(*) FROM seen"))
        self._know()

    def repeated(self) -> Iterator[list[int]]:
        """Yield the positions, in order, of valid rows that have the same key."""
        query = f"SELECT key, position FROM ({_VALID}) SEMI JOIN ({_REPEATED}) USING (key) ORDER BY key, position"
        for _, rows in groupby(self._database.rows(query), key=itemgetter(0)):
            yield [position for _, position in rows]

    def merge(self, positions: list[int], record: str | None) -> None:
        """Let the first of several rows stand for all of them; takes effect with :meth:`merge_all`.

        :param record: what they are together; ``None``: that is invalid.
        """
        self._merged.write(f"{positions[0]},{record or ''},true\n")
        for position in positions[1:]:
            self._merged.write(f"{position},,false\n")

    def merge_all(self) -> None:
        """Merge what was to be merged."""
        self._database.run(f"CREATE TABLE merged AS SELECT * FROM {self._merged.table()}")
        self._database.run("DELETE FROM seen USING merged WHERE seen.position = merged.position AND NOT merged.stays")
        self._database.run("UPDATE seen SET record = merged.record FROM merged WHERE seen.position = merged.position")

    def compare(self, unchanged: Unchanged) -> Comparison:
        """Compare what was seen with what is known; return the counts."""
        repeat, repeated = "false", ""
        if unchanged.once:  # the first row with a key is sent
            repeat, repeated = "position > again.first", f" LEFT JOIN ({_REPEATED}) again USING (key)"
        self._database.run(
            "CREATE TABLE verdict AS SELECT position, CASE WHEN seen.record IS NULL THEN 'invalid' "
            f"WHEN {repeat} OR ({unchanged.condition()}) THEN 'unchanged' "
            "WHEN known.key IS NULL THEN 'added' ELSE 'changed' END AS kind "
            f"FROM seen LEFT JOIN known USING (key){repeated}"
        )
        found: dict[str, int] = dict(self._database.rows("SELECT kind, count(*) FROM verdict GROUP BY kind"))
        known = self._database.number("SELECT count(*) FROM known")
        gone = 0 if unchanged.once else self._database.number(f"SELECT count(*) FROM ({_GONE})")
        unconfirmed = self._database.number(_UNCONFIRMED) if unchanged.once else 0
        return Comparison(total=sum(found.values()), gone=gone, known=known, unconfirmed=unconfirmed, **found)

    def unsettled(self, *, but_by: int) -> set[str]:
        """Return the keys that runs which did not end may have sent last, without an answer: those in flight then.

        :param but_by: the tag of a run that does not count.
        """
        last = f"SELECT key FROM noted WHERE record IS NULL AND NOT released AND generation <> {but_by}"
        return {str(key) for (key,) in self._database.rows(f"SELECT replace(key::VARCHAR, '-', '') FROM ({last})")}

    def verdicts(self, after: int) -> Iterator[tuple[int, str]]:
        """Return each position from ``after`` on, and what its row is: invalid, unchanged, added or changed."""
        query = f"SELECT position, kind FROM verdict WHERE position >= {after} ORDER BY position"
        return ((int(position), str(kind)) for position, kind in self._database.rows(query))

    def gone(self) -> Iterator[tuple[str, str | None]]:
        """Return key and address of everybody who is known and was not seen, in a fixed order."""
        query = f"SELECT replace(key::VARCHAR, '-', ''), email FROM ({_GONE}) ORDER BY key"
        return ((str(key), email) for key, email in self._database.rows(query))

    def lacks_addresses(self) -> bool:
        """Whether anybody is known without an address, although it may have been seen."""
        return self._was_seen() and bool(self._database.number("SELECT count(*) FROM known WHERE email IS NULL"))

    def has_addresses(self) -> bool:
        """Whether anybody is known with an address."""
        return self._was_seen() and bool(self._database.number("SELECT count(*) FROM known WHERE email IS NOT NULL"))

    def write_base(self, path: Path, *, addresses: bool, seen_as: Entry | None = None) -> int:
        """Write all that is known by now as a Parquet file; return how many rows that is.

        :param addresses: whether addresses are kept, and completed from what was seen.
        :param seen_as: take every valid row that was seen for confirmed, with this ``sent_at`` and ``generation``.
        """
        self._know()
        rows = f"SELECT {_KNOWN} FROM known"
        if seen_as is not None:
            rows = (
                f"SELECT {_KNOWN} FROM known ANTI JOIN ({_VALID}) valid USING (key) UNION ALL "
                f"SELECT key, record, {_moment(seen_as.sent_at)}, {seen_as.generation}, email FROM ({_VALID})"
            )
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP}"
        self._database.run(f"COPY ({self._with_addresses(rows, addresses=addresses)}) TO {quoted(path)} ({options})")
        return self._database.number(f"SELECT count(*) FROM read_parquet({quoted(path)})")

    def _with_addresses(self, rows: str, *, addresses: bool) -> str:
        if not addresses:
            return f"SELECT * REPLACE (NULL::VARCHAR AS email) FROM ({rows})"
        if not self._was_seen() or not self._database.number(f"SELECT count(*) FROM ({rows}) WHERE email IS NULL"):
            return rows
        seen = f"SELECT key, any_value(email) AS email FROM ({_VALID}) GROUP BY key"
        return (
            f"SELECT one.* REPLACE (coalesce(one.email, seen.email) AS email) FROM ({rows}) one "
            f"LEFT JOIN ({seen}) seen USING (key)"
        )

    def _was_seen(self) -> bool:
        return bool(self._database.number("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'seen'"))

    def _know(self) -> None:
        """Make the view of what is known from the base and the newest entry of each key."""
        self._database.run("DROP VIEW IF EXISTS known")
        self._database.run(
            f"CREATE OR REPLACE TABLE noted AS SELECT * REPLACE ({_moment('sent_at')} AS sent_at) FROM "
            f"{self._noted.table()} QUALIFY row_number() OVER (PARTITION BY key ORDER BY number DESC) = 1"
        )
        self._database.run(
            f"CREATE VIEW known AS SELECT {_KNOWN} FROM (SELECT {_KNOWN} FROM {self._base} base ANTI JOIN noted "
            f"USING (key) UNION ALL SELECT {_KNOWN} FROM noted WHERE NOT released) "
            f"WHERE sent_at >= {_moment(self._forget_before)}"
        )


def _moment(seconds: int | str) -> str:
    return f"(to_timestamp({seconds}) AT TIME ZONE 'UTC')"
