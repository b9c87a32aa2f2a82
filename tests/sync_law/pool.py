"""DuckDB for thousands of short runs: databases in memory that are emptied and used again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from unittest import mock

import duckdb

from airflow_provider_bento.sync import database

__all__ = ["pooled_databases"]

_IDLE: Final[list[Any]] = []


class _Pooled:
    """A connection whose end empties its database and keeps it for the next one."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.execute = connection.execute
        self.cursor = connection.cursor

    def close(self) -> None:
        """Drop what was made."""
        views = self._connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        tables = self._connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        for kind, names in (("VIEW", views), ("TABLE", tables)):
            for (name,) in names:
                self._connection.execute(f"DROP {kind} {name}")
        _IDLE.append(self._connection)


@contextlib.contextmanager
def pooled_databases() -> Iterator[None]:
    """Let every comparison inside use them; the statements are those of the package."""

    def connected(_: Path) -> Any:
        settings: dict[str, Any] = {"threads": "1", "preserve_insertion_order": False}
        return _Pooled(_IDLE.pop() if _IDLE else duckdb.connect(":memory:", config=settings))

    with mock.patch.object(database, "_connected", connected):
        yield
