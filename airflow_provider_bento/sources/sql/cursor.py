"""Rows from a database through any of Airflow's SQL hooks, a thousand at a time; the only module that knows drivers.

Tested by tests/unit/sources/sql/test_source.py.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Protocol, Self

from airflow_provider_bento.exceptions import BentoError, BentoRetryLater, BentoSetupError
from airflow_provider_bento.sources.sql.errors import blanked_statement, describe_error, is_about_query, state_of

__all__ = ["DbHook", "columns_of", "hook_of", "number_of", "rows_of"]

_FETCH: Final = 1_000  # rows
# Here "Ann" is always a name; in other databases it may be a text, and is treated as one.
_QUOTED_NAMES: Final = frozenset(
    {"postgres", "redshift", "oracle", "snowflake", "mssql", "trino", "presto", "vertica", "exasol", "duckdb"}
)
_PASSING: Final = frozenset({"OperationalError", "InterfaceError", "ConnectionError", "TimeoutError"})
_SQLITE_PASSING: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR")  # its other errors are the query's

Parameters = Mapping[str, Any] | Sequence[Any]


class DbHook(Protocol):
    """What is used of Airflow's ``DbApiHook``."""

    @property
    def placeholder(self) -> str:
        """``%s`` or ``?``."""
        ...

    def get_conn(self) -> Any:
        """Return a DB-API connection."""
        ...


def hook_of(conn_id: str) -> DbHook:
    """Return the hook of an Airflow connection.

    :raises BentoSetupError: there is no such connection, no hook for its type, or no SQL hook.
    """
    from airflow_provider_bento.version_compat import AirflowException, BaseHook

    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowException as error:
        raise BentoSetupError(
            f"The connection {conn_id!r} in sql_conn_id does not exist ({type(error).__name__}). Add it under "
            "Admin > Connections, or correct sql_conn_id.",
            advice="add the connection, or correct sql_conn_id",
        ) from None
    try:
        hook = connection.get_hook()
    except (AirflowException, ImportError) as error:
        raise BentoSetupError(
            f"The connection {conn_id!r} is of type {connection.conn_type!r}, for which no hook is installed "
            f"({type(error).__name__}). Install the Airflow provider for that type on the workers.",
            advice=f"install the Airflow provider for {str(connection.conn_type)[:40]}",
        ) from None
    if not callable(getattr(hook, "get_conn", None)) or not hasattr(hook, "placeholder"):
        raise BentoSetupError(f"The connection {conn_id!r} uses {type(hook).__name__}, which is not an SQL hook.")
    found: DbHook = hook
    return found


