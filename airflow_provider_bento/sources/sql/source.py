"""Rows of a query, streamed from the database as they are sent.

Knows how a query is read and resumed; :mod:`sources.sql.cursor` knows the database drivers.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.clock import Clock, SystemClock
from airflow_provider_bento.delivery.jsonable import to_jsonable
from airflow_provider_bento.delivery.source import batched
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.iterables import rows_after
from airflow_provider_bento.sources.sql.cursor import DbHook, Parameters, columns_of, hook_of, number_of, rows_of
from airflow_provider_bento.sources.sql.query import after_key, checked, counting, is_ordered, without_rows
from airflow_provider_bento.sources.sql.resume_key import KeyGuard, key_of, not_selected

__all__ = ["SqlSource"]

COUNTED_WITHIN: Final = 5.0
"""Seconds: a query whose first row takes longer may be costly, and is not run once more to be counted."""

_log: Final = logging.getLogger(__name__)


class SqlSource:
    """Rows of one SELECT, as dicts of column name to value; at most a thousand are in memory.

    With ``resume_key`` the query is wrapped, ordered by that column, and a resumed run asks for the rows after the
    last one that was sent. Without it a resumed run reads the query again from its beginning and compares what was
    sent, which needs an ``ORDER BY`` over something unique; if the rows come in another order, it stops before sending.

    :param sql: one SELECT (or WITH … SELECT), without personal data in it.
    :param conn_id: the Airflow connection of the database.
    :param hook: instead of ``conn_id``: any ``DbApiHook`` of Airflow's SQL providers.
    :param parameters: values for the query's placeholders, in the driver's style.
    :param resume_key: a column of the result, unique and never NULL: a number, a date, a UUID, or a text that names no
        person (its last value is stored in Airflow).
    :param count: whether the database may be asked for the number of rows, for the percentage in the log: once, in a
        connection of its own, and only if the push takes long and the first row came within five seconds.
    :param clock: time.
    :raises BentoSetupError: not one SELECT; neither or both of ``conn_id`` and ``hook``.
    """

    rereadable = False

    def __init__(
        self,
        sql: str,
        *,
        conn_id: str | None = None,
        hook: DbHook | None = None,
        parameters: Parameters | None = None,
        resume_key: str | None = None,
        count: bool = True,
        clock: Clock | None = None,
    ) -> None:
        if (conn_id is None) == (hook is None):
            raise BentoSetupError("A query needs a database connection: pass sql_conn_id=.")
        self._sql = checked(sql)
        self._conn_id = conn_id
        self._hook = hook
        self._parameters = parameters
        self._key = resume_key
        self._count = count
        self._clock = clock or SystemClock()
        self._connection: object = None

    @property
    def resumable(self) -> bool:
        """Whether there is a key to continue after."""
        return self._key is not None

    def identity(self) -> str:
        """Return a digest of query, parameters, connection and key; only reading shows what the tables contain."""
        where = self._conn_id or type(self._hook).__name__
        known = msgspec.json.encode(to_jsonable((self._sql, self._parameters, where, self._key)))
        return f"sql:{hashlib.sha256(known).hexdigest()[:32]}"

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on.

        :raises BentoSetupError: the database rejects the query, or the key is NULL, duplicate or an email address.
        :raises BentoRetryLater: the database cannot be reached.
        """
        hook = self._new_hook()
        rows = self._by_key(hook, after) if self._key is not None else self._by_order(hook, after)
        return self._explained(hook, rows)

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
        """Yield the same in blocks."""
        return batched(self.rows(after), size)

    def size(self, after: Cursor) -> int | None:
        """Return how many rows come after a cursor, counted by the database; ``None``: it is slow, or cannot."""
        if not self._count:
            return None
        value = None if after.token is None else key_of(after.token)
        hook = self._new_hook()
        sql, parameters = counting(hook, self._sql, self._parameters, self._key, value)
        number = number_of(hook, sql, parameters, used=self._connection)
        return number if number is None or value is not None else max(0, number - after.position)

    def _new_hook(self) -> DbHook:
        return self._hook or hook_of(str(self._conn_id))

    def _by_key(self, hook: DbHook, after: Cursor) -> Iterator[Row]:
        key = str(self._key)
        last = after.token
        if last is None and after.position:  # no key to continue after: count
            counted = self._by_key(hook, Cursor())
            yield from itertools.dropwhile(lambda row: row.position < after.position, counted)
            return
        guard = KeyGuard(key, last)
        value = None if last is None else key_of(last)
        sql, parameters = after_key(hook, self._sql, self._parameters, key, value)
        for position, data in enumerate(self._read(hook, sql, parameters), after.position):
            yield Row(position, data, guard.token(data, position))

    def _by_order(self, hook: DbHook, after: Cursor) -> Iterator[Row]:
        if not is_ordered(self._sql):
            _log.warning(
                "The query has neither a resume_key nor an ORDER BY: if this task is interrupted, a retry can only "
                "continue if the database returns the rows in the same order; otherwise it stops before sending. Pass "
                "resume_key=, or order by a unique column."
            )
        yield from rows_after(self._read(hook, self._sql, self._parameters), after)

    def _read(self, hook: DbHook, sql: str, parameters: Parameters | None) -> Iterator[dict[str, Any]]:
        """Yield the rows of a query; one whose first row is slow to come is not counted."""
        began = self._clock.monotonic()
        for number, row in enumerate(rows_of(hook, sql, parameters, opened=self._opened)):
            if number == 0 and self._clock.monotonic() - began > COUNTED_WITHIN:
                self._count = False
            yield row

    def _opened(self, connection: object) -> None:
        self._connection = connection

    def _explained(self, hook: DbHook, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows; if the database rejects a query with a key, find out whether it accepts the query alone."""
        try:
            yield from rows
        except BentoSetupError as error:
            if self._key is None or not getattr(error, "refused", False):
                raise
            raise self._reason(hook, error) from None

    def _reason(self, hook: DbHook, error: BentoSetupError) -> BentoSetupError:
        key = str(self._key)
        columns = columns_of(hook, *without_rows(hook, self._sql, self._parameters))
        alone = columns is None and columns_of(hook, self._sql, self._parameters)
        if columns is not None and key not in columns:
            return not_selected(key, columns)
        if alone and key not in alone:
            return not_selected(key, alone)
        if alone:
            return BentoSetupError(
                f"The database accepts the query alone, but not as a subquery, which resume_key needs: remove "
                f"its ORDER BY or WITH, or pass no resume_key. {error}",
                advice="remove ORDER BY and WITH from the query, or pass no resume_key",
            )
        return error
