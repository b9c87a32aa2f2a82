"""Rows from a database through any of Airflow's SQL hooks, a thousand at a time; the only module that knows drivers."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from airflow_provider_bento.exceptions import BentoError, BentoRetryLater, BentoSetupError

__all__ = ["DbHook", "hook_of", "rows_of"]

_FETCH: Final = 1_000  # rows
_SQLITE_PASSING: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR")  # its other errors are the query's


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
        hook = BaseHook.get_connection(conn_id).get_hook()
    except (AirflowException, ImportError) as error:
        raise BentoSetupError(
            f"The connection {conn_id!r} gives no hook ({type(error).__name__}): is it defined, and is the provider "
            "of its type installed?"
        ) from error
    if not callable(getattr(hook, "get_conn", None)) or not hasattr(hook, "placeholder"):
        raise BentoSetupError(f"The connection {conn_id!r} is of a {type(hook).__name__}, which runs no SQL.")
    found: DbHook = hook
    return found


def rows_of(hook: DbHook, sql: str, parameters: Mapping[str, Any] | Sequence[Any] | None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query as dicts of column name to value; connection and cursor are closed at the end.

    :raises BentoSetupError: the database refuses the query, or two of its columns have one name.
    :raises BentoRetryLater: the database cannot be reached, or went away.
    """
    with (
        _told(),
        _closed(hook.get_conn()) as connection,
        _closed(_cursor(connection)) as cursor,
    ):
        if parameters:
            cursor.execute(sql, parameters)
        else:  # drivers read a % in the query as their own where there are parameters, be they none
            cursor.execute(sql)
        names: list[str] = []
        while fetched := cursor.fetchmany(_FETCH):
            names = names or _names(cursor)
            for row in fetched:
                yield dict(row) if isinstance(row, Mapping) else dict(zip(names, row, strict=True))


@contextlib.contextmanager
def _closed(thing: Any) -> Iterator[Any]:
    """Close a connection or cursor at the end. Drivers fail to close what failed before; the first failure counts."""
    try:
        yield thing
    finally:
        with contextlib.suppress(Exception):
            thing.close()


def _cursor(connection: Any) -> Any:
    """Return a cursor whose rows stay in the database until they are fetched, where the driver can."""
    module = type(connection).__module__.partition(".")[0]
    if module in ("psycopg2", "psycopg"):
        held = bool(getattr(connection, "autocommit", False))  # a cursor else ends with its transaction
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
        raise BentoSetupError(f"The query has two columns of one name: {', '.join(map(repr, twice))}. Rename one (AS).")
    return names


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn the driver's errors into ours. A database's message may hold values of rows, so only errors of the query's
    own words keep theirs.
    """
    try:
        yield
    except BentoError:
        raise
    except Exception as error:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        words = f"{type(error).__name__}, SQLSTATE {state}" if state else type(error).__name__
        busy = str(getattr(error, "sqlite_errorname", "")).startswith(_SQLITE_PASSING)
        if not busy and (type(error).__module__ == "sqlite3" or "ProgrammingError" in kinds):
            raise BentoSetupError(f"The database refuses the query ({words}). Try it in a database client.") from error
        if kinds & {"OperationalError", "InterfaceError", "ConnectionError", "TimeoutError"}:
            raise BentoRetryLater(f"The database cannot be reached, or went away ({words}).") from error
        raise BentoSetupError(f"The query failed in the database ({words}). Try it in a database client.") from None