def rows_of(
    hook: DbHook, sql: str, parameters: Parameters | None, *, opened: Callable[[object], object] = id
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query as dicts of column name to value; connection and cursor are closed at the end.

    :param opened: called with the connection.
    :raises BentoSetupError: the database rejects the query, or two of its columns have the same name.
    :raises BentoRetryLater: the database is unreachable, or the connection was lost.
    """
    with (
        _OurErrors(hook, sql, parameters) as errors,
        _closed(hook.get_conn()) as connection,
        _closed(_cursor(connection)) as cursor,
    ):
        opened(connection)
        _execute(cursor, sql, parameters)
        names: list[str] = []
        while fetched := cursor.fetchmany(_FETCH):
            errors.of_rows = True
            names = names or _names(cursor)
            for row in fetched:
                yield dict(row) if isinstance(row, Mapping) else dict(zip(names, row, strict=True))


def columns_of(hook: DbHook, sql: str, parameters: Parameters | None) -> list[str] | None:
    """Return the names of a query's columns; ``None``: the database rejects it. Never raises."""
    try:
        with _closed(hook.get_conn()) as connection, _closed(_cursor(connection)) as cursor:
            _execute(cursor, sql, parameters)
            cursor.fetchmany(1)  # cursors on a server's side know their columns then
            return [str(column[0]) for column in cursor.description]
    except Exception:  # noqa: BLE001  (it only explains an error that is raised anyway)
        return None


def number_of(hook: DbHook, sql: str, parameters: Parameters | None, *, used: object = None) -> int | None:
    """Return the one whole number that a query returns; ``None``: there is none. Never raises.

    :param used: a connection that is being read; if the hook returns it again, nothing is queried.
    """
    try:
        connection = hook.get_conn()
        if connection is used:
            return None
        with _closed(connection), _closed(connection.cursor()) as cursor:
            _execute(cursor, sql, parameters)
            row = cursor.fetchone()
            return int(next(iter(row.values() if isinstance(row, Mapping) else row)))
    except Exception:  # noqa: BLE001  (it is only for the percentage in the log)
        return None


def _execute(cursor: Any, sql: str, parameters: Parameters | None) -> None:
    if parameters:
        cursor.execute(sql, parameters)
    else:  # drivers interpret a % in the query if parameters are passed, even empty ones
        cursor.execute(sql)


@contextlib.contextmanager
def _closed(thing: Any) -> Iterator[Any]:
    """Close a connection or cursor at the end. Drivers fail to close what failed before; the first failure counts."""
    try:
        yield thing
    finally:
        with contextlib.suppress(Exception):
            thing.close()


def _cursor(connection: Any) -> Any:
    """Return a cursor whose rows stay in the database until they are fetched, if the driver can."""
    module = type(connection).__module__.partition(".")[0]
    if module in ("psycopg2", "psycopg"):
        held = bool(getattr(connection, "autocommit", False))  # otherwise a cursor ends with its transaction
        cursor = connection.cursor(name="bento_rows", withhold=held)
        cursor.itersize = _FETCH
        return cursor
    if module in ("MySQLdb", "pymysql"):
        return connection.cursor(importlib.import_module(f"{module}.cursors").SSCursor)
    return connection.cursor()


def _names(cursor: Any) -> list[str]:
    names = [str(column[0]) for column in cursor.description]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BentoSetupError(
            f"The query returns two columns with the same name: {', '.join(map(repr, twice))}. Rename one (AS)."
        )
    return names


class _OurErrors:
    """Turns the driver's errors into ours.

    A database's message may contain row values, so only errors about the query's own words keep theirs.

    :param hook: knows the type of the database.
    :param sql: the query.
    :param parameters: its values.
    :ivar of_rows: whether rows have arrived: a later error may be about one of them, whatever its class.
    """

    def __init__(self, hook: DbHook, sql: str, parameters: Parameters | None) -> None:
        self._quoted_names = getattr(hook, "conn_type", "") in _QUOTED_NAMES
        self._sql = sql
        self._parameters = parameters
        self.of_rows = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, BentoError):
            raise self._ours(error) from None

    def _ours(self, error: Exception) -> BentoError:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        state = state_of(error)
        words = f"{type(error).__name__}, SQLSTATE {state}" if state else type(error).__name__
        if is_about_query(error) and not self.of_rows:
            reason = describe_error(error, self._sql, self._parameters, quoted_names=self._quoted_names)
            return self._failed(f"The database rejected the query ({words}){reason and ': '}{reason}.", refused=True)
        busy = str(getattr(error, "sqlite_errorname", "")).startswith(_SQLITE_PASSING)
        if busy or (type(error).__module__ != "sqlite3" and kinds & _PASSING):
            return BentoRetryLater(f"The database is unreachable, or the connection was lost ({words}).")
        return self._failed(
            f"The query failed in the database ({words}). The message is not shown because it may contain row values: "
            "run the query in a database client."
        )

    def _failed(self, words: str, *, refused: bool = False) -> BentoSetupError:
        return BentoSetupError(
            f"{words} The statement was: {blanked_statement(self._sql, quoted_names=self._quoted_names)}",
            advice="fix the query or the connection's permissions; see the database's message",
            refused=refused,
        )
