"""A temporary DuckDB database that uses little memory, and tables that are filled through files.

Tested by tests/unit/sync/test_database.py.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError
from airflow_provider_bento.sync.manifest import RESTORE, START_OVER
from airflow_provider_bento.sync.temporary_folder import TemporaryFolder

__all__ = ["MEMORY", "ROW", "Database", "Lines", "quoted", "text"]

MEMORY: Final = 32_000_000
"""Bytes that DuckDB may use for small tables; the rest goes to the temporary folder."""

ROW: Final = 12
"""Bytes that DuckDB may use for each row of a large table: joins of 10 million rows fail with 40 MB, run with 120."""

_THREADS: Final = "1"  # each takes its share of the memory
_FETCHED: Final = 2_000
_LONGEST: Final = 1_000  # letters; a longer line would stop the comparison
_CSV: Final = (
    "header = false, auto_detect = false, quote = '\"', escape = '\"', buffer_size = 1000000, max_line_size = 5000"
)


class Database:
    """A database in a temporary folder of mode 0700, which lives as long as this object, or until it is closed.

    :raises BentoSetupError: DuckDB is not installed.
    """

    def __init__(self) -> None:
        self._temporary = TemporaryFolder()
        self.folder = self._temporary.path
        self._memory = MEMORY
        self._connection = _connected(self.folder)
        self._disconnect = weakref.finalize(self, self._connection.close)

    def close(self) -> None:
        """Remove it from the disk; it cannot be used any more."""
        self._disconnect()
        self._temporary.remove()

    def expect(self, rows: int) -> None:
        """Let DuckDB use as much memory as tables of this size need, if that is more than before."""
        if rows * ROW > self._memory:
            self._memory = rows * ROW
            self.run(f"SET memory_limit = '{self._memory}B'")

    def run(self, statement: str) -> None:
        """Run a statement.

        :raises BentoStateError: the disk is full, or a file is damaged.
        """
        with _explained():
            self._connection.execute(statement)

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query, a few at a time; others may run meanwhile.

        :raises BentoStateError: the disk is full, or a file is damaged.
        """
        with _explained():
            cursor = self._connection.cursor()
            cursor.execute(query)
            while rows := cursor.fetchmany(_FETCHED):
                yield from rows

    def number(self, query: str) -> int:
        """Return the one number that a query is about."""
        ((number,),) = self.rows(query)
        return int(number)

    def lines(self, name: str, columns: Mapping[str, str]) -> Lines:
        """Return a file in the temporary folder that fills a table.

        :param columns: name to type.
        """
        return Lines(self.folder / f"{name}.csv", columns)


class Lines:
    """Rows on their way into a table: written one by one, read by the database at once.

    :param path: where.
    :param columns: name to type.
    """

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        self._path = path
        self._columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items()) + "}"
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="")
        weakref.finalize(self, self._file.close)

    def write(self, line: str) -> None:
        """Add a row: values between commas, text as :func:`text` returns it, nothing for NULL.

        :raises BentoStateError: the disk is full.
        """
        try:
            self._file.write(line)
        except OSError as error:
            raise _no_room(error) from None

    def table(self) -> str:
        """Return what stands for all rows so far in a query.

        :raises BentoStateError: the disk is full.
        """
        try:
            self._file.flush()
        except OSError as error:
            raise _no_room(error) from None
        return f"read_csv({quoted(self._path)}, columns = {self._columns}, {_CSV})"


def quoted(path: Path) -> str:
    """Return a path as a literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def text(value: str | None) -> str:
    """Return a text as :meth:`Lines.write` wants it; nothing for more than 1,000 letters, which are no address."""
    return '"' + value.replace('"', '""') + '"' if value and len(value) <= _LONGEST else ""


def _connected(folder: Path) -> Any:
    try:
        import duckdb
    except ImportError:
        raise BentoSetupError(
            "snapshot_path needs DuckDB: install airflow-provider-bento[sync].", advice="install the extra sync"
        ) from None
    options: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{MEMORY}B",
        "threads": _THREADS,
        "temp_directory": str(folder / "spilled"),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(str(folder / "comparison.duckdb"), config=options)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    import duckdb

    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise _no_room(error) from None
    except duckdb.Error as error:
        raise BentoStateError(
            f"The snapshot's file could not be read or compared ({type(error).__name__}). Nothing more is sent. Retry; "
            f"if it is damaged, {START_OVER}.",
            advice=RESTORE,
        ) from None


def _no_room(error: Exception) -> BentoStateError:
    return BentoStateError(
        f"The comparison could not be stored on this machine ({type(error).__name__}). Nothing more is sent. Free "
        "space in TMPDIR, then retry or clear the task.",
        advice="free space in TMPDIR of the worker, then clear the task",
    )
