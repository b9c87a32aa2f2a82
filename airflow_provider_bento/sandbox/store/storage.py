"""One SQLite database, in memory or in a file; knows SQL and transactions, never what the tables mean.

Tested by tests/sandbox/test_page_lists.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airflow_provider_bento.sandbox.errors import SandboxStateError

_VERSION: Final = 2
_APPLICATION: Final = 0x42454E54  # "BENT": tells our files from anybody else's

Row = dict[str, Any]
_Values = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list.

    :param after: the key after which to go on; ``None``: from the start.
    :param limit: how many rows at most.
    :param newest: go from the newest to the oldest; ``after`` then means *before*.
    """

    after: int | None = None
    limit: int = 100
    newest: bool = False

    def query(self, select: str, key: str, conditions: Sequence[str], values: Row) -> tuple[str, Row]:
        """Return SQL and values for this part of what ``select`` and ``conditions`` find, in the order of ``key``."""
        all_conditions = list(conditions)
        if self.after is not None:
            all_conditions.append(f"{key} {'<' if self.newest else '>'} :after")
        where = f" WHERE {' AND '.join(all_conditions)}" if all_conditions else ""
        order = f" ORDER BY {key}{' DESC' if self.newest else ''} LIMIT :limit"
        return select + where + order, {**values, "after": self.after, "limit": self.limit}


class Storage:
    """The sandbox's one database; used from one thread only.

    :param path: a file that survives restarts; ``None`` keeps everything in memory.
    :param schema: the ``CREATE … IF NOT EXISTS`` statements of all nouns.
    :raises SandboxStateError: the file is not a sandbox's, is of another version, or is in use.
    """

    def __init__(self, path: Path | None, schema: str) -> None:
        self._schema = schema
        if path is not None:
            _create_private(path)
        self._db = sqlite3.connect(path or ":memory:", timeout=1, isolation_level=None, check_same_thread=False)
        try:
            self._open(path)
        except sqlite3.Error as exc:
            self._db.close()
            raise SandboxStateError(
                f"The state file cannot be used: {exc}. "
                "If another sandbox uses it, stop that one; otherwise choose another file."
            ) from exc

    def _open(self, path: Path | None) -> None:
        self._check_owner()
        if path is not None:
            # The lock is held until close: two sandboxes on one file would each answer with half the truth.
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA wal_autocheckpoint = 8000")
        self._db.execute("PRAGMA temp_store = MEMORY")
        self._db.execute("PRAGMA cache_size = -65536")
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
        self._db.execute(f"PRAGMA user_version = {_VERSION}")
        for statement in self._schema.split(";"):
            self._db.execute(statement)
        self._db.execute("COMMIT")

    def _check_owner(self) -> None:
        owner = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and (owner, version) != (_APPLICATION, _VERSION):
            raise sqlite3.DatabaseError("this version of the sandbox did not create it")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside; not to be nested."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, sql: str, values: _Values = ()) -> int:
        """Run one statement; return how many rows it changed."""
        return self._db.execute(sql, values).rowcount

    def insert(self, sql: str, values: _Values = ()) -> int:
        """Run one INSERT; return the new row's id."""
        return self._db.execute(sql, values).lastrowid or 0

    def run_many(self, sql: str, rows: Iterable[_Values]) -> None:
        """Run one statement for each of ``rows``."""
        self._db.executemany(sql, rows)

    def rows(self, sql: str, values: _Values = ()) -> list[Row]:
        """Return all rows as dicts."""
        cursor = self._db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def tuples(self, sql: str, values: _Values = ()) -> list[tuple[Any, ...]]:
        """Return all rows as tuples: the fast way, for a batch."""
        return self._db.execute(sql, values).fetchall()

    def first(self, sql: str, values: _Values = ()) -> Row | None:
        """Return the first row, or ``None``."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def value(self, sql: str, values: _Values = ()) -> Any:
        """Return the first column of the first row, or ``None``."""
        found = self._db.execute(sql, values).fetchone()
        return found[0] if found else None

    def clear(self) -> None:
        """Forget everything."""
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        with self.transaction():
            for (name,) in self.tuples(tables):
                self.run(f"DELETE FROM {name}")

    def close(self) -> None:
        """Write what is pending and let the file go."""
        self._db.close()


def _create_private(path: Path) -> None:
    """Make the file readable for its owner only: it will contain people's data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
